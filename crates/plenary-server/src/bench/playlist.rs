//! Reads a media playlist as a low-latency player does.

use anyhow::Context as _;

/// A media playlist.
#[derive(Debug, Default, Clone)]
pub struct Playlist {
    /// EXT-X-MEDIA-SEQUENCE.
    pub sequence: u64,
    /// PART-HOLD-BACK in milliseconds.
    pub hold_back_ms: f64,
    /// The part that comes next, by EXT-X-PRELOAD-HINT.
    pub promised: Option<(u64, u64)>,
    /// Segments in order, the open one last.
    pub segments: Vec<Segment>,
}

/// A segment, or the parts of one that is still open.
#[derive(Debug, Default, Clone)]
pub struct Segment {
    /// Media sequence number.
    pub msn: u64,
    /// Its address; none while it is open.
    pub uri: Option<String>,
    /// Address of its init segment.
    pub init: Option<String>,
    /// Programme time of its beginning, in milliseconds since 1970.
    pub begins_ms: f64,
    /// EXTINF in milliseconds; the sum of the parts while it is open.
    pub length_ms: f64,
    /// It follows a break of the encoder.
    pub discontinuity: bool,
    /// There is nothing for this time.
    pub gap: bool,
    /// Addresses of its parts with their lengths in milliseconds, while they are announced.
    pub parts: Vec<(String, f64)>,
}

impl Segment {
    /// Programme time of its end, in milliseconds since 1970.
    pub fn ends_ms(&self) -> f64 {
        self.begins_ms + self.length_ms
    }
}

impl Playlist {
    /// Reads a playlist.
    ///
    /// # Errors
    /// A value cannot be read.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut playlist = Self::default();
        let (mut segment, mut init, mut next) = (Segment::default(), None, 0);
        for line in text.lines() {
            let (tag, value) = line.split_once(':').unwrap_or((line, ""));
            match tag {
                "#EXT-X-MEDIA-SEQUENCE" => {
                    playlist.sequence = value.parse().context("EXT-X-MEDIA-SEQUENCE")?;
                    next = playlist.sequence;
                }
                "#EXT-X-SERVER-CONTROL" => {
                    if let Some(hold_back) = attribute(value, "PART-HOLD-BACK") {
                        playlist.hold_back_ms = seconds(hold_back)?;
                    }
                }
                "#EXT-X-DISCONTINUITY" => segment.discontinuity = true,
                "#EXT-X-GAP" => segment.gap = true,
                "#EXT-X-MAP" => init = attribute(value, "URI").map(str::to_owned),
                "#EXT-X-PROGRAM-DATE-TIME" => {
                    let at: jiff::Timestamp = value.parse().context("EXT-X-PROGRAM-DATE-TIME")?;
                    segment.begins_ms = at.as_microsecond() as f64 / 1_000.0;
                }
                "#EXT-X-PART" => {
                    let uri = attribute(value, "URI").context("a part without a URI")?;
                    let length = attribute(value, "DURATION").context("a part without length")?;
                    segment.parts.push((uri.to_owned(), seconds(length)?));
                }
                "#EXT-X-PRELOAD-HINT" => {
                    let stem = attribute(value, "URI").and_then(|uri| uri.strip_suffix(".m4s"));
                    let place = stem.and_then(|stem| stem.split_once('.'));
                    let place = place.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                    playlist.promised = Some(place.context("EXT-X-PRELOAD-HINT")?);
                }
                "#EXTINF" => {
                    segment.length_ms = seconds(value.trim_end_matches(','))?;
                }
                _ if !line.is_empty() && !line.starts_with('#') => {
                    segment.uri = Some(line.to_owned());
                    let done = std::mem::take(&mut segment);
                    playlist.segments.push(Segment { msn: next, init: init.clone(), ..done });
                    next += 1;
                }
                _ => {}
            }
        }
        if !segment.parts.is_empty() {
            let length_ms = segment.parts.iter().map(|part| part.1).sum();
            playlist.segments.push(Segment { msn: next, init, length_ms, ..segment });
        }
        Ok(playlist)
    }
}

fn seconds(text: &str) -> anyhow::Result<f64> {
    Ok(text.parse::<f64>().with_context(|| format!("a duration: {text}"))? * 1_000.0)
}

fn attribute<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let start = list.find(&format!("{name}="))? + name.len() + 1;
    let value = &list[start..];
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split(',').next(),
    }
}
