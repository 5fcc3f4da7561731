//! When a picture or sound of a source is due: an estimate of its network delay, a buffer that
//! grows with the jitter, and picture and sound aligned by their sender reports.

use std::collections::VecDeque;

use plenary_model::frame::SenderReport;

/// Least delay that a source is given.
pub const TARGET_MIN_US: i64 = 120_000;
/// Most delay that a source is given; what comes later is late.
pub const TARGET_MAX_US: i64 = 300_000;
/// On top of the measured jitter: decoding and the wait for the tick.
const MARGIN_US: i64 = 40_000;
const BUCKET_US: i64 = 500_000;
const BUCKETS: usize = 8;
/// A unit this far off the estimate means that the sender began a new clock.
const JUMP_US: i64 = 2_000_000;
/// Reports that put picture and sound further apart than this are not believed.
const SKEW_MAX_US: i64 = 1_000_000;
/// How fast the measured jitter is forgotten: 5 ms a second, which the sound can follow unheard.
const FORGET_DIVISOR: i64 = 200;

/// The clock of one track of a source, seen from here.
#[derive(Debug, Clone)]
pub struct TrackClock {
    rate_hz: i64,
    /// Media time zero: this RTP time is this many microseconds on the sender's clock.
    anchor: SenderReport,
    reported: bool,
    /// Start of the bucket (arrival) and the shortest transit in it.
    buckets: VecDeque<(i64, i64)>,
    jitter_us: i64,
    newest_us: i64,
}

impl TrackClock {
    /// A track of `rate_hz` RTP ticks a second that nothing is known of.
    pub fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz: i64::from(rate_hz),
            anchor: SenderReport { wall_us: 0, rtp_time: 0 },
            reported: false,
            buckets: VecDeque::new(),
            jitter_us: 0,
            newest_us: 0,
        }
    }

    /// Takes note of one unit; true when the sender's clock jumped and everything buffered of
    /// this track belongs to the former one.
    pub fn observe(&mut self, rtp: u64, report: Option<SenderReport>, arrival_us: u64) -> bool {
        let arrival = arrival_us as i64;
        let before = arrival - self.media_us(rtp as i64);
        if let Some(report) = report {
            self.anchor = report;
            let shift = arrival - self.media_us(rtp as i64) - before;
            if !self.reported {
                self.buckets.iter_mut().for_each(|bucket| bucket.1 += shift);
            }
            self.reported = true;
        }
        let transit = arrival - self.media_us(rtp as i64);
        let jumped = self.base_us().is_some_and(|base| JUMP_US < (transit - base).abs());
        if jumped {
            self.buckets.clear();
            self.jitter_us = 0;
        }
        self.count(arrival, transit);
        jumped
    }

    fn count(&mut self, arrival: i64, transit: i64) {
        match self.buckets.back_mut() {
            Some((start, least)) if arrival < *start + BUCKET_US => *least = transit.min(*least),
            _ => self.buckets.push_back((arrival, transit)),
        }
        if BUCKETS < self.buckets.len() {
            self.buckets.pop_front();
        }
        let forgotten = (arrival - self.newest_us).clamp(0, BUCKET_US) / FORGET_DIVISOR;
        self.newest_us = self.newest_us.max(arrival);
        let late = self.base_us().map_or(0, |base| transit - base);
        self.jitter_us = late.max(self.jitter_us - forgotten);
    }

    /// The shortest transit of the last seconds: it follows the drift between the two clocks.
    fn base_us(&self) -> Option<i64> {
        self.buckets.iter().map(|(_, least)| *least).min()
    }

    fn target_us(&self) -> i64 {
        (self.jitter_us + MARGIN_US).clamp(TARGET_MIN_US, TARGET_MAX_US)
    }

    fn media_us(&self, rtp: i64) -> i64 {
        let since = rtp - self.anchor.rtp_time as i64;
        self.anchor.wall_us as i64 + (since as i128 * 1_000_000 / self.rate_hz as i128) as i64
    }

    fn rtp_at(&self, media_us: i64) -> f64 {
        let since = (media_us - self.anchor.wall_us as i64) as f64;
        self.anchor.rtp_time as f64 + since * self.rate_hz as f64 / 1e6
    }
}

/// Both tracks of one source.
#[derive(Debug, Clone)]
pub struct SourceClock {
    /// The picture's clock, 90 kHz.
    pub picture: TrackClock,
    /// The sound's clock, 48 kHz.
    pub sound: TrackClock,
}

