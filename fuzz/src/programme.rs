//! The media engine: messages between processes, clip files, decoders.

use std::io::Write;

use plenary_model::limits::{SOURCE_HEIGHT_MAX, SOURCE_WIDTH_MAX};
use plenary_programme::clip::Index;
use plenary_programme::decode::aac::AacDecoder;
use plenary_programme::decode::h264::H264Decoder;
use plenary_programme::decode::opus::{OpusDecoder, PACKET_SAMPLES_MAX};
use plenary_programme::decode::vp8::Vp8Decoder;
use plenary_programme::protocol::child::{FromDecoder, ToDecoder};
use plenary_programme::protocol::wire::{encode, receive};
use plenary_programme::protocol::{FromWorker, ToWorker};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::pieces::pieces;

/// What comes in on the socket of a worker process, read as each of the four kinds of messages.
pub fn socket_wire(data: &[u8]) {
    messages::<ToWorker>(data);
    messages::<FromWorker>(data);
    messages::<ToDecoder>(data);
    messages::<FromDecoder>(data);
}

fn messages<T: DeserializeOwned + Serialize>(data: &[u8]) {
    let mut stream = data;
    while let Ok(Some(message)) = receive::<T>(&mut stream) {
        let first = encode(&message).expect("what could be read can be written");
        let again: T = receive(&mut &first[..]).ok().flatten().expect("and read again");
        assert_eq!(encode(&again).ok().as_ref(), Some(&first), "as the same bytes");
    }
}

/// A clip file.
pub fn clip_index(data: &[u8]) {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(data).expect("space for it");
    let Ok(index) = Index::read(&file) else { return };
    let long = index.width.max(index.height);
    assert!(long <= SOURCE_WIDTH_MAX && index.width.min(index.height) <= SOURCE_HEIGHT_MAX);
    assert!(0 < index.duration_us && !index.pictures.is_empty());
    for sample in index.pictures.iter().chain(&index.sounds) {
        let end = sample.offset + u64::from(sample.bytes);
        assert!(end <= data.len() as u64, "every sample lies in the file");
    }
}

/// Pieces are access units of one source.
pub fn h264_decoder(data: &[u8]) {
    let mut decoder = H264Decoder::new().expect("a decoder");
    for unit in pieces(data).into_iter().take(16) {
        let _ = decoder.decode(unit);
    }
}

/// Pieces are frames of one VP8 stream.
pub fn vp8_decoder(data: &[u8]) {
    let mut decoder = Vp8Decoder::new().expect("a decoder");
    for frame in pieces(data).into_iter().take(16) {
        let _ = decoder.decode(frame);
    }
}

/// Pieces are Opus packets of one source; an empty one was lost.
pub fn opus_decoder(data: &[u8]) {
    let mut decoder = OpusDecoder::new().expect("a decoder");
    let mut out = Vec::new();
    let mut lost = false;
    for packet in pieces(data) {
        out.clear();
        if packet.is_empty() {
            lost = true;
            continue;
        }
        if std::mem::take(&mut lost) {
            let _ = decoder.recover(packet, 960, &mut out);
        }
        let _ = decoder.decode(packet, &mut out);
        assert!(out.len() <= 4 * PACKET_SAMPLES_MAX, "a packet is at most 120 ms");
    }
}

/// The first piece is the AudioSpecificConfig, the others are frames.
pub fn aac_decoder(data: &[u8]) {
    let pieces = pieces(data);
    let Some((config, frames)) = pieces.split_first() else { return };
    let Ok(mut decoder) = AacDecoder::new(config) else { return };
    let mut out = Vec::new();
    for frame in frames {
        out.clear();
        let _ = decoder.decode(frame, &mut out);
    }
}
