//! The scaler: area average downwards, bilinear upwards, the same bits on every machine.

use std::collections::BTreeMap;
use std::rc::Rc;

use plenary_model::limits::SCALE_TABLES_MAX;
use plenary_model::scene::Tile;

use crate::canvas::{Colour, Frame, Picture, Plane};
use crate::layout::{Fit, Placement, placement};

/// Horizontal weights of one output sample sum up to this.
const ACROSS_SUM: u64 = 128;
/// Vertical weights of one output row sum up to this.
const DOWN_SUM: u64 = 256;
/// Source samples that one table entry reads at once.
const GROUP: usize = 4;
/// Output samples that are made at once.
const LANES: usize = 8;
/// Samples behind a row that an entry may read beyond its end.
const ROW_PAD: usize = 16;

/// Weights of the source samples for every output sample along one axis.
#[derive(Debug)]
struct Taps {
    /// First source sample per output sample.
    first: Vec<i32>,
    /// Weights per output sample, `width` each.
    weights: Vec<u16>,
    /// Weights per output sample.
    width: usize,
}

impl Taps {
    /// All arithmetic is on whole numbers: the same table on every machine.
    fn new(source: usize, target: usize, sum: u64) -> Self {
        let spans: Vec<_> = (0..target).map(|i| span(i, source, target)).collect();
        let width = spans.iter().map(|s| s.parts.len()).max().unwrap_or(1);
        let (mut first, mut weights) = (Vec::with_capacity(target), Vec::new());
        for span in spans {
            first.push(span.first as i32);
            let (mut below, mut given) = (0, 0);
            for part in &span.parts {
                below += part;
                let upto = (2 * below * sum + span.whole) / (2 * span.whole);
                weights.push((upto - given) as u16);
                given = upto;
            }
            weights.resize(first.len() * width, 0);
        }
        Self { first, weights, width }
    }
}

/// The source samples under one output sample, with their shares of `whole`.
struct Span {
    first: usize,
    parts: Vec<u64>,
    whole: u64,
}

fn span(i: usize, source: usize, target: usize) -> Span {
    let (i, s, t) = (i as u64, source as u64, target as u64);
    if s <= t {
        let centre = ((2 * i + 1) * s).saturating_sub(t).min(2 * t * (s - 1));
        let (first, part) = (centre / (2 * t), centre % (2 * t));
        let parts = if part == 0 { vec![2 * t] } else { vec![2 * t - part, part] };
        return Span { first: first as usize, parts, whole: 2 * t };
    }
    let (start, end) = (i * s, (i + 1) * s);
    let parts =
        (start / t..end.div_ceil(t)).map(|j| ((j + 1) * t).min(end) - (j * t).max(start)).collect();
    Span { first: (start / t) as usize, parts, whole: s }
}

/// Tables of one axis for the horizontal pass, in groups of four signed bytes.
#[derive(Debug)]
struct Across {
    first: Vec<i32>,
    /// Four weights for each lane of each group of each run of [`LANES`] samples.
    weights: Vec<[i8; GROUP]>,
    groups: usize,
}

impl Across {
    fn new(source: usize, target: usize) -> Self {
        let taps = Taps::new(source, target, ACROSS_SUM);
        // One more than needed, for the weight of 128 below.
        let groups = (taps.width + 1).div_ceil(GROUP);
        let mut weights = vec![[0; GROUP]; target.next_multiple_of(LANES) * groups];
        for (x, of_sample) in taps.weights.chunks_exact(taps.width).enumerate() {
            let mut padded = of_sample.to_vec();
            padded.resize(groups * GROUP, 0);
            // A signed byte ends at 127: the last 128th comes from the neighbour.
            if let Some(full) = padded.iter().position(|&w| w == ACROSS_SUM as u16) {
                padded[full] -= 1;
                padded[full + 1] += 1;
            }
            for (group, w) in padded.chunks_exact(GROUP).enumerate() {
                weights[place(x, group, groups)] = std::array::from_fn(|i| w[i] as i8);
            }
        }
        Self { first: taps.first, weights, groups }
    }
}

/// Where the weights of an output sample's group lie.
const fn place(x: usize, group: usize, groups: usize) -> usize {
    (x / LANES * groups + group) * LANES + x % LANES
}

