//! Media playlists: the low-latency one with all its tags, its delta update, and the common tags
//! that the replay playlist shares (rfc8216bis section 4.4).

use std::fmt::Write as _;
use std::io::Write as _;

use brotli::BrotliCompress;
use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use plenary_model::time::{Ticks, WallMs};

use crate::grid::Scale;
use crate::history::{Content, History, PartEntry, SegmentEntry};
use crate::window::{SKIP_TARGET_DURATIONS, Window};

/// EXT-X-SKIP needs 9, EXT-X-GAP 8.
pub const VERSION: u32 = 9;

/// Effort and window of brotli: as small as gzip in the time, a tenth smaller in the bytes.
const BROTLI_QUALITY: i32 = 5;
const BROTLI_WINDOW_BITS: i32 = 18;

/// A playlist, plain and compressed; cloned to everybody who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// UTF-8.
    pub plain: Bytes,
    /// The same behind `Content-Encoding: gzip`.
    pub gzip: Bytes,
    /// The same behind `Content-Encoding: br`.
    pub brotli: Bytes,
}

impl Text {
    /// Compresses a playlist, once for all who ask.
    pub fn new(plain: String) -> Self {
        let room = plain.len() / 4 + 64;
        let mut gzip = GzEncoder::new(Vec::with_capacity(room), Compression::fast());
        // Writing to memory has no error to give.
        let _ = gzip.write_all(plain.as_bytes());
        let gzip = gzip.finish().unwrap_or_default();
        let settings = BrotliEncoderParams {
            quality: BROTLI_QUALITY,
            lgwin: BROTLI_WINDOW_BITS,
            size_hint: plain.len(),
            ..BrotliEncoderParams::default()
        };
        let mut brotli = Vec::with_capacity(room);
        let _ = BrotliCompress(&mut plain.as_bytes(), &mut brotli, &settings);
        Self { plain: plain.into(), gzip: gzip.into(), brotli: brotli.into() }
    }
}

/// What is the same in every media playlist of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Common {
    /// EXT-X-TARGETDURATION in seconds.
    pub target_duration: u32,
    /// PART-HOLD-BACK in milliseconds, three times the largest part target.
    pub part_hold_back_ms: u32,
    /// Wall clock of programme tick 0.
    pub wall_of_zero: WallMs,
}

/// What a sibling playlist holds at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<'a> {
    /// The sibling's name.
    pub rendition: &'a str,
    /// LAST-MSN
    pub msn: u64,
    /// LAST-PART
    pub part: Option<u32>,
}

/// All that one rendering of a live playlist needs.
#[derive(Debug, Clone)]
pub struct Live<'a> {
    /// Shared values.
    pub common: Common,
    /// The track's lengths.
    pub scale: Scale,
    /// Its segments.
    pub history: &'a History,
    /// What is shown of them.
    pub window: Window,
    /// One for every sibling that has media.
    pub reports: &'a [Report<'a>],
    /// Nothing will come any more.
    pub ended: bool,
}

