//! Sources in VP8, as of browsers without H.264, beside and between H.264.

use plenary_model::scene::Layout;
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::protocol::{FromWorker, PictureState};

use super::rig::{Rig, alike, camera};
use super::scenes::{BLUE, RED, values};
use super::senders::{Mood, Sender, Tape, plain, vp8};

const GREEN: Colour = Colour::from_rgb(30, 150, 60);
/// A third of a second.
const STRETCH: usize = 10;

/// Ten pictures of red VP8, ten of blue VP8 in another size, ten of green H.264, and again.
fn changing() -> Tape {
    let mut tape = plain(GREEN, 500.0);
    tape.pictures.truncate(STRETCH);
    let mut pictures = vp8(&Frame::filled(320, 180, RED), STRETCH);
    pictures.extend(vp8(&Frame::filled(640, 360, BLUE), STRETCH));
    pictures.append(&mut tape.pictures);
    Tape { pictures, ..tape }
}

pub fn a_source_may_change_its_codec_and_its_size_on_air() {
    let mut rig = Rig::start();
    let _sender = Sender::start(&rig, camera(1), changing());
    rig.until_live(&[camera(1)]);
    rig.take(Layout::Full, &[camera(1)]);
    rig.until_obeyed();
    let mut row: Vec<Option<usize>> = Vec::new();
    for message in rig.for_seconds(6.0) {
        match message {
            FromWorker::Picture(picture) if picture.rendition == 0 => {
                for seen in rig.colours(&picture, &[(0.5, 0.5)]) {
                    let known = [RED, BLUE, GREEN].map(values);
                    let name = known.iter().position(|colour| alike(seen, *colour));
                    if row.last() != Some(&name) {
                        row.push(name);
                    }
                }
            }
            FromWorker::Source(state) if state.source == camera(1) => {
                assert_eq!(state.picture, PictureState::Live);
            }
            _ => {}
        }
    }
    // What was on air before the take comes first, and the encoder may blend at a change.
    let shown: Vec<usize> = row.into_iter().skip(1).flatten().collect();
    assert!(7 <= shown.len(), "{shown:?}");
    let follows = |pair: &[usize]| (pair[0] + 1) % 3 == pair[1] || pair[0] == pair[1];
    assert!(shown.windows(2).all(follows), "red, blue, green and again: {shown:?}");
}

pub fn damaged_vp8_is_held_then_a_card_until_a_keyframe_comes() {
    let rig = Rig::start();
    let tape = Tape { pictures: vp8(&Frame::filled(320, 180, RED), 30), ..plain(RED, 500.0) };
    let sender = Sender::start(&rig, camera(1), tape);
    rig.until_live(&[camera(1)]);
    sender.set(Mood::Garbage);
    let (mut asked, mut states) = (false, Vec::new());
    while states.last() != Some(&PictureState::Card) {
        match rig.next() {
            FromWorker::NeedKeyframe { source } if source == camera(1) => asked = true,
            FromWorker::Source(state)
                if state.source == camera(1) && states.last() != Some(&state.picture) =>
            {
                states.push(state.picture);
            }
            _ => {}
        }
    }
    assert!(asked, "the sender is asked for a keyframe");
    assert!(states.ends_with(&[PictureState::Held, PictureState::Card]), "{states:?}");
    sender.set(Mood::Sends);
    rig.until_live(&[camera(1)]);
}
