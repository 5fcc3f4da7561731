//! Which codec an answer asks for first.

use plenary_model::frame::PictureCodec;

/// Kind, port and protocol stand before the formats of a media line (RFC 8866 section 5.14).
const FORMATS_AT: usize = 3;

/// An answer that asks for this codec first: a sender uses the first format of the answer's line
/// that it can (RFC 3264 section 6.1, RFC 8829 section 5.10).
pub fn prefer(answer: &str, codec: PictureCodec) -> String {
    let name = match codec {
        PictureCodec::H264 => "h264/",
        PictureCodec::Vp8 => "vp8/",
    };
    let mut lines: Vec<String> = answer.lines().map(str::to_owned).collect();
    let heads: Vec<usize> =
        (0..lines.len()).filter(|&at| lines[at].starts_with("m=video ")).collect();
    for at in heads {
        let section = lines[at + 1..].iter().take_while(|line| !line.starts_with("m="));
        let first: Vec<&str> = section
            .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '))
            .filter(|(_, format)| format.to_ascii_lowercase().starts_with(name))
            .map(|(number, _)| number)
            .collect();
        let words: Vec<&str> = lines[at].split(' ').collect();
        let (head, numbers) = words.split_at(words.len().min(FORMATS_AT));
        let (mut preferred, others): (Vec<&str>, Vec<&str>) =
            numbers.iter().partition(|number| first.contains(number));
        preferred.extend(others);
        lines[at] = [head, &preferred].concat().join(" ");
    }
    lines.push(String::new());
    lines.join("\r\n")
}

/// The codec that an answer asks for on its first picture line.
pub fn asked_for(answer: &str) -> Option<PictureCodec> {
    let line = answer.lines().find(|line| line.starts_with("m=video "))?;
    let first = line.split(' ').nth(FORMATS_AT)?;
    let prefix = format!("a=rtpmap:{first} ");
    let format = answer.lines().find_map(|line| line.strip_prefix(&prefix))?;
    [("h264/", PictureCodec::H264), ("vp8/", PictureCodec::Vp8)]
        .into_iter()
        .find_map(|(name, codec)| format.to_ascii_lowercase().starts_with(name).then_some(codec))
}
