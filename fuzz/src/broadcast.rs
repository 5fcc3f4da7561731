//! The broadcast: access units on their way into parts, requests of players, playlists.

use bytes::Bytes;
use plenary_hls::check::Checker;
use plenary_hls::cmaf::{self, Description, Sample};
use plenary_hls::h264::{self, ParameterSets};
use plenary_hls::packager::{Input, Packager, Past, Setup};
use plenary_hls::reload::{Directives, Edge, Position, Reload, decide};
use plenary_hls::request::{ByteRange, FileName, LiveQuery};
use plenary_model::frame::{ProgrammeAac, ProgrammePicture};
use plenary_model::ladder::Ladder;
use plenary_model::time::{Ticks, WallMs};
use plenary_stage::h264::{Depacketizer, packetize, units};

use crate::pieces::pieces;

/// Pieces are access units of the programme, Annex B: they become samples, parts and RTP.
pub fn hls_access_unit(data: &[u8]) {
    let setup = Setup { ladder: Ladder::two_cores(), wall_of_zero: WallMs(0), window_seconds: 60 };
    let mut packager = Packager::new(setup, Past::default());
    let mut out = Vec::new();
    for (index, unit) in pieces(data).into_iter().enumerate() {
        one_access_unit(unit);
        let time = Ticks(index as u64 * 45_000);
        for rendition in 0..2 {
            let bytes = Bytes::copy_from_slice(unit);
            let picture = ProgrammePicture { rendition, time, idr: h264::is_idr(unit), bytes };
            packager.handle(Input::Picture(picture), &mut out);
        }
        let bytes = Bytes::copy_from_slice(unit);
        packager.handle(
            Input::Aac(ProgrammeAac { time_samples: index as u64 * 1_024, bytes }),
            &mut out,
        );
    }
    packager.handle(Input::Close, &mut out);
}

fn one_access_unit(unit: &[u8]) {
    let sample = h264::length_prefixed(unit);
    let mut rest = &sample[..];
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        assert!(0 < length && length <= tail.len(), "lengths lead from unit to unit");
        rest = &tail[length..];
    }
    assert!(rest.is_empty(), "nothing is left over");
    let whole = Sample { time: 0, duration: 3_000, sync: true, bytes: sample.freeze() };
    assert!(cmaf::part(1, &[whole]).is_ok(), "a short sample fits into a part");
    if let Some(sets) = ParameterSets::find(unit) {
        let codec = sets.codec();
        let description = Description::Picture { sets, width: 1280, height: 720 };
        if let Ok(init) = cmaf::init(&description) {
            assert_eq!(cmaf::codec_name(&init), Some(codec), "an init segment says its codec");
        }
    }
    let mut together = Depacketizer::default();
    let plain = |unit: &&[u8]| matches!(unit[0] & 0x1f, 1..=8 | 10..=23);
    if units(unit).iter().all(plain) {
        for payload in packetize(unit, 1_100) {
            assert!(payload.len() <= 1_100);
            together.push(&payload).expect("our own packets are whole");
        }
        let back = together.finish().map(|unit| unit.bytes).unwrap_or_default();
        assert_eq!(units(&back), units(unit), "what goes through RTP comes out again");
    }
}

/// Words parted by spaces: `_HLS_msn`, `_HLS_part`, next number, next part, parts of the last
/// segment, part target in milliseconds. What is not a number is not given.
pub fn hls_reload(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut words = text.split_whitespace();
    let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
    let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    let directives = Directives { msn: number(), part: small(number()) };
    let next =
        Position { msn: number().unwrap_or_default(), part: small(number()).unwrap_or_default() };
    let parts_of_last = small(number()).unwrap_or_default();
    let target = small(number()).unwrap_or_default();
    let edge = Edge { next, parts_of_last, ended: false };
    match decide(directives, &edge, target) {
        Reload::Now | Reload::Bad(_) => {}
        Reload::Wait(until) => {
            assert!(!until.reached(&edge), "nobody waits for what is there");
            let asked = directives.msn.unwrap_or_default();
            assert!(asked <= next.msn.saturating_add(2), "nobody waits for the far future");
        }
    }
    let over = Edge { ended: true, ..edge };
    assert!(
        !matches!(decide(directives, &over, target), Reload::Wait(_)),
        "after the end nobody waits"
    );
}

/// The query of a live playlist's address, decided about at an edge in the middle of an event.
pub fn live_query(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    let Ok(asked) = LiveQuery::parse(query) else { return };
    if !query.contains("_HLS_") {
        assert_eq!(asked, LiveQuery::default(), "only directives direct");
    }
    let edge = Edge { next: Position { msn: 10, part: 3 }, parts_of_last: 8, ended: false };
    if let Reload::Wait(until) = decide(asked.directives, &edge, 500) {
        assert!(!until.reached(&edge), "nobody waits for what is there");
    }
}

/// Three lines: the name of a file, the value of a `Range` header, the length of the file.
pub fn media_request(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let file = line();
    match FileName::parse(file) {
        Some(FileName::Segment(msn)) => assert_eq!(file, format!("{msn}.m4s")),
        Some(FileName::Part(at)) => assert_eq!(file, format!("{}.{}.m4s", at.msn, at.part)),
        Some(FileName::Init) => assert!(file.len() < 32 && !file.contains(['/', '\0'])),
        Some(FileName::Live | FileName::Replay) | None => {}
    }
    let (range, total) = (line(), line().trim().parse().unwrap_or_default());
    if let ByteRange::Some { first, last } = ByteRange::parse(range, total) {
        assert!(first <= last && last < total, "a range lies in its file");
    }
}

/// Media playlists, parted by lines of four dashes, of two renditions in turn.
pub fn playlist_check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut checker = Checker::new();
    for (index, playlist) in text.split("----\n").take(16).enumerate() {
        checker.observe(["v720", "a64"][index % 2], playlist);
    }
    let _ = checker.finish();
}
