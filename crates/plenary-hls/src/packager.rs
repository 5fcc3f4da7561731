//! The packager: the programme's encoded frames in, immutable parts and finished playlists out.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use plenary_model::frame::{ProgrammeAac, ProgrammePicture};
use plenary_model::ladder::Ladder;
use plenary_model::limits::PACKAGER_SOUND_WAITING_MAX;
use plenary_model::time::{Ticks, WallMs};

use crate::cmaf::Description;
use crate::grid::{Grid, Scale};
use crate::h264::{self, ParameterSets};
use crate::history::{History, SegmentEntry};
use crate::master;
use crate::playlist::{Common, Live, Report, Text};
use crate::reload::Edge;
use crate::replay::Replay;
use crate::track::{Dropped, Epoch, Frame, Made, Part, Track};
use crate::window::Window;

/// How an event is broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Renditions and their clockwork.
    pub ladder: Ladder,
    /// Wall clock of programme tick 0.
    pub wall_of_zero: WallMs,
    /// Seconds that the low-latency playlist shows, 60 to 120.
    pub window_seconds: u32,
}

/// What a recording of the same event holds already, one list per rendition (video in the ladder's
/// order, then the sound); empty for a new event.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Past {
    /// Each rendition.
    pub renditions: Vec<PastRendition>,
}

/// What a recording holds of one rendition.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct PastRendition {
    /// Its segments in order.
    pub segments: Vec<SegmentEntry>,
    /// Its newest init segment.
    pub init: Option<Bytes>,
}

/// What the packager takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// An encoded picture.
    Picture(ProgrammePicture),
    /// An encoded sound frame.
    Aac(ProgrammeAac),
    /// The media worker was replaced: the next pictures come from new encoders.
    Restarted,
    /// The event is over.
    Close,
}

/// What the packager gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// An init segment, before the first part that needs it.
    Init {
        /// Index of the rendition.
        rendition: usize,
        /// File name.
        name: Arc<str>,
        /// ftyp and moov.
        bytes: Bytes,
    },
    /// A part, the end of a segment, or a gap.
    Made {
        /// Index of the rendition.
        rendition: usize,
        /// What was made.
        made: Made,
    },
    /// A rendition's live playlist has changed; comes after the parts that it names.
    Live(LiveText),
    /// A rendition's replay playlist has grown.
    Replay {
        /// Index of the rendition.
        rendition: usize,
        /// The playlist.
        text: Text,
    },
    /// The multivariant playlists are known.
    Multivariant {
        /// index.m3u8
        live: Text,
        /// replay.m3u8
        replay: Text,
    },
    /// A frame could not be placed.
    Dropped {
        /// Index of the rendition.
        rendition: usize,
        /// Why.
        why: Dropped,
    },
}

/// One rendering of a live playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveText {
    /// Index of the rendition.
    pub rendition: usize,
    /// How far it goes.
    pub edge: Edge,
    /// The whole playlist.
    pub full: Text,
    /// The delta update; the whole playlist where that leaves nothing out.
    pub delta: Text,
}

#[derive(Debug)]
enum Phase {
    /// For the first keyframe of new encoders.
    Waiting {
        first_msn: u64,
        discontinuity: bool,
        grid: Grid,
    },
    Running(Epoch),
    Ended,
}

/// A segment that a sibling has.
struct Lacking {
    start: Ticks,
    length: Ticks,
    discontinuity: bool,
}

/// The number that no rendition has used.
fn next_msn(tracks: &[Track]) -> u64 {
    tracks.iter().map(|track| track.history.next_msn).max().unwrap_or_default()
}

/// The packager of one event.
#[derive(Debug)]
pub struct Packager {
    setup: Setup,
    common: Common,
    grid: Grid,
    tracks: Vec<Track>,
    replays: Vec<Replay>,
    phase: Phase,
    sound_waiting: VecDeque<ProgrammeAac>,
    described: usize,
}

