//! What is on air, read from the decoded programme.

use plenary_model::frame::Bus;
use plenary_model::scene::Layout;
use plenary_model::time::Ticks;
use plenary_programme::canvas::Colour;
use plenary_programme::decode::opus::OpusDecoder;
use plenary_programme::protocol::FromWorker;

use super::rig::{FRAME, Rig, alike, camera, opus_sound, strength};
use super::senders::{Sender, plain, tape};

pub const RED: Colour = Colour::from_rgb(200, 30, 30);
pub const BLUE: Colour = Colour::from_rgb(30, 60, 200);

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
    let taken = rig.take(Layout::Two, &[camera(2), camera(1)]);
    let shown_at = until_colours(&mut rig, &middles, [BLUE, RED]);
    let late = shown_at.0.saturating_sub(taken.0);
    assert!(late <= 2 * FRAME, "shown {late} ticks after the take");

    let messages = rig.for_seconds(2.0);
    let programme = opus_sound(&messages, Bus::Programme);
    let returned = opus_sound(&messages, Bus::Return);
    let second = &programme[48_000 / 2..];
    assert!(0.03 < strength(second, 500.0) && 0.03 < strength(second, 900.0));
    assert!(strength(second, 1_700.0) < 0.005);
    assert!(strength(&returned, 500.0) < 1e-3 && strength(&returned, 900.0) < 1e-3);
    assert!(programme.iter().all(|sample| sample.abs() < 1.0), "nothing clips");
}

/// Waits for these colours at these places; the time of the first picture that has them.
fn until_colours(rig: &mut Rig, at: &[(f32, f32)], wanted: [Colour; 2]) -> Ticks {
    loop {
        let picture = rig.until(|message| match message {
            FromWorker::Picture(picture) if picture.rendition == 0 => Some(picture),
            _ => None,
        });
        let seen = rig.colours(&picture, at);
        if seen.len() == 2 && seen.iter().zip(wanted).all(|(a, b)| alike(*a, values(b))) {
            return picture.time;
        }
    }
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
    assert_eq!(grids[0], grids[1]);
    assert!(grids[0][1..].iter().all(|time| time.is_multiple_of(180_000)), "{:?}", grids[0]);
    assert!(3 <= grids[0].len());
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
    let messages = rig.for_seconds(6.0);
    let sounds = onsets_ms(&messages);
    let mut pictures = Vec::new();
    let mut was_white = true;
    for message in &messages {
        if let FromWorker::Picture(picture) = message
            && picture.rendition == 0
        {
            let Some(seen) = rig.colours(picture, &[(0.5, 0.5)]).first().copied() else { continue };
            let is_white = alike(seen, values(white));
            if is_white && !was_white {
                pictures.push(picture.time.0 as f64 / 90.0);
            }
            was_white = is_white;
        }
    }
    assert!(3 <= pictures.len(), "{pictures:?} {sounds:?}");
    for picture in &pictures[1..pictures.len() - 1] {
        let offset = sounds
            .iter()
            .map(|sound| picture - sound)
            .fold(f64::MAX, |best, offset| if offset.abs() < best.abs() { offset } else { best });
        assert!(offset.abs() <= 40.0, "picture {offset} ms after its sound");
    }
}

/// When sound begins after silence, milliseconds of programme time.
fn onsets_ms(messages: &[FromWorker]) -> Vec<f64> {
    let mut ear = OpusDecoder::new().unwrap();
    let (mut onsets, mut silent) = (Vec::new(), 0);
    for message in messages {
        let FromWorker::Opus(packet) = message else { continue };
        if packet.bus != Bus::Programme {
            continue;
        }
        let mut stereo = Vec::new();
        ear.decode(&packet.bytes, &mut stereo).unwrap();
        for (i, sample) in stereo.as_chunks::<2>().0.iter().enumerate() {
            if sample[0].abs() < 0.02 {
                silent += 1;
            } else {
                if 9_600 < silent {
                    onsets.push(packet.time.0 as f64 / 90.0 + i as f64 / 48.0);
                }
                silent = 0;
            }
        }
    }
    onsets
}
