//! A speaker on a bad network: what the audience sees and hears of them, read from decoded pictures
//! and samples of the broadcast. The packets of a real connection pass the weather.

mod common;

use std::path::Path;
use std::time::Duration;

use common::judge::Judged;
use common::shaper::{Shaper, Weather};
use common::watch::{Watch, follower};
use common::{Folder, program};
use plenary_model::scene::Layout;
use plenary_server::bench::camera::{self, Devices};
use plenary_server::bench::director::Director;
use plenary_server::bench::eyes::{Ears, Eyes, Seen};
use plenary_server::bench::follow::wall_ms;
use plenary_server::bench::process::Process;
use plenary_server::bench::served::{Place, Served};
use plenary_server::bench::speaker::Voice;

/// Parts of a second of programme.
const PARTS_PER_SECOND: usize = 2;
/// Most seconds until a speaker is on air.
const PATIENCE_S: usize = 30;
/// Of the time, in percent.
const FROZEN_MAX: f64 = 1.0;
const HOLE_MS_MAX: u64 = 100;
/// Of the seconds in which the path of a browser, which used nearly twice as much, becomes narrow: until it
/// has halved its rate and its smaller picture has begun. Its sound waits in the same queue, which holds
/// 300 ms.
const NARROWING_MAX: (f64, u64) = (25.0, 300);
/// From the end of an outage to a picture that was taken after it.
const RECOVERY_MS_MAX: f64 = 3_000.0;
/// Mean luma of the darkest picture of a speaker or a card; black has 16.
const LIGHT_MIN: f64 = 24.0;

const CLEAR: Weather = Weather {
    loss_permille: 0,
    delay: Duration::ZERO,
    jitter: Duration::ZERO,
    rate: None,
    outage: false,
};
const LOSS: Weather = Weather { loss_permille: 50, ..CLEAR };
const FAR: Weather =
    Weather { delay: Duration::from_millis(80), jitter: Duration::from_millis(20), ..CLEAR };
const NARROW: Weather = Weather { rate: Some(1_500_000), ..CLEAR };
const OUTAGE: Weather = Weather { outage: true, ..CLEAR };

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    /// Ours, whose rate is fixed and whose marks say when a picture was taken.
    Synthetic,
    /// A browser, which follows the path with its rate; its camera is a file, with marks too.
    Chromium,
}

impl Speaker {
    const fn pictures_per_second(self) -> u32 {
        match self {
            Self::Synthetic => 30,
            Self::Chromium => camera::FRAMES_PER_SECOND,
        }
    }
}

/// A speaker behind the weather, on air in the whole picture, and a viewer outside of it.
struct Scene {
    who: Speaker,
    shaper: Shaper,
    pictures: Watch,
    sounds: Watch,
    eyes: Eyes,
    ears: Ears,
    _speaker: Process,
    _served: Served,
    _data: Folder,
}

impl Scene {
    fn open(who: Speaker) -> Self {
        let data = Folder::new();
        let shaper = Shaper::start().expect("a bad network");
        let people = ["林小满/北区/讲师".to_owned()];
        let served = Served::start_at(shaper.here, program(), data.path(), &people)
            .expect("the server runs");
        let place = &served.places[0];
        let speaker = match who {
            Speaker::Synthetic => served.speak_through(&shaper.inside(), place),
            Speaker::Chromium => browse(&shaper.inside(), place, data.path()),
        };
        let speaker = speaker.expect("the speaker joins");
        let director = Director::open(&served.studio).expect("the studio opens");
        director.put_on_air(&place.camera()).expect("a take");
        let watch = |rendition| Watch::start(follower(&served.web, &served.hls, rendition));
        let mut scene = Self {
            who,
            pictures: watch("v720"),
            sounds: watch("a64"),
            eyes: Eyes::new(served.web.clone()).expect("a decoder"),
            ears: Ears::new(served.web.clone()),
            shaper,
            _speaker: speaker,
            _served: served,
            _data: data,
        };
        let mut waited = 0;
        while !scene.next(1).0.iter().any(|seen| seen.mark().is_some()) {
            waited += 1;
            assert!(waited < PATIENCE_S * PARTS_PER_SECOND, "the speaker comes on air");
        }
        // Gain and jitter settle.
        scene.next(3 * PARTS_PER_SECOND);
        scene
    }

    /// Pictures and samples of the next parts.
    fn next(&mut self, parts: usize) -> (Vec<Seen>, Vec<f32>) {
        let (mut pictures, mut samples) = (Vec::new(), Vec::new());
        for _ in 0..parts {
            let part = self.pictures.parts.recv().expect("the broadcast goes on");
            pictures.extend(self.eyes.see(&part, Layout::Full.tiles()).expect("parts decode"));
            let part = self.sounds.parts.recv().expect("the broadcast goes on");
            self.ears.hear(&part).expect("parts decode");
        }
        for (_, heard) in self.ears.heard.drain(..) {
            samples.extend(heard);
        }
        (pictures, samples)
    }

    fn judge(&mut self, weather: Weather, seconds: usize) -> Judged {
        self.shaper.set(weather);
        let before = self.shaper.lost();
        let (pictures, samples) = self.next(seconds * PARTS_PER_SECOND);
        // Each picture is at least a packet.
        let packets = seconds as u64 * u64::from(self.who.pictures_per_second());
        let least = weather.loss_permille * packets / 1_000 / 2;
        assert!(least <= self.shaper.lost() - before, "the weather is as bad as it should be");
        Judged::of(&pictures, self.who.pictures_per_second(), &samples, Voice::of(0))
    }

