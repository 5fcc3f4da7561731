//! What is on air, read from the decoded programme.

use plenary_model::frame::Bus;
use plenary_model::scene::Layout;
use plenary_programme::canvas::Colour;
use plenary_programme::decode::aac::AacDecoder;
use plenary_programme::decode::opus::OpusDecoder;
use plenary_programme::protocol::FromWorker;

use super::rig::{FRAME, Rig, alike, camera, opus_sound, strength};
use super::senders::{Sender, plain, striped, tape};

pub const RED: Colour = Colour::from_rgb(200, 30, 30);
pub const BLUE: Colour = Colour::from_rgb(30, 60, 200);

/// Pictures of the former scene that may come after an order is obeyed: two in the encoder's queue,
/// one in the encoder, and one that a late clock repeats because the grid wants a picture there.
const FORMER_MAX: usize = 4;
/// AudioSpecificConfig of AAC-LC, 48 kHz, stereo (ISO/IEC 14496-3 section 1.6.2.1).
const AAC_LC_48_STEREO: [u8; 2] = [0x11, 0x90];

pub const fn values(colour: Colour) -> [u8; 3] {
    [colour.y, colour.u, colour.v]
}

pub fn a_take_shows_the_right_tiles_and_sounds() {
    let mut rig = Rig::start();
    let _red = Sender::start(&rig, camera(1), plain(RED, 500.0));
    let _blue = Sender::start(&rig, camera(2), plain(BLUE, 900.0));
    rig.until_live(&[camera(1), camera(2)]);
    rig.take(Layout::Full, &[camera(1)]);
    let middles = [(0.25, 0.4), (0.75, 0.4)];
    until_colours(&mut rig, &middles, [RED, RED]);
    rig.take(Layout::Two, &[camera(2), camera(1)]);
    rig.until_obeyed();
    let old = until_colours(&mut rig, &middles, [BLUE, RED]);
    assert!(old <= FORMER_MAX, "{old} pictures of the former scene after the take");

    let messages = rig.for_seconds(2.0);
    let programme = opus_sound(&messages, Bus::Programme);
    let returned = opus_sound(&messages, Bus::Return);
    let second = &programme[48_000 / 2..];
    assert!(0.03 < strength(second, 500.0) && 0.03 < strength(second, 900.0));
    assert!(strength(second, 1_700.0) < 0.005);
    assert!(strength(&returned, 500.0) < 1e-3 && strength(&returned, 900.0) < 1e-3);
    assert!(programme.iter().all(|sample| sample.abs() < 1.0), "nothing clips");
}

/// Waits for these colours at these places; how many other pictures came before.
pub fn until_colours(rig: &mut Rig, at: &[(f32, f32)], wanted: [Colour; 2]) -> usize {
    let mut others = 0;
    loop {
        let picture = rig.until(|message| match message {
            FromWorker::Picture(picture) if picture.rendition == 0 => Some(picture),
            _ => None,
        });
        let seen = rig.colours(&picture, at);
        if seen.len() == 2 && seen.iter().zip(wanted).all(|(a, b)| alike(*a, values(b))) {
            return others;
        }
        others += 1;
    }
}

/// A decoder gives half the size where that is enough, and all of it again when it is not.
pub fn a_source_is_as_sharp_as_its_place_allows() {
    let mut rig = Rig::start();
    let _striped = Sender::start(&rig, camera(1), striped());
    rig.until_live(&[camera(1)]);
    let mut seen = Vec::new();
    for (layout, middle) in [(Layout::Four, (0.25, 0.25)), (Layout::Full, (0.5, 0.5))] {
        rig.take(layout, &[camera(1)]);
        let mut last = None;
        // An IDR comes every two seconds.
        for message in rig.for_seconds(3.0) {
            match message {
                FromWorker::Picture(picture) if picture.rendition == 0 => {
                    last = rig.colours(&picture, &[middle]).first().copied().or(last);
                }
                FromWorker::Source(state) if state.source == camera(1) => {
                    assert_eq!((state.width, state.height), (640, 360), "what it sends is told");
                }
                _ => {}
            }
        }
        seen.push(last.unwrap()[0]);
    }
    assert!(seen[0].abs_diff(126) < 20 && 200 < seen[1], "grey, then white: {seen:?}");
}

