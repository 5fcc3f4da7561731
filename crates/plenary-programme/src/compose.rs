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
        for (i, tile) in layout.tiles().iter().enumerate() {
            let tile = tile_on(*tile, width, height);
            if layout == Layout::PictureInPicture && i == 1 {
                border(canvas, tile);
            }
            self.place(places.get(i).unwrap_or(&Place::EMPTY), tile, canvas);
        }
        if let Some(LowerThirdOnAir { graphic, opacity }) = lower_third {
            let x = along(LOWER_THIRD_X, width, CANVAS_WIDTH);
            let bottom = height - along(LOWER_THIRD_BELOW, height, CANVAS_HEIGHT);
            overlay(canvas, graphic, x, bottom.saturating_sub(graphic.height() as u32), opacity);
        }
    }

    /// Scales a finished canvas to a smaller rendition's size.
    pub fn rendition(&mut self, canvas: &Frame, out: &mut Frame) {
        self.scaler.scale(&canvas.picture(), Fit::Whole, Colour::BLACK, out);
    }

    fn place(&mut self, place: &Place<'_>, tile: Tile, canvas: &mut Frame) {
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
            overlay(canvas, label, tile.x + margin, y, 255);
        }
    }
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
