//! Sources that stall, send garbage or lose their decoder never stop the programme.

use plenary_model::id::SourceId;
use plenary_model::scene::Layout;
use plenary_programme::protocol::{FromWorker, Notice, PictureState};

use super::rig::{Rig, alike, camera};
use super::scenes::{BLUE, RED, values};
use super::senders::{Mood, Sender, plain};

/// Waits for the next state of a source that differs from `from`.
fn next_state(rig: &Rig, source: SourceId, from: PictureState) -> PictureState {
    rig.until(|message| match message {
        FromWorker::Source(s) if s.source == source && s.picture != from => Some(s.picture),
        _ => None,
    })
}

pub fn a_stalled_source_is_held_then_a_card() {
    let mut rig = Rig::start();
    let sender = Sender::start(&rig, camera(1), plain(RED, 500.0));
    rig.until_live(&[camera(1)]);
    rig.take(Layout::Full, &[camera(1)]);
    sender.set(Mood::Stalls);
    let held = next_state(&rig, camera(1), PictureState::Live);
    let card = next_state(&rig, camera(1), PictureState::Held);
    assert_eq!([held, card], [PictureState::Held, PictureState::Card]);
    // The decoder needs pictures from an IDR on: the grid gives one every two seconds.
    let shown = rig.for_seconds(2.5);
    let mut last = None;
    for message in &shown {
        if let FromWorker::Picture(picture) = message
            && picture.rendition == 0
        {
            last = rig.colours(picture, &[(0.03, 0.03)]).first().copied().or(last);
        }
    }
    let corner = last.expect("the programme goes on");
    assert!(!alike(corner, values(RED)), "the card has replaced the picture: {corner:?}");
    sender.set(Mood::Sends);
    assert_eq!(next_state(&rig, camera(1), PictureState::Card), PictureState::Live);
}

pub fn garbage_stays_in_its_tile() {
    let mut rig = Rig::start();
    let bad = Sender::start(&rig, camera(1), plain(RED, 500.0));
    let _good = Sender::start(&rig, camera(2), plain(BLUE, 900.0));
    rig.until_live(&[camera(1), camera(2)]);
    rig.take(Layout::Two, &[camera(1), camera(2)]);
    bad.set(Mood::Garbage);
    let asked = |message| match message {
        FromWorker::NeedKeyframe { source } if source == camera(1) => Some(()),
        _ => None,
    };
    rig.until(asked);
    let messages = rig.for_seconds(4.0);
    let (mut good, mut pictures, mut times) = (0, 0, Vec::new());
    for message in &messages {
        if let FromWorker::Picture(picture) = message
            && picture.rendition == 0
        {
            times.push(picture.time.0);
            if let Some(seen) = rig.colours(picture, &[(0.75, 0.4)]).first() {
                pictures += 1;
                good += usize::from(alike(*seen, values(BLUE)));
            }
        }
    }
    assert_eq!(good, pictures);
    assert!(times.windows(2).all(|w| w[0] < w[1]), "the clock runs on: {times:?}");
    bad.set(Mood::Sends);
    rig.until_live(&[camera(1)]);
}

pub fn a_killed_decoder_comes_back() {
    let rig = Rig::start();
    let _sender = Sender::start(&rig, camera(1), plain(RED, 500.0));
    rig.until_live(&[camera(1)]);
    let children = format!("/proc/{0}/task/{0}/children", rig.child.id());
    let children = std::fs::read_to_string(children).unwrap();
    let decoder: i32 = children.split_whitespace().next().expect("a decoder runs").parse().unwrap();
    // SAFETY: a signal to the decoder of our own worker.
    assert_eq!(unsafe { libc::kill(decoder, libc::SIGKILL) }, 0);
    rig.until(|message| match message {
        FromWorker::Notice(Notice::DecoderRestarted(source)) if source == camera(1) => Some(()),
        _ => None,
    });
    rig.until_live(&[camera(1)]);
}
