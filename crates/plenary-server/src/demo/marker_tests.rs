//! Marks painted, coded as a speaker's picture, laid into every tile, coded again and read.

use plenary_model::scene::{CANVAS_HEIGHT, CANVAS_WIDTH, Layout, Tile};
use plenary_model::time::{Ticks, WallMs};
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::decode::h264::H264Decoder;
use plenary_programme::encode::h264::OpenH264Encoder;
use plenary_programme::encode::{PictureKind, VideoEncoder, VideoSettings};
use plenary_programme::layout::Fit;
use plenary_programme::scale::Scaler;

use super::marker::{CELL, LEFT, Mark, TOP, WHITE, paint, read};

const MARK: Mark = Mark { source: 3, frame: 0x0AB_CDEF, wall: WallMs(1_795_000_123_456) };

fn painted(width: u32) -> Frame {
    let mut frame = Frame::filled(width, width * 9 / 16, Colour::from_rgb(0x40, 0x80, 0xC0));
    paint(&mut frame, MARK);
    frame
}

/// Coded as a speaker's picture at a low rate, as a viewer would get it.
fn coded(frame: &Frame) -> Frame {
    let settings = VideoSettings::speaker(frame.width(), frame.height(), 30, 300_000);
    let mut encoder = OpenH264Encoder::new(settings).unwrap();
    let unit = encoder.encode(&frame.picture(), Ticks(0), PictureKind::Idr).unwrap().unwrap();
    let mut decoder = H264Decoder::new().unwrap();
    Frame::from_picture(&decoder.decode(&unit.bytes).unwrap().unwrap())
}

#[test]
fn a_mark_is_read_from_every_tile_of_every_layout_after_coding() {
    let mut scaler = Scaler::new();
    for source in [painted(1280), painted(960), painted(640)] {
        let source = coded(&source);
        for tile in Layout::ALL.iter().flat_map(|layout| layout.tiles()) {
            let mut canvas = Frame::black(CANVAS_WIDTH, CANVAS_HEIGHT);
            scaler.scale_into(&source.picture(), Fit::Fill, Colour::BLACK, &mut canvas, *tile);
            let seen = coded(&canvas);
            assert_eq!(read(&seen.picture().y, *tile), Some(MARK), "{tile:?}");
        }
    }
}

#[test]
fn what_is_no_mark_is_not_read() {
    let tile = Layout::Full.tiles()[0];
    for colour in [Colour::BLACK, WHITE] {
        let frame = Frame::filled(1280, 720, colour);
        assert_eq!(read(&frame.picture().y, tile), None);
    }
    let mut damaged = painted(1280);
    damaged.fill_rect(LEFT, TOP, CELL, CELL, WHITE);
    assert_eq!(read(&damaged.picture().y, tile), None);
    let beyond = Tile { x: 640, ..tile };
    assert_eq!(read(&painted(1280).picture().y, beyond), None);
}
