//! How an event does, put together for the director.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use plenary_programme::protocol::{GovernorStep, Notice, Stats};

use crate::live::{LiveHandle, RecordingState};
use crate::worker::Life;
use crate::ws::message::{Encoder, Health, Recording};

/// How many notices the director sees.
const NOTICES_MAX: usize = 20;

/// Collects what is known of the encoder.
#[derive(Debug)]
pub struct Healths {
    last: Option<(Instant, Stats)>,
    cpu_percent: f32,
    late: bool,
    notices: VecDeque<String>,
}

impl Healths {
    /// Nothing known yet.
    pub const fn new() -> Self {
        Self { last: None, cpu_percent: 0.0, late: false, notices: VecDeque::new() }
    }

    /// Takes over the worker's figures.
    pub fn see_stats(&mut self, stats: &Stats) {
        let now = Instant::now();
        if let Some((then, before)) = &self.last {
            let wall_us = (now - *then).as_micros().max(1);
            let cpu_us = stats.cpu_us.saturating_sub(before.cpu_us);
            self.cpu_percent = (cpu_us as f64 * 100.0 / wall_us as f64) as f32;
            self.late = before.missed < stats.missed
                || before.skipped < stats.skipped
                || stats.governor != GovernorStep::Full;
        }
        self.last = Some((now, stats.clone()));
    }

    /// Adds a notice.
    pub fn see_notice(&mut self, notice: Notice) {
        self.add(text(notice));
    }

    /// Adds a line for the director.
    pub fn add(&mut self, line: String) {
        if self.notices.len() == NOTICES_MAX {
            self.notices.pop_front();
        }
        self.notices.push_back(line);
    }

    /// The message.
    pub fn now(&self, worker: Life, live: &LiveHandle, on_air: Duration) -> Health {
        Health {
            encoder: match worker {
                Life::Restarting => Encoder::Restarting,
                Life::Running { .. } if self.late => Encoder::Late,
                Life::Running { .. } => Encoder::Ok,
            },
            recording: match live.recording_state() {
                RecordingState::Ok => Recording::Ok,
                RecordingState::Failed { .. } => Recording::Failed,
            },
            viewers: live.viewers(),
            cpu_percent: self.cpu_percent,
            on_air_ms: u64::try_from(on_air.as_millis()).unwrap_or(u64::MAX),
            notices: self.notices.iter().cloned().collect(),
        }
    }
}

/// A stable code with its subject; pages turn it into a sentence in the person's language.
fn text(notice: Notice) -> String {
    match notice {
        Notice::Governor(step) => match step {
            GovernorStep::Full => "governor_full".into(),
            GovernorStep::LowComplexity => "governor_low_complexity".into(),
            GovernorStep::WithoutLargest => "governor_without_largest".into(),
            GovernorStep::HalfRateLowest => "governor_half_rate_lowest".into(),
            GovernorStep::SmallLayers => "governor_small_layers".into(),
        },
        Notice::DecoderRestarted(source) => format!("decoder_restarted {source}"),
        Notice::DecoderFailed(source) => format!("decoder_failed {source}"),
        Notice::ClipFailed(source) => format!("clip_failed {source}"),
        Notice::PictureTooLarge(source) => format!("picture_too_large {source}"),
        Notice::EncoderRestarted(rendition) => format!("encoder_restarted {rendition}"),
        Notice::EncoderReplaced => "encoder_replaced".into(),
    }
}
