//! A rendered graphic as premultiplied YUVA planes: made once, blended often.

use std::fmt;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::font::Fonts;

/// A graphic that could not be drawn; the template is ours, so this is our mistake.
#[derive(Debug, thiserror::Error)]
pub enum GraphicError {
    /// The template with its fields is no SVG.
    #[error("a graphic's template is broken")]
    Template(#[from] resvg::usvg::Error),
    /// The size is zero or beyond what memory allows.
    #[error("a graphic of {width}x{height} cannot be drawn")]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
}

/// A picture with transparency, even in size. Colours are premultiplied, so that blending is one
/// multiplication.
#[derive(Clone, PartialEq, Eq)]
pub struct Graphic {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    alpha: Vec<u8>,
    chroma: [Vec<u8>; 2],
    chroma_alpha: Vec<u8>,
}

impl fmt::Debug for Graphic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Graphic({}x{})", self.width, self.height)
    }
}

impl Graphic {
    /// Converts sRGB pixels, premultiplied, four bytes each. Width and height must be even.
    pub fn from_premultiplied_rgba(width: usize, height: usize, rgba: &[u8]) -> Self {
        assert!(
            width.is_multiple_of(2) && height.is_multiple_of(2) && rgba.len() == width * height * 4,
            "a graphic of {width}x{height} is even and complete"
        );
        let (mut luma, mut alpha) = (Vec::with_capacity(width * height), Vec::new());
        for pixel in rgba.as_chunks::<4>().0 {
            let [r, g, b, a] = pixel.map(i64::from);
            // The offset of 16 is premultiplied too.
            luma.push(scaled(11_966 * r + 40_254 * g + 4_064 * b + (16 << 16) * a / 255));
            alpha.push(pixel[3]);
        }
        let (mut u, mut v, mut chroma_alpha) = (Vec::new(), Vec::new(), Vec::new());
        for pair in rgba.chunks_exact(width * 8) {
            let (upper, lower) = pair.split_at(width * 4);
            for (a, b) in upper.as_chunks::<8>().0.iter().zip(lower.as_chunks::<8>().0) {
                let [r, g, b, alpha]: [i64; 4] = std::array::from_fn(|i| {
                    [a[i], a[i + 4], b[i], b[i + 4]].into_iter().map(i64::from).sum()
                });
                let offset = (128 << 16) * alpha / 255;
                u.push(scaled((-6_596 * r - 22_188 * g + 28_784 * b + offset) / 4));
                v.push(scaled((28_784 * r - 26_145 * g - 2_639 * b + offset) / 4));
                chroma_alpha.push(((alpha + 2) / 4) as u8);
            }
        }
        Self { width, height, luma, alpha, chroma: [u, v], chroma_alpha }
    }

    /// Draws an SVG at its own size times `scale`, rounded up to even.
    pub fn from_svg(svg: &str, scale: f32, fonts: &Fonts) -> Result<Self, GraphicError> {
        let pixels = draw(svg, scale, fonts)?;
        Ok(Self::from_premultiplied_rgba(
            pixels.width() as usize,
            pixels.height() as usize,
            pixels.data(),
        ))
    }

    /// Width in pixels.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Luma and its alpha.
    pub fn luma(&self) -> (&[u8], &[u8]) {
        (&self.luma, &self.alpha)
    }

    /// Blue and red difference, each with its alpha, half size.
    pub fn chroma(&self) -> [(&[u8], &[u8]); 2] {
        [(&self.chroma[0], &self.chroma_alpha), (&self.chroma[1], &self.chroma_alpha)]
    }
}

/// From 1/65 536 to a byte, rounded.
fn scaled(value: i64) -> u8 {
    ((value + (1 << 15)) >> 16).clamp(0, 255) as u8
}

fn draw(svg: &str, scale: f32, fonts: &Fonts) -> Result<Pixmap, GraphicError> {
    let options = Options {
        fontdb: fonts.database(),
        font_family: fonts.family().to_owned(),
        languages: vec!["zh-Hans".to_owned(), "en".to_owned()],
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options)?;
    let even = |n: f32| ((n * scale).ceil() as u32).next_multiple_of(2);
    let (width, height) = (even(tree.size().width()), even(tree.size().height()));
    let mut pixels = Pixmap::new(width, height).ok_or(GraphicError::Size { width, height })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    Ok(pixels)
}
