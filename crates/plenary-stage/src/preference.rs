//! Which codec pictures come in. Everybody sends H.264, unless somebody on the stage cannot show it:
//! then everybody who can sends VP8, which every browser has (RFC 7742 section 5).

use std::time::Instant;

use plenary_model::frame::PictureCodec;
use plenary_model::id::SourceId;

use crate::api::Output;
use crate::packet::Packet;
use crate::seat::Rid;
use crate::signal::ToPage;
use crate::stage::Stage;

/// Kind, port and protocol stand before the formats of a media line (RFC 8866 section 5.14).
const FORMATS_AT: usize = 3;

impl Stage {
    /// The codec that all can show. Who is away for a moment still counts, so that a lost
    /// connection does not change everybody's codec twice.
    pub(crate) fn wanted_codec(&self) -> PictureCodec {
        let lacks =
            |shows: &[PictureCodec]| !shows.is_empty() && !shows.contains(&PictureCodec::H264);
        if self.members.values().any(|member| lacks(&member.shows)) {
            PictureCodec::Vp8
        } else {
            PictureCodec::H264
        }
    }

    /// Has those offer again whose last answer asked for another codec than is wanted now.
    pub(crate) fn ask_for_codec(&mut self, out: &mut Vec<Output>) {
        let wanted = self.wanted_codec();
        for (id, member) in &mut self.members {
            if member.seat.is_some() && member.sends_pictures() && member.asked_codec != wanted {
                member.asked_codec = wanted;
                out.push(Output::Say { seat: *id, message: ToPage::Renegotiate });
            }
        }
    }

    /// Whether a picture's packet continues its layer. When it is the first one in another codec,
    /// others can show the picture than before.
    pub(crate) fn takes(
        &mut self,
        now: Instant,
        (source, rid): (SourceId, Option<Rid>),
        codec: PictureCodec,
        packet: &Packet,
        out: &mut Vec<Output>,
    ) -> bool {
        let picture = self.sources.get_mut(&source).and_then(|source| source.picture.as_mut());
        let Some(picture) = picture else { return false };
        let Some(index) = picture.layer(rid) else { return false };
        if !picture.layers[index].takes(codec, packet) {
            return false;
        }
        if picture.codec != Some(codec) {
            picture.codec = Some(codec);
            self.refresh(now, out);
        }
        true
    }
}

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
