//! Pictures in memory: owned I420 frames and borrowed views of them.

/// A picture or plane that does not have the size it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a picture of {width}x{height} does not fit the given planes, or is not even")]
pub struct BadShape {
    /// Claimed width in pixels.
    pub width: u32,
    /// Claimed height in pixels.
    pub height: u32,
}

/// One plane of 8-bit samples, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    samples: &'a [u8],
    stride: usize,
    width: usize,
    height: usize,
}

impl<'a> Plane<'a> {
    /// A plane of `width` by `height` samples whose rows start `stride` samples apart.
    pub const fn new(
        samples: &'a [u8],
        stride: usize,
        width: usize,
        height: usize,
    ) -> Option<Self> {
        let Some(before_last) = stride.checked_mul(height.saturating_sub(1)) else { return None };
        let Some(needed) = before_last.checked_add(width) else { return None };
        if stride < width || samples.len() < needed || width == 0 || height == 0 {
            return None;
        }
        Some(Self { samples, stride, width, height })
    }

    /// Samples in a row.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Distance between the starts of two rows in samples.
    pub const fn stride(&self) -> usize {
        self.stride
    }

    /// The samples from the first of the first row on.
    pub const fn samples(&self) -> &'a [u8] {
        self.samples
    }

    /// Row `y`, which must be below [`Self::height`].
    pub fn row(&self, y: usize) -> &'a [u8] {
        let start = y * self.stride;
        &self.samples[start..start + self.width]
    }

    /// The part of the plane at (`x`, `y`); the rectangle must lie inside.
    pub fn crop(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        assert!(
            0 < width && 0 < height && x + width <= self.width && y + height <= self.height,
            "a crop lies inside its plane"
        );
        let samples = &self.samples[y * self.stride + x..];
        Self { samples, stride: self.stride, width, height }
    }
}

/// A borrowed I420 picture (BT.709, limited range) of even size.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// Luma, full size.
    pub y: Plane<'a>,
    /// Blue difference, half size each way.
    pub u: Plane<'a>,
    /// Red difference, half size each way.
    pub v: Plane<'a>,
}

impl<'a> Picture<'a> {
    /// A picture out of three planes; the chroma planes must be exactly half the size of luma.
    pub fn new(y: Plane<'a>, u: Plane<'a>, v: Plane<'a>) -> Result<Self, BadShape> {
        let bad = BadShape { width: y.width as u32, height: y.height as u32 };
        let halves = [u, v].iter().all(|c| c.width * 2 == y.width && c.height * 2 == y.height);
        if halves { Ok(Self { y, u, v }) } else { Err(bad) }
    }

    /// A picture that lies in one piece: luma, then both chroma planes, without padding.
    pub fn contiguous(width: u32, height: u32, bytes: &'a [u8]) -> Result<Self, BadShape> {
        let bad = BadShape { width, height };
        let (w, h) = (width as usize, height as usize);
        if !w.is_multiple_of(2) || !h.is_multiple_of(2) || bytes.len() != i420_bytes(width, height)
        {
            return Err(bad);
        }
        let (luma, chroma) = bytes.split_at(w * h);
        let (u, v) = chroma.split_at(w * h / 4);
        let plane = |samples, w, h| Plane::new(samples, w, w, h).ok_or(bad);
        Self::new(plane(luma, w, h)?, plane(u, w / 2, h / 2)?, plane(v, w / 2, h / 2)?)
    }

    /// Width in pixels.
    pub const fn width(&self) -> u32 {
        self.y.width as u32
    }

    /// Height in pixels.
    pub const fn height(&self) -> u32 {
        self.y.height as u32
    }

    /// The part at (`x`, `y`); all four numbers even and inside the picture.
    pub fn crop(&self, x: u32, y: u32, width: u32, height: u32) -> Self {
        let half = [x, y, width, height].map(|n| n as usize / 2);
        let chroma = |plane: &Plane<'a>| plane.crop(half[0], half[1], half[2], half[3]);
        Self {
            y: self.y.crop(half[0] * 2, half[1] * 2, half[2] * 2, half[3] * 2),
            u: chroma(&self.u),
            v: chroma(&self.v),
        }
    }