/// A scaler with its tables and scratch rows; one per thread.
#[derive(Debug, Default)]
pub struct Scaler {
    across: BTreeMap<(usize, usize), Rc<Across>>,
    down: BTreeMap<(usize, usize), Rc<Taps>>,
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl Scaler {
    /// A scaler without tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Scales a picture into the whole of `out`; `bars` fills what a picture shown whole leaves.
    pub fn scale(&mut self, source: &Picture<'_>, fit: Fit, bars: Colour, out: &mut Frame) {
        let place = Tile { x: 0, y: 0, width: out.width(), height: out.height() };
        self.scale_into(source, fit, bars, out, place);
    }

    /// Scales a picture into a place of `out`, whose numbers are even and inside it.
    pub fn scale_into(
        &mut self,
        source: &Picture<'_>,
        fit: Fit,
        bars: Colour,
        out: &mut Frame,
        place: Tile,
    ) {
        let size = (place.width, place.height);
        let Placement { from, to } = placement((source.width(), source.height()), size, fit);
        if (to.width, to.height) != size {
            out.fill_rect(place.x, place.y, place.width, place.height, bars);
        }
        let part = source.crop(from.x, from.y, from.width, from.height);
        let stride = out.width() as usize;
        let [x, y, width, height] =
            [place.x + to.x, place.y + to.y, to.width, to.height].map(|n| n as usize);
        let planes = out.planes_mut();
        self.plane(&part.y, planes.y, Target { stride, x, y, width, height });
        let half =
            Target { stride: stride / 2, x: x / 2, y: y / 2, width: width / 2, height: height / 2 };
        self.plane(&part.u, planes.u, half);
        self.plane(&part.v, planes.v, half);
    }

    fn plane(&mut self, source: &Plane<'_>, out: &mut [u8], target: Target) {
        let size = (source.width(), source.height());
        if size == (target.width, target.height) {
            for y in 0..target.height {
                out[target.row(y)].copy_from_slice(source.row(y));
            }
        } else if size == (2 * target.width, 2 * target.height) {
            for y in 0..target.height {
                halve(source.row(2 * y), source.row(2 * y + 1), &mut out[target.row(y)]);
            }
        } else {
            self.resample(source, out, target);
        }
    }

    fn resample(&mut self, source: &Plane<'_>, out: &mut [u8], target: Target) {
        let across = table(&mut self.across, (source.width(), target.width), Across::new);
        let down = table(&mut self.down, (source.height(), target.height), |s, t| {
            Taps::new(s, t, DOWN_SUM)
        });
        self.sums.resize(source.width(), 0);
        self.row.resize(source.width() + ROW_PAD, 0);
        for (y, weights) in down.weights.chunks_exact(down.width).enumerate() {
            let first = down.first[y] as usize;
            let used = weights.iter().enumerate().filter(|(_, w)| **w != 0);
            for (nth, (k, &weight)) in used.enumerate() {
                let row = source.row(first + k);
                if nth == 0 {
                    begin(&mut self.sums, row, weight)
                } else {
                    add(&mut self.sums, row, weight)
                }
            }
            finish(&self.sums, &mut self.row[..source.width()]);
            let last = self.row[source.width() - 1];
            self.row[source.width()..].fill(last);
            squeeze(&self.row, &across, &mut out[target.row(y)]);
        }
    }
}

/// A table from the store, made when it is missing. Strangers choose source sizes: a full store
/// starts again.
fn table<T>(
    store: &mut BTreeMap<(usize, usize), Rc<T>>,
    sizes: (usize, usize),
    make: impl Fn(usize, usize) -> T,
) -> Rc<T> {
    if SCALE_TABLES_MAX <= store.len() && !store.contains_key(&sizes) {
        store.clear();
    }
    Rc::clone(store.entry(sizes).or_insert_with(|| Rc::new(make(sizes.0, sizes.1))))
}

/// Where in a plane the output goes.
#[derive(Debug, Clone, Copy)]
struct Target {
    stride: usize,
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

impl Target {
    const fn row(&self, y: usize) -> std::ops::Range<usize> {
        let start = (self.y + y) * self.stride + self.x;
        start..start + self.width
    }
}

/// Defines a function whose loop the compiler vectorises, for AVX2 and for the rest.
macro_rules! vectorised {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) $body:block) => {
        $(#[$doc])*
        #[inline]
        fn $name($($arg: $type),*) {
            #[inline(always)]
            fn body($($arg: $type),*) $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $type),*) {
                    body($($arg),*);
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has AVX2.
                    unsafe { wide($($arg),*) };
                    return;
                }
            }
            body($($arg),*);
        }
    };
}
pub(crate) use vectorised;

