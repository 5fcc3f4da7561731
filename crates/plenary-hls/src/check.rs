//! Our own checker of media playlists against the rules of rfc8216bis, over the whole succession of
//! playlists that a rendition and its siblings serve. It reads text only and shares nothing with
//! the renderer.

use std::collections::BTreeMap;
use std::fmt;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The playlist's name.
    pub rendition: String,
    /// How many playlists of the rendition were seen before it.
    pub playlist: usize,
    /// The rule and what was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} playlist {}: {}", self.rendition, self.playlist, self.what)
    }
}

/// Durations are written with five decimals.
const ROUNDING: f64 = 0.000_02;

#[derive(Debug, Default, Clone)]
struct Segment {
    msn: u64,
    duration: Option<f64>,
    uri: String,
    date: Option<String>,
    map: Option<String>,
    discontinuity_sequence: u64,
    parts: Vec<(String, f64)>,
}

#[derive(Debug, Default)]
struct Playlist {
    target: f64,
    part_target: Option<f64>,
    server_control: String,
    sequence: u64,
    skipped: u64,
    segments: Vec<Segment>,
    hint: Option<String>,
    reports: Vec<String>,
    gaps: bool,
    ended: bool,
}

/// What a whole segment was when it was first listed; none of it may ever change.
#[derive(Debug, Clone, PartialEq)]
struct Listed {
    uri: String,
    duration: f64,
    date: String,
    /// Not known where the tag lies in what a delta update leaves out.
    map: Option<String>,
    discontinuity_sequence: u64,
}

#[derive(Debug, Default)]
struct Seen {
    playlists: usize,
    target: Option<String>,
    control: Option<String>,
    sequence: u64,
    segments: BTreeMap<u64, Listed>,
    hint: Option<String>,
    ended: bool,
}

/// Sees playlists in the order in which they were served.
#[derive(Debug, Default)]
pub struct Checker {
    renditions: BTreeMap<String, Seen>,
    violations: Vec<Violation>,
}

impl Checker {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next media playlist of a rendition: live, delta update or replay.
    pub fn observe(&mut self, rendition: &str, text: &str) {
        let mut seen = self.renditions.remove(rendition).unwrap_or_default();
        let mut wrong = Vec::new();
        let playlist = parse(text, &mut wrong);
        check_alone(&playlist, &mut wrong);
        check_succession(&playlist, &mut seen, &mut wrong);
        check_reports(&playlist, self.renditions.keys(), &mut wrong);
        self.violations.extend(wrong.into_iter().map(|what| Violation {
            rendition: rendition.into(),
            playlist: seen.playlists,
            what,
        }));
        seen.playlists += 1;
        self.renditions.insert(rendition.into(), seen);
    }

    /// Compares the renditions with each other and gives everything that is wrong.
    pub fn finish(mut self) -> Vec<Violation> {
        let Some((first_name, first)) = self.renditions.iter().next() else {
            return self.violations;
        };
        let mut wrong = Vec::new();
        for (name, seen) in &self.renditions {
            if seen.control != first.control || seen.target != first.target {
                wrong.push((
                    name,
                    seen,
                    format!("server control differs from that of {first_name}"),
                ));
            }
            for (msn, listed) in &seen.segments {
                let other = first.segments.get(msn).map(|other| other.discontinuity_sequence);
                if other.is_some_and(|other| other != listed.discontinuity_sequence) {
                    wrong.push((
                        name,
                        seen,
                        format!("segment {msn}: discontinuity sequence differs"),
                    ));
                }
            }
        }
        self.violations.extend(wrong.into_iter().map(|(name, seen, what)| Violation {
            rendition: name.clone(),
            playlist: seen.playlists,
            what,
        }));
        self.violations
    }
}

