//! Puts graphics over frames and fades between frames.

use crate::canvas::Frame;
use crate::graphic::Graphic;
use crate::scale::vectorised;

/// Weight of [`cross_fade`] at which only the second frame is seen.
pub const FADE_END: u16 = 256;

/// The weight of a fade of `length_ms` after `elapsed_ms`.
pub fn fade_weight(elapsed_ms: u32, length_ms: u32) -> u16 {
    if length_ms <= elapsed_ms {
        return FADE_END;
    }
    (u64::from(elapsed_ms) * u64::from(FADE_END) / u64::from(length_ms)) as u16
}

/// Mixes two frames of the size of `out`: `weight` 0 is all `from`, [`FADE_END`] all `to`.
pub fn cross_fade(from: &Frame, to: &Frame, weight: u16, out: &mut Frame) {
    for frame in [from, to] {
        assert_eq!(
            (frame.width(), frame.height()),
            (out.width(), out.height()),
            "a fade is between frames of one size"
        );
    }
    mix(from.bytes(), to.bytes(), weight.min(FADE_END), out.bytes_mut());
}

vectorised! {
    fn mix(from: &[u8], to: &[u8], weight: u16, out: &mut [u8]) {
        for ((out, &a), &b) in out.iter_mut().zip(from).zip(to) {
            // At most 255 * 256 + 128: wrapping only tells the compiler that no check is needed.
            let first = u16::from(a).wrapping_mul(FADE_END.wrapping_sub(weight));
            let sum = first.wrapping_add(u16::from(b).wrapping_mul(weight));
            *out = (sum.wrapping_add(FADE_END / 2) >> 8) as u8;
        }
    }
}

/// A graphic over black, as a frame of its size.
pub fn over_black(graphic: &Graphic) -> Frame {
    let mut frame = Frame::black(graphic.width() as u32, graphic.height() as u32);
    overlay(&mut frame, graphic, 0, 0, 255);
    frame
}

/// Blends a graphic over a frame with its upper left corner at (`x`, `y`), rounded down to even,
/// cut to the frame. `opacity` 255 shows the graphic as it is, 0 not at all.
pub fn overlay(frame: &mut Frame, graphic: &Graphic, x: u32, y: u32, opacity: u8) {
    let (x, y) = (x as usize & !1, y as usize & !1);
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    if width <= x || height <= y || opacity == 0 {
        return;
    }
    let shown = (graphic.width().min(width - x) & !1, graphic.height().min(height - y) & !1);
    let planes = frame.planes_mut();
    let luma = Area { x, y, stride: width, width: shown.0, height: shown.1, from: graphic.width() };
    blend_plane(planes.y, graphic.luma(), luma, opacity);
    let chroma = Area {
        x: x / 2,
        y: y / 2,
        stride: width / 2,
        width: shown.0 / 2,
        height: shown.1 / 2,
        from: graphic.width() / 2,
    };
    let [u, v] = graphic.chroma();
    blend_plane(planes.u, u, chroma, opacity);
    blend_plane(planes.v, v, chroma, opacity);
}

/// Where a plane of a graphic goes.
#[derive(Clone, Copy)]
struct Area {
    x: usize,
    y: usize,
    stride: usize,
    width: usize,
    height: usize,
    /// Samples in a row of the graphic.
    from: usize,
}

fn blend_plane(out: &mut [u8], (colour, alpha): (&[u8], &[u8]), area: Area, opacity: u8) {
    for row in 0..area.height {
        let target = (area.y + row) * area.stride + area.x;
        let source = row * area.from;
        let out = &mut out[target..target + area.width];
        let (colour, alpha) =
            (&colour[source..source + area.width], &alpha[source..source + area.width]);
        if opacity == 255 {
            blend_row(out, colour, alpha);
        } else {
            blend_row_faint(out, colour, alpha, u16::from(opacity));
        }
    }
}

vectorised! {
    fn blend_row(out: &mut [u8], colour: &[u8], alpha: &[u8]) {
        for ((out, &colour), &alpha) in out.iter_mut().zip(colour).zip(alpha) {
            let rest = by_255(u16::from(*out) * (255 - u16::from(alpha)));
            *out = colour.saturating_add(rest as u8);
        }
    }
}

