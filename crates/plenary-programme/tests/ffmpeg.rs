//! The encoder of an ffmpeg process with the real program: every picture comes, also when the
//! process dies, stands still or is none.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use plenary_model::ladder::{Ladder, VideoRendition};
use plenary_model::time::Ticks;
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::clock::Grid;
use plenary_programme::decode::h264::H264Decoder;
use plenary_programme::decode::sps::{ColourDescription, Sps, nal_type, nal_units};
use plenary_programme::encode::ffmpeg::{FfmpegEncoder, check};
use plenary_programme::encode::programme::{ProgrammeEncoder, Together};
use plenary_programme::encode::{
    Choice, Effort, EncodedPicture, PictureKind, VideoEncoder, VideoSettings,
};

/// One picture at 30 per second.
const TICKS: u64 = 3_000;
/// A time that a programme may begin with.
const BEGIN: u64 = 543_000;
const GRID: Grid = Grid { opening: 15, gop: 60 };

fn settings() -> VideoSettings {
    let rendition =
        VideoRendition { name: "v180".into(), width: 320, height: 180, bits_per_second: 300_000 };
    VideoSettings::programme(&rendition, 30)
}

fn time(n: u64) -> Ticks {
    Ticks(BEGIN + n * TICKS)
}

fn kind(n: u64) -> PictureKind {
    if GRID.holds(n) { PictureKind::Idr } else { PictureKind::Any }
}

/// A field that grows brighter with a block that moves, cut to another colour every two seconds.
fn scene(n: u64) -> Frame {
    let light = 60 + (n % 60) as u8 * 2;
    let colour = Colour { y: light, u: if (n / 60).is_multiple_of(2) { 90 } else { 170 }, v: 120 };
    let mut frame = Frame::filled(320, 180, colour);
    frame.fill_rect((n as u32 * 4 % 256) & !1, 60, 64, 64, Colour { y: 220, u: 128, v: 128 });
    frame
}

fn ffmpeg() -> Choice {
    Choice::Ffmpeg { program: "ffmpeg".into() }
}

fn programme(choice: &Choice, together: &Together) -> ProgrammeEncoder {
    ProgrammeEncoder::new(settings(), choice, GRID, together.clone()).unwrap()
}

/// Gives pictures `from..to`.
fn give(
    encoder: &mut ProgrammeEncoder,
    pictures: std::ops::Range<u64>,
    out: &mut Vec<EncodedPicture>,
) {
    for n in pictures {
        encoder.encode(&scene(n).picture(), (time(n), kind(n)), out).unwrap();
    }
}

