//! Janus (Debian's `janus`) as a peer: a streaming mountpoint that gets the programme's own packets,
//! and viewers that attach over its HTTP interface.

use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use plenary_model::frame::TrackKind;
use plenary_stage::packet::Packet;
use serde_json::{Value, json};

use super::host::Host;
use super::process::Process;
use super::web::Web;
use crate::media::call::Call;

const API_PORT: u16 = 18_088;
const VIDEO_PORT: u16 = 15_004;
const AUDIO_PORT: u16 = 15_002;
const VIDEO_TYPE: u8 = 126;
const AUDIO_TYPE: u8 = 111;
const MOUNTPOINT: u32 = 1;
/// How long it may take to answer for the first time.
const START_MAX: Duration = Duration::from_secs(10);

/// A running Janus.
pub struct Janus {
    /// Its process.
    pub process: Process,
    address: IpAddr,
}

impl Janus {
    /// Starts it on a host that is not reached by loopback; files go into `folder`.
    ///
    /// # Errors
    /// It is not installed or does not answer.
    pub fn start(host: &Host, folder: &Path) -> anyhow::Result<Self> {
        let address = host.address();
        let folder = folder.join("janus");
        fs::create_dir_all(&folder)?;
        for (name, text) in files(address) {
            fs::write(folder.join(name), text)?;
        }
        // `Process` waits for a line; Janus says many as it starts.
        let path = folder.display().to_string();
        let process = host.start(Path::new("janus"), &["-F", &path], &folder.join("log"))?;
        let janus = Self { process, address };
        let began = Instant::now();
        while janus.web().get("/janus/info").is_err() {
            anyhow::ensure!(began.elapsed() < START_MAX, "janus does not answer");
            thread::sleep(Duration::from_millis(100));
        }
        Ok(janus)
    }

    /// The link that its viewers attach to.
    pub fn link(&self) -> String {
        format!("http://{}/janus", SocketAddr::new(self.address, API_PORT))
    }

    fn web(&self) -> Web {
        Web::at(SocketAddr::new(self.address, API_PORT))
    }
}

fn files(address: IpAddr) -> [(&'static str, String); 3] {
    let general = format!(
        "general: {{ log_to_stdout = true debug_level = 3 event_loops = 1 }}\n\
         nat: {{ full_trickle = false ice_lite = false ice_enforce_list = \"{address}\" }}\n\
         media: {{ }}\n\
         plugins: {{ disable = \"libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,\
         libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,\
         libjanus_textroom.so,libjanus_videocall.so,libjanus_videoroom.so,libjanus_voicemail.so\" }}\n\
         transports: {{ disable = \"libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,\
         libjanus_rabbitmq.so,libjanus_websockets.so\" }}\n"
    );
    let http = format!(
        "general: {{ json = \"compact\" base_path = \"/janus\" http = true port = {API_PORT} }}\n"
    );
    let streaming = format!(
        "programme: {{ type = \"rtp\" id = {MOUNTPOINT} audio = true video = true \
         audioport = {AUDIO_PORT} audiopt = {AUDIO_TYPE} audiocodec = \"opus\" \
         videoport = {VIDEO_PORT} videopt = {VIDEO_TYPE} videocodec = \"h264\" \
         videofmtp = \"profile-level-id=4d001f;packetization-mode=1\" videobufferkf = true }}\n"
    );
    [
        ("janus.jcfg", general),
        ("janus.transport.http.jcfg", http),
        ("janus.plugin.streaming.jcfg", streaming),
    ]
}

/// Attaches a viewer to a mountpoint's link, from a socket at `local`.
///
/// # Errors
/// It is not there, or does not offer.
pub fn attach(link: &str, local: IpAddr) -> anyhow::Result<Call> {
    let (web, root) = Web::of(link)?;
    let session = ask(&web, &root, &json!({ "janus": "create", "transaction": "c" }))?;
    let session = session["data"]["id"].as_u64().context("janus gives no session")?;
    let root = format!("{root}/{session}");
    let plugin = json!({
        "janus": "attach", "plugin": "janus.plugin.streaming", "transaction": "a"
    });
    let handle = ask(&web, &root, &plugin)?["data"]["id"].as_u64().context("no handle")?;
    let door = format!("{root}/{handle}");
    let watch = json!({
        "janus": "message", "transaction": "w",
        "body": { "request": "watch", "id": MOUNTPOINT }
    });
    ask(&web, &door, &watch)?;
    let offer = event(&web, &root, |event| event["jsep"]["sdp"].as_str().map(str::to_owned))?;
    let (call, answer) = Call::accept(local, &offer)?;
    let start = json!({
        "janus": "message", "transaction": "s", "body": { "request": "start" },
        "jsep": { "type": "answer", "sdp": answer }
    });
    ask(&web, &door, &start)?;
    Ok(call)
}

fn ask(web: &Web, path: &str, what: &Value) -> anyhow::Result<Value> {
    let answer = web.post(path, &[], &what.to_string())?.ok()?;
    let said: Value = serde_json::from_slice(&answer.body)?;
    anyhow::ensure!(said["janus"] != "error", "janus refuses {what}: {said}");
    Ok(said)
}

/// Waits for an event that has what is looked for.
fn event<T>(web: &Web, root: &str, find: impl Fn(&Value) -> Option<T>) -> anyhow::Result<T> {
    for _ in 0..10 {
        let answer = web.get(&format!("{root}?maxev=1"))?.ok()?;
        if let Some(found) = find(&serde_json::from_slice(&answer.body)?) {
            return Ok(found);
        }
    }
    anyhow::bail!("janus offers nothing")
}

/// Sends the programme's packets on to the mountpoint, as they came to a viewer.
pub struct Source {
    socket: UdpSocket,
    to: IpAddr,
}

impl Source {
    /// Towards the Janus of a link.
    ///
    /// # Errors
    /// The system gives no socket.
    pub fn to(janus: &Janus) -> anyhow::Result<Self> {
        let local = janus.web().local()?;
        Ok(Self { socket: UdpSocket::bind(SocketAddr::new(local, 0))?, to: janus.address })
    }

    /// Sends one packet on in plain RTP (RFC 3550 section 5.1).
    pub fn send(&self, packet: &Packet) {
        let (port, payload_type, ssrc) = match packet.kind {
            TrackKind::Picture(_) => (VIDEO_PORT, VIDEO_TYPE, 1_u32),
            TrackKind::Opus => (AUDIO_PORT, AUDIO_TYPE, 2_u32),
        };
        let mut bytes = vec![0x80, payload_type | u8::from(packet.marker) << 7];
        bytes.extend((packet.seq as u16).to_be_bytes());
        bytes.extend((packet.time as u32).to_be_bytes());
        bytes.extend(ssrc.to_be_bytes());
        bytes.extend_from_slice(&packet.payload);
        // What does not get there is lost, as on a network.
        let _ = self.socket.send_to(&bytes, SocketAddr::new(self.to, port));
    }
}
