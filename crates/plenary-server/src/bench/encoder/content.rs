//! Three kinds of content, the same at every run: a talking head, slides, and a moving camera.

use plenary_programme::blend::{cross_fade, overlay};
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::font::Fonts;
use plenary_programme::graphic::Graphic;

use super::texture::{Grain, Texture};

/// Size of the pictures.
pub(super) const WIDTH: u32 = 1_280;
/// Size of the pictures.
pub(super) const HEIGHT: u32 = 720;
/// Pictures per second.
pub(super) const RATE: u32 = 30;

/// What is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person who speaks and sways before a wall, with the noise of a webcam.
    Talk,
    /// Slides and a shared screen: text, cuts, fades, scrolling, a pointer.
    Slides,
    /// A camera held in the hand that pans and zooms over fine detail, with more noise.
    Motion,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Talk, Self::Slides, Self::Motion];

    /// Its name in the figures.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Talk => "talk",
            Self::Slides => "slides",
            Self::Motion => "motion",
        }
    }

    /// So many pictures of it.
    ///
    /// # Errors
    /// The text cannot be drawn.
    pub(super) fn paint(self, count: usize) -> anyhow::Result<Vec<Frame>> {
        match self {
            Self::Talk => Ok(talk(count)),
            Self::Slides => slides(count),
            Self::Motion => Ok(motion(count)),
        }
    }
}

/// Paints each pixel by a function of its place, and the chroma by one for both differences.
fn shade(
    luma: impl Fn(f32, f32) -> f32,
    chroma: impl Fn(f32, f32) -> (f32, f32),
    grain: &mut Grain,
) -> Frame {
    let mut frame = Frame::black(WIDTH, HEIGHT);
    let planes = frame.planes_mut();
    for (y, row) in planes.y.chunks_exact_mut(WIDTH as usize).enumerate() {
        let noise = grain.row(WIDTH as usize);
        for ((x, sample), noise) in row.iter_mut().enumerate().zip(noise) {
            *sample = (luma(x as f32, y as f32) + f32::from(*noise)).clamp(16.0, 235.0) as u8;
        }
    }
    let half = WIDTH as usize / 2;
    let rows = planes.u.chunks_exact_mut(half).zip(planes.v.chunks_exact_mut(half));
    for (y, (us, vs)) in rows.enumerate() {
        for (x, (u, v)) in us.iter_mut().zip(vs).enumerate() {
            let (blue, red) = chroma(x as f32 * 2.0, y as f32 * 2.0);
            (*u, *v) = (blue as u8, red as u8);
        }
    }
    frame
}

/// How far inside an ellipse a point is: 1 in the middle, 0 on its edge.
fn inside((x, y): (f32, f32), (cx, cy): (f32, f32), (rx, ry): (f32, f32)) -> f32 {
    1.0 - ((x - cx) / rx).powi(2) - ((y - cy) / ry).powi(2)
}

fn talk(count: usize) -> Vec<Frame> {
    let (wall, skin) = (Texture::new(7, 3), Texture::new(11, 6));
    let mut grain = Grain::new(1.4);
    let pictures = (0..count).map(|n| {
        let t = n as f32 / RATE as f32;
        let head =
            (640.0 + 22.0 * (1.1 * t).sin() + 7.0 * (2.9 * t).sin(), 300.0 + 6.0 * (1.7 * t).sin());
        let mouth = 4.0 + 14.0 * (9.0 * t).sin().abs() * (0.5 + 0.5 * (0.8 * t).sin());
        let blinks = (n % 100) < 5;
        let luma = |x: f32, y: f32| {
            let (dx, dy) = (x - head.0, y - head.1);
            let mut light = 70.0 + 60.0 * wall.at(x * 0.4, y * 0.4) + y * 0.03;
            let body = inside((x, y), (head.0 * 0.6 + 256.0, 760.0), (330.0, 320.0));
            if 0.0 < body {
                light = 50.0 + 40.0 * skin.at(dx * 1.7 + 300.0, y * 1.7) + 12.0 * body;
            }
            let face = inside((x, y), head, (125.0, 165.0));
            if 0.0 < face {
                light = 120.0 + 45.0 * face.sqrt() + 26.0 * skin.at(dx * 0.9, dy * 0.9);
            }
            let hair = inside((x, y), (head.0, head.1 - 95.0), (132.0, 90.0));
            if 0.0 < hair {
                light = 28.0 + 45.0 * skin.at(dx * 3.0, dy * 0.7);
            }
            for side in [-45.0, 45.0] {
                let open = if blinks { 2.0 } else { 10.0 };
                if 0.0 < inside((dx, dy), (side, -20.0), (18.0, open)) {
                    light = 200.0 - 150.0 * inside((dx, dy), (side, -20.0), (9.0, 10.0)).max(0.0);
                }
            }
            if 0.0 < inside((dx, dy), (0.0, 80.0), (34.0, mouth)) {
                light = 60.0;
            }
            light
        };
        let chroma = |x: f32, y: f32| {
            let face = inside((x, y), head, (125.0, 165.0));
            if 0.0 < face { (112.0, 152.0) } else { (132.0 - y * 0.01, 122.0 + x * 0.004) }
        };
        shade(luma, chroma, &mut grain)
    });
    pictures.collect()
}

