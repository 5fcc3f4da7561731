//! Encoded pictures read back: quality, rate, parameter sets, keyframes on demand.

use plenary_model::ladder::Ladder;
use plenary_model::time::Ticks;

use super::h264::OpenH264Encoder;
use super::{
    Effort, EncodeError, EncodedPicture, PictureKind, Profile, VideoEncoder, VideoSettings,
};
use crate::canvas::{Colour, Frame};
use crate::decode::h264::H264Decoder;
use crate::decode::sps::{ColourDescription, Sps, nal_type, nal_units};

/// A picture with soft texture and a block that moves with `n`.
pub(crate) fn scene(width: u32, height: u32, n: u32) -> Frame {
    let mut frame = Frame::black(width, height);
    let planes = frame.planes_mut();
    for (i, y) in planes.y.iter_mut().enumerate() {
        let (x, row) = (i as u32 % width, i as u32 / width);
        let wave = ((x as f32 * 0.05).sin() + (row as f32 * 0.07).cos()) * 40.0;
        *y = (120.0 + wave) as u8 + (x * 7 + row * 13) as u8 % 5;
    }
    for (i, (u, v)) in planes.u.iter_mut().zip(planes.v.iter_mut()).enumerate() {
        (*u, *v) = ((100 + i as u32 % (width / 2) % 50) as u8, 140);
    }
    let side = height / 3 / 2 * 2;
    frame.fill_rect(
        n * 6 % (width - side),
        height / 3,
        side,
        side,
        Colour { y: 210, u: 90, v: 180 },
    );
    frame
}

pub(crate) fn settings(profile: Profile) -> VideoSettings {
    VideoSettings { profile, ..VideoSettings::speaker(320, 180, 30, 400_000) }
}

/// Encodes `count` pictures, the first as IDR.
pub(crate) fn encode(settings: &VideoSettings, count: u32) -> Vec<EncodedPicture> {
    let mut encoder = OpenH264Encoder::new(settings.clone()).unwrap();
    (0..count)
        .map(|n| {
            let frame = scene(settings.width, settings.height, n);
            let kind = if n == 0 { PictureKind::Idr } else { PictureKind::Any };
            encoder.encode(&frame.picture(), time(n), kind).unwrap().unwrap()
        })
        .collect()
}

fn time(n: u32) -> Ticks {
    Ticks(u64::from(n) * 3_000)
}

fn psnr(a: &[u8], b: &[u8]) -> f64 {
    let squares = a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    10.0 * (255.0 * 255.0 * a.len() as f64 / squares.sum::<f64>().max(1e-9)).log10()
}

fn sps(picture: &EncodedPicture) -> Sps {
    let unit = nal_units(&picture.bytes).find(|unit| nal_type(unit) == 7).unwrap();
    Sps::parse(unit).unwrap()
}

#[test]
fn pictures_come_back_as_they_were_in_both_profiles() {
    for profile in [Profile::Main, Profile::ConstrainedBaseline] {
        let settings = settings(profile);
        let mut decoder = H264Decoder::new().unwrap();
        for (n, encoded) in encode(&settings, 30).iter().enumerate() {
            let decoded = Frame::from_picture(&decoder.decode(&encoded.bytes).unwrap().unwrap());
            let original = scene(320, 180, n as u32);
            let quality = psnr(original.bytes(), decoded.bytes());
            assert!(33.0 < quality, "{profile:?} picture {n}: {quality:.1} dB");
            assert_eq!(encoded.time, time(n as u32));
        }
    }
}

#[test]
fn the_programme_says_main_profile_level_and_colours() {
    let rendition = Ladder::two_cores().video[0].clone();
    let sps = sps(&encode(&VideoSettings::programme(&rendition, 30), 1)[0]);
    assert_eq!((sps.profile, sps.level), (77, 31));
    assert_eq!(sps.constraints & 0b1110_0000, 0b0100_0000, "{:08b}", sps.constraints);
    assert_eq!((sps.width, sps.height, sps.progressive), (1280, 720, true));
    let bt709 = ColourDescription { full_range: false, primaries: 1, transfer: 1, matrix: 1 };
    assert_eq!(sps.colour, Some(bt709));
}