    /// Copies the picture row by row into `out`, which holds [`i420_bytes`] bytes afterwards.
    pub fn copy_into(&self, out: &mut Vec<u8>) {
        out.clear();
        for plane in [&self.y, &self.u, &self.v] {
            for row in 0..plane.height {
                out.extend_from_slice(plane.row(row));
            }
        }
    }
}

/// Bytes of a contiguous I420 picture of even size.
pub const fn i420_bytes(width: u32, height: u32) -> usize {
    width as usize * height as usize * 3 / 2
}

/// A colour as Y, Cb, Cr (BT.709, limited range).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// Luma, 16 to 235.
    pub y: u8,
    /// Blue difference, 128 is grey.
    pub u: u8,
    /// Red difference, 128 is grey.
    pub v: u8,
}

impl Colour {
    /// Black of the limited range.
    pub const BLACK: Self = Self { y: 16, u: 128, v: 128 };
    /// What stands round and behind the tiles: a dark neutral, so that an empty place reads as one.
    pub const STAGE_DARK: Self = Self::from_rgb(0x14, 0x16, 0x1b);
    /// What fills a place with nobody in it.
    pub const EMPTY_PLACE: Self = Self::from_rgb(0x1c, 0x1f, 0x26);

    /// Converts full-range sRGB primaries to BT.709 limited range, rounded.
    pub const fn from_rgb(r: u8, g: u8, b: u8) -> Self {
        // Coefficients of ITU-R BT.709 times 219/255 (luma) and 224/255 (chroma), in 1/65536.
        let (r, g, b) = (r as i32, g as i32, b as i32);
        let y = (11_966 * r + 40_254 * g + 4_064 * b + 32_768) >> 16;
        let u = (-6_596 * r - 22_188 * g + 28_784 * b + 32_768) >> 16;
        let v = (28_784 * r - 26_145 * g - 2_639 * b + 32_768) >> 16;
        Self { y: (y + 16) as u8, u: (u + 128) as u8, v: (v + 128) as u8 }
    }
}

/// An owned I420 picture of even size in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

/// The three planes of a frame for writing; rows lie without padding.
pub struct PlanesMut<'a> {
    /// Luma.
    pub y: &'a mut [u8],
    /// Blue difference.
    pub u: &'a mut [u8],
    /// Red difference.
    pub v: &'a mut [u8],
}

impl Frame {
    /// A frame of one colour. Width and height must be even and not zero.
    pub fn filled(width: u32, height: u32, colour: Colour) -> Self {
        assert!(
            0 < width && 0 < height && width.is_multiple_of(2) && height.is_multiple_of(2),
            "frames are of even size, not {width}x{height}"
        );
        let mut frame = Self { width, height, bytes: vec![0; i420_bytes(width, height)] };
        frame.fill(colour);
        frame
    }

    /// A black frame. Width and height must be even and not zero.
    pub fn black(width: u32, height: u32) -> Self {
        Self::filled(width, height, Colour::BLACK)
    }

    /// A frame out of contiguous I420 bytes.
    pub fn from_bytes(width: u32, height: u32, bytes: Vec<u8>) -> Result<Self, BadShape> {
        Picture::contiguous(width, height, &bytes)?;
        Ok(Self { width, height, bytes })
    }

    /// An owned copy of a picture.
    pub fn from_picture(picture: &Picture<'_>) -> Self {
        let mut bytes = Vec::with_capacity(i420_bytes(picture.width(), picture.height()));
        picture.copy_into(&mut bytes);
        Self { width: picture.width(), height: picture.height(), bytes }
    }

    /// Becomes a copy of a picture, in the same memory where it fits.
    pub fn copy_from(&mut self, picture: &Picture<'_>) {
        (self.width, self.height) = (picture.width(), picture.height());
        picture.copy_into(&mut self.bytes);
    }

