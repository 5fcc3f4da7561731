//! One viewer: what they get of the programme, when, and what they say of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use plenary_model::frame::Bus;
use plenary_model::limits::REPAIRS_MAX;

use crate::egress::control::Control;
use crate::egress::line::{Line, Outgoing, Stream};
use crate::egress::rate::Rate;
use crate::egress::rtcp::{self, Feedback};
use crate::egress::slab::Slab;
use crate::egress::srtp::{Opener, Sealer};
use crate::egress::{Path, Sent, ntp};
use crate::handshake::Keys;
use crate::programme::{self, Programme, Share, Step};

/// Packets that leave at once; what is more follows in steps, so that a keyframe does not overflow a
/// router's queue.
const BURST: usize = 16;
/// Time between two bursts.
pub const BURST_GAP: Duration = Duration::from_millis(4);
/// How often the streams are reported on.
const REPORT_EVERY: Duration = Duration::from_secs(1);
/// A viewer who is not heard of for so long is gone (RFC 7675 section 5.1 gives consent 30 s; a
/// browser checks every few seconds).
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// How long a connection may take to come up.
const CONNECT_MAX: Duration = Duration::from_secs(30);
/// Name of our streams towards viewers (RFC 3550 section 6.5.1).
const CNAME: &str = "plenary";
/// A quarter of what is sent may be sent again.
const SENT_PER_REPAIR: u32 = 4;

/// A sound of the programme, for all who hear its mix.
#[derive(Debug)]
pub struct Sound {
    pub bus: Bus,
    /// RTP time, 48 kHz.
    pub time: u32,
    pub payload: bytes::Bytes,
    /// When it was made.
    pub made: Instant,
}

pub struct Viewer {
    pub control: Control,
    bus: Bus,
    protection: Option<(Sealer, Opener)>,
    path: Option<Path>,
    video: Option<Line>,
    audio: Option<Line>,
    shown: programme::Viewer,
    rate: Rate,
    /// Packets of pictures that wait for the next burst.
    waiting: VecDeque<Step>,
    /// Sequence numbers that the viewer misses.
    missing: Vec<u16>,
    /// Packets that may be sent again now, in quarters.
    repairs: u32,
    reported: Instant,
    heard: Instant,
    began: Instant,
}

impl Viewer {
    pub fn new(now: Instant, control: Control, bus: Bus) -> Self {
        Self {
            control,
            bus,
            protection: None,
            path: None,
            video: None,
            audio: None,
            shown: programme::Viewer::default(),
            rate: Rate::new(now),
            waiting: VecDeque::new(),
            missing: Vec::new(),
            repairs: REPAIRS_MAX * SENT_PER_REPAIR,
            reported: now,
            heard: now,
            began: now,
        }
    }

    /// Takes the streams that were agreed on; those of a restart are the same and go on.
    pub fn take_streams(&mut self, video: Option<&Stream>, audio: Option<&Stream>) {
        let same = |line: &Option<Line>, stream: Option<&Stream>| {
            line.as_ref().map(Line::ssrc) == stream.map(|stream| stream.ssrc)
        };
        if !same(&self.video, video) {
            self.video = video.map(|stream| Line::new(stream, true));
        }
        if !same(&self.audio, audio) {
            self.audio = audio.map(|stream| Line::new(stream, false));
        }
    }

    pub fn take_keys(&mut self, keys: &Keys) {
        self.protection = Sealer::new(keys).zip(Opener::new(keys));
    }

    pub const fn take_path(&mut self, path: Path) {
        self.path = Some(path);
    }

    /// Somebody who can only be the viewer said something.
    pub const fn hear(&mut self, now: Instant) {
        self.heard = now;
    }

    pub fn is_gone(&self, now: Instant) -> bool {
        let slow = !self.control.is_up() && self.began + CONNECT_MAX < now;
        slow || self.heard + SILENCE_MAX < now
    }