impl Live<'_> {
    /// The whole playlist.
    pub fn full(&self) -> String {
        self.render(self.window.first)
    }

    /// The delta update, if it leaves anything out.
    pub fn delta(&self) -> Option<String> {
        let skips = self.window.first < self.window.first_unskipped && !self.ended;
        skips.then(|| self.render(self.window.first_unskipped))
    }

    fn render(&self, from: usize) -> String {
        let Self { common, scale, history, window, .. } = self;
        let mut text = String::with_capacity(8 * 1024);
        let out = &mut text;
        let target = common.target_duration;
        line(
            out,
            format_args!("#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-TARGETDURATION:{target}"),
        );
        line(
            out,
            format_args!(
                "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={},CAN-SKIP-UNTIL={}.0",
                seconds_of_ms(common.part_hold_back_ms),
                target * SKIP_TARGET_DURATIONS
            ),
        );
        line(
            out,
            format_args!("#EXT-X-PART-INF:PART-TARGET={}", seconds_of_ms(scale.part_target_ms())),
        );
        let first = history.whole.get(window.first).or(history.open.as_ref());
        line(
            out,
            format_args!("#EXT-X-MEDIA-SEQUENCE:{}", first.map_or(history.next_msn, |s| s.msn)),
        );
        let before = history.discontinuities_before(window.first);
        line(out, format_args!("#EXT-X-DISCONTINUITY-SEQUENCE:{before}"));
        if window.first < from {
            line(out, format_args!("#EXT-X-SKIP:SKIPPED-SEGMENTS={}", from - window.first));
        }
        let mut init = history.whole[window.first..from].iter().rev().find_map(init_of);
        for (index, segment) in history.whole.iter().enumerate().skip(from) {
            head(out, segment, &mut init, common.wall_of_zero, scale);
            if window.first_with_parts <= index {
                parts(out, segment, scale);
            }
            foot(out, segment, scale);
        }
        if let Some(open) = &history.open {
            head(out, open, &mut init, common.wall_of_zero, scale);
            parts(out, open, scale);
        }
        if self.ended {
            line(out, format_args!("#EXT-X-ENDLIST"));
        } else {
            let next = history.next();
            line(
                out,
                format_args!(
                    "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{}.{}.m4s\"",
                    next.msn, next.part
                ),
            );
        }
        for Report { rendition, msn, part } in self.reports {
            let part = part.map_or(String::new(), |part| format!(",LAST-PART={part}"));
            let uri = format_args!("\"../{rendition}/live.m3u8\"");
            line(out, format_args!("#EXT-X-RENDITION-REPORT:URI={uri},LAST-MSN={msn}{part}"));
        }
        text
    }
}

/// Writes what comes before a segment's media: discontinuity, init segment, wall time.
pub(crate) fn head<'a>(
    out: &mut String,
    segment: &'a SegmentEntry,
    init: &mut Option<&'a str>,
    wall_of_zero: WallMs,
    scale: &Scale,
) {
    if segment.discontinuity {
        line(out, format_args!("#EXT-X-DISCONTINUITY"));
    }
    let own = init_of(segment);
    if let Some(own) = own.filter(|own| segment.discontinuity || *init != Some(*own)) {
        line(out, format_args!("#EXT-X-MAP:URI=\"{own}\""));
        *init = Some(own);
    }
    let time = programme_date(wall_of_zero, scale.programme(segment.start));
    line(out, format_args!("#EXT-X-PROGRAM-DATE-TIME:{time}"));
}

/// Writes a whole segment's duration and address.
pub(crate) fn foot(out: &mut String, segment: &SegmentEntry, scale: &Scale) {
    line(out, format_args!("#EXTINF:{:.5},", scale.seconds(segment.duration)));
    if segment.content == Content::Gap {
        line(out, format_args!("#EXT-X-GAP"));
    }
    line(out, format_args!("{}.m4s", segment.msn));
}

fn parts(out: &mut String, segment: &SegmentEntry, scale: &Scale) {
    for (index, PartEntry { duration, independent }) in segment.parts().iter().enumerate() {
        let duration = scale.seconds(*duration);
        let independent = if *independent { ",INDEPENDENT=YES" } else { "" };
        let uri = format_args!("\"{}.{index}.m4s\"", segment.msn);
        line(out, format_args!("#EXT-X-PART:DURATION={duration:.5},URI={uri}{independent}"));
    }
}

fn init_of(segment: &SegmentEntry) -> Option<&str> {
    match &segment.content {
        Content::Media { init, .. } => Some(init),
        Content::Gap => None,
    }
}

pub(crate) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn seconds_of_ms(ms: u32) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// ISO 8601 in UTC with milliseconds.
pub fn programme_date(wall_of_zero: WallMs, time: Ticks) -> String {
    let ms = wall_of_zero.0 + time.as_ms();
    let (days, ms_of_day) = (ms / 86_400_000, ms % 86_400_000);
    let (year, month, day) = civil(days);
    let seconds = ms_of_day / 1000;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        ms_of_day % 1000
    )
}

/// Year, month and day of a day since 1970 (proleptic Gregorian; years counted from March so that
/// the leap day is the last).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_utc() {
        let date = |ms| programme_date(WallMs(ms), Ticks(0));
        assert_eq!(date(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(date(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(date(1_795_366_799_999), "2026-11-22T16:59:59.999Z");
        assert_eq!(programme_date(WallMs(1_000), Ticks(90)), "1970-01-01T00:00:01.001Z");
    }
}
