//! Decoders against damage, and sound there and back.

use proptest::prelude::*;

use super::DecodeError;
use super::aac::AacDecoder;
use super::h264::H264Decoder;
use super::opus::OpusDecoder;
use super::sps::{Sps, nal_type, nal_units};
use crate::encode::aac::AacEncoder;
use crate::encode::opus::{BLOCK_SAMPLES, OpusEncoder};
use crate::encode::tests::{encode, settings};
use crate::encode::{Profile, VideoSettings};

#[test]
fn nothing_decodes_before_a_keyframe_and_after_a_loss() {
    let stream = encode(&settings(Profile::ConstrainedBaseline), 6);
    let mut decoder = H264Decoder::new().unwrap();
    assert_eq!(decoder.decode(&stream[1].bytes).err(), Some(DecodeError::WaitForKeyframe));
    assert!(decoder.decode(&stream[0].bytes).unwrap().is_some());
    assert!(decoder.decode(&stream[1].bytes).unwrap().is_some());
    // Picture 2 never came: the gap shows in the stream itself.
    assert_eq!(decoder.decode(&stream[3].bytes).err(), Some(DecodeError::WaitForKeyframe));
    assert_eq!(decoder.decode(&stream[4].bytes).err(), Some(DecodeError::WaitForKeyframe));
    assert!(decoder.decode(&stream[0].bytes).unwrap().is_some());
    decoder.lost();
    assert_eq!(decoder.decode(&stream[1].bytes).err(), Some(DecodeError::WaitForKeyframe));
}

#[test]
fn a_source_may_change_its_size_at_a_keyframe() {
    let mut decoder = H264Decoder::new().unwrap();
    for (width, height) in [(320, 180), (640, 360), (180, 320), (322, 182)] {
        let settings = VideoSettings::speaker(width, height, 30, 400_000);
        for encoded in encode(&settings, 3) {
            let picture = decoder.decode(&encoded.bytes).unwrap().unwrap();
            assert_eq!((picture.width(), picture.height()), (width, height));
        }
    }
}

#[test]
fn giant_pictures_and_giant_packets_are_refused_before_decoding() {
    let encoded = encode(&VideoSettings::speaker(2048, 1280, 30, 400_000), 1);
    let mut decoder = H264Decoder::new().unwrap();
    assert_eq!(
        decoder.decode(&encoded[0].bytes).err(),
        Some(DecodeError::TooLarge { width: 2048, height: 1280 })
    );
    let bytes = vec![0; plenary_model::limits::ACCESS_UNIT_BYTES_MAX + 1];
    assert_eq!(decoder.decode(&bytes).err(), Some(DecodeError::TooLong { bytes: bytes.len() }));
    let good = encode(&settings(Profile::Main), 1);
    assert!(decoder.decode(&good[0].bytes).unwrap().is_some());
}

#[test]
fn nal_units_are_found_behind_both_kinds_of_start_code() {
    let stream = [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 3, 0, 0];
    let units: Vec<_> = nal_units(&stream).collect();
    assert_eq!(units, [&[0x67, 1][..], &[0x68, 2], &[0x65, 3]]);
    assert_eq!(nal_units(&[1, 2, 3]).count(), 0);
    assert_eq!(nal_units(&[0, 0, 1]).count(), 0);
}

/// A way to spoil a stream.
#[derive(Debug, Clone)]
enum Damage {
    Flip { at: usize, mask: u8 },
    Cut { at: usize },
    Insert { at: usize, bytes: Vec<u8> },
    Drop,
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<u16>().prop_map(usize::from);
    prop_oneof![
        4 => (at.clone(), 1_u8..).prop_map(|(at, mask)| Damage::Flip { at, mask }),
        2 => at.clone().prop_map(|at| Damage::Cut { at }),
        1 => (at, proptest::collection::vec(any::<u8>(), 1..40))
            .prop_map(|(at, bytes)| Damage::Insert { at, bytes }),
        1 => Just(Damage::Drop),
    ]
}