vectorised! {
    fn blend_row_faint(out: &mut [u8], colour: &[u8], alpha: &[u8], opacity: u16) {
        for ((out, &colour), &alpha) in out.iter_mut().zip(colour).zip(alpha) {
            let alpha = by_255(u16::from(alpha) * opacity);
            let colour = by_255(u16::from(colour) * opacity);
            let rest = by_255(u16::from(*out) * (255 - alpha));
            *out = (colour as u8).saturating_add(rest as u8);
        }
    }
}

/// A product of two bytes divided by 255, rounded exactly.
#[inline(always)]
pub(crate) const fn by_255(product: u16) -> u16 {
    let biased = product + 128;
    (biased + (biased >> 8)) >> 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::Colour;

    #[test]
    fn division_by_255_is_exact_for_every_product() {
        for product in 0..=255_u32 * 255 {
            assert_eq!(u32::from(by_255(product as u16)), (product * 2 + 255) / 510, "{product}");
        }
    }

    #[test]
    fn a_fade_starts_at_one_frame_passes_the_mean_and_ends_at_the_other() {
        let from = Frame::filled(64, 32, Colour { y: 40, u: 90, v: 200 });
        let to = Frame::filled(64, 32, Colour { y: 200, u: 130, v: 20 });
        let mut out = Frame::black(64, 32);
        for (weight, expected) in [
            (0, Colour { y: 40, u: 90, v: 200 }),
            (128, Colour { y: 120, u: 110, v: 110 }),
            (256, Colour { y: 200, u: 130, v: 20 }),
        ] {
            cross_fade(&from, &to, weight, &mut out);
            assert_eq!(out, Frame::filled(64, 32, expected), "at {weight}");
        }
    }

    #[test]
    fn a_fade_of_one_second_is_half_way_after_half_a_second() {
        let weights: Vec<_> = [0, 250, 500, 999, 1000, 5000].map(|t| fade_weight(t, 1000)).into();
        assert_eq!(weights, [0, 64, 128, 255, 256, 256]);
        assert_eq!(fade_weight(0, 0), FADE_END);
    }

    #[test]
    fn an_overlay_covers_mixes_and_leaves_alone_by_its_alpha() {
        // Four columns pairs: opaque white, half white, clear, clear.
        let rgba: Vec<u8> = (0..8 * 4)
            .flat_map(|i| match i % 8 {
                0 | 1 => [255, 255, 255, 255],
                2 | 3 => [128, 128, 128, 128],
                _ => [0, 0, 0, 0],
            })
            .collect();
        let graphic = Graphic::from_premultiplied_rgba(8, 4, &rgba);
        let mut frame = Frame::filled(16, 8, Colour { y: 60, u: 100, v: 160 });
        overlay(&mut frame, &graphic, 4, 2, 255);
        let luma = frame.picture().y;
        assert_eq!(luma.row(2)[2..14], [60, 60, 235, 235, 148, 148, 60, 60, 60, 60, 60, 60]);
        assert_eq!(luma.row(1), [60; 16]);
        assert_eq!(luma.row(6), [60; 16]);
        assert_eq!(frame.picture().u.row(1)[1..6], [100, 128, 114, 100, 100]);
    }

    #[test]
    fn an_overlay_beyond_the_edge_is_cut() {
        let graphic = Graphic::from_premultiplied_rgba(8, 8, &[255; 8 * 8 * 4]);
        let mut frame = Frame::black(16, 16);
        overlay(&mut frame, &graphic, 12, 12, 255);
        overlay(&mut frame, &graphic, 400, 2, 255);
        assert_eq!(frame.picture().y.row(15)[10..], [16, 16, 235, 235, 235, 235]);
        assert_eq!(frame.picture().y.row(3), [16; 16]);
    }

    #[test]
    fn opacity_fades_a_graphic_in() {
        let graphic = Graphic::from_premultiplied_rgba(4, 4, &[255; 4 * 4 * 4]);
        let luma_at = |opacity| {
            let mut frame = Frame::filled(4, 4, Colour { y: 35, u: 128, v: 128 });
            overlay(&mut frame, &graphic, 0, 0, opacity);
            frame.picture().y.row(0)[0]
        };
        assert_eq!([0, 51, 102, 255].map(luma_at), [35, 75, 115, 235]);
    }
}
