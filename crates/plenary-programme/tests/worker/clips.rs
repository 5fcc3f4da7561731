//! Clips: files that another program wrote, played in the programme round after round, or refused
//! with a reason.

use std::path::{Path, PathBuf};
use std::process::Command;

use plenary_model::frame::Bus;
use plenary_model::id::SourceId;
use plenary_model::person::Card;
use plenary_model::scene::Layout;
use plenary_programme::canvas::Colour;
use plenary_programme::clip::{ClipInfo, ClipSound, probe};
use plenary_programme::protocol::{FromWorker, ToWorker};

use super::rig::{Rig, alike, opus_sound, strength};
use super::scenes::values;

/// One second of red, then one of blue, as ffmpeg's own source draws them.
const PICTURE: &str = "color=c=0xc81e1e:s=320x180:r=30:d=1[a];color=c=0x1e3cc8:s=320x180:r=30:d=1[b];\
                       [a][b]concat=n=2,format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709";
const TONE_HZ: f32 = 1_000.0;
/// Programme ticks of one second.
const SECOND: u64 = 90_000;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("plenary-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Has ffmpeg write a file of two seconds with these output options.
    fn record(&self, name: &str, options: &str) -> PathBuf {
        let file = self.0.join(name);
        let sound = format!("sine=f={TONE_HZ}:r=48000:d=2,volume=-6dB");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-y", "-filter_complex"]);
        ffmpeg.arg(format!("{PICTURE}[v];{sound}[s]")).args(["-map", "[v]", "-map", "[s]"]);
        ffmpeg.args(options.split_whitespace()).arg(&file);
        let status = ffmpeg.status().expect("ffmpeg is installed (package ffmpeg)");
        assert!(status.success(), "{name}");
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const PLAIN: &str = "-c:v libx264 -bf 0 -g 30 -c:a aac -ac 2 -b:a 128k";

pub fn a_clip_goes_round_without_a_gap() {
    let folder = Folder::new("clip");
    let path = folder.record("clip.mp4", PLAIN);
    let info = ClipInfo {
        duration_ms: 2_000,
        width: 320,
        height: 180,
        pictures: 60,
        sound: ClipSound::Aac,
    };
    assert_eq!(probe(&path).unwrap(), info);
    let mut rig = Rig::start();
    let clip = play(&rig, &path);
    rig.until_live(&[clip]);
    rig.take(Layout::Full, &[clip]);
    let messages = rig.for_seconds(9.0);
    let changes = changes(&mut rig, &messages);
    assert!(6 <= changes.len(), "red and blue go on by turns: {changes:?}");
    // Nine changes or so; a machine that stands still for a moment may delay one or two.
    let mut lengths: Vec<u64> = changes.windows(2).map(|w| w[1] - w[0]).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median.abs_diff(SECOND) <= SECOND / 30, "{median} ticks of one colour: {lengths:?}");
    for bus in [Bus::Programme, Bus::Return] {
        let sound = opus_sound(&messages, bus);
        let sound = &sound[48_000..];
        assert!(0.03 < strength(sound, TONE_HZ), "{bus:?}");
        let loud = sound.chunks_exact(480).filter(|part| 0.01 < power(part)).count();
        assert!(sound.len() / 480 * 9 / 10 <= loud, "{bus:?}: the tone has holes: {loud} of 10 ms");
    }
}

fn play(rig: &Rig, path: &Path) -> SourceId {
    let source = format!("clip_{:032x}", 7).parse().unwrap();
    let card = Card { name: "颁奖短片".into(), unit: String::new(), title: String::new() };
    rig.tell(&ToWorker::ClipAdded { source, card, path: path.to_owned() });
    source
}

/// Times of the programme's pictures at which its colour changes between red and blue.
fn changes(rig: &mut Rig, messages: &[FromWorker]) -> Vec<u64> {
    let (red, blue) = (Colour::from_rgb(0xc8, 0x1e, 0x1e), Colour::from_rgb(0x1e, 0x3c, 0xc8));
    let (mut before, mut changes) = (None, Vec::new());
    for message in messages {
        let FromWorker::Picture(picture) = message else { continue };
        if picture.rendition != 0 {
            continue;
        }
        let Some(seen) = rig.colours(picture, &[(0.5, 0.5)]).first().copied() else { continue };
        let now = [red, blue].iter().position(|colour| alike(seen, values(*colour)));
        if now.is_some() && now != before {
            if before.is_some() {
                changes.push(picture.time.0);
            }
            before = now;
        }
    }
    changes
}

fn power(sound: &[f32]) -> f32 {
    (sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32).sqrt()
}

pub fn what_cannot_be_played_is_refused_with_a_reason() {
    let folder = Folder::new("refused");
    let cut = folder.record("cut.mp4", PLAIN);
    let length = std::fs::metadata(&cut).unwrap().len();
    std::fs::File::options().write(true).open(&cut).unwrap().set_len(length / 2).unwrap();
    let text = folder.0.join("text.mp4");
    std::fs::write(&text, "This is a shopping list, not a film.\n".repeat(50)).unwrap();
    let h264 = "-c:v libx264 -bf 0 -c:a aac -ac 2";
    let files = [
        folder.record("hevc.mp4", "-c:v libx265 -x265-params log-level=none -c:a aac -ac 2"),
        folder.record("b_frames.mp4", "-c:v libx264 -bf 2 -b_strategy 0 -c:a aac -ac 2"),
        folder.record("interlaced.mp4", "-c:v libx264 -bf 0 -flags +ildct+ilme -c:a aac -ac 2"),
        folder.record("colours.mp4", "-c:v libx264 -bf 0 -pix_fmt yuv444p -c:a aac -ac 2"),
        folder.record("mp3.mp4", "-c:v libx264 -bf 0 -c:a libmp3lame"),
        folder.record("rate.mp4", &format!("{h264} -ar 44100")),
        folder.record("fragments.mp4", &format!("{h264} -movflags frag_keyframe+empty_moov")),
        cut,
        text,
        folder.0.join("nothing.mp4"),
    ];
    let told: Vec<String> = files
        .iter()
        .map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            format!("{name}: {}", probe(file).unwrap_err())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    hevc.mp4: the picture must be H.264, progressive, 8 bit, 4:2:0, without B-frames: it is another codec
    b_frames.mp4: the picture must be H.264, progressive, 8 bit, 4:2:0, without B-frames: it has B-frames
    interlaced.mp4: the picture must be H.264, progressive, 8 bit, 4:2:0, without B-frames: it is interlaced
    colours.mp4: the picture must be H.264, progressive, 8 bit, 4:2:0, without B-frames: it has more than 8 bits or other colours
    mp3.mp4: the sound must be AAC-LC at 48 kHz: it is another codec
    rate.mp4: the sound must be AAC-LC at 48 kHz: it has another sampling rate
    fragments.mp4: the file is not a whole MP4 file (it is in fragments)
    cut.mp4: the file is not a whole MP4 file (it is cut short)
    text.mp4: the file is not a whole MP4 file (it is cut short)
    nothing.mp4: the file cannot be read
    ");
}