#[test]
fn a_synthetic_speaker_says_constrained_baseline() {
    let sps = sps(&encode(&VideoSettings::speaker(640, 360, 30, 600_000), 1)[0]);
    assert_eq!((sps.profile, sps.level), (66, 31));
    assert_eq!(sps.constraints & 0b1100_0000, 0b1100_0000, "{:08b}", sps.constraints);
    assert_eq!((sps.width, sps.height), (640, 360));
}

#[test]
fn keyframes_come_when_asked_and_never_else_with_parameter_sets_first() {
    let settings = settings(Profile::Main);
    let mut encoder = OpenH264Encoder::new(settings).unwrap();
    let mut idrs = Vec::new();
    for n in 0..70 {
        // A hard cut at 35: scene detection would make a keyframe of it.
        let frame =
            if n < 35 { scene(320, 180, n) } else { Frame::filled(320, 180, Colour::BLACK) };
        let kind = if n % 60 == 0 || n == 7 { PictureKind::Idr } else { PictureKind::Any };
        let encoded = encoder.encode(&frame.picture(), time(n), kind).unwrap().unwrap();
        let types: Vec<u8> = nal_units(&encoded.bytes).map(nal_type).collect();
        assert_eq!(encoded.idr, types.contains(&5));
        assert_eq!(types, if encoded.idr { vec![7, 8, 5] } else { vec![1] }, "picture {n}");
        if encoded.idr {
            idrs.push(n);
        }
    }
    assert_eq!(idrs, [0, 7, 60]);
}

#[test]
fn the_rate_is_kept_and_can_be_changed_while_running() {
    let settings = settings(Profile::Main);
    let mut encoder = OpenH264Encoder::new(settings.clone()).unwrap();
    let mut noise = 1_u32;
    let mut second = |encoder: &mut OpenH264Encoder| -> usize {
        let bits = (0..30).map(|n| {
            let mut frame = scene(320, 180, n);
            for y in frame.planes_mut().y {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *y = y.wrapping_add((noise >> 29) as u8);
            }
            let encoded = encoder.encode(&frame.picture(), time(n), PictureKind::Any);
            encoded.unwrap().unwrap().bytes.len() * 8
        });
        bits.sum()
    };
    second(&mut encoder);
    let before = second(&mut encoder);
    encoder.set_bits_per_second(200_000).unwrap();
    encoder.set_effort(Effort::Medium).unwrap();
    second(&mut encoder);
    let after = second(&mut encoder);
    assert!((200_000..=600_000).contains(&before), "{before} bits for 400 000");
    assert!((100_000..=300_000).contains(&after), "{after} bits for 200 000");
    assert_eq!(encoder.settings().bits_per_second, 200_000);
    assert_eq!(encoder.settings().effort, Effort::Medium);
}

#[test]
fn a_large_rendition_is_cut_into_slices_that_decode() {
    let large = VideoSettings { slices: 4, ..settings(Profile::Main) };
    let mut decoder = H264Decoder::new().unwrap();
    for encoded in encode(&large, 5) {
        let slices = nal_units(&encoded.bytes).filter(|unit| nal_type(unit) <= 5).count();
        assert_eq!(slices, 4);
        assert!(decoder.decode(&encoded.bytes).unwrap().is_some());
    }
}

#[test]
fn a_picture_of_another_size_is_refused_and_the_encoder_goes_on() {
    let mut encoder = OpenH264Encoder::new(settings(Profile::Main)).unwrap();
    let wrong = encoder.encode(&Frame::black(320, 240).picture(), time(0), PictureKind::Idr);
    assert!(matches!(wrong, Err(EncodeError::WrongSize { .. })));
    insta::assert_snapshot!(wrong.unwrap_err(), @"the H.264 encoder was made for 320x180, not for 320x240");
    let right = encoder.encode(&Frame::black(320, 180).picture(), time(1), PictureKind::Idr);
    assert!(right.unwrap().unwrap().idr);
}
