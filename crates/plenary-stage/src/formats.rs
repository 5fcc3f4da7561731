//! What the payload types of a page's offers stand for. Over a session a number keeps its format
//! (RFC 3264 section 8.3.2), over all lines of a bundle too (RFC 8843 section 9.1); the WebRTC
//! library panics when one of ours gets another.

use std::collections::BTreeMap;

/// Codecs that the stage may use; what stands for others is never looked at.
const CODECS: [&str; 4] = ["opus/", "h264/", "vp8/", "rtx/"];
/// Parameters that make two formats of the same codec different ones.
const PARAMETERS: [&str; 3] = ["profile-level-id", "packetization-mode", "apt"];
/// A `profile-level-id`, RFC 6184 section 8.1.
const PROFILE_LEVEL_DIGITS: usize = 6;
/// Of it only the profile; a page may change the level.
const PROFILE_DIGITS: usize = 4;
/// Payload types have seven bits (RFC 3550 section 5.1).
const PAYLOAD_TYPE_MAX: u8 = 127;
/// How much of a codec or of a parameter is kept; all that browsers say fits.
const CHARS_MAX: usize = 32;
/// Most parameters of a format that are kept; only one of each makes sense.
const PARAMETERS_MAX: usize = 8;

/// The formats of one session by payload type.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Formats(BTreeMap<u8, Format>);

/// Codec, clock and channels, then the parameters in their order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Format {
    codec: String,
    parameters: Vec<String>,
}

/// A payload type of ours stands for two formats.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("payload type {0} stands for two formats; within a connection each keeps its own")]
pub struct Ambiguous(u8);

impl Formats {
    /// With the formats of a further offer.
    ///
    /// # Errors
    /// It gives a payload type of ours another format, or two at once.
    pub fn with(&self, sdp: &str) -> Result<Self, Ambiguous> {
        let mut all = self.clone();
        for section in sections(sdp) {
            for (number, format) in of_section(&section)? {
                match all.0.get(&number) {
                    Some(known) if *known != format => return Err(Ambiguous(number)),
                    Some(_) => {}
                    None if format.is_ours() => drop(all.0.insert(number, format)),
                    None => {}
                }
            }
        }
        Ok(all)
    }
}

impl Format {
    fn is_ours(&self) -> bool {
        CODECS.iter().any(|codec| self.codec.starts_with(codec))
    }
}

/// The lines of the session and of each media section.
fn sections(sdp: &str) -> Vec<Vec<&str>> {
    let mut sections = vec![Vec::new()];
    for line in sdp.lines() {
        if line.starts_with("m=") {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(line);
        }
    }
    sections
}

/// The formats of one section.
fn of_section(lines: &[&str]) -> Result<BTreeMap<u8, Format>, Ambiguous> {
    let mut formats = BTreeMap::<u8, Format>::new();
    let values = |attribute: &'static str| {
        let of = lines.iter().filter_map(move |line| line.strip_prefix(attribute));
        of.filter_map(|value| {
            let (number, rest) = value.split_once(' ')?;
            let number = number.parse().ok().filter(|number| *number <= PAYLOAD_TYPE_MAX)?;
            Some((number, rest))
        })
    };
    for (number, codec) in values("a=rtpmap:") {
        let codec = codec.trim().to_ascii_lowercase().chars().take(CHARS_MAX).collect();
        let format = Format { codec, parameters: Vec::new() };
        match formats.get(&number) {
            Some(known) if *known != format && (known.is_ours() || format.is_ours()) => {
                return Err(Ambiguous(number));
            }
            _ => drop(formats.insert(number, format)),
        }
    }
    for (number, list) in values("a=fmtp:") {
        let Some(format) = formats.get_mut(&number) else { continue };
        let told = list.split(';').map(str::trim).filter_map(|one| one.split_once('='));
        for (name, value) in told.filter(|(name, _)| PARAMETERS.contains(name)) {
            let parameter = format!("{name}={}", distinct(name, value));
            if name == "apt" && format.parameters.iter().any(|known| *known != parameter) {
                return Err(Ambiguous(number));
            }
            if format.parameters.len() < PARAMETERS_MAX {
                format.parameters.push(parameter);
            }
        }
    }
    Ok(formats)
}

