//! The yardstick of `bench programme`: the same pictures through GStreamer in real time, from
//! decoding to fragments, with its sound generated instead of decoded, which is cheaper.

use std::path::Path;
use std::process::{Command, Stdio};

/// CPU seconds of the pipeline over four copies of a stream of `seconds`, each in its quarter of
/// 1280x720; `None` when GStreamer or one of its plugins is missing, or the pipeline failed.
///
/// # Errors
/// The system cannot start or wait for it.
pub fn cpu_seconds(stream: &Path, seconds: u64) -> std::io::Result<Option<f64>> {
    let installed = Command::new("gst-launch-1.0").arg("--version").stdout(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let before = children_cpu_seconds();
    let mut launch = Command::new("gst-launch-1.0");
    let status = launch.arg("-q").args(pipeline(stream, seconds)).stdout(Stdio::null()).status()?;
    Ok(status.success().then(|| children_cpu_seconds() - before))
}

fn pipeline(stream: &Path, seconds: u64) -> Vec<String> {
    let mut words = vec!["compositor".to_owned(), "name=c".into()];
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
    let blocks = seconds * 50;
    for n in 0..4 {
        // The path stays one word, whatever it holds.
        words.extend(["filesrc".to_owned(), format!("location={}", stream.display())]);
        let mut add = |text: String| words.extend(text.split_whitespace().map(str::to_owned));
        add(format!(
            "! video/x-h264,stream-format=byte-stream,framerate=30/1 ! h264parse \
             ! avdec_h264 max-threads=1 ! identity sync=true ! queue ! c.sink_{n} \
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
