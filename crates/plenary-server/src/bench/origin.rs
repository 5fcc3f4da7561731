//! `bench origin`: CPU of a served request, next to nginx serving the same bytes from a file in the
//! same run, both asked by `wrk`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use plenary_programme::cpu::process_us;
use serde::{Deserialize, Serialize};

use super::director::Director;
use super::playlist::Playlist;
use super::process::{Process, free_address};
use super::served::Served;

/// Bytes of a packed playlist or a sound part, and of a picture part.
const BODIES: [usize; 2] = [2 * 1024, 200 * 1024];
/// Connections that ask, each for the next answer as soon as it has one.
const CONNECTIONS: &str = "64";
/// nginx for the same bytes, as its makers advise for files that are served often.
const NGINX: &str = "\
daemon off;
master_process off;
error_log /dev/stdout notice;
pid FOLDER/nginx.pid;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=100;
    keepalive_requests 100000000;
    types { video/mp4 m4s; }
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    server {
        listen LISTEN;
        root FOLDER;
        add_header Cache-Control \"max-age=31536000, immutable\";
        TLS
    }
}
";

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// How long each was asked each time, in seconds.
    pub seconds: u64,
    /// Every way of asking.
    pub ways: Vec<Way>,
}

/// One way of asking.
#[derive(Debug, Serialize)]
pub struct Way {
    /// Over TLS 1.3.
    pub tls: bool,
    /// Bytes of each body.
    pub bytes: usize,
    /// CPU of Plenary's server process for a request, in microseconds, median of the rounds.
    pub plenary_us: f64,
    /// The same of nginx's, which is one.
    pub nginx_us: f64,
    /// The first over the second, of the same rounds: least, median, most.
    pub ratio: [f64; 3],
    /// Requests each second in the best round, Plenary and nginx.
    pub per_second: [f64; 2],
}

/// Asks both in turn, so many rounds of so many seconds.
///
/// # Errors
/// nginx or wrk is missing or fails, or the server does.
pub fn run(rounds: usize, seconds: u64) -> anyhow::Result<Figures> {
    anyhow::ensure!(0 < rounds && 0 < seconds, "name rounds and seconds");
    let data = tempfile::tempdir()?;
    let program = env::current_exe()?;
    let segment = record(&program, data.path())?;
    let mut ways = Vec::new();
    for mode in ["off", "self-signed"] {
        let served = Serving::start(&program, data.path(), mode, &segment)?;
        for bytes in BODIES {
            ways.push(ask(&served, bytes, rounds, seconds)?);
        }
    }
    Ok(Figures { seconds, ways })
}

/// A segment that was broadcast.
struct Segment {
    path: String,
    bytes: Vec<u8>,
}

/// Broadcasts until a segment is long enough, and ends the event.
fn record(program: &Path, data: &Path) -> anyhow::Result<Segment> {
    let served = Served::start(program, data, &["Speaker".to_owned()], &[])?;
    let place = served.places.first().context("the event has no seat")?;
    let _speaker = served.speak(place)?;
    let director = Director::open(&served.studio)?;
    director.put_on_air(&place.camera())?;
    let folder = served.hls.strip_suffix("index.m3u8").context("a multivariant playlist")?;
    let largest = BODIES.into_iter().max().unwrap_or_default();
    for msn in 0.. {
        let playlist = format!("{folder}v720/live.m3u8?_HLS_msn={msn}");
        let text = served.web.get(&playlist)?.ok()?.text();
        anyhow::ensure!(Playlist::parse(&text)?.promised.is_some(), "the broadcast is over");
        let path = format!("{folder}v720/{msn}.m4s");
        let bytes = served.web.get(&path)?.ok()?.body;
        if largest <= bytes.len() {
            director.end()?;
            return Ok(Segment { path, bytes });
        }
    }
    anyhow::bail!("no segment is long enough")
}

/// Both servers with the same bytes.
struct Serving {
    plenary: Process,
    nginx: Process,
    /// Addresses of the segment at both.
    links: [String; 2],
    _folder: tempfile::TempDir,
}

#[derive(Deserialize)]
struct Ready {
    base: String,
}

impl Serving {
    fn start(program: &Path, data: &Path, tls: &str, segment: &Segment) -> anyhow::Result<Self> {
        let at = data.display().to_string();
        let serve = ["serve", "--json", "--listen", "127.0.0.1:0", "--data", &at, "--tls", tls];
        let plenary = Process::start(program, &serve, &data.join("log"))?;
        let Ready { base } = serde_json::from_str(&plenary.line)?;
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("segment.m4s"), &segment.bytes)?;
        let (nginx, there) = nginx(folder.path(), (tls != "off").then_some(data))?;
        let links = [format!("{base}{}", segment.path), format!("{there}/segment.m4s")];
        Ok(Self { plenary, nginx, links, _folder: folder })
    }

    /// CPU time of one side so far, in microseconds.
    fn cpu_us(&self, side: usize) -> u64 {
        match side {
            0 => process_us(self.plenary.id()),
            _ => process_us(self.nginx.id()),
        }
    }
}