impl Packager {
    /// Starts, or goes on after a restart of the server with a discontinuity.
    pub fn new(setup: Setup, past: Past) -> Self {
        let ladder = &setup.ladder;
        let grid = Grid::new(ladder);
        let sound = Scale::of_sound(ladder);
        let pictures = Scale::of_pictures(ladder);
        let mut past = past.renditions.into_iter();
        let names = ladder.video.iter().map(|video| (&video.name, pictures));
        let tracks: Vec<Track> = names
            .chain([(&ladder.audio.name, sound)])
            .map(|(name, scale)| {
                let PastRendition { segments, init } = past.next().unwrap_or_default();
                Track::new(name, scale, grid, History::restored(segments), init)
            })
            .collect();
        let first_msn = next_msn(&tracks);
        let common = Common {
            target_duration: ladder.segment_seconds,
            part_hold_back_ms: 3 * pictures.part_target_ms().max(sound.part_target_ms()),
            wall_of_zero: setup.wall_of_zero,
        };
        let phase = Phase::Waiting { first_msn, discontinuity: 0 < first_msn, grid };
        let replays = tracks.iter().map(|_| Replay::default()).collect();
        Self {
            common,
            grid,
            tracks,
            replays,
            phase,
            sound_waiting: VecDeque::new(),
            described: 0,
            setup,
        }
    }

    /// Names of the renditions in the order of their indexes; the last is the sound.
    pub fn renditions(&self) -> Vec<Arc<str>> {
        self.tracks.iter().map(|track| track.name.clone()).collect()
    }

    /// PART-TARGET of a rendition in milliseconds.
    pub fn part_target_ms(&self, rendition: usize) -> u32 {
        self.tracks.get(rendition).map_or(0, |track| track.scale.part_target_ms())
    }

    /// EXT-X-TARGETDURATION in seconds.
    pub fn target_duration(&self) -> u32 {
        self.common.target_duration
    }

    /// The time after everything that is published: a new programme clock goes on from here.
    pub fn published_until(&self) -> Ticks {
        self.tracks.iter().map(Track::end).max().unwrap_or_default()
    }

    /// Wall time of the first picture that is published.
    pub fn began(&self) -> Option<WallMs> {
        let pictures = &self.tracks[..self.tracks.len() - 1];
        let first = pictures.iter().filter_map(Track::began).min()?;
        Some(WallMs(self.common.wall_of_zero.0 + first.as_ms()))
    }

    /// Was it closed?
    pub fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    /// The playlists of what a recording held, to be served until new media comes.
    pub fn restored(&mut self, out: &mut Vec<Output>) {
        self.level(out);
        self.announce(out);
        for rendition in 0..self.tracks.len() {
            if !self.tracks[rendition].history.whole.is_empty() {
                self.render_live(rendition, out);
                self.render_replay(rendition, out);
            }
        }
    }

