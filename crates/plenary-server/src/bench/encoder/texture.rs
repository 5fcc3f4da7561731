//! Textures and noise out of nothing, the same at every run.

/// Side of a texture; it goes on beyond its edges.
const SIDE: usize = 1_024;

/// A field of values from 0 to 1 with detail of several sizes.
pub(super) struct Texture(Vec<f32>);

impl Texture {
    /// The texture of a seed; each octave has detail of half the size.
    pub(super) fn new(seed: u32, octaves: u32) -> Self {
        let mut samples = vec![0.0; SIDE * SIDE];
        let mut strength = 0.5;
        let mut whole = 0.0;
        for octave in 0..octaves {
            let cells = 8 << octave;
            let cell = (SIDE / cells) as f32;
            let corner = |x: usize, y: usize| {
                let (x, y) = (x % cells, y % cells);
                unit(seed ^ (octave << 24) ^ (x as u32).wrapping_mul(0x9e37) ^ ((y as u32) << 12))
            };
            for (i, sample) in samples.iter_mut().enumerate() {
                let (x, y) = ((i % SIDE) as f32 / cell, (i / SIDE) as f32 / cell);
                *sample += strength * between(corner, x, y);
            }
            whole += strength;
            strength *= 0.62;
        }
        samples.iter_mut().for_each(|sample| *sample /= whole);
        Self(samples)
    }

    /// The value at a place, between those of its neighbours.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let side = SIDE as f32;
        let sample = |x: usize, y: usize| self.0[y % SIDE * SIDE + x % SIDE];
        between(sample, x.rem_euclid(side), y.rem_euclid(side))
    }
}

/// The value between four whole places.
fn between(value: impl Fn(usize, usize) -> f32, x: f32, y: f32) -> f32 {
    let (left, top) = (x as usize, y as usize);
    let (dx, dy) = (x - left as f32, y - top as f32);
    let row = |y| value(left, y) * (1.0 - dx) + value(left + 1, y) * dx;
    row(top) * (1.0 - dy) + row(top + 1) * dy
}

/// A number from 0 to 1 that its input decides.
fn unit(mut n: u32) -> f32 {
    n = (n ^ (n >> 16)).wrapping_mul(0x7feb_352d);
    n = (n ^ (n >> 15)).wrapping_mul(0x846c_a68b);
    ((n ^ (n >> 16)) >> 8) as f32 / (1 << 24) as f32
}

/// The noise of a camera: another one in every row of every picture.
pub(super) struct Grain {
    noise: Vec<i8>,
    rows: u32,
}

impl Grain {
    /// Noise of this standard deviation.
    pub(super) fn new(deviation: f32) -> Self {
        let sample = |n: u32| {
            // Twelve even numbers together are near enough to a bell of deviation 1.
            let sum: f32 = (0..12).map(|k| unit(n * 12 + k + 1)).sum();
            ((sum - 6.0) * deviation).round() as i8
        };
        Self { noise: (0..1 << 18).map(sample).collect(), rows: 0 }
    }

    /// The noise of the next row, which is so wide.
    pub(super) fn row(&mut self, width: usize) -> &[i8] {
        self.rows += 1;
        let room = self.noise.len() - width;
        let from = (unit(self.rows) * room as f32) as usize;
        &self.noise[from..from + width]
    }
}
