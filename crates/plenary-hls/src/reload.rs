//! What to do with a playlist request that names a part (rfc8216bis section 6.2.5.2).

/// A place in a rendition: media sequence number and part index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Media sequence number.
    pub msn: u64,
    /// Index of the part in its segment.
    pub part: u32,
}

/// How far a rendition's playlist goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The part that will come next.
    pub next: Position,
    /// How many parts the newest whole segment has.
    pub parts_of_last: u32,
    /// Nothing will come any more.
    pub ended: bool,
}

/// The delivery directives of a request.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Directives {
    /// `_HLS_msn`
    pub msn: Option<u64>,
    /// `_HLS_part`
    pub part: Option<u32>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// Answer with the current playlist.
    Now,
    /// Answer once the next part lies beyond this place, at most 3 target durations from now.
    Wait(Until),
    /// The request makes no sense: 400.
    Bad(Refused),
}

/// What a held request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// This part is there.
    Part(Position),
    /// The whole segment is there.
    Segment(u64),
}

impl Until {
    /// Is it there?
    pub fn reached(self, edge: &Edge) -> bool {
        edge.ended
            || match self {
                Self::Part(wanted) => beyond_segment_end(wanted, edge) < edge.next,
                Self::Segment(msn) => msn < edge.next.msn,
            }
    }
}

/// Why a request makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A part of no segment.
    #[error("_HLS_part needs _HLS_msn")]
    PartAlone,
    /// Further ahead than a client may ask.
    #[error("this part is too far in the future")]
    TooFar,
}

/// Most segments that a client may ask ahead.
const SEGMENTS_AHEAD_MAX: u64 = 2;

/// Decides about a request at `edge` for a rendition with parts of at most `part_target_ms`.
pub fn decide(directives: Directives, edge: &Edge, part_target_ms: u32) -> Reload {
    let Some(msn) = directives.msn else {
        return match directives.part {
            Some(_) => Reload::Bad(Refused::PartAlone),
            None => Reload::Now,
        };
    };
    let until =
        directives.part.map_or(Until::Segment(msn), |part| Until::Part(Position { msn, part }));
    if until.reached(edge) {
        return Reload::Now;
    }
    // The newest segment in the playlist is the open one once it has a part.
    let newest = if edge.next.part == 0 { edge.next.msn.saturating_sub(1) } else { edge.next.msn };
    if newest.saturating_add(SEGMENTS_AHEAD_MAX) < msn {
        return Reload::Bad(Refused::TooFar);
    }
    if let Until::Part(wanted) = until {
        let wanted = beyond_segment_end(wanted, edge);
        let first_refused = edge.next.part.saturating_add(advance_parts_max(part_target_ms));
        if wanted.msn == edge.next.msn && first_refused <= wanted.part {
            return Reload::Bad(Refused::TooFar);
        }
    }
    Reload::Wait(until)
}

/// A part past the end of a finished segment means the first part of the next one.
fn beyond_segment_end(wanted: Position, edge: &Edge) -> Position {
    if wanted.msn.checked_add(1) == Some(edge.next.msn) && edge.parts_of_last <= wanted.part {
        return Position { msn: edge.next.msn, part: 0 };
    }
    wanted
}

/// The Advance Part Limit: three seconds of parts, at least three.
fn advance_parts_max(part_target_ms: u32) -> u32 {
    if part_target_ms < 1_000 { 3_000_u32.div_ceil(part_target_ms.max(1)) } else { 3 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Edge = Edge { next: Position { msn: 10, part: 3 }, parts_of_last: 8, ended: false };

    fn ask(msn: impl Into<Option<u64>>, part: impl Into<Option<u32>>, edge: &Edge) -> Reload {
        decide(Directives { msn: msn.into(), part: part.into() }, edge, 500)
    }

    #[test]
    fn what_is_there_is_answered_at_once() {
        for (msn, part) in [(None, None), (Some(9), None), (Some(10), Some(2)), (Some(3), Some(99))]
        {
            assert_eq!(ask(msn, part, &AT), Reload::Now, "{msn:?} {part:?}");
        }
    }

    #[test]
    fn what_comes_next_is_waited_for() {
        assert_eq!(ask(10, 3, &AT), Reload::Wait(Until::Part(Position { msn: 10, part: 3 })));
        assert_eq!(ask(10, None, &AT), Reload::Wait(Until::Segment(10)));
        assert_eq!(ask(12, 0, &AT), Reload::Wait(Until::Part(Position { msn: 12, part: 0 })));
        assert_eq!(ask(10, 8, &AT), Reload::Wait(Until::Part(Position { msn: 10, part: 8 })));
    }

    #[test]
    fn a_part_past_the_end_is_the_first_of_the_next_segment() {
        let between = Edge { next: Position { msn: 11, part: 0 }, ..AT };
        let asked = Position { msn: 10, part: 8 };
        assert_eq!(ask(10, 8, &between), Reload::Wait(Until::Part(asked)));
        let after = Edge { next: Position { msn: 11, part: 1 }, ..AT };
        assert!(Until::Part(asked).reached(&after));
    }

    #[test]
    fn senseless_requests_are_refused() {
        assert_eq!(ask(None, 3, &AT), Reload::Bad(Refused::PartAlone));
        assert_eq!(ask(13, None, &AT), Reload::Bad(Refused::TooFar));
        assert_eq!(ask(10, 9, &AT), Reload::Bad(Refused::TooFar));
        assert_eq!(ask(u64::MAX, u32::MAX, &AT), Reload::Bad(Refused::TooFar));
    }

    #[test]
    fn after_the_end_nobody_waits() {
        let over = Edge { ended: true, ..AT };
        assert_eq!(ask(500, 1, &over), Reload::Now);
    }
}
