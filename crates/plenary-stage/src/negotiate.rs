//! Offers and answers: what a page may say, and what its lines become on the stage.

use std::collections::BTreeSet;
use std::time::Instant;

use plenary_model::frame::PictureCodec;
use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::{MEDIA_LINES_MAX, SDP_BYTES_MAX};

use crate::api::{Output, Part, Refused};
use crate::member::Slot;
use crate::seat::{Mid, Rid, Seat};
use crate::signal::{ToPage, TrackOffer, TrackUse};
use crate::source::{Picture, Sound};
use crate::stage::{CONNECTING_MAX, Stage};

/// Longest `a=mid`; browsers use small numbers.
const MID_CHARS_MAX: usize = 16;

/// A line that the page sends on.
struct Sent {
    source: SourceId,
    mid: Mid,
    track: TrackUse,
    layers: Vec<Rid>,
}

impl Stage {
    /// Answers an offer. When it is refused the old connection goes on, unless it was `fresh`.
    pub(crate) fn offer(
        &mut self,
        now: Instant,
        id: SeatId,
        (sdp, tracks): (&str, &[TrackOffer]),
        fresh: bool,
        out: &mut Vec<Output>,
    ) -> Result<(), Refused> {
        let part = self.members.get(&id).ok_or(Refused::UnknownSeat)?.part;
        check(part, sdp, tracks)?;
        if fresh || self.members.get(&id).is_some_and(|member| member.seat.is_none()) {
            self.unplug(now, id, out);
            let seat = Seat::new(now, &self.config.identity, &self.config.addresses);
            if let Some(member) = self.members.get_mut(&id) {
                member.seat = Some(seat);
                member.patience_ends = Some(now + CONNECTING_MAX);
                // It may be a page that was loaded anew and was told nothing yet.
                member.said_slots = None;
            }
        }
        let codec = self.wanted_codec();
        let answer = self
            .with_seat(id, |seat, events| seat.accept_offer(now, sdp, codec, events))
            .unwrap_or_else(|| Err("it broke the server's belief about offers".to_owned()))
            .map_err(Refused::BadOffer);
        let answer = match answer {
            Ok(answer) => answer,
            Err(refused) => {
                self.refresh(now, out);
                return Err(refused);
            }
        };
        if let Some(ufrag) = self.with_seat(id, |seat, _| seat.ufrag()) {
            self.demux.expect(&ufrag, id);
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.asked_codec = codec;
        }
        out.push(Output::Say { seat: id, message: ToPage::Answer { sdp: answer } });
        let result = self.take_tracks(id, tracks);
        self.refresh(now, out);
        result
    }

    /// Makes sources and slots of the lines. What is the same line as before goes on unbroken.
    fn take_tracks(&mut self, id: SeatId, tracks: &[TrackOffer]) -> Result<(), Refused> {
        let Some(member) = self.members.get_mut(&id) else { return Err(Refused::UnknownSeat) };
        let Some(seat) = member.seat.as_mut() else { return Err(Refused::UnknownSeat) };
        let mut old_pictures = std::mem::take(&mut member.pictures);
        let mut old_sounds = std::mem::take(&mut member.sounds);
        member.lines.clear();
        member.programme_picture = None;
        member.programme_sound = None;
        let mut sent = Vec::new();
        let mut shows: Vec<PictureCodec> = Vec::new();
        let mut unknown = None;
        for track in tracks {
            let mid = Mid::from(track.mid.as_str());
            if !seat.has(mid) {
                unknown = Some(track.mid.clone());
                continue;
            }
            let source = match track.kind {
                TrackUse::CameraVideo | TrackUse::CameraAudio => SourceId::Camera(id),
                TrackUse::ScreenVideo | TrackUse::ScreenAudio => SourceId::Screen(id),
                TrackUse::Video | TrackUse::Audio => {
                    if seat.sends_on(mid) {
                        seat.prepare_sending(mid, track.kind);
                        let (new, old) = if track.kind.is_picture() {
                            shows.extend(seat.taken_codecs(mid));
                            (&mut member.pictures, &mut old_pictures)
                        } else {
                            (&mut member.sounds, &mut old_sounds)
                        };
                        let same = old.iter().position(|slot| slot.mid == mid);
                        new.push(same.map_or_else(|| Slot::new(mid), |at| old.remove(at)));
                    }
                    continue;
                }
                TrackUse::ProgrammeVideo | TrackUse::ProgrammeAudio => {
                    if seat.sends_on(mid) {
                        seat.prepare_sending(mid, track.kind);
                        if track.kind.is_picture() {
                            let codecs = seat.taken_codecs(mid);
                            let there = codecs.contains(&PictureCodec::H264);
                            member.programme_picture = there.then_some(mid);
                            shows.extend(codecs);
                        } else {
                            member.programme_sound = Some(mid);
                        }
                    }
                    continue;
                }
            };
            if seat.receives_on(mid) {
                member.lines.insert(mid, source);
                sent.push(Sent { source, mid, track: track.kind, layers: seat.layers(mid) });
            }
        }
        // Who only sends shows nothing, and who shows nothing yet may have shown something before.
        if !shows.is_empty() {
            member.shows = shows;
        }
        self.take_sources(id, sent);
        unknown.map_or(Ok(()), |mid| Err(Refused::BadTrack(mid)))
    }

    fn take_sources(&mut self, id: SeatId, sent: Vec<Sent>) {
        self.remove_sources(id, |source| sent.iter().any(|kept| kept.source == source));
        let has = |source: SourceId, pictures: bool| {
            sent.iter().any(|line| line.source == source && line.track.is_picture() == pictures)
        };
        for source in [SourceId::Camera(id), SourceId::Screen(id)] {
            if let Some(there) = self.sources.get_mut(&source) {
                if !has(source, true) {
                    there.picture = None;
                }
                if !has(source, false) {
                    there.sound = None;
                }
            }
        }
        for Sent { source, mid, track, layers } in sent {
            let there = self.sources.entry(source).or_default();
            if track.is_picture() {
                if there.picture.as_ref().is_none_or(|p| p.mid != mid) {
                    there.picture = Some(Picture::new(mid, layers));
                }
            } else if there.sound.as_ref().is_none_or(|s| s.mid != mid) {
                there.sound = Some(Sound::new(mid));
            }
        }
    }
}

fn check(part: Part, sdp: &str, tracks: &[TrackOffer]) -> Result<(), Refused> {
    let lines = sdp.lines().filter(|line| line.starts_with("m=")).count();
    if SDP_BYTES_MAX < sdp.len() || MEDIA_LINES_MAX < lines || MEDIA_LINES_MAX < tracks.len() {
        return Err(Refused::OfferTooLarge);
    }
    let mut mids = BTreeSet::new();
    for track in tracks {
        let fits = !track.mid.is_empty() && track.mid.len() <= MID_CHARS_MAX;
        if !fits || !mids.insert(track.mid.as_str()) {
            return Err(Refused::BadTrack(track.mid.chars().take(MID_CHARS_MAX).collect()));
        }
        let sends = match track.kind {
            TrackUse::CameraVideo
            | TrackUse::CameraAudio
            | TrackUse::ScreenVideo
            | TrackUse::ScreenAudio => true,
            TrackUse::Video
            | TrackUse::Audio
            | TrackUse::ProgrammeVideo
            | TrackUse::ProgrammeAudio => false,
        };
        if sends && part == Part::Observer {
            return Err(Refused::OnlyReceives);
        }
    }
    Ok(())
}
