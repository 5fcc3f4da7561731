//! The pictures of the synthetic sources: name and unit on a colour of their own, the mark, a
//! moving square, a lamp that is lit while the tone sounds, frame counter and clock in digits.

use plenary_model::person::Card;
use plenary_model::scene::CANVAS_WIDTH;
use plenary_model::time::WallMs;
use plenary_programme::blend::overlay;
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::font::Fonts;
use plenary_programme::graphic::{Graphic, GraphicError};
use plenary_programme::text::escape;

use super::marker::{self, Mark};
use super::voice::Voice;

const WHITE: Colour = Colour { y: 235, u: 128, v: 128 };
/// The square goes once across in this time.
const SWEEP_MS: u64 = 4_000;
/// How long a slide stays.
const SLIDE_MS: u64 = 6_000;
/// Segments of a digit: top, upper left, upper right, middle, lower left, lower right, bottom.
const DIGITS: [u8; 10] = [
    0b111_0111, 0b010_0100, 0b101_1101, 0b110_1101, 0b010_1110, 0b110_1011, 0b111_1011, 0b010_0101,
    0b111_1111, 0b110_1111,
];

/// What a source shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A person's camera.
    Camera,
    /// A person's slides, which change from time to time.
    Slides,
}

/// Paints one source; keeps the picture and repaints what moves.
pub struct Painter {
    frame: Frame,
    source: u8,
    subject: Subject,
    ground: Colour,
    /// State of the grain, when there is one.
    grain: Option<u64>,
}

impl Painter {
    /// A painter of 16:9 pictures of this width (a multiple of 320).
    ///
    /// # Errors
    /// When the name cannot be drawn.
    pub fn new(
        (source, subject): (u8, Subject),
        card: &Card,
        width: u32,
        fonts: &Fonts,
    ) -> Result<Self, GraphicError> {
        let (ground, ink) = colours(source, subject);
        let mut frame = Frame::filled(width, width * 9 / 16, ground);
        let scale = width as f32 / CANVAS_WIDTH as f32;
        let lettering = Graphic::from_svg(&lettering(card, subject, ink), scale, fonts)?;
        overlay(&mut frame, &lettering, 0, (220 * width / CANVAS_WIDTH) & !1, 255);
        Ok(Self { frame, source, subject, ground, grain: None })
    }

    /// The same with a band of grain that no encoder foresees, so that it uses all its bits.
    pub fn grainy(self) -> Self {
        Self { grain: Some(1), ..self }
    }

    /// The picture of this moment.
    pub fn paint(&mut self, frame: u32, wall: WallMs) -> &Frame {
        marker::paint(&mut self.frame, Mark { source: self.source, frame, wall });
        match self.subject {
            Subject::Camera => {
                self.square(wall);
                let lit = Voice::of(self.source).is_on(wall);
                self.rect(1160, 104, 56, 56, if lit { WHITE } else { Colour::BLACK });
            }
            Subject::Slides => self.bars(wall),
        }
        self.add_grain();
        self.digits(64, 104, &format!("{frame:07}"));
        self.digits(480, 104, &clock(wall));
        &self.frame
    }

    fn add_grain(&mut self) {
        const BLOCK: u32 = 8;
        let Some(mut random) = self.grain else { return };
        for y in (320..540).step_by(BLOCK as usize) {
            for x in (64..1_216).step_by(BLOCK as usize) {
                // Marsaglia's xorshift.
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let luma = 64 + (random >> 32) as u8 % 128;
                self.rect(x, y, BLOCK, BLOCK, Colour { y: luma, u: 128, v: 128 });
            }
        }
        self.grain = Some(random);
    }

    fn square(&mut self, wall: WallMs) {
        self.rect(64, 560, 1152, 64, self.ground);
        let x = 64 + (wall.0 % SWEEP_MS * (1152 - 64) / SWEEP_MS) as u32;
        self.rect(x, 560, 64, 64, WHITE);
    }

    /// A bar chart, another one on each slide.
    fn bars(&mut self, wall: WallMs) {
        let slide = wall.0 / SLIDE_MS;
        self.rect(64, 400, 1152, 260, self.ground);
        for bar in 0..8_u32 {
            let height = 40 + (slide * 37 + u64::from(bar) * 53) as u32 % 200;
            self.rect(80 + bar * 140, 650 - height, 96, height, Colour::from_rgb(0x2B, 0x6C, 0xB0));
        }
    }

