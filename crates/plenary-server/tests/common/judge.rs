//! What a stretch of the programme showed and sounded like, read from decoded pictures and samples.

use plenary_server::bench::eyes::Seen;
use plenary_server::bench::speaker::{PERIOD_MS, Voice};

/// A picture that stands for so much longer than usual froze, as browsers count it
/// (`freezeCount` of the W3C's webrtc-stats).
const FREEZE_BEYOND_MS: f64 = 150.0;
/// Samples of a window of sound: 10 ms.
const WINDOW: usize = 480;
const WINDOW_MS: u64 = 10;
/// A tone's level in the programme is far above this, silence and its coding far below.
const HEARD: f32 = 0.01;

/// What was seen and heard of one speaker in the whole picture.
#[derive(Debug)]
pub struct Judged {
    /// Share of the time in which the picture stood, in percent.
    pub frozen_percent: f64,
    /// When a picture stood too long, in seconds from the beginning, and for how many milliseconds.
    pub freezes: Vec<(f64, f64)>,
    /// Longest time that one picture stood.
    pub longest_ms: f64,
    /// Pictures on which there was something else, such as the speaker's card.
    pub without_mark: usize,
    /// Least mean luma of a picture.
    pub darkest: f64,
    /// Longest silence where the tone should have been.
    pub hole_ms: u64,
}

impl Judged {
    /// Judges pictures in a row, of which so many come in a second, and the samples that came with
    /// them.
    pub fn of(pictures: &[Seen], per_second: u32, samples: &[f32], voice: Voice) -> Self {
        let freeze_ms = 1_000.0 / f64::from(per_second) + FREEZE_BEYOND_MS;
        let stretches = stretches(pictures);
        let total: f64 = stretches.iter().map(|(_, ms)| ms).sum();
        let mut freezes = stretches.clone();
        freezes.retain(|(_, ms)| freeze_ms < *ms);
        let frozen = freezes.iter().fold(0.0, |sum, (_, ms)| sum + ms);
        Self {
            frozen_percent: frozen * 100.0 / total,
            freezes,
            longest_ms: stretches.iter().map(|(_, ms)| *ms).fold(0.0, f64::max),
            without_mark: pictures.iter().filter(|seen| seen.mark().is_none()).count(),
            darkest: pictures.iter().map(|seen| seen.light).fold(255.0, f64::min),
            hole_ms: hole_ms(samples, voice),
        }
    }
}

/// When each picture came, in seconds from the first, and how many milliseconds it stood; what has no
/// mark is a picture of its own.
fn stretches(pictures: &[Seen]) -> Vec<(f64, f64)> {
    let mut changes: Vec<f64> = Vec::new();
    let mut last = None;
    for seen in pictures {
        if last != Some(seen.mark()) {
            last = Some(seen.mark());
            changes.push(seen.programme_ms);
        }
    }
    changes.extend(pictures.last().map(|seen| seen.programme_ms));
    let began = changes.first().copied().unwrap_or(0.0);
    changes.windows(2).map(|pair| ((pair[0] - began) / 1_000.0, pair[1] - pair[0])).collect()
}

/// The longest silence within a tone, or beyond the usual one between two tones.
fn hole_ms(samples: &[f32], voice: Voice) -> u64 {
    let loud = |window: &[f32]| {
        let sum: f32 = window.iter().map(|sample| sample * sample).sum();
        HEARD < (sum / window.len() as f32).sqrt()
    };
    let heard: Vec<bool> = samples.chunks_exact(WINDOW).map(loud).collect();
    // Fades and coding blur the edges by two windows.
    let usual = PERIOD_MS - voice.on_ms + 2 * WINDOW_MS;
    let beyond = |windows: usize| (windows as u64 * WINDOW_MS).saturating_sub(usual);
    let ends = heard.iter().position(|loud| *loud).zip(heard.iter().rposition(|loud| *loud));
    let Some((first, last)) = ends else { return beyond(heard.len()) };
    let inner = heard[first..=last].split(|loud| *loud).map(<[bool]>::len);
    let hole = |windows: usize| match windows as u64 * WINDOW_MS {
        within if within < usual / 2 => within,
        _ => beyond(windows),
    };
    let outer = [first, heard.len() - 1 - last].map(beyond);
    inner.map(hole).chain(outer).max().unwrap_or(0)
}