pub fn idr_pictures_come_together() {
    let rig = Rig::start();
    let (mut grids, mut times) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for message in rig.for_seconds(5.0) {
        if let FromWorker::Picture(picture) = message {
            let i = usize::from(picture.rendition);
            times[i].push(picture.time.0);
            if picture.idr {
                grids[i].push(picture.time.0);
            }
        }
    }
    // One rendition may be a few pictures ahead at the end.
    let until = times.iter().filter_map(|times| times.last().copied()).min().unwrap();
    grids.iter_mut().for_each(|grid| grid.retain(|time| *time <= until));
    assert_eq!(grids[0], grids[1]);
    let since: Vec<u64> = grids[0].iter().map(|time| time - grids[0][0]).collect();
    assert_eq!(since, [0, 45_000, 180_000, 360_000], "at once, after a part, then every 2 s");
    for times in times {
        assert!(times.windows(2).all(|w| w[0] < w[1] && (w[1] - w[0]).is_multiple_of(FRAME)));
    }
}

pub fn reports_bring_picture_and_sound_together() {
    let mut rig = Rig::start();
    let white = Colour::from_rgb(250, 250, 250);
    // White and a tone in the same half of every second; pictures travel 80 ms longer.
    let mut half =
        tape(|n| if n < 15 { white } else { RED }, 1_000.0, |n| if n < 24_000 { 0.3 } else { 0.0 });
    half.picture_late_us = 80_000;
    let _sender = Sender::start(&rig, camera(1), half);
    rig.until_live(&[camera(1)]);
    rig.take(Layout::Full, &[camera(1)]);
    let messages = rig.for_seconds(8.0);
    let pictures = white_onsets_ms(&mut rig, &messages);
    for (path, sounds) in [("AAC", aac_onsets_ms(&messages)), ("Opus", opus_onsets_ms(&messages))] {
        let offset = median_offset_ms(&pictures, &sounds);
        assert!(offset.abs() <= 40.0, "{path}: picture {offset} ms after its sound");
    }
}

/// The median, because a machine that stands still for a moment delays one picture, a wrong
/// program all.
fn median_offset_ms(pictures: &[f64], sounds: &[f64]) -> f64 {
    let nearest = |picture: &f64| {
        let offsets = sounds.iter().map(|sound| picture - sound);
        offsets.min_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap()
    };
    let mut offsets: Vec<f64> = pictures.iter().map(nearest).collect();
    assert!(4 <= offsets.len(), "{pictures:?} {sounds:?}");
    offsets.sort_by(f64::total_cmp);
    offsets[offsets.len() / 2]
}

/// When the picture turns white, milliseconds of programme time.
fn white_onsets_ms(rig: &mut Rig, messages: &[FromWorker]) -> Vec<f64> {
    let white = Colour::from_rgb(250, 250, 250);
    let (mut onsets, mut was_white) = (Vec::new(), true);
    for message in messages {
        if let FromWorker::Picture(picture) = message
            && picture.rendition == 0
        {
            let Some(seen) = rig.colours(picture, &[(0.5, 0.5)]).first().copied() else { continue };
            let is_white = alike(seen, values(white));
            if is_white && !was_white {
                onsets.push(picture.time.0 as f64 / 90.0);
            }
            was_white = is_white;
        }
    }
    onsets
}

fn opus_onsets_ms(messages: &[FromWorker]) -> Vec<f64> {
    let mut ear = OpusDecoder::new().unwrap();
    let packets = messages.iter().filter_map(|message| match message {
        FromWorker::Opus(packet) if packet.bus == Bus::Programme => Some(packet),
        _ => None,
    });
    onsets_ms(packets.map(|packet| {
        let mut stereo = Vec::new();
        ear.decode(&packet.bytes, &mut stereo).unwrap();
        (packet.time.0 as f64 / 90.0, stereo)
    }))
}

fn aac_onsets_ms(messages: &[FromWorker]) -> Vec<f64> {
    let mut ear = AacDecoder::new(&AAC_LC_48_STEREO).unwrap();
    let frames = messages.iter().filter_map(|message| match message {
        FromWorker::Aac(frame) => Some(frame),
        _ => None,
    });
    onsets_ms(frames.map(|frame| {
        let mut stereo = Vec::new();
        let block = ear.decode(&frame.bytes, &mut stereo).unwrap();
        // This decoder's own delay; a player's decoder has none.
        let start = frame.time_samples as i64 - i64::from(block.delay_samples);
        (start as f64 / 48.0, stereo)
    }))
}

/// When sound begins after silence, milliseconds of programme time, from blocks with their start.
fn onsets_ms(blocks: impl Iterator<Item = (f64, Vec<f32>)>) -> Vec<f64> {
    let (mut onsets, mut silent) = (Vec::new(), 0);
    for (start, stereo) in blocks {
        for (i, sample) in stereo.as_chunks::<2>().0.iter().enumerate() {
            if sample[0].abs() < 0.02 {
                silent += 1;
            } else {
                if 9_600 < silent {
                    onsets.push(start + i as f64 / 48.0);
                }
                silent = 0;
            }
        }
    }
    onsets
}