vectorised! {
    /// The mean of two by two samples, rounded.
    fn halve(upper: &[u8], lower: &[u8], out: &mut [u8]) {
        // Read as one number a pair is added without moving samples between lanes.
        let sum = |pair: [u8; 2]| {
            let pair = u16::from_le_bytes(pair);
            (pair & 0xff).wrapping_add(pair >> 8)
        };
        let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for (out, (&a, &b)) in out.iter_mut().zip(pairs) {
            *out = (sum(a).wrapping_add(sum(b)).wrapping_add(2) >> 2) as u8;
        }
    }
}

vectorised! {
    fn begin(sums: &mut [u16], row: &[u8], weight: u16) {
        for (sum, &sample) in sums.iter_mut().zip(row) {
            // Weights sum up to 256: at most 255 * 256 + 128, so nothing wraps.
            *sum = u16::from(sample).wrapping_mul(weight).wrapping_add(DOWN_SUM as u16 / 2);
        }
    }
}

vectorised! {
    fn add(sums: &mut [u16], row: &[u8], weight: u16) {
        for (sum, &sample) in sums.iter_mut().zip(row) {
            *sum = sum.wrapping_add(u16::from(sample).wrapping_mul(weight));
        }
    }
}

vectorised! {
    fn finish(sums: &[u16], row: &mut [u8]) {
        for (out, &sum) in row.iter_mut().zip(sums) {
            *out = (sum >> 8) as u8;
        }
    }
}

/// The horizontal pass. `row` holds [`ROW_PAD`] samples more than the source is wide.
fn squeeze(row: &[u8], across: &Across, out: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { squeeze_avx2(row, across, out) };
        return;
    }
    squeeze_from(0, row, across, out);
}

fn squeeze_from(start: usize, row: &[u8], across: &Across, out: &mut [u8]) {
    for (x, out) in out.iter_mut().enumerate().skip(start) {
        let mut sum = ACROSS_SUM as i32 / 2;
        let mut at = across.first[x] as usize;
        for group in 0..across.groups {
            for weight in across.weights[place(x, group, across.groups)] {
                // Weights of zero may point behind the padding.
                sum += i32::from(weight) * i32::from(row.get(at).copied().unwrap_or(0));
                at += 1;
            }
        }
        *out = (sum >> 7) as u8;
    }
}