    /// Two seconds without network: how long after their end the first picture is on air that came
    /// over the path again, and everything that was seen until then and for some seconds more.
    fn outage(&mut self, seconds_after: usize) -> (f64, Judged) {
        self.shaper.set(OUTAGE);
        let (mut pictures, mut samples) = self.next(2 * PARTS_PER_SECOND);
        self.shaper.set(CLEAR);
        let ended_ms = wall_ms();
        let after = self.next(seconds_after * PARTS_PER_SECOND);
        pictures.extend(after.0);
        samples.extend(after.1);
        let back = self.back(&pictures, ended_ms).expect("the speaker comes back");
        (
            back.date_ms - ended_ms,
            Judged::of(&pictures, self.who.pictures_per_second(), &samples, Voice::of(0)),
        )
    }

    /// The first picture that came over the path after a moment.
    fn back<'a>(&self, pictures: &'a [Seen], ended_ms: f64) -> Option<&'a Seen> {
        let mut pairs = pictures.windows(2).map(|pair| (&pair[0], &pair[1]));
        pairs.find_map(|(before, seen)| {
            let mark = seen.mark()?;
            let fresh = match self.who {
                Speaker::Synthetic => ended_ms < mark.wall.0 as f64,
                // Nothing has come for longer than anything waits.
                Speaker::Chromium => ended_ms < seen.date_ms && before.mark() != Some(mark),
            };
            fresh.then_some(seen)
        })
    }
}

/// Starts a browser where these programs run others, which enters the stage.
fn browse(inside: &[&str], place: &Place, folder: &Path) -> anyhow::Result<Process> {
    let devices = Devices::make(0, folder)?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/e2e/support/chromium-speaker.mjs");
    let files = [&devices.camera, &devices.microphone].map(|path| path.display().to_string());
    let arguments = [&inside[1..], &["node", script, &place.link, &files[0], &files[1]]].concat();
    Process::start(Path::new(inside[0]), &arguments, &folder.join("log"))
}

fn is_good(what: &str, judged: &Judged) {
    is_good_within((FROZEN_MAX, HOLE_MS_MAX), what, judged);
}

fn is_good_within((frozen_max, hole_ms_max): (f64, u64), what: &str, judged: &Judged) {
    println!("{what}: {judged:.1?}");
    assert!(judged.frozen_percent <= frozen_max, "{what}: {judged:?}");
    assert!(judged.hole_ms <= hole_ms_max, "{what}: {judged:?}");
    assert_eq!(judged.without_mark, 0, "{what}: {judged:?}");
    assert!(LIGHT_MIN <= judged.darkest, "{what}: {judged:?}");
}

fn comes_back((recovery_ms, judged): (f64, Judged)) {
    println!("2 s outage: a new picture after {recovery_ms:.0} ms: {judged:.1?}");
    assert!(recovery_ms <= RECOVERY_MS_MAX, "{recovery_ms:.0} ms");
    assert!(LIGHT_MIN <= judged.darkest, "never black: {judged:?}");
}

#[test]
fn a_lossy_path_is_not_seen_or_heard_and_a_speaker_is_back_after_an_outage() {
    let mut scene = Scene::open(Speaker::Synthetic);
    is_good("5 % loss", &scene.judge(LOSS, 10));
    scene.judge(CLEAR, 1);
    comes_back(scene.outage(4));
}

#[test]
fn long_every_weather_for_a_minute() {
    let mut scene = Scene::open(Speaker::Synthetic);
    is_good("clear", &scene.judge(CLEAR, 20));
    is_good("5 % loss", &scene.judge(LOSS, 60));
    scene.judge(CLEAR, 3);
    is_good("80 ± 20 ms", &scene.judge(FAR, 60));
    scene.judge(CLEAR, 3);
    is_good("1.5 Mb/s", &scene.judge(NARROW, 20));
    is_good("as before", &scene.judge(CLEAR, 40));
    for _ in 0..6 {
        comes_back(scene.outage(8));
    }
}

#[test]
fn a_browser_whose_path_becomes_narrow_is_seen_smaller_and_goes_on() {
    let mut scene = Scene::open(Speaker::Chromium);
    scene.judge(CLEAR, 5);
    is_good_within(NARROWING_MAX, "narrowing", &scene.judge(NARROW, 10));
    is_good("1.5 Mb/s", &scene.judge(NARROW, 5));
    comes_back(scene.outage(4));
}

#[test]
fn long_a_browser_in_every_weather_for_a_minute() {
    let mut scene = Scene::open(Speaker::Chromium);
    is_good("clear", &scene.judge(CLEAR, 20));
    is_good("5 % loss", &scene.judge(LOSS, 60));
    scene.judge(CLEAR, 5);
    is_good("80 ± 20 ms", &scene.judge(FAR, 60));
    scene.judge(CLEAR, 5);
    is_good_within(NARROWING_MAX, "narrowing", &scene.judge(NARROW, 10));
    is_good("1.5 Mb/s", &scene.judge(NARROW, 50));
    is_good("as before", &scene.judge(CLEAR, 60));
    for _ in 0..6 {
        comes_back(scene.outage(8));
    }
}
