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