/// Eight output samples at a time: one gather brings four neighbours for each of them.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn squeeze_avx2(row: &[u8], across: &Across, out: &mut [u8]) {
    use std::arch::x86_64::{
        __m256i, _mm_packus_epi16, _mm_storel_epi64, _mm256_add_epi32, _mm256_castsi256_si128,
        _mm256_i32gather_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
        _mm256_min_epi32, _mm256_packs_epi32, _mm256_permute4x64_epi64, _mm256_set1_epi16,
        _mm256_set1_epi32, _mm256_srai_epi32,
    };
    let last = (row.len() - GROUP) as i32;
    let whole = out.len() / LANES * LANES;
    for x in (0..whole).step_by(LANES) {
        let firsts: &[i32] = &across.first[x..x + LANES];
        // SAFETY: `firsts` holds eight numbers.
        let first = unsafe { _mm256_loadu_si256(firsts.as_ptr().cast()) };
        let mut sum = _mm256_set1_epi32(ACROSS_SUM as i32 / 2);
        for group in 0..across.groups {
            let start = place(x, group, across.groups);
            let weights: &[[i8; GROUP]] = &across.weights[start..start + LANES];
            let step = _mm256_set1_epi32((group * GROUP) as i32);
            let at = _mm256_min_epi32(_mm256_add_epi32(first, step), _mm256_set1_epi32(last));
            // SAFETY: `first` is never negative, and `at` leaves four bytes before the row's end;
            // `weights` holds 32 bytes.
            let (samples, weight): (__m256i, __m256i) = unsafe {
                (
                    _mm256_i32gather_epi32::<1>(row.as_ptr().cast(), at),
                    _mm256_loadu_si256(weights.as_ptr().cast()),
                )
            };
            let pairs = _mm256_maddubs_epi16(samples, weight);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
        let sum = _mm256_srai_epi32::<7>(sum);
        let words = _mm256_permute4x64_epi64::<0b00_00_10_00>(_mm256_packs_epi32(sum, sum));
        let bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_castsi256_si128(words));
        let eight: &mut [u8] = &mut out[x..x + LANES];
        // SAFETY: `eight` holds eight bytes.
        unsafe { _mm_storel_epi64(eight.as_mut_ptr().cast(), bytes) };
    }
    squeeze_from(whole, row, across, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(width: u32, height: u32, seed: u32) -> Frame {
        let mut frame = Frame::black(width, height);
        let mut state = seed | 1;
        for byte in frame.bytes_mut() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 24) as u8;
        }
        frame
    }

    fn scaled(source: &Frame, width: u32, height: u32) -> Frame {
        let mut out = Frame::black(width, height);
        Scaler::new().scale(&source.picture(), Fit::Fill, Colour::BLACK, &mut out);
        out
    }

    #[test]
    fn the_same_size_is_a_copy_and_half_the_size_is_the_mean_of_four() {
        let source = pattern(64, 32, 7);
        assert_eq!(scaled(&source, 64, 32), source);
        let half = scaled(&source, 32, 16);
        let (a, b) = (source.picture().y.row(6), source.picture().y.row(7));
        let mean = [a[10], a[11], b[10], b[11]].map(u32::from).iter().sum::<u32>();
        assert_eq!(u32::from(half.picture().y.row(3)[5]), (mean + 2) / 4);
    }

    #[test]
    fn a_third_of_the_size_is_the_mean_of_nine() {
        let source = pattern(96, 48, 3);
        let third = scaled(&source, 32, 16);
        let (x, y) = (9, 4);
        let sum: u32 = (0..3)
            .flat_map(|dy| (0..3).map(move |dx| (3 * x + dx, 3 * y + dy)))
            .map(|(x, y)| u32::from(source.picture().y.row(y)[x]))
            .sum();
        let got = i64::from(third.picture().y.row(y)[x]);
        assert!((got - i64::from(sum / 9)).abs() <= 2, "{got} for {}", sum / 9);
    }

    #[test]
    fn a_picture_shown_whole_has_bars_and_keeps_its_shape() {
        let white = Frame::filled(64, 64, Colour { y: 235, u: 128, v: 128 });
        let mut out = Frame::black(128, 64);
        let bars = Colour { y: 50, u: 128, v: 128 };
        Scaler::new().scale(&white.picture(), Fit::Whole, bars, &mut out);
        let row = out.picture().y.row(30);
        assert!(row[..32].iter().chain(&row[96..]).all(|&y| y == 50), "{row:?}");
        assert!(row[32..96].iter().all(|&y| y == 235), "{row:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn flat_stays_flat(
            sw in 1_u32..200, sh in 1_u32..120, tw in 1_u32..200, th in 1_u32..120, y in 0_u8..=255,
        ) {
            let colour = Colour { y, u: 255 - y, v: 77 };
            let out = scaled(&Frame::filled(sw * 2, sh * 2, colour), tw * 2, th * 2);
            prop_assert_eq!(out, Frame::filled(tw * 2, th * 2, colour));
        }

        #[test]
        fn the_wide_pass_gives_the_bits_of_the_narrow_one(
            source in 1_usize..700, target in 1_usize..700, seed in any::<u32>(),
        ) {
            let across = Across::new(source, target);
            let mut row: Vec<u8> = (0..source as u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) ^ seed).wrapping_mul(2_246_822_519) as u8)
                .collect();
            row.resize(source + ROW_PAD, row[source - 1]);
            let (mut wide, mut narrow) = (vec![0; target], vec![0; target]);
            squeeze(&row, &across, &mut wide);
            squeeze_from(0, &row, &across, &mut narrow);
            prop_assert_eq!(wide, narrow);
        }

        #[test]
        fn weights_sum_up_and_stay_inside(source in 1_usize..2000, target in 1_usize..2000) {
            let taps = Taps::new(source, target, DOWN_SUM);
            for (first, weights) in taps.first.iter().zip(taps.weights.chunks_exact(taps.width)) {
                prop_assert_eq!(weights.iter().map(|&w| u64::from(w)).sum::<u64>(), DOWN_SUM);
                let used = weights.iter().rposition(|&w| w != 0).unwrap_or(0);
                prop_assert!(*first as usize + used < source);
            }
        }
    }
}