/// Rules that one playlist shows by itself.
fn check_alone(playlist: &Playlist, wrong: &mut Vec<String>) {
    let mut need = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    let mut last_date: Option<&String> = None;
    for segment in &playlist.segments {
        let msn = segment.msn;
        need(segment.date.is_some(), format!("segment {msn} has no EXT-X-PROGRAM-DATE-TIME"));
        need(last_date <= segment.date.as_ref(), format!("segment {msn} goes back in wall time"));
        last_date = segment.date.as_ref();
        if let Some(duration) = segment.duration {
            need(
                duration.round() <= playlist.target,
                format!("segment {msn} is longer than the target"),
            );
            let parts: f64 = segment.parts.iter().map(|part| part.1).sum();
            let near = (parts - duration).abs() <= ROUNDING * (1 + segment.parts.len()) as f64;
            need(
                segment.parts.is_empty() || near,
                format!("segment {msn} is not the sum of its parts"),
            );
        }
        let Some(target) = playlist.part_target else { continue };
        for (index, (uri, duration)) in segment.parts.iter().enumerate() {
            need(*duration <= target, format!("part {uri} is longer than PART-TARGET"));
            let last = index + 1 == segment.parts.len();
            need(
                last || 0.85 * target <= *duration,
                format!("part {uri} is below 85 % of PART-TARGET"),
            );
        }
    }
    if let Some(part_target) = playlist.part_target {
        let hold_back = number(attribute(&playlist.server_control, "PART-HOLD-BACK"));
        need(3.0 * part_target <= hold_back, "PART-HOLD-BACK is below three part targets".into());
        need(
            playlist.hint.is_some() != playlist.ended,
            "a live playlist has a PRELOAD-HINT".into(),
        );
        let skip = number(attribute(&playlist.server_control, "CAN-SKIP-UNTIL"));
        need(6.0 * playlist.target <= skip, "CAN-SKIP-UNTIL is below six target durations".into());
        let whole: Vec<&Segment> =
            playlist.segments.iter().filter(|s| s.duration.is_some()).collect();
        let mut until_end = 0.0;
        for segment in whole.iter().rev() {
            let stale = 3.0 * playlist.target + ROUNDING < until_end && !segment.parts.is_empty();
            need(!stale, format!("segment {} announces parts too long", segment.msn));
            until_end += segment.duration.unwrap_or_default();
        }
        if 0 < playlist.skipped {
            let kept: f64 = whole.iter().filter_map(|segment| segment.duration).sum();
            need(skip <= kept + playlist.target, "the delta update leaves too much out".into());
        }
    }
}

/// Rules about what a later playlist may change.
fn check_succession(playlist: &Playlist, seen: &mut Seen, wrong: &mut Vec<String>) {
    if seen.ended && !playlist.ended {
        wrong.push("a playlist follows EXT-X-ENDLIST".into());
    }
    if playlist.sequence < seen.sequence {
        wrong.push("EXT-X-MEDIA-SEQUENCE goes back".into());
    }
    let target = playlist.target.to_string();
    for (known, now, name) in [
        (&mut seen.target, target, "EXT-X-TARGETDURATION"),
        (&mut seen.control, playlist.server_control.clone(), "EXT-X-SERVER-CONTROL"),
    ] {
        if known.as_ref().is_some_and(|known| *known != now) {
            wrong.push(format!("{name} changes"));
        }
        *known = Some(now);
    }
    for segment in &playlist.segments {
        check_segment(playlist, segment, seen, wrong);
    }
    if let Some(hint) = seen.hint.take() {
        let newest = playlist.segments.last().and_then(|segment| segment.parts.last());
        let kept = playlist.hint.as_deref() == Some(&*hint)
            || playlist.segments.iter().any(|s| s.parts.iter().any(|part| part.0 == hint));
        // After a break of the encoder a hinted part never comes; the new stretch tells why.
        let broken = playlist.segments.last().is_some_and(|s| 0 < s.discontinuity_sequence);
        let few_missed = newest.is_some_and(|newest| {
            stem(&newest.0) <= stem(&hint).map(|at| (at.0.saturating_add(2), at.1))
        });
        if !kept && !broken && !playlist.gaps && few_missed && !playlist.ended {
            wrong.push(format!("the hinted part {hint} did not come"));
        }
    }
    seen.hint = playlist.hint.clone();
    seen.sequence = playlist.sequence;
    seen.ended = playlist.ended;
}

/// A whole segment stays what it was when it was first listed.
fn check_segment(playlist: &Playlist, segment: &Segment, seen: &mut Seen, wrong: &mut Vec<String>) {
    let Some(duration) = segment.duration else { return };
    let msn = segment.msn;
    let known = seen.segments.get(&msn);
    // What a delta update leaves out holds discontinuities that cannot be counted here.
    let is_delta = 0 < playlist.skipped;
    let discontinuity_sequence = match known {
        Some(known) if is_delta => known.discontinuity_sequence,
        None if is_delta => return,
        Some(_) | None => segment.discontinuity_sequence,
    };
    let now = Listed {
        uri: segment.uri.clone(),
        duration,
        date: segment.date.clone().unwrap_or_default(),
        map: segment.map.clone(),
        discontinuity_sequence,
    };
    let Some(known) = seen.segments.get_mut(&msn) else {
        seen.segments.insert(msn, now);
        return;
    };
    let maps_differ = known.map.is_some() && now.map.is_some() && known.map != now.map;
    for (differs, what) in [
        (known.uri != now.uri, "address"),
        (ROUNDING < (known.duration - now.duration).abs(), "duration"),
        (known.date != now.date, "wall time"),
        (maps_differ, "EXT-X-MAP"),
        (known.discontinuity_sequence != discontinuity_sequence, "discontinuity sequence"),
    ] {
        if differs {
            wrong.push(format!("segment {msn} changes its {what}"));
        }
    }
    known.map = known.map.take().or(now.map);
}