    /// Takes what the viewer says in RTCP; true when packets are to be sent again.
    pub fn feedback(&mut self, now: Instant, sealed: &[u8], programme: &Programme) -> bool {
        let Some((_, opener)) = &mut self.protection else { return false };
        let Ok(compound) = opener.open(sealed) else { return false };
        self.heard = now;
        let video = self.video.as_ref().map(Line::ssrc);
        let ours = |ssrc: u32| Some(ssrc) == video;
        for said in rtcp::read(&compound) {
            match said {
                Feedback::Lost { ssrc, fraction } if ours(ssrc) => {
                    let sent = self.shown.rendition().map_or(0, |index| programme.cost(index));
                    self.rate.lost(now, fraction, sent);
                }
                Feedback::Missing { ssrc, seq, mask } if ours(ssrc) => {
                    let behind = (0..16).filter(|bit| mask >> bit & 1 == 1);
                    let all = std::iter::once(seq).chain(behind.map(|n| seq.wrapping_add(n + 1)));
                    self.missing.extend(all);
                }
                Feedback::KeyframeWanted { ssrc } if ours(ssrc) => self.shown.want_keyframe(),
                Feedback::Estimate(bps) => self.rate.estimated(now, bps),
                Feedback::Lost { .. }
                | Feedback::Missing { .. }
                | Feedback::KeyframeWanted { .. } => {}
            }
        }
        self.missing.truncate((self.repairs / SENT_PER_REPAIR) as usize);
        !self.missing.is_empty()
    }

    /// Takes the newest picture of a rendition, and sends what may leave at once.
    pub fn picture(
        &mut self,
        sent: Sent,
        (programme, rendition): (&Programme, u8),
        made: Instant,
        slab: &mut Slab,
    ) {
        if self.video.is_none() || self.path.is_none() || self.protection.is_none() {
            return;
        }
        let current = self.shown.rendition();
        let larger = current.and_then(|current| programme.larger(current));
        let more = larger.map(|rendition| programme.cost(rendition));
        let bits_per_second = self.rate.allowed(sent.now, more);
        let Some(wished) = programme.rendition_for(bits_per_second, current) else { return };
        let share = Share { wished, bits_per_second };
        self.shown.picture(sent.now, programme, rendition, share, &mut self.waiting);
        self.burst(sent, programme, made, slab);
    }

    /// Sends what may leave at once; true when more waits for the next burst.
    pub fn burst(
        &mut self,
        sent: Sent,
        programme: &Programme,
        made: Instant,
        slab: &mut Slab,
    ) -> bool {
        let (Some(line), Some((sealer, _)), Some(path)) =
            (&mut self.video, &mut self.protection, self.path)
        else {
            return false;
        };
        let mut out = Outgoing { sent, path, sealer, slab };
        let count = self.waiting.len().min(BURST);
        for step in self.waiting.drain(..count) {
            if let Some(packet) = programme.packet(step.packet) {
                line.send(step, (packet.marker, &packet.payload), made, &mut out);
            }
        }
        self.repairs = (self.repairs + count as u32).min(REPAIRS_MAX * SENT_PER_REPAIR);
        !self.waiting.is_empty()
    }

    /// Whether packets wait for the next burst.
    pub fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Sends again what the viewer misses.
    pub fn repair(
        &mut self,
        sent: Sent,
        programme: &Programme,
        scratch: &mut Vec<u8>,
        slab: &mut Slab,
    ) {
        let (Some(line), Some((sealer, _)), Some(path)) =
            (&mut self.video, &mut self.protection, self.path)
        else {
            return;
        };
        let mut out = Outgoing { sent, path, sealer, slab };
        for seq in self.missing.drain(..) {
            let Some(step) = line.sent(seq) else { continue };
            let Some(packet) = programme.packet(step.packet) else { continue };
            line.send_again(step, (packet.marker, &packet.payload), scratch, &mut out);
            self.repairs = self.repairs.saturating_sub(SENT_PER_REPAIR);
        }
    }

    /// Sends a sound, and with it the reports when they are due.
    pub fn sound(&mut self, sent: Sent, sound: &Sound, slab: &mut Slab) {
        let (Some((sealer, _)), Some(path)) = (&mut self.protection, self.path) else { return };
        if let Some(line) = self.audio.as_mut().filter(|_| self.bus == sound.bus) {
            let step = Step { seq: self.shown.sound(), time: sound.time, packet: 0 };
            let mut out = Outgoing { sent, path, sealer, slab };
            line.send(step, (false, &sound.payload), sound.made, &mut out);
        }
        if self.reported + REPORT_EVERY <= sent.now {
            self.reported = sent.now;
            let began = self.began;
            for line in [&self.video, &self.audio].into_iter().flatten() {
                let sealed = line
                    .report(|moment| ntp(moment, began))
                    .and_then(|said| sealer.seal_rtcp(&rtcp::report(&said, CNAME)).ok());
                if let Some(sealed) = sealed {
                    slab.datagram(path, sealed.len()).copy_from_slice(&sealed);
                }
            }
        }
    }
}
