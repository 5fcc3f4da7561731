//! The compositor: sources and graphics into one canvas.

use plenary_model::scene::{CANVAS_HEIGHT, CANVAS_WIDTH, Layout, Tile};

use crate::blend::overlay;
use crate::canvas::{Colour, Frame, Picture};
use crate::card::{LABEL_MARGIN, LOWER_THIRD_BELOW, LOWER_THIRD_X};
use crate::graphic::Graphic;
use crate::layout::{Fit, along, tile_on};
use crate::scale::Scaler;

/// Thickness of the line round the small picture of picture-in-picture, on the reference canvas.
const INSET_BORDER: u32 = 2;
const INSET_LINE: Colour = Colour::from_rgb(0xe8, 0xea, 0xee);

/// What one place shows at this tick.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// Nobody is in the place.
    Nothing,
    /// The source's newest picture, live or held.
    Picture(Picture<'a>),
    /// The source's picture is gone: the person's card.
    Card(&'a Frame),
}

/// One place of the scene at this tick.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// What it shows.
    pub shown: Shown<'a>,
    /// How a picture of another shape is shown.
    pub fit: Fit,
    /// The name in its corner.
    pub label: Option<&'a Graphic>,
}

impl Place<'_> {
    /// A place with nobody in it.
    pub const EMPTY: Self = Self { shown: Shown::Nothing, fit: Fit::Fill, label: None };
}

/// The lower third at this tick.
#[derive(Debug, Clone, Copy)]
pub struct LowerThirdOnAir<'a> {
    /// The rendered bar.
    pub graphic: &'a Graphic,
    /// 255 shows it fully, less while it comes or goes.
    pub opacity: u8,
}

/// Makes canvases; keeps the scaler's tables between ticks.
#[derive(Debug, Default)]
pub struct Compositor {
    scaler: Scaler,
}

impl Compositor {
    /// A compositor.
    pub fn new() -> Self {
        Self::default()
    }

