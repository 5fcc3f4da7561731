//! Somebody on the stage who only looks: receives another person's camera and the programme's
//! return over WebRTC and reads the clock in their pictures.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::time::Instant;

use plenary_model::scene::Layout;
use plenary_programme::decode::h264::H264Decoder;
use plenary_stage::h264::Depacketizer;
use plenary_stage::packet::Packet;
use plenary_stage::signal::TrackUse;
use serde_json::json;

use super::follow::wall_ms;
use super::page::Page;
use super::web::Web;
use crate::demo::marker;
use crate::media::peer_thread::{PeerLines, PeerNews, PeerOffer, PeerThread};

/// Width at which the camera is asked for.
const WIDTH: u32 = 1_280;

/// What a player receives.
pub const PROGRAMME: [(TrackUse, usize, usize); 2] =
    [(TrackUse::ProgrammeVideo, 1, 1), (TrackUse::ProgrammeAudio, 1, 1)];

/// Ages of pictures when they were decoded, in milliseconds.
#[derive(Debug, Default)]
pub struct Ages {
    /// Of the person's camera.
    pub stage: Vec<f64>,
    /// Of the programme's return.
    pub programme: Vec<f64>,
}

/// Joins by a stage link and looks until the end; pictures count from `counts_from` on.
///
/// # Errors
/// The link has no usable address, or the system gives no thread or decoder.
pub fn ages(link: &str, camera: &str, counts: (Instant, Instant)) -> anyhow::Result<Ages> {
    let address = Web::of(link)?.0.address().ip();
    let mut lines = vec![(TrackUse::Video, 1, 1), (TrackUse::Audio, 1, 1)];
    lines.extend(PROGRAMME);
    let wants = json!({
        "type": "wants",
        "pictures": [{ "source": camera, "width": WIDTH }],
        "programme": true,
    });
    let link = link.to_owned();
    look(PeerLines { lines, address }, counts, move |offer| {
        let page = Page::open(&link, (&offer.sdp, &offer.tracks), Some(&wants));
        page.map(|page| page.answer)
    })
}

/// Views the programme by a player's link (WHEP) until the end; pictures count from then on.
///
/// # Errors
/// As [`ages`].
pub fn viewed(link: &str, counts: (Instant, Instant)) -> anyhow::Result<Vec<f64>> {
    let (web, path) = Web::of(link)?;
    let lines = PeerLines { lines: PROGRAMME.to_vec(), address: web.local()? };
    Ok(look(lines, counts, move |offer| web.session(&path, &offer.sdp))?.programme)
}

fn look(
    lines: PeerLines,
    (counts_from, until): (Instant, Instant),
    mut exchange: impl FnMut(&PeerOffer) -> anyhow::Result<String> + Send + 'static,
) -> anyhow::Result<Ages> {
    let (tell, told) = channel();
    let peer = PeerThread::spawn(lines, move |offer| match exchange(&offer) {
        Ok(answer) => {
            // The measurement may be over already.
            let _ = tell.send(offer.tracks);
            Some(answer)
        }
        Err(error) => {
            tracing::warn!(%error, "the viewer was not let in");
            None
        }
    })?;
    let mut ages = Ages::default();
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    while Instant::now() < until {
        let left = until.saturating_duration_since(Instant::now());
        let Ok(news) = peer.news.recv_timeout(left) else { break };
        for track in told.try_iter().flatten() {
            lines.insert(track.mid, Line::new(track.kind)?);
        }
        let PeerNews::Packet { mid, packet } = news else { continue };
        let Some(line) = lines.get_mut(&mid) else { continue };
        let Some(age) = line.packet(&packet) else { continue };
        if Instant::now() < counts_from {
            continue;
        }
        match line.kind {
            TrackUse::ProgrammeVideo => ages.programme.push(age),
            _ => ages.stage.push(age),
        }
    }
    Ok(ages)
}

/// One receiving line.
struct Line {
    kind: TrackUse,
    unit: Depacketizer,
    decoder: H264Decoder,
    expected: Option<u64>,
    damaged: bool,
}

impl Line {
    fn new(kind: TrackUse) -> anyhow::Result<Self> {
        let decoder = H264Decoder::new()?;
        Ok(Self { kind, unit: Depacketizer::default(), decoder, expected: None, damaged: false })
    }

    /// Takes a packet; gives the age of the picture that it completes.
    fn packet(&mut self, packet: &Packet) -> Option<f64> {
        if !packet.kind.is_picture() {
            return None;
        }
        if self.expected.is_some_and(|expected| expected != packet.seq) {
            self.damaged = true;
            self.decoder.lost();
        }
        self.expected = Some(packet.seq + 1);
        if self.unit.push(&packet.payload).is_err() {
            self.damaged = true;
        }
        if !packet.marker {
            return None;
        }
        let unit = self.unit.finish();
        if std::mem::take(&mut self.damaged) {
            return None;
        }
        // A picture that does not decode is waited over until the next keyframe.
        let picture = self.decoder.decode(&unit?.bytes).ok().flatten()?;
        let mark = marker::read(&picture.y, whole(picture.width(), picture.height()))?;
        Some(wall_ms() - mark.wall.0 as f64)
    }
}

/// The tile that is the whole picture.
fn whole(width: u32, height: u32) -> plenary_model::scene::Tile {
    plenary_model::scene::Tile { width, height, ..Layout::Full.tiles()[0] }
}