fn spoil(bytes: &[u8], damage: &Damage) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    match damage {
        Damage::Flip { at, mask } => {
            let at = at % bytes.len();
            bytes[at] ^= mask;
        }
        Damage::Cut { at } => bytes.truncate(at % bytes.len()),
        Damage::Insert { at, bytes: more } => {
            let at = at % bytes.len();
            bytes.splice(at..at, more.iter().copied());
        }
        Damage::Drop => return None,
    }
    Some(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn damage_gives_errors_or_pictures_and_the_next_keyframe_heals(
        plan in proptest::collection::vec((0_usize..10, damage()), 1..8),
        main in any::<bool>(),
    ) {
        let profile = if main { Profile::Main } else { Profile::ConstrainedBaseline };
        let stream = encode(&VideoSettings::speaker(160, 96, 30, 200_000), 1);
        let main_stream = encode(&settings(profile), 10);
        let mut decoder = H264Decoder::new().unwrap();
        for (n, encoded) in main_stream.iter().enumerate() {
            let damage = plan.iter().find(|(at, _)| *at == n).map(|(_, damage)| damage);
            let bytes = match damage {
                Some(damage) => spoil(&encoded.bytes, damage),
                None => Some(encoded.bytes.to_vec()),
            };
            if let Some(Ok(Some(picture))) = bytes.map(|bytes| decoder.decode(&bytes)) {
                // Every sample that a picture claims to have can be read.
                let mut copy = Vec::new();
                picture.copy_into(&mut copy);
                prop_assert!(!copy.is_empty());
            }
        }
        // One keyframe may still be taken for the damaged picture's end; the second never.
        let _ = decoder.decode(&stream[0].bytes);
        let healed = decoder.decode(&stream[0].bytes);
        prop_assert!(matches!(healed, Ok(Some(_))), "{:?}", healed.err());
    }

    #[test]
    fn random_bytes_never_break_a_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut decoder = H264Decoder::new().unwrap();
        let mut unit = vec![0, 0, 0, 1, 0x65];
        unit.extend(&bytes);
        let _ = decoder.decode(&bytes);
        let _ = decoder.decode(&unit);
        let _ = Sps::parse(&[&[0x67], &bytes[..]].concat());
        let mut sound = Vec::new();
        let _ = OpusDecoder::new().unwrap().decode(&bytes, &mut sound);
        let _ = OpusDecoder::new().unwrap().recover(&bytes, 960, &mut sound);
        if let Ok(mut decoder) = AacDecoder::new(&bytes) {
            let _ = decoder.decode(&bytes, &mut sound);
        }
        let mut good = AacDecoder::new(&[0x11, 0x90]).unwrap();
        let _ = good.decode(&bytes, &mut sound);
    }

    #[test]
    fn a_cut_parameter_set_is_none_or_itself(at in 0_usize..40) {
        let encoded = encode(&settings(Profile::Main), 1);
        let unit = nal_units(&encoded[0].bytes).find(|unit| nal_type(unit) == 7).unwrap();
        let whole = Sps::parse(unit).unwrap();
        let part = Sps::parse(&unit[..at.min(unit.len())]);
        prop_assert!(part.is_none_or(|part| part == whole));
    }
}

/// An unsigned Exp-Golomb code in digits.
fn golomb(value: u32) -> String {
    let code = format!("{:b}", value + 1);
    "0".repeat(code.len() - 1) + &code
}

/// Parameters of 640x352, progressive, order type 1 with a cycle of so many zeros; `tail` begins
/// after the size.
fn parameters(cycle: u32, tail: &str) -> Vec<u8> {
    let order = golomb(1) + "0" + &golomb(0).repeat(2) + &golomb(cycle);
    let steps = golomb(0).repeat(cycle as usize);
    let size = golomb(1) + "0" + &golomb(39) + &golomb(21) + tail;
    let bits = golomb(0).repeat(2) + &order + &steps + &size;
    let bytes = bits.as_bytes().chunks(8).map(|chunk| {
        let digits = std::str::from_utf8(chunk).expect("digits");
        u8::from_str_radix(&format!("{digits:0<8}"), 2).expect("bits")
    });
    [0x67, 66, 0xe0, 31].into_iter().chain(bytes).collect()
}

#[test]
fn an_order_cycle_longer_than_any_is_refused() {
    let longest = Sps::parse(&parameters(255, "11001")).expect("the longest that there is");
    assert_eq!((longest.width, longest.height), (640, 352));
    assert_eq!(Sps::parse(&parameters(256, "11001")), None);
}

#[test]
fn a_picture_of_nothing_is_refused() {
    let cropped = |rows: u32| format!("11{}{}{}01", "1", golomb(0).repeat(3), golomb(rows));
    let line = Sps::parse(&parameters(0, &cropped(175))).expect("two rows are left");
    assert_eq!((line.width, line.height), (640, 2));
    assert_eq!(Sps::parse(&parameters(0, &cropped(176))), None);
}

