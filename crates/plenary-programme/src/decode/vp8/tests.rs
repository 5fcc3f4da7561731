//! The VP8 decoder against streams of another program's encoder, whole and damaged.

use std::io::Write;
use std::process::{Command, Stdio};

use super::*;
use crate::canvas::{Colour, Frame};

const GREY: Colour = Colour::from_rgb(110, 110, 110);
const RED: Colour = Colour::from_rgb(200, 30, 30);

/// Frames of one colour, encoded by ffmpeg; the first is a keyframe.
fn encode(width: u32, height: u32, colour: Colour, count: usize) -> Vec<Vec<u8>> {
    let size = format!("{width}x{height}");
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", &size, "-i", "-"])
        .args(["-c:v", "libvpx", "-deadline", "realtime", "-auto-alt-ref", "0", "-f", "ivf", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed (package ffmpeg)");
    let mut raw = ffmpeg.stdin.take().unwrap();
    let bytes = Frame::filled(width, height, colour).bytes().repeat(count);
    let writer = std::thread::spawn(move || raw.write_all(&bytes));
    let ivf = ffmpeg.wait_with_output().unwrap().stdout;
    writer.join().unwrap().unwrap();
    let mut frames = Vec::new();
    let mut rest = &ivf[32..];
    while let Some((head, tail)) = rest.split_first_chunk::<12>() {
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let (frame, tail) = tail.split_at(length);
        frames.push(frame.to_vec());
        rest = tail;
    }
    assert_eq!(frames.len(), count);
    frames
}

fn middle(picture: &Picture<'_>) -> [u8; 3] {
    let (x, y) = (picture.width() as usize / 4, picture.height() as usize / 4);
    [picture.y.row(2 * y)[2 * x], picture.u.row(y)[x], picture.v.row(y)[x]]
}

fn near(seen: [u8; 3], colour: Colour) -> bool {
    let wanted = [colour.y, colour.u, colour.v];
    seen.iter().zip(wanted).all(|(seen, wanted)| seen.abs_diff(wanted) < 6)
}

#[test]
fn nothing_decodes_before_a_keyframe_and_after_a_loss() {
    let frames = encode(320, 180, RED, 5);
    let mut decoder = Vp8Decoder::new().unwrap();
    assert_eq!(decoder.decode(&frames[1]).err(), Some(DecodeError::WaitForKeyframe));
    for frame in &frames {
        let picture = decoder.decode(frame).unwrap().unwrap();
        assert_eq!((picture.width(), picture.height()), (320, 180));
        assert!(near(middle(&picture), RED), "{:?}", middle(&picture));
    }
    decoder.lost();
    assert_eq!(decoder.decode(&frames[1]).err(), Some(DecodeError::WaitForKeyframe));
    assert!(decoder.decode(&frames[0]).unwrap().is_some());
    assert_eq!(decoder.decode(&[]).err(), Some(DecodeError::WaitForKeyframe));
    assert_eq!(decoder.decode(&frames[1]).err(), Some(DecodeError::WaitForKeyframe));
}

#[test]
fn a_source_may_change_its_size_at_a_keyframe() {
    let mut decoder = Vp8Decoder::new().unwrap();
    for (width, height, colour) in [(320, 180, RED), (640, 360, GREY), (180, 320, RED)] {
        for frame in encode(width, height, colour, 3) {
            let picture = decoder.decode(&frame).unwrap().unwrap();
            assert_eq!((picture.width(), picture.height()), (width, height));
            assert!(near(middle(&picture), colour));
        }
    }
}

#[test]
fn an_odd_size_loses_its_last_row_and_column() {
    let mut frame = encode(322, 182, RED, 1).remove(0);
    // The head of a keyframe says the size: one less each way codes the same macroblocks.
    frame[6] -= 1;
    frame[8] -= 1;
    let mut decoder = Vp8Decoder::new().unwrap();
    let picture = decoder.decode(&frame).unwrap().unwrap();
    assert_eq!((picture.width(), picture.height()), (320, 180));
}

#[test]
fn giant_pictures_and_giant_frames_are_refused_before_decoding() {
    let mut frame = encode(320, 180, RED, 1).remove(0);
    frame[6..10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    let mut decoder = Vp8Decoder::new().unwrap();
    let giant = DecodeError::TooLarge { width: 16_383, height: 16_383 };
    assert_eq!(decoder.decode(&frame).err(), Some(giant));
    frame.resize(ACCESS_UNIT_BYTES_MAX + 1, 0);
    let bytes = frame.len();
    assert_eq!(decoder.decode(&frame).err(), Some(DecodeError::TooLong { bytes }));
}

#[test]
fn a_cut_frame_shows_nothing_and_asks_for_a_keyframe() {
    let frames = encode(320, 180, RED, 3);
    let mut decoder = Vp8Decoder::new().unwrap();
    assert!(decoder.decode(&frames[0]).unwrap().is_some());
    let cut = &frames[0][..12];
    assert_eq!(decoder.decode(cut).err(), Some(DecodeError::WaitForKeyframe));
    assert_eq!(decoder.decode(&frames[1]).err(), Some(DecodeError::WaitForKeyframe));
    assert!(decoder.decode(&frames[0]).unwrap().is_some());
}
