//! The media worker and its decoders as real processes: this file starts itself again as both.

// A test without the usual harness is a test all the same.
#![allow(clippy::unwrap_used)]

mod clips;
mod codecs;
mod overload;
mod rig;
mod scenes;
mod senders;
mod troubles;

use std::process::ExitCode;

/// Every test of this file by its name.
const TESTS: &[(&str, fn())] = &[
    ("a_take_shows_the_right_tiles_and_sounds", scenes::a_take_shows_the_right_tiles_and_sounds),
    ("a_source_is_as_sharp_as_its_place_allows", scenes::a_source_is_as_sharp_as_its_place_allows),
    ("idr_pictures_come_together", scenes::idr_pictures_come_together),
    ("reports_bring_picture_and_sound_together", scenes::reports_bring_picture_and_sound_together),
    ("a_stalled_source_is_held_then_a_card", troubles::a_stalled_source_is_held_then_a_card),
    (
        "a_source_may_change_its_codec_and_its_size_on_air",
        codecs::a_source_may_change_its_codec_and_its_size_on_air,
    ),
    (
        "damaged_vp8_is_held_then_a_card_until_a_keyframe_comes",
        codecs::damaged_vp8_is_held_then_a_card_until_a_keyframe_comes,
    ),
    ("garbage_stays_in_its_tile", troubles::garbage_stays_in_its_tile),
    ("a_killed_decoder_comes_back", troubles::a_killed_decoder_comes_back),
    (
        "a_starved_worker_takes_quality_back_step_by_step",
        overload::a_starved_worker_takes_quality_back_step_by_step,
    ),
    (
        "long_a_worker_with_time_again_gives_quality_back",
        overload::long_a_worker_with_time_again_gives_quality_back,
    ),
    ("a_clip_goes_round_without_a_gap", clips::a_clip_goes_round_without_a_gap),
    (
        "what_cannot_be_played_is_refused_with_a_reason",
        clips::what_cannot_be_played_is_refused_with_a_reason,
    ),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("media-worker") => end(plenary_programme::worker::run()),
        Some("decode-worker") => end(plenary_programme::decode_worker::run()),
        Some("--list") => {
            // None is ignored; the runner asks for both kinds.
            if !words.iter().any(|word| word == "--ignored") {
                TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
            }
            ExitCode::SUCCESS
        }
        _ => {
            let named = |name: &str| words.iter().any(|word| word == name);
            let all = !TESTS.iter().any(|(name, _)| named(name));
            TESTS.iter().filter(|(name, _)| all || named(name)).for_each(|(_, test)| test());
            ExitCode::SUCCESS
        }
    }
}

fn end(result: Result<(), impl std::error::Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
