//! Who gets which packet: forwards pictures and sounds to slots, the programme to its viewers,
//! and requests for keyframes to their senders.

use std::time::Instant;

use plenary_model::frame::{Bus, PictureCodec, ProgrammeOpus, ProgrammePicture, TrackKind};
use plenary_model::id::{SeatId, SourceId};
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ};

use crate::api::{Link, Output, Part};
use crate::packet::Packet;
use crate::programme::{Share, Step};
use crate::seat::{Event, Mid, Outgoing, Rid};
use crate::stage::{INTERRUPTED_MAX, Stage};

impl Stage {
    pub(crate) fn event(&mut self, now: Instant, id: SeatId, event: Event, out: &mut Vec<Output>) {
        match event {
            Event::Send { from, to, bytes } => {
                self.demux.learn(to, id);
                out.push(Output::Datagram { from, to, bytes });
            }
            Event::Up => self.link(now, id, Link::Up, out),
            Event::Interrupted => self.link(now, id, Link::Interrupted, out),
            Event::Down => self.drop_connection(now, id, Link::Down, out),
            Event::Fault => self.drop_connection(now, id, Link::Faulted, out),
            Event::Packet { mid, rid, packet } => self.packet(now, id, (mid, rid), packet, out),
            Event::KeyframeWanted(mid) => self.keyframe_wanted(id, mid),
            Event::Estimate(bits_per_second) => {
                if let Some(member) = self.members.get_mut(&id) {
                    // A fall is acted on at once, a rise at the next tick.
                    self.rechoose |= bits_per_second < member.estimate / 10 * 8;
                    member.estimate = bits_per_second;
                }
            }
            Event::Loss { mid, percent } => {
                let line = self.members.get(&id).and_then(|member| member.lines.get(&mid));
                if let Some(source) = line.and_then(|source| self.sources.get_mut(source)) {
                    source.loss_percent += (percent - source.loss_percent) * 0.5;
                }
            }
        }
    }