    /// Width in pixels.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The frame as contiguous bytes: luma, blue difference, red difference.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes for writing, for example from a shared ring.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// A view of the whole frame.
    pub fn picture(&self) -> Picture<'_> {
        Picture::contiguous(self.width, self.height, &self.bytes)
            .expect("a frame keeps the size it was made with")
    }

    /// The planes for writing.
    pub fn planes_mut(&mut self) -> PlanesMut<'_> {
        let luma = self.width as usize * self.height as usize;
        let (y, chroma) = self.bytes.split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(luma / 4);
        PlanesMut { y, u, v }
    }

    /// Paints the whole frame.
    pub fn fill(&mut self, colour: Colour) {
        let planes = self.planes_mut();
        planes.y.fill(colour.y);
        planes.u.fill(colour.u);
        planes.v.fill(colour.v);
    }

    /// Paints a rectangle, cut to the frame; odd edges are rounded down to even ones.
    pub fn fill_rect(&mut self, x: u32, y: u32, width: u32, height: u32, colour: Colour) {
        let right = x.saturating_add(width).min(self.width) as usize & !1;
        let bottom = y.saturating_add(height).min(self.height) as usize & !1;
        let (left, top) = (x as usize & !1, y as usize & !1);
        if right <= left || bottom <= top {
            return;
        }
        let stride = self.width as usize;
        let planes = self.planes_mut();
        for row in top..bottom {
            planes.y[row * stride + left..row * stride + right].fill(colour.y);
        }
        for row in top / 2..bottom / 2 {
            let span = row * stride / 2 + left / 2..row * stride / 2 + right / 2;
            planes.u[span.clone()].fill(colour.u);
            planes.v[span].fill(colour.v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primaries_have_the_bt709_limited_values() {
        let of = |r, g, b| {
            let c = Colour::from_rgb(r, g, b);
            (c.y, c.u, c.v)
        };
        assert_eq!(of(0, 0, 0), (16, 128, 128));
        assert_eq!(of(255, 255, 255), (235, 128, 128));
        assert_eq!(of(255, 0, 0), (63, 102, 240));
        assert_eq!(of(0, 255, 0), (173, 42, 26));
        assert_eq!(of(0, 0, 255), (32, 240, 118));
    }

    #[test]
    fn planes_that_are_too_short_or_odd_are_refused() {
        assert!(Plane::new(&[0; 31], 8, 8, 4).is_none());
        assert!(Plane::new(&[0; 29], 8, 5, 4).is_some());
        assert!(Plane::new(&[0; 32], usize::MAX, 8, 4).is_none());
        assert!(Picture::contiguous(6, 4, &[0; 36]).is_ok());
        assert!(Picture::contiguous(6, 4, &[0; 35]).is_err());
        assert!(Picture::contiguous(5, 4, &[0; 30]).is_err());
        assert!(Picture::contiguous(0, 0, &[]).is_err());
    }

    #[test]
    fn a_rectangle_is_cut_to_the_frame() {
        let mut frame = Frame::black(8, 8);
        frame.fill_rect(6, 6, u32::MAX, 9, Colour { y: 99, u: 1, v: 2 });
        frame.fill_rect(20, 0, 4, 4, Colour { y: 99, u: 1, v: 2 });
        assert_eq!(frame.bytes().iter().filter(|&&b| b == 99).count(), 4);
        assert_eq!(frame.picture().u.row(3), [128, 128, 128, 1]);
    }

    #[test]
    fn a_crop_is_a_view_of_the_same_samples() {
        let mut frame = Frame::black(8, 8);
        frame.fill_rect(2, 4, 4, 2, Colour { y: 200, u: 3, v: 4 });
        let part = Frame::from_picture(&frame.picture().crop(2, 4, 4, 2));
        assert_eq!(part, Frame::filled(4, 2, Colour { y: 200, u: 3, v: 4 }));
    }
}
