//! Packets and access units: what goes in comes out, and garbage does no harm.

use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;
use plenary_stage::access_unit::Malformed;
use plenary_stage::demux;
use plenary_stage::h264::{
    Depacketizer, packetize, sequence_parameters, starts_access_unit, units,
};
use plenary_stage::sps::picture_size;
use proptest::prelude::*;

fn unit() -> impl Strategy<Value = Vec<u8>> {
    let kinds = prop_oneof![Just(0x67u8), Just(0x68), Just(0x65), Just(0x41), Just(0x06)];
    // Without zero bytes no start code arises inside.
    (kinds, prop::collection::vec(1u8..=255, 1..5_000)).prop_map(|(head, mut body)| {
        body.insert(0, head);
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_access_unit_survives_its_packets(
        parts in prop::collection::vec(unit(), 1..8),
        payload_max in 20usize..1_400,
    ) {
        let annex_b: Vec<u8> =
            parts.iter().flat_map(|part| [&[0, 0, 0, 1][..], part].concat()).collect();
        let payloads = packetize(&annex_b, payload_max);
        let mut back = Depacketizer::default();
        for payload in &payloads {
            prop_assert!(payload.len() <= payload_max);
            back.push(payload).unwrap();
        }
        prop_assert_eq!(back.finish().unwrap().bytes, annex_b);
    }

    #[test]
    fn garbage_does_no_harm(payloads in prop::collection::vec(
        prop::collection::vec(any::<u8>(), 0..300), 0..40,
    )) {
        let mut depacketizer = Depacketizer::default();
        for payload in &payloads {
            if depacketizer.push(payload).is_err() {
                depacketizer = Depacketizer::default();
            }
            let _ = (sequence_parameters(payload), starts_access_unit(payload));
            let _ = (picture_size(payload), units(payload), demux::classify(payload));
            let _ = demux::stun_ufrag(payload);
        }
        let size = depacketizer.finish().map_or(0, |unit| unit.bytes.len());
        prop_assert!(size <= ACCESS_UNIT_BYTES_MAX);
    }
}

#[test]
fn a_unit_larger_than_the_limit_is_not_taken() {
    let mut depacketizer = Depacketizer::default();
    depacketizer.push(&[0x7c, 0x85, 1]).unwrap();
    let middle = [&[0x7c, 0x05][..], &[7; 60_000]].concat();
    let refused = (0..100).find_map(|_| depacketizer.push(&middle).err());
    assert_eq!(refused, Some(Malformed::Large));
}
