//! What a player asks for, read from the text of its request: the query of a live playlist, the
//! name of a rendition's file, a range of its bytes.

use std::str::FromStr;

use crate::reload::{Directives, Position};

/// Hexadecimal digits in the name of an init segment, see [`crate::cmaf::init_name`].
const INIT_DIGITS: usize = 16;

/// The query of a live playlist's address.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LiveQuery {
    /// Up to where the playlist is waited for.
    pub directives: Directives,
    /// A delta update is enough.
    pub skip: bool,
}

/// A directive whose value does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is a number")]
pub struct NotANumber(&'static str);

impl LiveQuery {
    /// Reads a query without its question mark. What is no directive is left to other programs.
    ///
    /// # Errors
    /// A directive's value is not a number, or too large a one.
    pub fn parse(query: &str) -> Result<Self, NotANumber> {
        let mut asked = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "_HLS_msn" => asked.directives.msn = Some(directive("_HLS_msn", value)?),
                "_HLS_part" => asked.directives.part = Some(directive("_HLS_part", value)?),
                "_HLS_skip" => asked.skip = matches!(value, "YES" | "v2"),
                _ => {}
            }
        }
        Ok(asked)
    }
}

fn directive<T: FromStr>(name: &'static str, value: &str) -> Result<T, NotANumber> {
    value.parse().map_err(|_| NotANumber(name))
}

/// What the name of a rendition's file means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileName {
    /// The low-latency playlist.
    Live,
    /// The playlist from the start of the event.
    Replay,
    /// An init segment. The name is one that [`crate::cmaf::init_name`] can give, so it stays in
    /// its folder.
    Init,
    /// A whole segment.
    Segment(u64),
    /// A part.
    Part(Position),
}

impl FileName {
    /// Reads a name. Every file has one spelling, so that caches keep it once.
    pub fn parse(file: &str) -> Option<Self> {
        match file {
            "live.m3u8" => return Some(Self::Live),
            "replay.m3u8" => return Some(Self::Replay),
            _ => {}
        }
        if let Some(rest) = file.strip_prefix("init-") {
            let hash = rest.strip_suffix(".mp4")?;
            let digits = hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            return (digits && hash.len() == INIT_DIGITS).then_some(Self::Init);
        }
        let stem = file.strip_suffix(".m4s")?;
        match stem.split_once('.') {
            None => plain_number(stem).map(Self::Segment),
            Some((msn, part)) => {
                let at = Position { msn: plain_number(msn)?, part: plain_number(part)? };
                Some(Self::Part(at))
            }
        }
    }
}

/// A number in its only spelling.
fn plain_number<T: FromStr + ToString>(text: &str) -> Option<T> {
    text.parse().ok().filter(|number: &T| number.to_string() == text)
}

/// What a `Range` header asks of a file (RFC 9110 section 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// Everything: several ranges and unreadable ones are not served as ranges.
    Whole,
    /// From `first` to `last`, both inside the file.
    Some {
        /// First byte.
        first: u64,
        /// Last byte.
        last: u64,
    },
    /// Nothing that the file has.
    Nothing,
}

impl ByteRange {
    /// Reads a header's value for a file of `total` bytes.
    pub fn parse(header: &str, total: u64) -> Self {
        let spec = header.strip_prefix("bytes=").and_then(|spec| spec.split_once('-'));
        let Some((first, last)) = spec.map(|(first, last)| (first.trim(), last.trim())) else {
            return Self::Whole;
        };
        match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) => Self::inside(first, last, total),
            (Ok(first), Err(_)) if last.is_empty() => Self::inside(first, u64::MAX, total),
            (Err(_), Ok(0)) if first.is_empty() => Self::Nothing,
            (Err(_), Ok(count)) if first.is_empty() => {
                Self::inside(total.saturating_sub(count), u64::MAX, total)
            }
            _ => Self::Whole,
        }
    }

    fn inside(first: u64, last: u64, total: u64) -> Self {
        if total <= first || last < first {
            return Self::Nothing;
        }
        Self::Some { first, last: last.min(total - 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmaf::init_name;

    #[test]
    fn the_last_directive_of_a_kind_counts_and_foreign_ones_do_not() {
        let asked = LiveQuery::parse("_HLS_msn=3&token=a=b&_HLS_part=2&_HLS_msn=4&_HLS_skip=YES");
        let directives = Directives { msn: Some(4), part: Some(2) };
        assert_eq!(asked, Ok(LiveQuery { directives, skip: true }));
        for plain in ["", "&&", "_HLS_msn", "_hls_msn=4", "_HLS_skip=NO"] {
            assert_eq!(LiveQuery::parse(plain), Ok(LiveQuery::default()), "{plain}");
        }
    }

    #[test]
    fn a_directive_that_does_not_read_is_named() {
        for (query, name) in [
            ("_HLS_msn=", "_HLS_msn"),
            ("_HLS_msn=-1", "_HLS_msn"),
            ("_HLS_msn=18446744073709551616", "_HLS_msn"),
            ("_HLS_msn=1&_HLS_part=4294967296", "_HLS_part"),
            ("_HLS_part=1.5", "_HLS_part"),
        ] {
            assert_eq!(LiveQuery::parse(query), Err(NotANumber(name)), "{query}");
        }
    }

    #[test]
    fn every_file_has_one_name() {
        let part = FileName::Part(Position { msn: 7, part: 0 });
        assert_eq!(FileName::parse("live.m3u8"), Some(FileName::Live));
        assert_eq!(FileName::parse("replay.m3u8"), Some(FileName::Replay));
        assert_eq!(FileName::parse("7.m4s"), Some(FileName::Segment(7)));
        assert_eq!(FileName::parse("7.0.m4s"), Some(part));
        assert_eq!(FileName::parse(&init_name(b"ftyp")), Some(FileName::Init));
        for other in [
            "",
            ".m4s",
            "07.m4s",
            "+7.m4s",
            "7.m4s.m4s",
            "7..m4s",
            "7.00.m4s",
            "7.0.0.m4s",
            "7.mp4",
        ] {
            assert_eq!(FileName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn no_name_of_an_init_segment_leads_elsewhere() {
        let long = format!("init-{}.mp4", "0".repeat(300));
        for name in ["init-.mp4", "init-0.mp4", "init-../../../../..mp4", &long] {
            assert_eq!(FileName::parse(name), None, "{name}");
        }
        assert_eq!(FileName::parse(&init_name(b"").to_uppercase()), None);
    }

    #[test]
    fn a_range_lies_inside_the_file() {
        let some = |first, last| ByteRange::Some { first, last };
        for (header, total, asked) in [
            ("bytes=0-0", 9, some(0, 0)),
            ("bytes=2-", 9, some(2, 8)),
            ("bytes=2-18446744073709551615", 9, some(2, 8)),
            ("bytes=-4", 9, some(5, 8)),
            ("bytes=-40", 9, some(0, 8)),
            ("bytes=9-", 9, ByteRange::Nothing),
            ("bytes=5-4", 9, ByteRange::Nothing),
            ("bytes=-0", 9, ByteRange::Nothing),
            ("bytes=0-", 0, ByteRange::Nothing),
            ("bytes=-1", 0, ByteRange::Nothing),
            ("bytes=-", 9, ByteRange::Whole),
            ("bytes=0-1,4-5", 9, ByteRange::Whole),
            ("bytes=18446744073709551616-", 9, ByteRange::Whole),
            ("seconds=0-1", 9, ByteRange::Whole),
        ] {
            assert_eq!(ByteRange::parse(header, total), asked, "{header} of {total}");
        }
    }
}