/// Pictures came once each, in order, all of `0..count`, with an IDR wherever one belongs, and each
/// decodes to what was given.
fn judge(pictures: &[EncodedPicture], count: u64) {
    let times: Vec<Ticks> = pictures.iter().map(|picture| picture.time).collect();
    let wanted: Vec<Ticks> = (0..times.len() as u64).map(time).collect();
    assert_eq!(times, wanted);
    assert!(count <= times.len() as u64, "{} of {count}", times.len());
    let mut decoder = H264Decoder::new().unwrap();
    for (n, picture) in (0..).zip(pictures) {
        assert!(picture.idr || !GRID.holds(n), "picture {n} is no IDR");
        let decoded = decoder.decode(&picture.bytes);
        let decoded = Frame::from_picture(&decoded.unwrap().unwrap_or_else(|| panic!("{n}")));
        let given = scene(n);
        let apart: u64 =
            given.bytes().iter().zip(decoded.bytes()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let apart = apart as f64 / given.bytes().len() as f64;
        assert!(apart < 4.0, "picture {n} is {apart:.1} off");
    }
}

fn idrs(pictures: &[EncodedPicture]) -> Vec<u64> {
    let idrs = pictures.iter().filter(|picture| picture.idr);
    idrs.map(|picture| (picture.time.0 - BEGIN) / TICKS).collect()
}

fn signal(process: u32, signal: i32) {
    // SAFETY: a signal to an encoder process that this test has started.
    assert_eq!(unsafe { libc::kill(process as i32, signal) }, 0);
}

#[test]
fn every_picture_comes_once_and_in_order_with_idrs_on_the_grid() {
    let mut encoder =
        FfmpegEncoder::start(Path::new("ffmpeg"), settings(), GRID, Vec::new()).unwrap();
    let mut out = Vec::new();
    for n in 0..200 {
        out.extend(encoder.encode(&scene(n).picture(), time(n), kind(n)).unwrap());
        out.extend(std::iter::from_fn(|| encoder.ready()));
    }
    judge(&out, 180);
    assert_eq!(idrs(&out)[..4], [0, 15, 60, 120]);
    let sps = nal_units(&out[0].bytes).find(|unit| nal_type(unit) == 7).unwrap();
    let sps = Sps::parse(sps).unwrap();
    assert_eq!((sps.profile, sps.level, sps.width, sps.height), (77, 31, 320, 180));
    let bt709 = ColourDescription { full_range: false, primaries: 1, transfer: 1, matrix: 1 };
    assert_eq!(sps.colour, Some(bt709));
    let types: Vec<u8> = nal_units(&out[15].bytes).map(nal_type).collect();
    assert_eq!(types, [7, 8, 5]);
}

#[test]
fn a_picture_that_was_left_out_is_the_one_before_it_again() {
    let mut encoder =
        FfmpegEncoder::start(Path::new("ffmpeg"), settings(), GRID, Vec::new()).unwrap();
    let mut times = Vec::new();
    for n in (0..100).filter(|n| n % 10 != 7) {
        let first = encoder.encode(&scene(n).picture(), time(n), kind(n)).unwrap();
        let ready = first.into_iter().chain(std::iter::from_fn(|| encoder.ready()));
        times.extend(ready.map(|picture| picture.time));
    }
    assert!(80 <= times.len(), "{}", times.len());
    assert_eq!(times, (0..times.len() as u64).map(time).collect::<Vec<_>>());
}

#[test]
fn a_killed_process_leaves_no_picture_out() {
    let mut encoder = programme(&ffmpeg(), &Together::default());
    let mut out = Vec::new();
    give(&mut encoder, 0..100, &mut out);
    signal(encoder.process().unwrap(), libc::SIGKILL);
    give(&mut encoder, 100..200, &mut out);
    assert_eq!(encoder.process(), None);
    assert!(encoder.take_untold() && !encoder.take_untold());
    judge(&out, 200);
    let extra: Vec<u64> = idrs(&out).into_iter().filter(|n| !GRID.holds(*n)).collect();
    assert_eq!(extra.len(), 1, "the built-in encoder begins with an IDR: {extra:?}");
}

#[test]
fn a_process_that_stands_still_leaves_no_picture_out() {
    let mut encoder = programme(&ffmpeg(), &Together::default());
    let mut out = Vec::new();
    give(&mut encoder, 0..100, &mut out);
    signal(encoder.process().unwrap(), libc::SIGSTOP);
    give(&mut encoder, 100..300, &mut out);
    assert_eq!(encoder.process(), None);
    judge(&out, 300);
}

#[test]
fn keyframes_of_the_process_describe_the_encoder_that_may_follow() {
    let mut encoder = programme(&ffmpeg(), &Together::default());
    let mut out = Vec::new();
    give(&mut encoder, 0..40, &mut out);
    signal(encoder.process().unwrap(), libc::SIGKILL);
    give(&mut encoder, 40..130, &mut out);
    let sets = |picture: &EncodedPicture| -> Vec<Vec<u8>> {
        let sets = nal_units(&picture.bytes).filter(|unit| matches!(nal_type(unit), 7 | 8));
        sets.map(<[u8]>::to_vec).collect()
    };
    let [first, .., last] = &out.iter().filter(|picture| picture.idr).collect::<Vec<_>>()[..]
    else {
        panic!("several keyframes")
    };
    let (first, last) = (sets(first), sets(last));
    assert_eq!((first.len(), last.len()), (4, 2));
    assert!(last.iter().all(|set| first.contains(set)));
}

#[test]
fn all_renditions_change_together() {
    let together = Together::default();
    let mut one = programme(&ffmpeg(), &together);
    let mut two = programme(&ffmpeg(), &together);
    let (mut out_one, mut out_two) = (Vec::new(), Vec::new());
    give(&mut one, 0..50, &mut out_one);
    give(&mut two, 0..50, &mut out_two);
    one.set_effort(Effort::Low).unwrap();
    give(&mut one, 50..90, &mut out_one);
    give(&mut two, 50..90, &mut out_two);
    assert!(together.is_over());
    assert_eq!((one.process(), two.process()), (None, None));
    assert_eq!((one.take_untold(), two.take_untold()), (true, false));
    judge(&out_one, 90);
    judge(&out_two, 90);
}

#[test]
fn a_program_that_is_no_encoder_costs_no_picture() {
    for program in ["true", "cat", "/nonexistent/ffmpeg"] {
        let mut encoder =
            programme(&Choice::Ffmpeg { program: program.into() }, &Together::default());
        let mut out = Vec::new();
        give(&mut encoder, 0..90, &mut out);
        assert!(encoder.take_untold(), "{program}");
        judge(&out, 90);
    }
}

#[test]
fn the_check_knows_an_encoder_from_other_programs() {
    check(Path::new("ffmpeg")).unwrap();
    let said = ["true", "cat", "/nonexistent/ffmpeg"].map(|program| {
        let error = check(Path::new(program)).unwrap_err();
        error.to_string()
    });
    insta::assert_snapshot!([&*said[0], &*said[2]].join("\n"), @r"
    true does not encode: the encoder's process has ended or gives no H.264
    cannot start /nonexistent/ffmpeg as the encoder
    ");
    assert!(said[1].starts_with("cat does not encode: cat: "), "in its own words: {}", said[1]);
}

#[test]
fn a_large_rendition_comes_in_slices_and_without_more_delay() {
    let rendition = VideoRendition {
        name: "v1080".into(),
        width: 1920,
        height: 1080,
        bits_per_second: 4_000_000,
    };
    let settings = VideoSettings::programme(&rendition, Ladder::two_cores().frames_per_second);
    let mut encoder =
        FfmpegEncoder::start(Path::new("ffmpeg"), settings, GRID, Vec::new()).unwrap();
    let grey = Frame::filled(1920, 1080, Colour::STAGE_DARK);
    let mut out = Vec::new();
    for n in 0..110 {
        out.extend(encoder.encode(&grey.picture(), time(n), kind(n)).unwrap());
        out.extend(std::iter::from_fn(|| encoder.ready()));
    }
    assert!(85 <= out.len(), "{}", out.len());
    let slices = nal_units(&out[3].bytes).filter(|unit| nal_type(unit) <= 5).count();
    assert_eq!(slices, 4);
}