    /// Paints seven-segment digits, 28 × 52 each, on a black box; `:` and `.` are narrow.
    fn digits(&mut self, left: u32, top: u32, text: &str) {
        let mut x = left;
        for c in text.chars() {
            let Some(digit) = c.to_digit(10) else {
                self.rect(x, top, 16, 56, Colour::BLACK);
                self.rect(x + 4, top + 40, 8, 8, WHITE);
                x += 16;
                continue;
            };
            self.rect(x, top, 40, 56, Colour::BLACK);
            let lit = DIGITS[digit as usize];
            for (bit, (dx, dy, width, height)) in SEGMENTS.into_iter().enumerate() {
                if lit >> bit & 1 == 1 {
                    self.rect(x + dx, top + dy, width, height, WHITE);
                }
            }
            x += 40;
        }
    }

    /// Fills a rectangle given on a picture of 1280 × 720.
    fn rect(&mut self, x: u32, y: u32, width: u32, height: u32, colour: Colour) {
        let size = self.frame.width();
        let at = |n: u32| n * size / CANVAS_WIDTH;
        self.frame.fill_rect(at(x), at(y), at(width), at(height), colour);
    }
}

const SEGMENTS: [(u32, u32, u32, u32); 7] = [
    (4, 4, 28, 8),
    (4, 4, 8, 28),
    (24, 4, 8, 28),
    (4, 24, 28, 8),
    (4, 24, 8, 28),
    (24, 24, 8, 28),
    (4, 44, 28, 8),
];

/// Ground and ink of a source.
fn colours(source: u8, subject: Subject) -> (Colour, &'static str) {
    match (subject, source % 4) {
        (Subject::Slides, _) => (Colour::from_rgb(0xF4, 0xF1, 0xEA), "#22303c"),
        (Subject::Camera, 0) => (Colour::from_rgb(0x1F, 0x4E, 0x5F), "#ffffff"),
        (Subject::Camera, 1) => (Colour::from_rgb(0x7A, 0x3E, 0x48), "#ffffff"),
        (Subject::Camera, 2) => (Colour::from_rgb(0x4B, 0x5D, 0x2A), "#ffffff"),
        (Subject::Camera, _) => (Colour::from_rgb(0x4A, 0x3F, 0x78), "#ffffff"),
    }
}

fn lettering(card: &Card, subject: Subject, ink: &str) -> String {
    let (large, small) = match subject {
        Subject::Camera => (card.name.as_str(), card.unit.as_str()),
        Subject::Slides => ("一年的数字 · The year in numbers", card.name.as_str()),
    };
    // The chart of a slide stands where a camera's second line would be.
    let ((top, size), (bottom, small_size)) = match subject {
        Subject::Camera => ((130, 120), (220, 52)),
        Subject::Slides => ((70, 56), (130, 36)),
    };
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="300" fill="{ink}">
        <text x="640" y="{top}" font-size="{size}" font-weight="700" text-anchor="middle">{}</text>
        <text x="640" y="{bottom}" font-size="{small_size}" text-anchor="middle">{}</text></svg>"#,
        escape(large),
        escape(small)
    )
}

/// Hours, minutes, seconds and milliseconds of the day, UTC.
fn clock(wall: WallMs) -> String {
    let ms = wall.0 % 86_400_000;
    let (s, ms) = (ms / 1_000, ms % 1_000);
    format!("{:02}:{:02}:{:02}.{ms:03}", s / 3_600, s / 60 % 60, s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_carries_its_mark_and_the_lamp_follows_the_tone() {
        let fonts = Fonts::from_system().unwrap();
        let card = Card { name: "林晓 <1>".into(), unit: "北区".into(), title: String::new() };
        for (width, subject) in
            [(1280, Subject::Camera), (960, Subject::Camera), (640, Subject::Slides)]
        {
            let mut painter = Painter::new((2, subject), &card, width, &fonts).unwrap();
            for (frame, wall) in [(0, 1_795_000_000_100), (1, 1_795_000_000_900)] {
                let wall = WallMs(wall);
                let painted = painter.paint(frame, wall);
                let tile = plenary_model::scene::Tile { x: 0, y: 0, width, height: width * 9 / 16 };
                let mark = marker::read(&painted.picture().y, tile);
                assert_eq!(mark, Some(Mark { source: 2, frame, wall }));
                if subject == Subject::Camera {
                    let lamp = painted.picture().y.row((132 * width / 1280) as usize)
                        [(1188 * width / 1280) as usize];
                    let lit = Voice::of(2).is_on(wall);
                    assert_eq!(lamp, if lit { WHITE.y } else { Colour::BLACK.y });
                }
            }
        }
    }

    #[test]
    fn the_clock_reads_as_people_write_it() {
        assert_eq!(clock(WallMs(86_400_000 * 3 + 3_723_004)), "01:02:03.004");
    }
}