impl Default for SourceClock {
    fn default() -> Self {
        Self { picture: TrackClock::new(90_000), sound: TrackClock::new(48_000) }
    }
}

impl SourceClock {
    /// When a picture is to be shown, monotonic microseconds; `None` before the first one.
    pub fn picture_due_us(&self, rtp: i64) -> Option<i64> {
        let offset = self.offset_us(&self.picture, &self.sound)?;
        Some(self.picture.media_us(rtp) + offset)
    }

    /// When a sound is to be heard, monotonic microseconds; `None` before the first one.
    pub fn sound_due_us(&self, rtp: i64) -> Option<i64> {
        let offset = self.offset_us(&self.sound, &self.picture)?;
        Some(self.sound.media_us(rtp) + offset)
    }

    /// The RTP time, in samples, of the sound to be heard at `at_us`.
    pub fn sound_position(&self, at_us: i64) -> Option<f64> {
        let offset = self.offset_us(&self.sound, &self.picture)?;
        Some(self.sound.rtp_at(at_us - offset))
    }

    fn offset_us(&self, own: &TrackClock, other: &TrackClock) -> Option<i64> {
        let base = own.base_us()?;
        let Some(other_base) = other.base_us() else { return Some(base + own.target_us()) };
        let target = own.target_us().max(other.target_us());
        let comparable = own.reported && other.reported && (base - other_base).abs() <= SKEW_MAX_US;
        Some(if comparable { base.max(other_base) } else { base } + target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE_HZ: u64 = 90_000;

    /// Feeds `seconds` of 30 fps pictures whose transit is `transit(n)` microseconds.
    fn pictures(clock: &mut TrackClock, seconds: u64, transit: impl Fn(u64) -> u64) -> u64 {
        let frames = seconds * 30;
        for n in 0..frames {
            clock.observe(n * PICTURE_HZ / 30, None, 5_000_000 + n * 1_000_000 / 30 + transit(n));
        }
        frames
    }

    fn delay_ms(clock: &SourceClock, n: u64) -> i64 {
        let sent = 5_000_000 + (n * 1_000_000 / 30) as i64;
        (clock.picture_due_us((n * PICTURE_HZ / 30) as i64).expect("fed") - sent) / 1000
    }

    #[test]
    fn the_delay_grows_with_jitter_between_its_limits() {
        let mut log = Vec::new();
        for jitter_ms in [0u64, 50, 150, 900] {
            let mut clock = SourceClock::default();
            let frames =
                pictures(&mut clock.picture, 5, |n| 20_000 + (n % 7) * jitter_ms * 1000 / 6);
            log.push((jitter_ms, delay_ms(&clock, frames)));
        }
        assert_eq!(log, [(0, 140), (50, 140), (150, 210), (900, 320)]);
    }

    #[test]
    fn a_drifting_sender_keeps_its_delay() {
        let mut clock = SourceClock::default();
        // 200 ppm slow: after 100 s its pictures come 20 ms later.
        let frames = pictures(&mut clock.picture, 100, |n| 20_000 + n * 1_000_000 / 30 / 5_000);
        assert!((155..=165).contains(&delay_ms(&clock, frames)), "{}", delay_ms(&clock, frames));
    }

    #[test]
    fn reports_align_picture_and_sound_that_travel_unequally() {
        let mut clock = SourceClock::default();
        for n in 0..200u64 {
            let sent = 5_000_000 + n * 20_000;
            let report = |rtp_time| Some(SenderReport { wall_us: 77_000_000, rtp_time });
            clock.sound.observe(1_000 + n * 960, report(1_000), sent + 10_000);
            clock.picture.observe(900_000 + n * 1_800, report(900_000), sent + 95_000);
        }
        let picture = clock.picture_due_us(900_000 + 90_000).expect("fed");
        let sound = clock.sound_due_us(1_000 + 48_000).expect("fed");
        assert_eq!(picture, sound, "taken at the same moment, due at the same moment");
        assert_eq!(clock.sound_position(sound), Some(49_000.0));
    }

    #[test]
    fn a_new_clock_of_the_sender_is_noticed_once() {
        let mut clock = TrackClock::new(90_000);
        let jumps: Vec<bool> = [(0, 0), (3_000, 33_333), (9_000_000, 66_666), (9_003_000, 100_000)]
            .map(|(rtp, arrival)| clock.observe(rtp, None, arrival))
            .into();
        assert_eq!(jumps, [false, false, true, false]);
    }
}
