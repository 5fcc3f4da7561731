//! Multivariant playlists: every video rendition with the sound beside it, and the sound alone.

use plenary_model::ladder::Ladder;

use crate::playlist::{VERSION, line};

/// Peaks of a live encoder stay below this share of its target (percent).
const PEAK_PERCENT: u32 = 125;
/// What boxes add per part and second to a track, in bits per second.
const CONTAINER_BITS_PER_SECOND: u32 = 8_000;

/// Writes one; `leaf` is the file name of the media playlists, `codecs` has one RFC 6381 name per
/// video rendition that has media, with its index in the ladder.
pub fn render(ladder: &Ladder, codecs: &[(usize, String)], leaf: &str) -> String {
    let mut text = String::new();
    let out = &mut text;
    let audio = &ladder.audio;
    line(out, format_args!("#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-INDEPENDENT-SEGMENTS"));
    line(
        out,
        format_args!(
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"{0}\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"{0}/{leaf}\"",
            audio.name
        ),
    );
    let sound = audio.bits_per_second + CONTAINER_BITS_PER_SECOND;
    for (index, codec) in codecs {
        let Some(video) = ladder.video.get(*index) else { continue };
        let average = video.bits_per_second + CONTAINER_BITS_PER_SECOND + sound;
        let peak = video.bits_per_second / 100 * PEAK_PERCENT + CONTAINER_BITS_PER_SECOND + sound;
        line(
            out,
            format_args!(
                "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{codec},mp4a.40.2\",RESOLUTION={}x{},FRAME-RATE={}.000,AUDIO=\"audio\"",
                video.width, video.height, ladder.frames_per_second
            ),
        );
        line(out, format_args!("{}/{leaf}", video.name));
    }
    line(
        out,
        format_args!(
            "#EXT-X-STREAM-INF:BANDWIDTH={sound},AVERAGE-BANDWIDTH={sound},CODECS=\"mp4a.40.2\",AUDIO=\"audio\""
        ),
    );
    line(out, format_args!("{}/{leaf}", audio.name));
    text
}
