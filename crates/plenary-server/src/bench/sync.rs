//! How far sound and picture of the broadcast are apart, from the clock that is painted into the
//! pictures and the tones that begin with its seconds.

use std::time::Instant;

use plenary_model::scene::Layout;
use plenary_model::time::SOUND_HZ;

use super::eyes::{Ears, Eyes, Seen};
use super::follow::Follower;

/// Tones begin at whole seconds of the wall clock.
const TONE_PERIOD_MS: f64 = 1_000.0;
/// Pictures so near to a tone's onset tell when it should begin.
const NEAR_MS: f64 = 250.0;
/// A tone's onset has at least so much silence before it.
const SILENCE_SAMPLES: usize = SOUND_HZ as usize / 5;
/// The tones are faded in over 240 samples; half of the height is reached in the middle.
const HALF_RAMP_MS: f64 = 120.0 * 1_000.0 / SOUND_HZ as f64;

/// What the HLS client saw.
pub(super) struct Pictures {
    pub(super) seen: Vec<Seen>,
    /// Age of the newest picture of each part when the part came.
    pub(super) edges: Vec<f64>,
    /// PART-HOLD-BACK in milliseconds.
    pub(super) hold_back_ms: f64,
}

impl Pictures {
    /// How old each picture was when it was decoded, in milliseconds.
    pub(super) fn ages(&self) -> impl Iterator<Item = f64> {
        self.seen.iter().filter_map(|seen| Some(seen.at_ms - taken_ms(seen)?))
    }
}

/// When the picture in the full tile was taken, in milliseconds since 1970.
fn taken_ms(seen: &Seen) -> Option<f64> {
    Some(seen.mark()?.wall.0 as f64)
}

/// Watches the largest rendition and decodes what comes after `counts_from`.
///
/// # Errors
/// The broadcast ends or does not decode.
pub(super) fn watch(
    (web, path): (super::web::Web, String),
    counts_from: Instant,
    until: Instant,
) -> anyhow::Result<Pictures> {
    let mut follower = Follower::new(web.clone(), &path, "v720");
    let mut eyes = Eyes::new(web)?;
    let mut pictures = Pictures { seen: Vec::new(), edges: Vec::new(), hold_back_ms: 0.0 };
    while Instant::now() < until {
        for part in follower.next_parts()? {
            let seen = eyes.see(&part, Layout::Full.tiles())?;
            if Instant::now() < counts_from {
                continue;
            }
            let newest = seen.last().and_then(taken_ms);
            pictures.edges.extend(newest.map(|taken| part.at_ms - taken));
            pictures.seen.extend(seen);
        }
    }
    pictures.hold_back_ms = follower.hold_back_ms;
    Ok(pictures)
}

/// Listens to the sound that comes after `counts_from`.
///
/// # Errors
/// As [`watch`].
pub(super) fn listen(
    (web, path): (super::web::Web, String),
    counts_from: Instant,
    until: Instant,
) -> anyhow::Result<Ears> {
    let mut follower = Follower::new(web.clone(), &path, "a64");
    let mut ears = Ears::new(web);
    while Instant::now() < until {
        for part in follower.next_parts()? {
            if counts_from <= Instant::now() {
                ears.hear(&part)?;
            }
        }
    }
    Ok(ears)
}

/// How much later than the pictures round it each tone begins in programme time, in milliseconds.
pub(super) fn sound_offsets(pictures: &[Seen], ears: &Ears) -> Vec<f64> {
    let onsets = ears.heard.iter().flat_map(|(start, samples)| onsets_ms(*start, samples));
    onsets
        .filter_map(|onset| {
            let near = |seen: &&Seen| (seen.programme_ms - onset).abs() < NEAR_MS;
            let walls: Vec<f64> = (pictures.iter().filter(near))
                .filter_map(|seen| Some(taken_ms(seen)? - seen.programme_ms))
                .collect();
            let wall = walls.iter().sum::<f64>() / walls.len() as f64;
            let late = (onset + wall).rem_euclid(TONE_PERIOD_MS);
            let late = if TONE_PERIOD_MS / 2.0 < late { late - TONE_PERIOD_MS } else { late };
            (!walls.is_empty()).then_some(late)
        })
        .collect()
}

/// Beginnings of tones after silence, in milliseconds of programme time.
fn onsets_ms(start: u64, samples: &[f32]) -> Vec<f64> {
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let mut quiet = 0;
    let mut onsets = Vec::new();
    for (index, sample) in samples.iter().enumerate() {
        if sample.abs() < peak / 2.0 {
            quiet += 1;
            continue;
        }
        if SILENCE_SAMPLES < quiet {
            let at_ms = (start + index as u64) as f64 * 1_000.0 / SOUND_HZ as f64;
            onsets.push(at_ms - HALF_RAMP_MS);
        }
        quiet = 0;
    }
    onsets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::voice::Voice;

    #[test]
    fn onsets_of_tones_are_found_to_the_millisecond() {
        let begin = 1_795_000_000_400 * 48;
        let mut left = Vec::new();
        for block in 0..150 {
            let (samples, _) = Voice::of(1).block(begin + block * 960);
            left.extend(samples.chunks_exact(2).map(|pair| pair[0]));
        }
        let onsets = onsets_ms(0, &left);
        assert_eq!(onsets.len(), 3, "the tone that it begins within has no onset");
        for (onset, expected) in onsets.into_iter().zip([600.0, 1_600.0, 2_600.0]) {
            assert!((onset - expected).abs() < 2.0, "{onset}");
        }
    }
}
