//! VP8's packets and frames: what goes in comes out, and garbage does no harm.

use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;
use plenary_stage::access_unit::Malformed;
use plenary_stage::vp8::{
    Continuity, Counters, Depacketizer, counters, keyframe_size, packetize, starts_frame,
};
use proptest::prelude::*;

fn keyframe(width: u16, height: u16) -> Vec<u8> {
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    [&[0x10, 2, 0, 0x9d, 0x01, 0x2a][..], &size, &[1, 2, 3]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_frame_survives_its_packets(
        frame in prop::collection::vec(any::<u8>(), 1..9_000),
        payload_max in 16usize..1_400,
        (picture, base) in (0u16..0x8000, any::<u8>()),
    ) {
        let told = Counters { picture, base };
        let payloads = packetize(&frame, payload_max, told);
        let mut back = Depacketizer::default();
        for (index, payload) in payloads.iter().enumerate() {
            prop_assert!(payload.len() <= payload_max);
            prop_assert_eq!(counters(payload), Some(told));
            prop_assert_eq!(starts_frame(payload), index == 0);
            back.push(payload).unwrap();
        }
        prop_assert_eq!(back.finish().unwrap().bytes, frame);
        prop_assert!(back.is_empty());
    }

    #[test]
    fn garbage_does_no_harm(payloads in prop::collection::vec(
        prop::collection::vec(any::<u8>(), 0..300), 0..40,
    )) {
        let mut frame = Depacketizer::default();
        let mut continuity = Continuity::default();
        for payload in &payloads {
            if frame.push(payload).is_err() {
                frame = Depacketizer::default();
            }
            continuity.switch(payload);
            let mapped = continuity.map(&payload.as_slice().into());
            prop_assert_eq!(keyframe_size(&mapped), keyframe_size(payload));
        }
    }
}

#[test]
fn every_form_of_the_descriptor_is_read() {
    let frame = keyframe(640, 360);
    let none: [&[u8]; 6] = [
        &[0x10],
        &[0x90, 0x00],
        &[0x90, 0x80, 0x11],
        &[0x90, 0x80, 0x91, 0x22],
        &[0x90, 0xe0, 0x91, 0x22, 7, 0x40],
        &[0xb0, 0x10, 0x1f],
    ];
    for descriptor in none {
        let payload = [descriptor, &frame].concat();
        assert_eq!(keyframe_size(&payload), Some((640, 360)), "{descriptor:x?}");
        assert!(starts_frame(&payload));
        // Cut inside the descriptor, or with nothing behind it, a payload is none.
        for end in 0..=descriptor.len() {
            assert_eq!(Depacketizer::default().push(&payload[..end]), Err(Malformed::Short));
        }
    }
}

#[test]
fn only_the_start_of_a_keyframe_tells_a_size() {
    let with = |descriptor: u8, frame: &[u8]| [&[descriptor], frame].concat();
    let good = keyframe(1280, 720);
    let mut delta = good.clone();
    delta[0] |= 1;
    let mut other_code = good.clone();
    other_code[4] = 2;
    for (payload, size) in [
        (with(0x10, &good), Some((1280, 720))),
        (with(0x10, &keyframe(0xc000 | 320, 0x4000 | 180)), Some((320, 180))),
        (with(0x00, &good), None),
        (with(0x11, &good), None),
        (with(0x10, &delta), None),
        (with(0x10, &other_code), None),
        (with(0x10, &keyframe(0, 720)), None),
        (with(0x10, &good[..9]), None),
    ] {
        assert_eq!(keyframe_size(&payload), size, "{payload:x?}");
    }
}

#[test]
fn frames_do_not_run_into_each_other() {
    let mut frame = Depacketizer::default();
    assert_eq!(frame.push(&[0x00, 1]), Err(Malformed::Orphan));
    frame.push(&[0x10, 1]).unwrap();
    // Another partition of the same frame starts with its own number.
    frame.push(&[0x11, 2]).unwrap();
    assert_eq!(frame.push(&[0x10, 3]), Err(Malformed::Inside));
}

#[test]
fn a_frame_larger_than_the_limit_is_not_taken() {
    let mut frame = Depacketizer::default();
    frame.push(&[0x10, 0]).unwrap();
    let middle = [&[0x00][..], &[7; 60_000]].concat();
    let refused = (0..100).find_map(|_| frame.push(&middle).err());
    assert_eq!(refused, Some(Malformed::Large));
    assert!(frame.finish().is_some_and(|unit| unit.bytes.len() <= ACCESS_UNIT_BYTES_MAX));
}