/// nginx on a folder, with the certificate of a data folder over TLS, and what its addresses begin
/// with.
fn nginx(folder: &Path, certificate: Option<&Path>) -> anyhow::Result<(Process, String)> {
    let listen = free_address()?;
    let (scheme, flag, tls) = match certificate {
        None => ("http", "", String::new()),
        Some(data) => {
            let data = data.display();
            let files = format!(
                "ssl_certificate {data}/self-signed.pem; ssl_certificate_key {data}/self-signed.key;"
            );
            ("https", " ssl", files)
        }
    };
    let at = folder.display().to_string();
    let text = NGINX
        .replace("FOLDER", &at)
        .replace("LISTEN", &format!("{listen}{flag}"))
        .replace("TLS", &tls);
    let file = folder.join("nginx.conf");
    fs::write(&file, text)?;
    let arguments = ["-p", &at, "-c", "nginx.conf", "-e", "stderr"];
    // It listens before it says anything.
    let process = Process::start(Path::new("nginx"), &arguments, &folder.join("log"))?;
    Ok((process, format!("{scheme}://{listen}")))
}

/// One way of asking: both in turn, the one that begins changing with the rounds.
fn ask(serving: &Serving, bytes: usize, rounds: usize, seconds: u64) -> anyhow::Result<Way> {
    let (mut us, mut per_second) = ([Vec::new(), Vec::new()], [0.0; 2]);
    for round in 0..rounds {
        for side in [round % 2, 1 - round % 2] {
            let before = serving.cpu_us(side);
            let requests = wrk(&serving.links[side], bytes, seconds)?;
            let used = serving.cpu_us(side) - before;
            us[side].push(used as f64 / requests);
            per_second[side] = f64::max(per_second[side], requests / seconds as f64);
        }
    }
    let ratios: Vec<f64> = us[0].iter().zip(&us[1]).map(|(ours, theirs)| ours / theirs).collect();
    Ok(Way {
        tls: serving.links[0].starts_with("https"),
        bytes,
        plenary_us: median(&us[0])[1],
        nginx_us: median(&us[1])[1],
        ratio: median(&ratios),
        per_second,
    })
}

/// Least, median and most.
fn median(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    [sorted[0], sorted[sorted.len() / 2], sorted[sorted.len() - 1]]
}

/// Asks for the first bytes of an address as often as that goes; gives how many answers came.
fn wrk(link: &str, bytes: usize, seconds: u64) -> anyhow::Result<f64> {
    let range = format!("Range: bytes=0-{}", bytes - 1);
    let done = Command::new("wrk")
        .args(["--threads", "1", "--connections", CONNECTIONS, "--timeout", "10s"])
        .args(["--duration", &format!("{seconds}s"), "--header", &range, link])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run wrk; install the package wrk")?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    requests(&said, bytes).with_context(|| format!("wrk failed: {said}"))
}

/// Reads how many answers came; `None` when some were no success or no body was of this length.
fn requests(said: &str, bytes: usize) -> Option<f64> {
    let line = said.lines().find(|line| line.contains(" requests in "))?;
    let requests: f64 = line.split_whitespace().next()?.parse().ok()?;
    let read = line.split(", ").nth(1)?.strip_suffix(" read")?;
    let unit = read.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == '.');
    let scale = match unit {
        "KB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let read: f64 = read.strip_suffix(unit)?.parse::<f64>().ok()? * scale;
    // With their heads, which are at most half a small body long.
    let usual = (bytes as f64 * requests * 0.95)..(bytes as f64 * requests * 1.5);
    let failed = ["Non-2xx", "Socket errors"].iter().any(|word| said.contains(word));
    (0.0 < requests && usual.contains(&read) && !failed).then_some(requests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_successful_answers_count() {
        let said = "  312500 requests in 3.10s, 655.00MB read\nRequests/sec: 100806.45\n";
        assert_eq!(requests(said, 2_048), Some(312_500.0));
        assert_eq!(requests(said, 204_800), None, "other bodies");
        assert_eq!(requests(&format!("{said}  Non-2xx or 3xx responses: 7\n"), 2_048), None);
        let timed_out = format!("  Socket errors: connect 0, read 0, write 0, timeout 3\n{said}");
        assert_eq!(requests(&timed_out, 2_048), None);
    }

    #[test]
    fn the_median_is_a_value_that_was_measured() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), [1.0, 2.0, 3.0]);
        assert_eq!(median(&[5.0]), [5.0; 3]);
    }
}