    /// Takes one thing in. Outputs are in the order in which they may be published.
    pub fn handle(&mut self, input: Input, out: &mut Vec<Output>) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        match input {
            Input::Picture(picture) => self.picture(picture, out),
            Input::Aac(frame) => self.sound(frame, out),
            Input::Restarted => self.restart(self.grid, out),
            Input::Close => self.close(out),
        }
    }

    fn picture(&mut self, picture: ProgrammePicture, out: &mut Vec<Output>) {
        let rendition = usize::from(picture.rendition);
        if self.setup.ladder.video.len() <= rendition {
            return;
        }
        let mut made = Vec::new();
        if picture.idr {
            self.keyframe(rendition, &picture, out);
            if let Some(description) = self.description_of(rendition, &picture.bytes) {
                let init = self.tracks[rendition].describe(description, &mut made);
                if let Some((name, bytes)) = init {
                    out.push(Output::Init { rendition, name, bytes });
                }
            }
        }
        let Phase::Running(epoch) = self.phase else {
            self.publish(rendition, made, out);
            return out.push(Output::Dropped { rendition, why: Dropped::WaitsForSegment });
        };
        let bytes = h264::length_prefixed(&picture.bytes).freeze();
        let frame = Frame { time: picture.time.0, sync: picture.idr, bytes };
        if let Err(why) = self.tracks[rendition].push(&epoch, frame, &mut made) {
            out.push(Output::Dropped { rendition, why });
        }
        self.publish(rendition, made, out);
        while let Some(waiting) = self.sound_waiting.pop_front() {
            self.sound(waiting, out);
        }
    }

    /// Lets new encoders begin their stretch, also when nobody said that they are new.
    fn keyframe(&mut self, rendition: usize, picture: &ProgrammePicture, out: &mut Vec<Output>) {
        let pictures = &self.tracks[..self.tracks.len() - 1];
        let until = pictures.iter().map(Track::end).max().unwrap_or_default();
        if matches!(self.phase, Phase::Running(_)) {
            // Beyond a second of nothing in any rendition it is a jump in time.
            let jump = (2 * self.grid.part).max(90_000);
            if picture.time.0 < until.0 + jump {
                return;
            }
            self.restart(self.grid.without_opening(), out);
        }
        let Phase::Waiting { first_msn, discontinuity, grid } = self.phase else { return };
        let usable = self.description_of(rendition, &picture.bytes).is_some();
        if usable && until <= picture.time {
            let start = picture.time;
            self.phase = Phase::Running(Epoch { first_msn, start, discontinuity, grid });
        }
    }

    fn description_of(&self, rendition: usize, annex_b: &[u8]) -> Option<Description> {
        let video = &self.setup.ladder.video[rendition];
        let sets = ParameterSets::find(annex_b)?;
        let (width, height) = (video.width.try_into().ok()?, video.height.try_into().ok()?);
        Some(Description::Picture { sets, width, height })
    }

    fn sound(&mut self, frame: ProgrammeAac, out: &mut Vec<Output>) {
        let Phase::Running(epoch) = self.phase else {
            // The stretch begins with a picture; sound of that moment may be here first.
            if PACKAGER_SOUND_WAITING_MAX <= self.sound_waiting.len() {
                self.sound_waiting.pop_front();
            }
            return self.sound_waiting.push_back(frame);
        };
        let rendition = self.tracks.len() - 1;
        let time = self.tracks[rendition].scale.programme(frame.time_samples);
        // A leap in time begins with a keyframe; sound that leaps alone is not of this programme.
        if self.published_until().0 + self.grid.segment < time.0 {
            return out.push(Output::Dropped { rendition, why: Dropped::WaitsForSegment });
        }
        let bits_per_second = self.setup.ladder.audio.bits_per_second;
        let mut made = Vec::new();
        let track = &mut self.tracks[rendition];
        if let Some((name, bytes)) =
            track.describe(Description::Sound { bits_per_second }, &mut made)
        {
            out.push(Output::Init { rendition, name, bytes });
        }
        let frame = Frame { time: frame.time_samples, sync: true, bytes: frame.bytes };
        if let Err(why) = track.push(&epoch, frame, &mut made) {
            out.push(Output::Dropped { rendition, why });
        }
        self.publish(rendition, made, out);
    }

    /// Ends the stretch; the next one has its segments on `grid`.
    fn restart(&mut self, grid: Grid, out: &mut Vec<Output>) {
        self.close_segments(out);
        let first_msn = self.level(out);
        self.sound_waiting.clear();
        self.phase = Phase::Waiting { first_msn, discontinuity: 0 < first_msn, grid };
    }

    /// Gives every rendition a gap for each segment that a sibling has and it has not, so that all
    /// go on with the same number, which is given, after the same discontinuities.
    fn level(&mut self, out: &mut Vec<Output>) -> u64 {
        let first_msn = next_msn(&self.tracks);
        for rendition in 0..self.tracks.len() {
            let mut made = Vec::new();
            while let Some(lacking) = self.lacking(rendition, first_msn) {
                let track = &mut self.tracks[rendition];
                let start = track.scale.at_or_after(lacking.start.0);
                let length = track.scale.at_or_after(lacking.length.0);
                track.gap(start, length, lacking.discontinuity, &mut made);
            }
            self.publish(rendition, made, out);
        }
        first_msn
    }

    /// The next segment of a rendition, as a sibling has it, if that is before `first_msn`.
    fn lacking(&self, rendition: usize, first_msn: u64) -> Option<Lacking> {
        let msn = self.tracks[rendition].history.next_msn;
        if first_msn <= msn {
            return None;
        }
        let mut siblings = self.tracks.iter();
        let (sibling, segment) =
            siblings.find_map(|track| Some((track, track.history.numbered(msn)?)))?;
        Some(Lacking {
            start: sibling.scale.programme(segment.start),
            length: sibling.scale.programme(segment.duration),
            discontinuity: segment.discontinuity,
        })
    }

    /// The last playlists name the last part and the end together: no hint is left unfulfilled.
    fn close(&mut self, out: &mut Vec<Output>) {
        self.phase = Phase::Ended;
        for (rendition, track) in self.tracks.iter_mut().enumerate() {
            let mut made = Vec::new();
            track.close_segment(&mut made);
            out.extend(made.into_iter().map(|made| Output::Made { rendition, made }));
        }
        self.announce(out);
        for rendition in 0..self.tracks.len() {
            self.render_live(rendition, out);
            self.render_replay(rendition, out);
        }
    }

    fn close_segments(&mut self, out: &mut Vec<Output>) {
        for rendition in 0..self.tracks.len() {
            let mut made = Vec::new();
            self.tracks[rendition].close_segment(&mut made);
            self.publish(rendition, made, out);
        }
    }

    fn publish(&mut self, rendition: usize, made: Vec<Made>, out: &mut Vec<Output>) {
        if made.is_empty() {
            return;
        }
        let mut grown = false;
        for made in made {
            grown |= !matches!(made, Made::Part(Part { .. }));
            out.push(Output::Made { rendition, made });
        }
        self.announce(out);
        self.render_live(rendition, out);
        if grown {
            self.render_replay(rendition, out);
        }
    }

    /// Renders the multivariant playlists when another rendition has become known: at first when
    /// all are, or when one has a whole segment and the others must be taken for dead.
    fn announce(&mut self, out: &mut Vec<Output>) {
        let known: Vec<bool> = self.tracks.iter().map(|track| track.codec().is_some()).collect();
        let count = known.iter().filter(|known| **known).count();
        let all = count == self.tracks.len();
        let patience_over = self.tracks.iter().any(|track| !track.history.whole.is_empty());
        let pictures = self.tracks.len() - 1;
        if count == self.described || !(all || patience_over) || !known[pictures] || count < 2 {
            return;
        }
        self.described = count;
        let codecs: Vec<(usize, String)> = self.tracks[..pictures]
            .iter()
            .enumerate()
            .filter_map(|(index, track)| Some((index, track.codec()?.to_owned())))
            .collect();
        let text = |leaf| Text::new(master::render(&self.setup.ladder, &codecs, leaf));
        out.push(Output::Multivariant { live: text("live.m3u8"), replay: text("replay.m3u8") });
    }

    fn render_live(&self, rendition: usize, out: &mut Vec<Output>) {
        let track = &self.tracks[rendition];
        let ended = matches!(self.phase, Phase::Ended);
        let reports: Vec<Report<'_>> = self
            .tracks
            .iter()
            .filter(|sibling| sibling.name != track.name)
            .filter_map(|sibling| {
                let (msn, part) = sibling.history.newest()?;
                Some(Report { rendition: &sibling.name, msn, part })
            })
            .collect();
        let target = self.common.target_duration;
        let history = &track.history;
        let live = Live {
            common: self.common,
            scale: track.scale,
            history,
            window: Window::of(history, &track.scale, self.setup.window_seconds, target),
            reports: &reports,
            ended,
        };
        let full = Text::new(live.full());
        let delta = live.delta().map_or_else(|| full.clone(), Text::new);
        let parts_of_last = history.whole.last().map_or(0, |segment| segment.parts().len() as u32);
        let edge = Edge { next: history.next(), parts_of_last, ended };
        out.push(Output::Live(LiveText { rendition, edge, full, delta }));
    }

    fn render_replay(&mut self, rendition: usize, out: &mut Vec<Output>) {
        let track = &self.tracks[rendition];
        let ended = matches!(self.phase, Phase::Ended);
        let text =
            self.replays[rendition].render(&self.common, &track.scale, &track.history, ended);
        out.push(Output::Replay { rendition, text: Text::new(text) });
    }
}
