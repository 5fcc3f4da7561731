//! Where decoded pictures wait for the media worker: the ring's slots, and how much of a picture is
//! worth putting there.

use crate::canvas::{Colour, Frame, Picture};
use crate::layout::Fit;
use crate::protocol::child::FromDecoder;
use crate::ring::{Ring, SLOTS};
use crate::scale::Scaler;

/// The ring from the decoder's side.
pub(super) struct Shelf {
    ring: Ring,
    free: Vec<u8>,
    /// Size of the pictures in the ring.
    size: (u32, u32),
    /// How large pictures are shown, `None` when it is not known.
    shown: Option<(u32, u32)>,
    scaler: Scaler,
    half: Option<Frame>,
}

impl Shelf {
    pub(super) fn new(ring: Ring) -> Self {
        Self {
            ring,
            free: (0..SLOTS).collect(),
            size: (0, 0),
            shown: None,
            scaler: Scaler::new(),
            half: None,
        }
    }

    /// Takes note of how large pictures are shown from now on.
    pub(super) fn show_at(&mut self, size: Option<(u32, u32)>) {
        self.shown = size;
    }

    /// Takes slots back, a bit for each.
    pub(super) fn release(&mut self, slots: u8) {
        let released = (0..SLOTS).filter(|slot| slots & 1 << slot != 0);
        let new: Vec<u8> = released.filter(|slot| !self.free.contains(slot)).collect();
        self.free.extend(new);
    }

    /// Puts a picture into a free slot; without one it is decoded but not shown, because a late
    /// media worker needs fewer pictures, not older ones.
    pub(super) fn put(&mut self, pts: i64, picture: &Picture<'_>) -> FromDecoder {
        let sent = (picture.width(), picture.height());
        if self.free.is_empty() {
            return FromDecoder::NoRoom;
        }
        match half_of(sent, self.shown) {
            None => self.copy(pts, sent, picture),
            Some((width, height)) => {
                let kept = self.half.take();
                let kept = kept.filter(|half| (half.width(), half.height()) == (width, height));
                let mut half = kept.unwrap_or_else(|| Frame::black(width, height));
                self.scaler.scale(picture, Fit::Fill, Colour::BLACK, &mut half);
                let answer = self.copy(pts, sent, &half.picture());
                self.half = Some(half);
                answer
            }
        }
    }

    fn copy(&mut self, pts: i64, sent: (u32, u32), picture: &Picture<'_>) -> FromDecoder {
        let (width, height) = (picture.width(), picture.height());
        if self.free.len() == usize::from(SLOTS) && self.size != (width, height) {
            self.ring.forget_memory();
            self.size = (width, height);
        }
        let Some(slot) = self.free.pop() else { return FromDecoder::NoRoom };
        let planes = [&picture.y, &picture.u, &picture.v];
        let rows = planes.into_iter().flat_map(|plane| (0..plane.height()).map(|y| plane.row(y)));
        if self.ring.write(slot, rows) {
            FromDecoder::Picture { slot, pts, width, height, sent }
        } else {
            self.free.push(slot);
            FromDecoder::TooLarge
        }
    }
}

/// Half the size of a picture, where that is still no smaller than it is shown: a quarter of the
/// memory to write, copy and read again, and what the compositor would make of it anyway.
fn half_of(sent: (u32, u32), shown: Option<(u32, u32)>) -> Option<(u32, u32)> {
    let (width, height) = (sent.0 / 2, sent.1 / 2);
    let even = sent.0.is_multiple_of(4) && sent.1.is_multiple_of(4);
    shown.filter(|at| even && at.0 <= width && at.1 <= height).map(|_| (width, height))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_picture_comes_at_half_its_size_where_it_is_shown_no_larger() {
        let halves = [
            ((1280, 720), Some((640, 360))),
            ((1280, 720), Some((426, 240))),
            ((1280, 720), Some((642, 360))),
            ((1280, 720), Some((640, 362))),
            ((640, 360), Some((640, 360))),
            ((642, 362), Some((64, 36))),
            ((1280, 720), None),
        ]
        .map(|(sent, shown)| half_of(sent, shown));
        assert_eq!(halves, [Some((640, 360)), Some((640, 360)), None, None, None, None, None]);
    }

    #[test]
    fn the_ring_holds_what_is_shown_and_the_answer_says_what_was_sent() {
        let ring = Ring::create().expect("memory");
        let other = Ring::open(ring.fd().as_fd().try_clone_to_owned().expect("a descriptor"))
            .expect("maps");
        let mut shelf = Shelf::new(ring);
        let red = Frame::filled(64, 32, Colour { y: 80, u: 90, v: 240 });
        shelf.show_at(Some((32, 16)));
        let mut seen = Vec::new();
        for shown in [Some((32, 16)), Some((64, 32)), None] {
            shelf.show_at(shown);
            let FromDecoder::Picture { slot, width, height, sent, .. } =
                shelf.put(0, &red.picture())
            else {
                panic!("there is room");
            };
            let mut frame = Frame::black(width, height);
            assert!(other.read(slot, frame.bytes_mut()));
            assert_eq!(frame, Frame::filled(width, height, Colour { y: 80, u: 90, v: 240 }));
            seen.push((width, height, sent));
        }
        assert_eq!(seen, [(32, 16, (64, 32)), (64, 32, (64, 32)), (64, 32, (64, 32))]);
        assert_eq!(shelf.put(0, &red.picture()), FromDecoder::NoRoom);
        shelf.release(0b110);
        shelf.release(0b010);
        assert_eq!(shelf.free.len(), 2);
    }
}
