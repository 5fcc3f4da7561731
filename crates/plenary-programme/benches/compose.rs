//! What a picture costs on this machine, in CPU time: scale, blend, encode, decode, and the whole
//! of four 720p sources into 720p and 360p. Run: `cargo bench -p plenary-programme --bench compose`.

use std::hint::black_box;

use plenary_model::ladder::Ladder;
use plenary_model::person::Card;
use plenary_model::scene::{Layout, LowerThird};
use plenary_model::time::Ticks;
use plenary_programme::blend::{cross_fade, overlay};
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::card::Painter;
use plenary_programme::compose::{Compositor, LowerThirdOnAir, Place, Shown};
use plenary_programme::decode::h264::H264Decoder;
use plenary_programme::encode::h264::OpenH264Encoder;
use plenary_programme::encode::{EncodedPicture, PictureKind, VideoEncoder, VideoSettings};
use plenary_programme::font::Fonts;
use plenary_programme::layout::Fit;
use plenary_programme::scale::Scaler;

const SOURCES: usize = 4;
const PICTURES: u32 = 90;

type Failed = Box<dyn std::error::Error>;

/// CPU time of the whole process in milliseconds.
fn cpu_ms() -> f64 {
    // SAFETY: all zeros is a valid `rusage`, and the call only writes to it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    let ms = |t: libc::timeval| t.tv_sec as f64 * 1e3 + t.tv_usec as f64 / 1e3;
    ms(usage.ru_utime) + ms(usage.ru_stime)
}

/// CPU milliseconds of one call, averaged.
fn cost(calls: u32, mut work: impl FnMut()) -> f64 {
    work();
    let start = cpu_ms();
    (0..calls).for_each(|_| work());
    (cpu_ms() - start) / f64::from(calls)
}

/// Prints figures as milliseconds, as multiples of a memcpy, and as cores at 30 pictures/s.
struct Report {
    copy_ms: f64,
}

impl Report {
    fn line(&self, what: &str, ms: f64) {
        println!("{what:<48} {ms:8.3} ms {:8.1} x copy {:6.3} core", ms / self.copy_ms, ms * 0.03);
    }
}

/// A talking-head-like picture: soft texture, sensor noise, a part that moves.
fn scene(width: u32, height: u32, n: u32) -> Frame {
    let mut frame = Frame::filled(width, height, Colour { y: 90, u: 118, v: 140 });
    let mut noise = n.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    for (i, y) in frame.planes_mut().y.iter_mut().enumerate() {
        let (x, row) = (i as u32 % width, i as u32 / width);
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *y = (60 + (x * x / 9_000 + row * row / 7_000) % 120 + (noise >> 30)) as u8;
    }
    let shift = (n * 3) % (width / 4);
    frame.fill_rect(
        width / 3 + shift,
        height / 4,
        width / 5,
        height / 2,
        Colour { y: 170, u: 110, v: 150 },
    );
    frame
}

fn encoded(settings: &VideoSettings, frames: &[Frame]) -> Result<Vec<EncodedPicture>, Failed> {
    let mut encoder = OpenH264Encoder::new(settings.clone())?;
    let mut out = Vec::new();
    for n in 0..PICTURES {
        let kind = if n == 0 { PictureKind::Idr } else { PictureKind::Any };
        let frame = &frames[n as usize % frames.len()];
        out.extend(encoder.encode(&frame.picture(), Ticks(u64::from(n) * 3_000), kind)?);
    }
    Ok(out)
}

fn main() -> Result<(), Failed> {
    let source = scene(1280, 720, 1);
    let mut target = Frame::black(1280, 720);
    let copy_ms = cost(400, || target.bytes_mut().copy_from_slice(black_box(source.bytes())));
    let report = Report { copy_ms };
    report.line("copy 1280x720", copy_ms);
    scaling(&report, &source);
    blending(&report, &source)?;
    coding(&report)?;
    whole_programme(&report)
}

fn scaling(report: &Report, source: &Frame) {
    let sizes = [(640, 360), (426, 240), (960, 540), (352, 198), (1920, 1080)];
    for (width, height) in sizes {
        let (mut scaler, mut out) = (Scaler::new(), Frame::black(width, height));
        let picture = source.picture();
        let ms = cost(60, || scaler.scale(black_box(&picture), Fit::Fill, Colour::BLACK, &mut out));
        report.line(&format!("scale 1280x720 to {width}x{height}"), ms);
    }
}