    fn link(&mut self, now: Instant, id: SeatId, link: Link, out: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&id) else { return };
        member.patience_ends = (link == Link::Interrupted).then_some(now + INTERRUPTED_MAX);
        if member.link != link {
            member.link = link;
            out.push(Output::Link { seat: id, link });
        }
        self.rechoose = true;
    }

    fn packet(
        &mut self,
        now: Instant,
        id: SeatId,
        (mid, rid): (Mid, Option<Rid>),
        packet: Packet,
        out: &mut Vec<Output>,
    ) {
        let Some(&source) = self.members.get(&id).and_then(|member| member.lines.get(&mid)) else {
            return;
        };
        if let TrackKind::Picture(codec) = packet.kind
            && !self.takes(now, (source, rid), codec, &packet, out)
        {
            return;
        }
        let Some(origin) = self.sources.get_mut(&source) else { return };
        let (layer, starts) = match (packet.kind, &mut origin.picture, &mut origin.sound) {
            (TrackKind::Picture(_), Some(picture), _) if picture.mid == mid => {
                let Some(index) = picture.layer(rid) else { return };
                let noted = picture.note(index, &packet);
                self.rechoose |= noted.changes;
                (index, noted.starts)
            }
            (TrackKind::Opus, _, Some(sound)) if sound.mid == mid => (0, sound.note(&packet)),
            (TrackKind::Picture(_) | TrackKind::Opus, _, _) => return,
        };
        if let (SourceId::Camera(_), Some(db)) = (source, packet.level_db) {
            self.speaker.hear(now, id, db);
        }
        if self.rechoose && packet.kind.is_picture() {
            self.rechoose = false;
            self.choose_layers(now, out);
        }
        self.forward(now, source, layer, starts, &packet);
        if let Some(feed) = self.feeds.get_mut(&source) {
            let mut fed = Vec::new();
            let damaged = feed.packet(layer, starts, packet, &mut fed);
            self.deliver(fed, out);
            if damaged {
                self.want_keyframe(source, Some(layer));
            }
        }
    }

    /// Sends a packet to those who get its layer. A picture's packet that `starts` lets them change
    /// to it; a sound's packet that does not is silence, and is left out.
    fn forward(
        &mut self,
        now: Instant,
        source: SourceId,
        layer: usize,
        starts: bool,
        packet: &Packet,
    ) {
        let routes = match packet.kind {
            TrackKind::Picture(_) => &self.picture_routes,
            TrackKind::Opus => &self.sound_routes,
        };
        let Some(subscribers) = routes.get(&source).cloned() else { return };
        for (id, index) in subscribers {
            let Some(member) = self.members.get_mut(&id).filter(|m| m.link == Link::Up) else {
                continue;
            };
            let slots = match packet.kind {
                TrackKind::Picture(_) => &mut member.pictures,
                TrackKind::Opus => &mut member.sounds,
            };
            let Some(slot) = slots.get_mut(index) else { continue };
            let wanted = packet.kind == TrackKind::Opus || slot.target == Some(layer);
            if starts && wanted && slot.current != Some(layer) {
                slot.current = Some(layer);
                slot.rewriter.switch(packet);
                if packet.kind == TrackKind::Picture(PictureCodec::Vp8) {
                    slot.continuity.switch(&packet.payload);
                }
            }
            if slot.current != Some(layer) {
                continue;
            }
            if packet.kind == TrackKind::Opus && !starts {
                slot.rewriter.leave_out(packet);
                continue;
            }
            let Some((seq, time)) = slot.rewriter.map(packet) else { continue };
            let mid = slot.mid;
            let payload = match packet.kind {
                TrackKind::Picture(PictureCodec::Vp8) => slot.continuity.map(&packet.payload),
                TrackKind::Picture(PictureCodec::H264) | TrackKind::Opus => packet.payload.clone(),
            };
            let outgoing = Outgoing {
                seq,
                time,
                marker: packet.marker,
                payload,
                level_db: packet.level_db,
                wallclock: packet.arrival,
                kind: packet.kind,
                at_once: false,
            };
            self.with_seat(id, |seat, events| seat.send(now, mid, outgoing, events));
        }
    }

    fn keyframe_wanted(&mut self, id: SeatId, mid: Mid) {
        let Some(member) = self.members.get_mut(&id) else { return };
        if member.programme_picture == Some(mid) {
            member.viewer.want_keyframe();
            return;
        }
        let Some(slot) = member.pictures.iter().find(|slot| slot.mid == mid) else { return };
        let layer = slot.current.or(slot.target);
        if let Some(source) = slot.source {
            self.want_keyframe(source, layer);
        }
    }

    /// Chooses layers for every page and feed, and wants keyframes where a change waits for one.
    pub(crate) fn choose_layers(&mut self, now: Instant, out: &mut Vec<Output>) {
        let mut wanted: Vec<(SourceId, Option<usize>)> = Vec::new();
        let mut desires: Vec<(SeatId, u64)> = Vec::new();
        let speaking = self.speaker.current();
        for (id, member) in &mut self.members {
            let watches = member.wants_programme && member.programme_picture.is_some();
            let programme = match (watches, self.programme.smallest()) {
                (true, Some(_)) if member.part == Part::Observer => self.programme.cost(0),
                (true, Some(smallest)) => self.programme.cost(smallest),
                (true, None) | (false, _) => 0,
            };
            // The programme may fall to its smallest rendition, so it takes at most half.
            let reserved = programme.min(member.estimate / 2);
            let chosen = member.choose_layers(now, &self.sources, speaking, reserved);
            member.programme_share = reserved + chosen.left;
            let desired = chosen.desired + programme - reserved;
            if member.link == Link::Up {
                let waiting = member.pictures.iter().filter(|s| s.current != s.target);
                wanted.extend(waiting.filter_map(|slot| Some((slot.source?, slot.target))));
                if member.desired.abs_diff(desired) > member.desired / 10 {
                    member.desired = desired;
                    desires.push((*id, desired));
                }
            }
        }
        for (source, feed) in &mut self.feeds {
            let picture = self.sources.get(source).and_then(|s| s.picture.as_ref());
            feed.target = picture.and_then(|picture| picture.layer_for(now, feed.width));
            if feed.waits() {
                wanted.push((*source, feed.target));
            }
        }
        for (source, layer) in wanted {
            self.want_keyframe(source, layer);
        }
        for (id, desired) in desires {
            self.with_seat(id, |seat, events| seat.desire(now, desired, events));
        }
        self.say_maps(out);
    }

    pub(crate) fn request_keyframes(&mut self, now: Instant) {
        let mut due: Vec<(SeatId, Mid, Option<Rid>)> = Vec::new();
        for (id, source) in &mut self.sources {
            let Some((seat, picture)) = id.seat().zip(source.picture.as_mut()) else { continue };
            for layer in &mut picture.layers {
                if layer.keyframe_due(now) {
                    due.push((seat, picture.mid, layer.rid));
                }
            }
        }
        for (id, mid, rid) in due {
            self.with_seat(id, |seat, events| seat.request_keyframe(now, mid, rid, events));
            self.dirty.insert(id);
        }
    }

    pub(crate) fn programme_picture(&mut self, now: Instant, picture: &ProgrammePicture) {
        self.programme.push(picture);
        let wallclock = self.epoch.wallclock(now, picture.time.0);
        let mut sends: Vec<(SeatId, Mid, Vec<Step>)> = Vec::new();
        for (id, member) in &mut self.members {
            let watches = member.wants_programme && member.link == Link::Up;
            let Some(mid) = member.programme_picture.filter(|_| watches) else { continue };
            let bits_per_second = member.programme_share;
            let wished = match member.part {
                Part::Speaker => self.programme.smallest(),
                Part::Observer => {
                    let current = member.viewer.rendition();
                    self.programme.rendition_for(bits_per_second, current)
                }
            };
            let Some(wished) = wished else { continue };
            let share = Share { wished, bits_per_second };
            let mut steps = Vec::new();
            let programme = &self.programme;
            member.viewer.picture(now, programme, picture.rendition, share, &mut steps);
            if !steps.is_empty() {
                sends.push((*id, mid, steps));
            }
        }
        for (id, mid, steps) in sends {
            for step in steps {
                let Some(packet) = self.programme.packet(step.packet) else { continue };
                let outgoing = Outgoing {
                    seq: step.seq,
                    time: step.time,
                    marker: packet.marker,
                    payload: packet.payload.clone(),
                    level_db: None,
                    wallclock,
                    kind: TrackKind::Picture(PictureCodec::H264),
                    at_once: true,
                };
                self.with_seat(id, |seat, events| seat.send(now, mid, outgoing, events));
            }
        }
    }

    pub(crate) fn programme_sound(&mut self, now: Instant, sound: &ProgrammeOpus) {
        let wallclock = self.epoch.wallclock(now, sound.time.0);
        let time = (sound.time.0 * SOUND_HZ / PROGRAMME_HZ) as u32;
        let payload: std::sync::Arc<[u8]> = sound.bytes.as_ref().into();
        let mut sends: Vec<(SeatId, Mid, u64)> = Vec::new();
        for (id, member) in &mut self.members {
            let bus = match member.part {
                Part::Speaker => Bus::Return,
                Part::Observer => Bus::Programme,
            };
            let hears = member.wants_programme && member.link == Link::Up && bus == sound.bus;
            if let Some(mid) = member.programme_sound.filter(|_| hears) {
                sends.push((*id, mid, member.viewer.sound()));
            }
        }
        for (id, mid, seq) in sends {
            let outgoing = Outgoing {
                seq,
                time,
                marker: false,
                payload: payload.clone(),
                level_db: None,
                wallclock,
                kind: TrackKind::Opus,
                at_once: false,
            };
            self.with_seat(id, |seat, events| seat.send(now, mid, outgoing, events));
        }
    }
}
