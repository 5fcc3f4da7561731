//! The yardstick of `bench programme`: the same pictures through GStreamer in real time, from
//! decoding to fragments, with its sound generated instead of decoded, which is cheaper.

use std::path::Path;
use std::process::{Command, Stdio};

/// Sent round and round: access units of 1280x720 in files `0.h264`, `1.h264` and so on, because
/// the stream itself says no times, and only single files get them.
#[derive(Debug, Clone, Copy)]
pub struct Loop<'a> {
    /// Where the files are.
    pub folder: &'a Path,
    /// How many there are; the first is a keyframe.
    pub pictures: usize,
}

/// CPU seconds of the pipeline over `seconds` of four copies of a loop, each in its quarter of the
/// picture; `None` when GStreamer or one of its plugins is missing, or the pipeline failed.
///
/// # Errors
/// The system cannot start or wait for it.
pub fn cpu_seconds(tape: Loop<'_>, seconds: u64) -> std::io::Result<Option<f64>> {
    let installed = Command::new("gst-launch-1.0").arg("--version").stdout(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let before = children_cpu_seconds();
    let mut launch = Command::new("gst-launch-1.0");
    let status = launch.arg("-q").args(pipeline(tape, seconds)).stdout(Stdio::null()).status()?;
    Ok(status.success().then(|| children_cpu_seconds() - before))
}

fn pipeline(tape: Loop<'_>, seconds: u64) -> Vec<String> {
    let mut words: Vec<String> =
        ["compositor", "name=c", "background=black"].map(Into::into).into();
    for n in 0..4 {
        let (x, y) = (n % 2 * 640, n / 2 * 360);
        for (key, value) in [("xpos", x), ("ypos", y), ("width", 640), ("height", 360)] {
            words.push(format!("sink_{n}::{key}={value}"));
        }
    }
    let package = "mp4mux fragment-duration=500 streamable=true ! fakesink";
    let encode = |kbits: u32| {
        format!(
            "x264enc speed-preset=superfast tune=zerolatency bitrate={kbits} key-int-max=60 \
             threads=1 ! video/x-h264,profile=main ! {package}"
        )
    };
    let mut add = |text: String| words.extend(text.split_whitespace().map(str::to_owned));
    add(format!(
        "! video/x-raw,format=I420,width=1280,height=720,framerate=30/1 ! tee name=t \
         t. ! queue ! {} t. ! queue ! videoscale ! video/x-raw,width=640,height=360 ! {}",
        encode(2_000),
        encode(700)
    ));
    add(format!("audiomixer name=m ! audioconvert ! avenc_aac bitrate=64000 ! {package}"));
    let (blocks, pictures, last) = (seconds * 50, seconds * 30, tape.pictures - 1);
    for n in 0..4 {
        // The path stays one word, whatever it holds.
        let location = format!("location={}/%d.h264", tape.folder.display());
        words.extend(["multifilesrc".to_owned(), location]);
        let mut add = |text: String| words.extend(text.split_whitespace().map(str::to_owned));
        add(format!(
            "start-index=0 stop-index={last} loop=true num-buffers={pictures} \
             caps=video/x-h264,stream-format=byte-stream,alignment=au,framerate=30/1 \
             ! h264parse ! avdec_h264 max-threads=1 ! identity sync=true ! queue ! c.sink_{n} \
             audiotestsrc num-buffers={blocks} samplesperbuffer=960 volume=0.2 \
             ! audio/x-raw,rate=48000,channels=2 ! identity sync=true ! queue ! m."
        ));
    }
    words
}

/// CPU seconds of all children that have been waited for.
fn children_cpu_seconds() -> f64 {
    // SAFETY: an all-zero rusage is valid, and the call fills it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage);
        usage
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
