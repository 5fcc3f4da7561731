//! The recording as a viewer gets it afterwards, read back by ffmpeg.

use std::fs;
use std::path::Path;
use std::process::Command;

use plenary_server::bench::playlist::Playlist;
use plenary_server::bench::process::Demo;

use super::RENDITIONS;

/// The replay of one rendition as it is now.
pub fn replay(demo: &Demo, rendition: &str) -> Playlist {
    let folder = demo.hls.strip_suffix("index.m3u8").expect("the multivariant playlist");
    let answer = demo.web.get(&format!("{folder}{rendition}/replay.m3u8")).expect("an answer");
    Playlist::parse(&answer.ok().expect("a replay").text()).expect("a playlist")
}

/// ffmpeg decodes the whole recording, picture and sound, without a complaint.
pub fn decode_recording(demo: &Demo, folder: &Path) {
    for rendition in [RENDITIONS[0], RENDITIONS[2]] {
        let playlist = replay(demo, rendition);
        let base = demo.links.hls.replace("index.m3u8", rendition);
        let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n");
        let mut seconds = 0.0;
        for segment in playlist.segments.iter().filter(|segment| !segment.gap) {
            let (init, uri) = (segment.init.as_deref(), segment.uri.as_deref());
            let (init, uri) = (init.expect("an init segment"), uri.expect("a whole segment"));
            if segment.discontinuity {
                text.push_str("#EXT-X-DISCONTINUITY\n");
            }
            let length = segment.length_ms / 1_000.0;
            text.push_str(&format!(
                "#EXT-X-MAP:URI=\"{base}/{init}\"\n#EXTINF:{length:.5},\n{base}/{uri}\n"
            ));
            seconds += length;
        }
        text.push_str("#EXT-X-ENDLIST\n");
        let file = folder.join(format!("{rendition}.m3u8"));
        fs::write(&file, text).expect("a file");
        let done = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-protocol_whitelist", "file,http,tcp", "-i"])
            .arg(&file)
            .args(["-fps_mode", "passthrough", "-f", "null", "-progress", "pipe:1", "-"])
            .output()
            .expect("ffmpeg is installed");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && said.is_empty(), "ffmpeg on {rendition}: {said}");
        let progress = String::from_utf8_lossy(&done.stdout);
        let frames = progress.lines().filter_map(|line| line.strip_prefix("frame=")).next_back();
        let frames = frames.map_or(0.0, |count| count.trim().parse().expect("a number"));
        // A machine that is busy with other tests encodes fewer pictures, but not half of them.
        let enough = rendition == RENDITIONS[2] || seconds * 15.0 <= frames;
        assert!(enough, "{rendition}: {frames} pictures in {seconds:.1} s");
        println!("{rendition}: {seconds:.1} s recorded, ffmpeg decoded {:?}", last(&progress));
    }
}

fn last(progress: &str) -> Vec<&str> {
    let wanted = |line: &&str| line.starts_with("frame=") || line.starts_with("out_time=");
    let mut lines: Vec<&str> = progress.lines().filter(wanted).collect();
    lines.split_off(lines.len().saturating_sub(2))
}