    /// Composes a scene onto `canvas`, every sample of which is written. Places beyond the
    /// layout's are left out, missing ones are empty.
    pub fn compose(
        &mut self,
        layout: Layout,
        places: &[Place<'_>],
        lower_third: Option<LowerThirdOnAir<'_>>,
        canvas: &mut Frame,
    ) {
        let (width, height) = (canvas.width(), canvas.height());
        if !covers_all(layout) {
            canvas.fill(Colour::STAGE_DARK);
        }
        let bar = lower_third.map(|third| lower_third_on(third.graphic, width, height));
        for (i, tile) in layout.tiles().iter().enumerate() {
            let tile = tile_on(*tile, width, height);
            if layout == Layout::PictureInPicture && i == 1 {
                border(canvas, tile);
            }
            self.place(places.get(i).unwrap_or(&Place::EMPTY), tile, bar, canvas);
        }
        if let (Some(LowerThirdOnAir { graphic, opacity }), Some(bar)) = (lower_third, bar) {
            overlay(canvas, graphic, bar.x, bar.y, opacity);
        }
    }

    /// Scales a finished canvas to a smaller rendition's size.
    pub fn rendition(&mut self, canvas: &Frame, out: &mut Frame) {
        self.scaler.scale(&canvas.picture(), Fit::Whole, Colour::BLACK, out);
    }

    fn place(&mut self, place: &Place<'_>, tile: Tile, bar: Option<Tile>, canvas: &mut Frame) {
        let (picture, fit) = match place.shown {
            Shown::Nothing => {
                canvas.fill_rect(tile.x, tile.y, tile.width, tile.height, Colour::EMPTY_PLACE);
                return;
            }
            Shown::Picture(picture) => (picture, place.fit),
            Shown::Card(card) => (card.picture(), Fit::Fill),
        };
        self.scaler.scale_into(&picture, fit, Colour::BLACK, canvas, tile);
        // A card says the name itself.
        if let (Some(label), Shown::Picture(_)) = (place.label, place.shown) {
            let margin = along(LABEL_MARGIN, canvas.height(), CANVAS_HEIGHT);
            let y = (tile.y + tile.height).saturating_sub(margin + label.height() as u32);
            // A name under the lower third looks like a line of it.
            if !bar.is_some_and(|bar| overlap(tile, bar)) {
                overlay(canvas, label, tile.x + margin, y, 255);
            }
        }
    }
}

/// Where a lower third lies.
fn lower_third_on(graphic: &Graphic, canvas_width: u32, canvas_height: u32) -> Tile {
    let (width, height) = (graphic.width() as u32, graphic.height() as u32);
    let bottom = canvas_height - along(LOWER_THIRD_BELOW, canvas_height, CANVAS_HEIGHT);
    let x = along(LOWER_THIRD_X, canvas_width, CANVAS_WIDTH);
    Tile { x, y: bottom.saturating_sub(height), width, height }
}

const fn overlap(a: Tile, b: Tile) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/// Whether the tiles leave nothing of the canvas free.
const fn covers_all(layout: Layout) -> bool {
    match layout {
        Layout::Full | Layout::Four | Layout::Nine | Layout::PictureInPicture => true,
        Layout::Two | Layout::SpeakerSlides => false,
    }
}

fn border(canvas: &mut Frame, tile: Tile) {
    let line = along(INSET_BORDER, canvas.height(), CANVAS_HEIGHT);
    canvas.fill_rect(
        tile.x.saturating_sub(line),
        tile.y.saturating_sub(line),
        tile.width + 2 * line,
        tile.height + 2 * line,
        INSET_LINE,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blend::{FADE_END, cross_fade};

    const MARKERS: [Colour; 9] = [
        Colour::from_rgb(220, 30, 30),
        Colour::from_rgb(30, 200, 30),
        Colour::from_rgb(40, 60, 220),
        Colour::from_rgb(220, 210, 30),
        Colour::from_rgb(200, 40, 200),
        Colour::from_rgb(30, 200, 210),
        Colour::from_rgb(250, 250, 250),
        Colour::from_rgb(120, 80, 30),
        Colour::from_rgb(110, 110, 110),
    ];

    fn at(frame: &Frame, x: u32, y: u32) -> Colour {
        let picture = frame.picture();
        let (cx, cy) = (x as usize / 2, y as usize / 2);
        Colour {
            y: picture.y.row(y as usize)[x as usize],
            u: picture.u.row(cy)[cx],
            v: picture.v.row(cy)[cx],
        }
    }

    /// Places with the marker colours; every second source has another size and shape.
    fn markers() -> Vec<Frame> {
        let size = |i: usize| [(1280, 720), (640, 360), (480, 640), (322, 182)][i % 4];
        MARKERS.iter().enumerate().map(|(i, c)| Frame::filled(size(i).0, size(i).1, *c)).collect()
    }

    fn places(frames: &[Frame]) -> Vec<Place<'_>> {
        let place = |f| Place { shown: Shown::Picture(Frame::picture(f)), ..Place::EMPTY };
        frames.iter().map(place).collect()
    }

    fn composed(layout: Layout, places: &[Place<'_>], width: u32, height: u32) -> Frame {
        let mut canvas = Frame::filled(width, height, Colour { y: 1, u: 2, v: 3 });
        Compositor::new().compose(layout, places, None, &mut canvas);
        canvas
    }

    #[test]
    fn each_source_is_in_its_tile_up_to_the_edges_on_every_canvas() {
        let frames = markers();
        for (width, height) in [(1280, 720), (640, 360), (1920, 1080)] {
            for layout in Layout::ALL {
                let canvas = composed(layout, &places(&frames), width, height);
                for (i, tile) in layout.tiles().iter().enumerate() {
                    let t = tile_on(*tile, width, height);
                    let (right, bottom) = (t.x + t.width - 1, t.y + t.height - 1);
                    let covered = layout == Layout::PictureInPicture && i == 0;
                    let corners = [(t.x, t.y), (right, t.y), (t.x, bottom), (right, bottom)];
                    let centre = (t.x + t.width / 2, t.y + t.height / 2);
                    for (x, y) in corners.into_iter().chain([centre]) {
                        assert_eq!(at(&canvas, x, y), MARKERS[i], "{layout:?} {i} at {x},{y}");
                    }
                    assert!(
                        !covered || at(&canvas, t.width * 7 / 8, t.height * 7 / 8) == MARKERS[1]
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_of_the_last_scene_is_left() {
        for layout in Layout::ALL {
            let canvas = composed(layout, &[], 1280, 720);
            assert!(!canvas.bytes().contains(&1), "{layout:?}");
            assert!(!canvas.picture().u.row(359).contains(&2), "{layout:?}");
        }
        let canvas = composed(Layout::Two, &[], 1280, 720);
        assert_eq!(at(&canvas, 5, 5), Colour::STAGE_DARK);
        assert_eq!(at(&canvas, 5, 360), Colour::EMPTY_PLACE);
    }

    #[test]
    fn a_gone_source_shows_its_card_without_a_second_name() {
        let card = Frame::filled(640, 360, MARKERS[4]);
        let label = Graphic::from_premultiplied_rgba(40, 20, &[255; 40 * 20 * 4]);
        let gone = Place { shown: Shown::Card(&card), label: Some(&label), ..Place::EMPTY };
        let canvas = composed(Layout::Full, &[gone], 1280, 720);
        assert_eq!(canvas, Frame::filled(1280, 720, MARKERS[4]));
    }

    #[test]
    fn a_label_stands_in_the_lower_left_corner_of_its_tile() {
        let picture = Frame::filled(640, 360, MARKERS[4]);
        let label = Graphic::from_premultiplied_rgba(40, 20, &[255; 40 * 20 * 4]);
        let place =
            Place { shown: Shown::Picture(picture.picture()), fit: Fit::Fill, label: Some(&label) };
        let canvas = composed(Layout::Four, &[place; 4], 1280, 720);
        let white = Colour::from_rgb(255, 255, 255);
        assert_eq!(at(&canvas, 650, 360 - 11), white);
        assert_eq!(at(&canvas, 650 + 39, 360 - 30), white);
        assert_eq!(at(&canvas, 650 + 40, 360 - 11), MARKERS[4]);
        assert_eq!(at(&canvas, 648, 349), MARKERS[4]);
    }

    #[test]
    fn the_lower_third_comes_in_by_its_opacity_inside_the_safe_area() {
        let bar = Graphic::from_premultiplied_rgba(400, 100, &[255; 400 * 100 * 4]);
        let picture = Frame::filled(1280, 720, Colour { y: 35, u: 128, v: 128 });
        let place = [Place { shown: Shown::Picture(picture.picture()), ..Place::EMPTY }];
        let luma = |opacity| {
            let mut canvas = Frame::black(1280, 720);
            let third = LowerThirdOnAir { graphic: &bar, opacity };
            Compositor::new().compose(Layout::Full, &place, Some(third), &mut canvas);
            [(63, 600), (64, 564), (463, 663), (464, 600), (64, 664)]
                .map(|(x, y)| at(&canvas, x, y).y)
        };
        assert_eq!(luma(255), [35, 235, 235, 35, 35]);
        assert_eq!(luma(51), [35, 75, 75, 35, 35]);
        assert_eq!(luma(0), [35; 5]);
    }

    #[test]
    fn names_make_room_for_the_lower_third() {
        let picture = Frame::filled(640, 360, MARKERS[4]);
        let label = Graphic::from_premultiplied_rgba(40, 20, &[255; 40 * 20 * 4]);
        let bar = Graphic::from_premultiplied_rgba(400, 100, &[255; 400 * 100 * 4]);
        let place =
            Place { shown: Shown::Picture(picture.picture()), fit: Fit::Fill, label: Some(&label) };
        let mut canvas = Frame::black(1280, 720);
        let third = LowerThirdOnAir { graphic: &bar, opacity: 255 };
        Compositor::new().compose(Layout::Four, &[place; 4], Some(third), &mut canvas);
        let named = [(11, 349), (651, 349), (11, 709), (651, 709)]
            .map(|(x, y)| at(&canvas, x, y) == Colour::from_rgb(255, 255, 255));
        assert_eq!(named, [true, true, false, true]);
    }

    #[test]
    fn half_way_through_a_fade_every_tile_is_the_mean_of_both_scenes() {
        let frames = markers();
        let from = composed(Layout::Full, &places(&frames), 1280, 720);
        let to = composed(Layout::Four, &places(&frames), 1280, 720);
        let mut out = Frame::black(1280, 720);
        cross_fade(&from, &to, FADE_END / 2, &mut out);
        for ((&a, &b), &got) in from.bytes().iter().zip(to.bytes()).zip(out.bytes()) {
            assert_eq!(got, (u16::from(a) + u16::from(b)).div_ceil(2) as u8);
        }
        assert_ne!(at(&out, 960, 180), at(&out, 320, 180));
    }

    #[test]
    fn a_smaller_rendition_shows_the_same_places() {
        let frames = markers();
        let canvas = composed(Layout::Nine, &places(&frames), 1280, 720);
        let mut small = Frame::black(640, 360);
        Compositor::new().rendition(&canvas, &mut small);
        for (i, tile) in Layout::Nine.tiles().iter().enumerate() {
            assert_eq!(at(&small, (tile.x + tile.width / 2) / 2, (tile.y + 120) / 2), MARKERS[i]);
        }
    }
}