/// What a parameter's value has that makes its format another one. A `profile-level-id` that is none
/// counts as it is: the library takes it for a profile of its own choice.
fn distinct(name: &str, value: &str) -> String {
    let is_profile = name == "profile-level-id"
        && value.len() == PROFILE_LEVEL_DIGITS
        && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    value.chars().take(if is_profile { PROFILE_DIGITS } else { CHARS_MAX }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(offers: &[&str]) -> String {
        let mut formats = Formats::default();
        for offer in offers {
            match formats.with(offer) {
                Ok(more) => formats = more,
                Err(refused) => return refused.to_string(),
            }
        }
        let told = formats.0.iter().map(|(number, format)| format!("{number} {}", format.codec));
        told.collect::<Vec<_>>().join(", ")
    }

    const VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 H264/90000\r\n\
        a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n\
        a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
    const AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n\
        a=fmtp:111 minptime=10;useinbandfec=1\r\n";
    const SECOND: &str = "payload type 96 stands for two formats; within a connection each keeps \
        its own";

    #[test]
    fn the_same_formats_on_more_lines_are_fine() {
        let first = [VIDEO, AUDIO].concat();
        let more = [VIDEO, AUDIO, VIDEO, AUDIO].concat();
        let all = "96 h264/90000, 97 rtx/90000, 111 opus/48000/2";
        assert_eq!(session(&[&first, &more, &first]), all);
    }

    #[test]
    fn a_level_and_parameters_that_make_no_difference_may_change() {
        let level = VIDEO.replace("42e01f", "42e034");
        let stereo = AUDIO.replace("minptime=10", "stereo=1");
        let told = session(&[VIDEO, AUDIO, &level, &stereo]);
        assert_eq!(told, session(&[VIDEO, AUDIO]));
    }

    #[test]
    fn a_number_does_not_change_what_it_stands_for() {
        for other in [
            VIDEO.replace("42e01f", "42001f"),
            VIDEO.replace("42e01f", "42e01f]"),
            VIDEO.replace("packetization-mode=1", "packetization-mode=0"),
            VIDEO.replace("H264/90000", "VP8/90000"),
            AUDIO.replace("111", "96"),
        ] {
            assert_eq!(session(&[VIDEO, &other]), SECOND, "{other}");
            assert_eq!(session(&[&[VIDEO, &other].concat()]), SECOND, "{other}");
        }
        let repair = VIDEO.replace("apt=96", "apt=98");
        assert_eq!(session(&[VIDEO, &repair]), SECOND.replace("96", "97"));
    }

    #[test]
    fn one_line_gives_a_number_one_format() {
        let twice = [VIDEO, "a=rtpmap:96 opus/48000/2\r\n"].concat();
        assert_eq!(session(&[&twice]), SECOND);
        let repairs_two = VIDEO.replace("apt=96", "apt=96\r\na=fmtp:97 apt=98");
        assert_eq!(session(&[&repairs_two]), SECOND.replace("96", "97"));
    }

    #[test]
    fn no_page_fills_the_memory_with_formats() {
        let long = "x".repeat(1_000);
        let mut formats = Formats::default();
        for number in 0..1_000 {
            let offer = format!(
                "m=\na=rtpmap:{number} opus/{long}\na=fmtp:{number} apt=1{}\n",
                format!(";profile-level-id={long}").repeat(100)
            );
            formats = formats.with(&offer).expect("each number is new");
        }
        assert_eq!(formats.0.len(), 128);
        let parameters = formats.0.values().flat_map(|format| &format.parameters);
        assert!(parameters.map(String::len).sum::<usize>() < 64 * 1_024);
    }

    #[test]
    fn formats_that_the_stage_never_uses_do_not_matter() {
        let other = "m=video 9 UDP/TLS/RTP/SAVPF 98\r\na=rtpmap:98 VP9/90000\r\n";
        let another = other.replace("VP9", "AV1");
        assert_eq!(session(&[other, &another, VIDEO]), session(&[VIDEO]));
    }
}