fn motion(count: usize) -> Vec<Frame> {
    let (ground, detail) = (Texture::new(3, 7), Texture::new(5, 7));
    let mut grain = Grain::new(2.2);
    let pictures = (0..count).map(|n| {
        let t = n as f32 / RATE as f32;
        let zoom = 0.75 + 0.15 * (0.5 * t).sin();
        let (sin, cos) = (0.03 * (0.9 * t).sin()).sin_cos();
        let pan = (
            150.0 * t + 5.0 * (7.3 * t).sin() + 2.0 * (17.0 * t).sin(),
            25.0 * t + 4.0 * (5.9 * t).cos() + 2.0 * (13.0 * t).sin(),
        );
        let place = move |x: f32, y: f32| {
            let (x, y) = ((x - 640.0) * zoom, (y - 360.0) * zoom);
            (x * cos - y * sin + pan.0, x * sin + y * cos + pan.1)
        };
        let walkers = [0.0, 1.0, 2.0].map(|k| {
            let x = (k * 430.0 + t * (170.0 - 90.0 * k)).rem_euclid(1_480.0) - 100.0;
            (x, 430.0 + 40.0 * k + 8.0 * (6.0 * t + k).sin().abs())
        });
        let luma = |x: f32, y: f32| {
            for (cx, cy) in walkers {
                if 0.0 < inside((x, y), (cx, cy), (60.0, 150.0)) {
                    return 60.0 + 120.0 * detail.at((x - cx) * 1.3 + 200.0, (y - cy) * 1.3);
                }
            }
            let (u, v) = place(x, y);
            30.0 + 170.0 * ground.at(u, v)
        };
        let chroma = |x: f32, y: f32| {
            let (u, v) = place(x, y);
            let tint = ground.at(u * 0.25, v * 0.25);
            (110.0 + 30.0 * tint, 140.0 - 24.0 * tint)
        };
        shade(luma, chroma, &mut grain)
    });
    pictures.collect()
}

/// Words for slides; each line is another stretch of them.
const WORDS: &str = "春季主题日 四川 · 成都 Quarterly review of branch offices 年度目标与安排 \
    Revenue by region, 2026 服务客户 128 456 户 What we have learnt 下一步：培训与跟进 Questions";

fn slide(number: usize, fonts: &Fonts) -> anyhow::Result<Frame> {
    let (paper, ink) = match number % 3 {
        0 => (Colour::from_rgb(0xfa, 0xfa, 0xf7), "#1d2733"),
        1 => (Colour::from_rgb(0x12, 0x2b, 0x45), "#f2f5f9"),
        _ => (Colour::from_rgb(0xff, 0xff, 0xff), "#333333"),
    };
    let mut frame = Frame::filled(WIDTH, HEIGHT, paper);
    let family = fonts.family();
    let letters: Vec<char> = WORDS.chars().cycle().skip(number * 23).take(400).collect();
    let mut text = String::new();
    for (line, letters) in letters.chunks(44).take(9).enumerate() {
        let size = if line == 0 { 52 } else { 26 };
        let shown: String = letters.iter().take(if line == 0 { 24 } else { 44 }).collect();
        let y = 96 + line * 62;
        text.push_str(&format!(
            "<text x=\"80\" y=\"{y}\" font-size=\"{size}\" fill=\"{ink}\">{shown}</text>"
        ));
    }
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         font-family=\"{family}\">{text}</svg>"
    );
    overlay(&mut frame, &Graphic::from_svg(&svg, 1.0, fonts)?, 0, 0, 255);
    for bar in 0..6_u32 {
        let height = (60 + (number as u32 * 37 + bar * 53) % 160) & !1;
        let colour = Colour::from_rgb(0x2b, 0x6c, 0xb0);
        frame.fill_rect(900 + bar * 56, 660 - height, 40, height, colour);
    }
    Ok(frame)
}

/// Slides of two seconds: a cut, a fade of half a second, a scroll of one second, in turn.
fn slides(count: usize) -> anyhow::Result<Vec<Frame>> {
    const STAYS: usize = 2 * RATE as usize;
    const FADE: usize = RATE as usize / 2;
    let fonts = Fonts::from_system()?;
    let drawn = (0..count.div_ceil(STAYS).max(1)).map(|number| slide(number, &fonts));
    let drawn: Vec<Frame> = drawn.collect::<anyhow::Result<_>>()?;
    let pictures = (0..count).map(|n| {
        let (number, since) = (n / STAYS, n % STAYS);
        let mut frame = drawn[number].clone();
        let before = number.checked_sub(1).map(|before| &drawn[before]);
        match (number % 3, before) {
            (1, Some(before)) if since < FADE => {
                cross_fade(before, &drawn[number], (since * 256 / FADE) as u16, &mut frame);
            }
            (2, Some(_)) if since < 2 * FADE => scroll(&mut frame, 4 * since),
            _ => {}
        }
        let t = n as f32 / RATE as f32;
        let x = (640.0 + 400.0 * (0.9 * t).sin()) as u32 & !1;
        let y = (360.0 + 200.0 * (1.3 * t).cos()) as u32 & !1;
        frame.fill_rect(x, y, 12, 18, Colour { y: 40, u: 90, v: 220 });
        frame
    });
    Ok(pictures.collect())
}

/// Moves everything up by so many rows, an even number; what leaves above comes in below.
fn scroll(frame: &mut Frame, rows: usize) {
    let planes = frame.planes_mut();
    planes.y.rotate_left(rows * WIDTH as usize);
    planes.u.rotate_left(rows / 2 * WIDTH as usize / 2);
    planes.v.rotate_left(rows / 2 * WIDTH as usize / 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_moves_and_is_the_same_at_every_run() {
        for kind in Kind::ALL {
            let (once, again) = (kind.paint(3).expect("it"), kind.paint(3).expect("it"));
            assert!(once == again, "{}", kind.name());
            assert!(once[0] != once[2], "{}", kind.name());
        }
    }
}
