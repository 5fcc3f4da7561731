//! Where the places of a layout lie on a canvas of any size, and how a source fills its place.

use plenary_model::id::SourceId;
use plenary_model::scene::{CANVAS_HEIGHT, CANVAS_WIDTH, Layout, Tile};

/// How a picture whose shape differs from its place is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// All of it, with bars at two sides: slides, where the edges carry meaning.
    Whole,
    /// The place is filled and two sides of the picture are cut off: people.
    Fill,
}

/// How a source is shown in the given place.
pub const fn fit_of(layout: Layout, place: usize, source: SourceId) -> Fit {
    match (source, layout) {
        (SourceId::Screen(_), _) => Fit::Whole,
        (_, Layout::SpeakerSlides) if place == 0 => Fit::Whole,
        (SourceId::Camera(_) | SourceId::Clip(_), _) => Fit::Fill,
    }
}

/// A layout's tile on a canvas of another size, with even edges.
pub const fn tile_on(tile: Tile, canvas_width: u32, canvas_height: u32) -> Tile {
    let (left, top) =
        (along(tile.x, canvas_width, CANVAS_WIDTH), along(tile.y, canvas_height, CANVAS_HEIGHT));
    Tile {
        x: left,
        y: top,
        width: along(tile.x + tile.width, canvas_width, CANVAS_WIDTH) - left,
        height: along(tile.y + tile.height, canvas_height, CANVAS_HEIGHT) - top,
    }
}

/// A length on the reference canvas scaled to another one and rounded to even.
pub const fn along(length: u32, size: u32, reference: u32) -> u32 {
    (length * size + reference) / (2 * reference) * 2
}

/// A source picture's part that is shown, and where in the place it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// The part of the picture.
    pub from: Tile,
    /// The part of the place, in the place's own coordinates.
    pub to: Tile,
}

/// Fits a picture of `source` size (width, height) into a place, centred; all numbers even.
pub fn placement(source: (u32, u32), place: (u32, u32), fit: Fit) -> Placement {
    let whole = |(width, height)| Tile { x: 0, y: 0, width, height };
    match fit {
        Fit::Whole => Placement { from: whole(source), to: centred(source, place) },
        Fit::Fill => Placement { from: centred(place, source), to: whole(place) },
    }
}

/// The largest rectangle with the shape of `shape` inside `room`, centred, even.
fn centred(shape: (u32, u32), room: (u32, u32)) -> Tile {
    let (sw, sh, rw, rh) =
        (u64::from(shape.0), u64::from(shape.1), u64::from(room.0), u64::from(room.1));
    let even = |n: u64, most: u64| (n.div_ceil(2) * 2).clamp(2, most) as u32;
    let (width, height) = if rw * sh <= rh * sw {
        (room.0, even(rw * sh / sw, rh))
    } else {
        (even(rh * sw / sh, rw), room.1)
    };
    Tile { x: (room.0 - width) / 4 * 2, y: (room.1 - height) / 4 * 2, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_camera_of_another_shape_is_cut_and_a_slide_gets_bars() {
        let fill = placement((640, 480), (640, 360), Fit::Fill);
        assert_eq!(fill.from, Tile { x: 0, y: 60, width: 640, height: 360 });
        assert_eq!(fill.to, Tile { x: 0, y: 0, width: 640, height: 360 });
        let whole = placement((640, 480), (640, 360), Fit::Whole);
        assert_eq!(whole.from, Tile { x: 0, y: 0, width: 640, height: 480 });
        assert_eq!(whole.to, Tile { x: 80, y: 0, width: 480, height: 360 });
    }

    #[test]
    fn tiles_keep_covering_a_larger_canvas() {
        let tiles = Layout::Nine.tiles().iter().map(|t| tile_on(*t, 1920, 1080));
        let area: u32 = tiles.map(|t| t.width * t.height).sum();
        assert_eq!(area, 1920 * 1080);
    }

    proptest! {
        #[test]
        fn placements_are_even_and_inside(
            sw in 1_u32..1000, sh in 1_u32..1000, pw in 1_u32..700, ph in 1_u32..400,
            fill in any::<bool>(),
        ) {
            let (source, place) = ((sw * 2, sh * 2), (pw * 2, ph * 2));
            let p = placement(source, place, if fill { Fit::Fill } else { Fit::Whole });
            for (tile, room) in [(p.from, source), (p.to, place)] {
                prop_assert!([tile.x, tile.y, tile.width, tile.height].iter().all(|n| n % 2 == 0));
                prop_assert!(tile.x + tile.width <= room.0 && tile.y + tile.height <= room.1);
                prop_assert!(2 <= tile.width && 2 <= tile.height);
            }
        }
    }
}