/// A tone of 1 kHz with a click at `click`, interleaved stereo.
fn tone(samples: usize, click: usize) -> Vec<f32> {
    (0..samples)
        .flat_map(|i| {
            let wave = (i as f32 * std::f32::consts::TAU * 1_000.0 / 48_000.0).sin() * 0.25;
            let value = if (click..click + 24).contains(&i) { 0.95 } else { wave };
            [value, value]
        })
        .collect()
}

/// The frequency of the left channel by its rising zero crossings.
fn frequency(stereo: &[f32]) -> f32 {
    let left: Vec<f32> = stereo.iter().step_by(2).copied().collect();
    let ups: Vec<usize> =
        (1..left.len()).filter(|&i| left[i - 1] < 0.0 && 0.0 <= left[i]).collect();
    (ups.len() - 1) as f32 * 48_000.0 / (ups[ups.len() - 1] - ups[0]) as f32
}

fn loudest(stereo: &[f32]) -> usize {
    let left = stereo.iter().step_by(2).enumerate();
    left.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at)
}

#[test]
fn aac_keeps_the_tone_and_says_its_delay() {
    let mut encoder = AacEncoder::new(128_000).unwrap();
    let mut frames = Vec::new();
    for block in tone(48_000, 24_000).chunks(BLOCK_SAMPLES * 2) {
        encoder.encode(block, &mut frames).unwrap();
    }
    assert_eq!(frames[0].start_samples, -i64::from(encoder.delay_samples()));
    assert!(frames.windows(2).all(|w| w[1].start_samples - w[0].start_samples == 1_024));
    let mut decoder = AacDecoder::new(encoder.config()).unwrap();
    let (mut sound, mut lag) = (Vec::new(), 0);
    for frame in &frames {
        let block = decoder.decode(&frame.bytes, &mut sound).unwrap();
        assert_eq!((block.rate_hz, block.samples), (48_000, 1_024));
        lag = i64::from(block.delay_samples);
    }
    let heard = frequency(&sound[8_192..40_000]);
    assert!((998.0..1_002.0).contains(&heard), "{heard} Hz");
    let click = loudest(&sound) as i64 + frames[0].start_samples - lag;
    assert!((24_000 - 24..24_000 + 48).contains(&click), "the click is at {click}");
}

#[test]
fn opus_keeps_the_tone_and_says_its_delay() {
    let mut encoder = OpusEncoder::new(96_000).unwrap();
    let mut decoder = OpusDecoder::new().unwrap();
    let mut sound = Vec::new();
    for block in tone(48_000, 24_000).chunks_exact(BLOCK_SAMPLES * 2) {
        let packet = encoder.encode(block).unwrap();
        assert_eq!(decoder.decode(&packet, &mut sound).unwrap(), BLOCK_SAMPLES);
    }
    let heard = frequency(&sound[8_192..40_000]);
    assert!((998.0..1_002.0).contains(&heard), "{heard} Hz");
    let click = loudest(&sound) as i64 - i64::from(encoder.delay_samples());
    assert!((24_000 - 48..24_000 + 72).contains(&click), "the click is at {click}");
    assert!(encoder.encode(&[0.0; 7]).is_err());
}

#[test]
fn a_lost_opus_packet_leaves_no_hole() {
    let mut encoder = OpusEncoder::new(48_000).unwrap();
    let mut decoder = OpusDecoder::new().unwrap();
    let source = tone(48_000, usize::MAX / 2);
    let packets: Vec<_> = source
        .chunks_exact(BLOCK_SAMPLES * 2)
        .map(|block| encoder.encode(block).unwrap())
        .collect();
    let mut sound = Vec::new();
    for (n, packet) in packets.iter().enumerate() {
        match n {
            20 => {
                decoder.conceal(BLOCK_SAMPLES, &mut sound).unwrap();
            }
            30 => {
                decoder.recover(&packets[31], BLOCK_SAMPLES, &mut sound).unwrap();
            }
            _ => {
                decoder.decode(packet, &mut sound).unwrap();
            }
        }
    }
    assert_eq!(sound.len(), source.len());
    for lost in [20, 30] {
        let block = &sound[lost * BLOCK_SAMPLES * 2..(lost + 1) * BLOCK_SAMPLES * 2];
        let power = block.iter().map(|s| s * s).sum::<f32>() / block.len() as f32;
        assert!(0.01 < power, "block {lost} has power {power}");
    }
}