fn blending(report: &Report, source: &Frame) -> Result<(), Failed> {
    let mut painter = Painter::new(Fonts::from_system()?, 720);
    let fields = LowerThird {
        name: "欧阳文博".into(), detail: "四川 · 成都　县支公司经理".into()
    };
    let bar = painter.lower_third(&fields)?;
    let other = scene(1280, 720, 40);
    let mut out = Frame::black(1280, 720);
    let ms = cost(200, || overlay(&mut out, black_box(&bar), 64, 540, 255));
    report.line(&format!("blend a lower third of {}x{}", bar.width(), bar.height()), ms);
    let ms = cost(200, || cross_fade(source, black_box(&other), 100, &mut out));
    report.line("cross-fade 1280x720", ms);
    let person = Card {
        name: "欧阳文博".into(), unit: "四川 · 成都".into(), title: "经理".into()
    };
    report.line("draw a lower third", cost(10, || drop(painter.lower_third(&fields))));
    report.line("draw a card of 1280x720", cost(10, || drop(painter.card(&person, 1280, 720))));
    report.line("draw a slate of 1280x720", cost(10, || drop(painter.slate("主题日", 1280, 720))));
    Ok(())
}

fn coding(report: &Report) -> Result<(), Failed> {
    for rendition in Ladder::two_cores().video {
        let frames: Vec<Frame> =
            (0..PICTURES).map(|n| scene(rendition.width, rendition.height, n)).collect();
        let settings = VideoSettings::programme(&rendition, 30);
        let start = cpu_ms();
        let pictures = encoded(&settings, &frames)?;
        report
            .line(&format!("encode {}", rendition.name), (cpu_ms() - start) / f64::from(PICTURES));
        let speaker = VideoSettings::speaker(
            rendition.width,
            rendition.height,
            30,
            rendition.bits_per_second,
        );
        let start = cpu_ms();
        encoded(&speaker, &frames)?;
        report.line(
            &format!("encode a speaker like {}", rendition.name),
            (cpu_ms() - start) / f64::from(PICTURES),
        );
        let mut decoder = H264Decoder::new()?;
        let start = cpu_ms();
        for picture in &pictures {
            black_box(decoder.decode(&picture.bytes)?);
        }
        report
            .line(&format!("decode {}", rendition.name), (cpu_ms() - start) / f64::from(PICTURES));
    }
    Ok(())
}

/// Four decoders, the compositor with a lower third, both encoders of the default ladder.
fn whole_programme(report: &Report) -> Result<(), Failed> {
    let frames: Vec<Frame> = (0..PICTURES).map(|n| scene(1280, 720, n)).collect();
    let stream = encoded(&VideoSettings::speaker(1280, 720, 30, 2_000_000), &frames)?;
    drop(frames);
    let ladder = Ladder::two_cores();
    let new = |r| OpenH264Encoder::new(VideoSettings::programme(r, 30));
    let (mut large, mut small) = (new(&ladder.video[0])?, new(&ladder.video[1])?);
    let fields = LowerThird { name: "欧阳文博".into(), detail: "四川 · 成都".into() };
    let bar = Painter::new(Fonts::from_system()?, 720).lower_third(&fields)?;
    let mut decoders = (0..SOURCES).map(|_| H264Decoder::new()).collect::<Result<Vec<_>, _>>()?;
    let (mut canvas, mut lower) = (Frame::black(1280, 720), Frame::black(640, 360));
    let mut compositor = Compositor::new();
    let [mut decode, mut compose, mut encode] = [0.0; 3];
    for (n, unit) in stream.iter().enumerate() {
        let start = cpu_ms();
        let mut places = Vec::new();
        for decoder in &mut decoders {
            let shown = decoder.decode(&unit.bytes)?.map_or(Shown::Nothing, Shown::Picture);
            places.push(Place { shown, ..Place::EMPTY });
        }
        let decoded = cpu_ms();
        let third = LowerThirdOnAir { graphic: &bar, opacity: 255 };
        compositor.compose(Layout::Four, &places, Some(third), &mut canvas);
        compositor.rendition(&canvas, &mut lower);
        let composed = cpu_ms();
        let kind = if n % 60 == 0 { PictureKind::Idr } else { PictureKind::Any };
        black_box(large.encode(&canvas.picture(), unit.time, kind)?);
        black_box(small.encode(&lower.picture(), unit.time, kind)?);
        decode += decoded - start;
        compose += composed - decoded;
        encode += cpu_ms() - composed;
    }
    let each = f64::from(PICTURES);
    report.line("programme: decode 4 x 720p", decode / each);
    report.line("programme: compose and downscale", compose / each);
    report.line("programme: encode 720p and 360p", encode / each);
    report.line("programme: all", (decode + compose + encode) / each);
    Ok(())
}
