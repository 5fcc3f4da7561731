//! The machine-readable mark in a synthetic picture: painted by the demo, read back by tests and
//! the bench from decoded pictures, so that what is on air is measured in pixels.
//!
//! On a picture scaled to 1280 × 720 the mark lies at (64, 24) and has 2 rows of 48 cells, each
//! 24 × 24, white for 1 and black for 0, row by row, most significant bit first:
//! ```text
//! bits  0..8   source number
//! bits  8..32  frame counter, modulo 2^24
//! bits 32..80  wall clock at the moment of the picture, milliseconds since 1970
//! bits 80..96  CRC-16 (polynomial 0x1021, start 0xFFFF) over the ten bytes before
//! ```
//! A cell is still 8 pixels wide in a tile of a third of the picture.

use plenary_model::scene::{CANVAS_HEIGHT, CANVAS_WIDTH, Tile};
use plenary_model::time::WallMs;
use plenary_programme::canvas::{Colour, Frame, Plane};

pub(super) const LEFT: u32 = 64;
pub(super) const TOP: u32 = 24;
pub(super) const CELL: u32 = 24;
const COLUMNS: u32 = 48;
const BYTES: usize = 12;
/// Limited-range luma halfway between black (16) and white (235).
const THRESHOLD: u32 = 126;
pub(super) const WHITE: Colour = Colour { y: 235, u: 128, v: 128 };

/// Counters wrap here: they have 24 bits.
pub const FRAMES_WRAP: u32 = 1 << 24;

/// What a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which synthetic source painted it.
    pub source: u8,
    /// Its frame counter, below [`FRAMES_WRAP`].
    pub frame: u32,
    /// When the picture was taken.
    pub wall: WallMs,
}

impl Mark {
    fn bytes(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[0] = self.source;
        bytes[1..4].copy_from_slice(&self.frame.to_be_bytes()[1..]);
        bytes[4..10].copy_from_slice(&self.wall.0.to_be_bytes()[2..]);
        let crc = crc16(&bytes[..10]);
        bytes[10..].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; BYTES]) -> Option<Self> {
        let [source, f0, f1, f2, w0, w1, w2, w3, w4, w5, c0, c1] = bytes;
        if crc16(&bytes[..10]) != u16::from_be_bytes([c0, c1]) {
            return None;
        }
        Some(Self {
            source,
            frame: u32::from_be_bytes([0, f0, f1, f2]),
            wall: WallMs(u64::from_be_bytes([0, 0, w0, w1, w2, w3, w4, w5])),
        })
    }
}

/// Paints the mark into a 16:9 picture.
pub fn paint(frame: &mut Frame, mark: Mark) {
    let width = frame.width();
    let at = |reference: u32| reference * width / CANVAS_WIDTH;
    let cell = at(CELL);
    for (index, bit) in bits(mark.bytes()).enumerate() {
        let (column, row) = (index as u32 % COLUMNS, index as u32 / COLUMNS);
        let colour = if bit { WHITE } else { Colour::BLACK };
        frame.fill_rect(at(LEFT) + column * cell, at(TOP) + row * cell, cell, cell, colour);
    }
}

/// Reads the mark of the source that fills `tile` of a decoded picture's luma; `None` when there
/// is no whole mark (another picture, or the middle of a cross-fade).
pub fn read(luma: &Plane<'_>, tile: Tile) -> Option<Mark> {
    let mut bytes = [0; BYTES];
    for (index, byte) in bytes.iter_mut().enumerate() {
        for bit in 0..8 {
            *byte = *byte << 1 | u8::from(cell_is_white(luma, tile, index as u32 * 8 + bit)?);
        }
    }
    Mark::from_bytes(bytes)
}

/// Looks at the middle half of a cell, where scaling and coding have not mixed in its neighbours.
fn cell_is_white(luma: &Plane<'_>, tile: Tile, index: u32) -> Option<bool> {
    let (column, row) = (index % COLUMNS, index / COLUMNS);
    // In quarters of a cell, so that the middle half has whole edges.
    let across = |quarters: u32| {
        (tile.x + (LEFT * 4 + quarters * CELL) * tile.width / (CANVAS_WIDTH * 4)) as usize
    };
    let down = |quarters: u32| {
        (tile.y + (TOP * 4 + quarters * CELL) * tile.height / (CANVAS_HEIGHT * 4)) as usize
    };
    let (left, right) = (across(column * 4 + 1), across(column * 4 + 3));
    let (top, bottom) = (down(row * 4 + 1), down(row * 4 + 3));
    if right <= left || bottom <= top || luma.width() < right || luma.height() < bottom {
        return None;
    }
    let sum: u32 = (top..bottom)
        .flat_map(|y| &luma.row(y)[left..right])
        .map(|sample| u32::from(*sample))
        .sum();
    Some(THRESHOLD < sum / ((right - left) * (bottom - top)) as u32)
}

fn bits(bytes: [u8; BYTES]) -> impl Iterator<Item = bool> {
    bytes.into_iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
        })
    })
}