/// A live playlist has one report for every sibling that a player knows.
fn check_reports<'a>(
    playlist: &Playlist,
    siblings: impl Iterator<Item = &'a String>,
    wrong: &mut Vec<String>,
) {
    if playlist.part_target.is_none() || playlist.ended {
        return;
    }
    for sibling in siblings {
        let of = format!("../{sibling}/live.m3u8");
        match playlist.reports.iter().filter(|report| **report == of).count() {
            1 => {}
            count => wrong.push(format!("{count} EXT-X-RENDITION-REPORT of {sibling}")),
        }
    }
}

fn stem(uri: &str) -> Option<(u64, u64)> {
    let (msn, part) = uri.strip_suffix(".m4s")?.split_once('.')?;
    Some((msn.parse().ok()?, part.parse().ok()?))
}

fn parse(text: &str, wrong: &mut Vec<String>) -> Playlist {
    let mut playlist = Playlist::default();
    let mut segment = Segment::default();
    let (mut map, mut discontinuities, mut next) = (None, 0, 0);
    if !text.starts_with("#EXTM3U\n") {
        wrong.push("it does not begin with #EXTM3U".into());
    }
    for line in text.lines() {
        let (tag, value) = line.split_once(':').unwrap_or((line, ""));
        match tag {
            "#EXT-X-TARGETDURATION" => playlist.target = number(Some(value)),
            "#EXT-X-SERVER-CONTROL" => playlist.server_control = value.into(),
            "#EXT-X-PART-INF" => {
                playlist.part_target = Some(number(attribute(value, "PART-TARGET")))
            }
            "#EXT-X-MEDIA-SEQUENCE" => {
                playlist.sequence = number(Some(value)) as u64;
                next = playlist.sequence;
            }
            "#EXT-X-DISCONTINUITY-SEQUENCE" => discontinuities = number(Some(value)) as u64,
            "#EXT-X-SKIP" => {
                playlist.skipped = number(attribute(value, "SKIPPED-SEGMENTS")) as u64;
                next = next.saturating_add(playlist.skipped);
            }
            "#EXT-X-DISCONTINUITY" => discontinuities = discontinuities.saturating_add(1),
            "#EXT-X-MAP" => map = attribute(value, "URI").map(str::to_owned),
            "#EXT-X-PROGRAM-DATE-TIME" => segment.date = Some(value.into()),
            "#EXT-X-PART" => {
                let uri = attribute(value, "URI").unwrap_or_default().to_owned();
                segment.parts.push((uri, number(attribute(value, "DURATION"))));
            }
            "#EXTINF" => segment.duration = Some(number(value.split(',').next())),
            "#EXT-X-PRELOAD-HINT" => playlist.hint = attribute(value, "URI").map(str::to_owned),
            "#EXT-X-RENDITION-REPORT" => {
                playlist.reports.extend(attribute(value, "URI").map(str::to_owned));
            }
            "#EXT-X-GAP" => playlist.gaps = true,
            "#EXT-X-ENDLIST" => playlist.ended = true,
            _ if !line.starts_with('#') && !line.is_empty() => {
                let done = std::mem::take(&mut segment);
                let (uri, map) = (line.to_owned(), map.clone());
                let discontinuity_sequence = discontinuities;
                playlist.segments.push(Segment {
                    msn: next,
                    uri,
                    map,
                    discontinuity_sequence,
                    ..done
                });
                next = next.saturating_add(1);
            }
            _ => {}
        }
    }
    if !segment.parts.is_empty() {
        let discontinuity_sequence = discontinuities;
        playlist.segments.push(Segment { msn: next, map, discontinuity_sequence, ..segment });
    }
    if playlist
        .segments
        .iter()
        .any(|s| s.map.is_none() && !s.uri.is_empty() && playlist.skipped == 0)
        && !playlist.gaps
    {
        wrong.push("a segment has no EXT-X-MAP".into());
    }
    playlist
}

fn attribute<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = list;
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let (value, tail) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        if key == name {
            return Some(value);
        }
        rest = tail.trim_start_matches(',');
    }
    None
}

fn number(text: Option<&str>) -> f64 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}
