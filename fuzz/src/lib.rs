//! What the fuzzing engine and the replaying tests call: for every parser of ours that strangers
//! reach, one function that may be given any bytes and panics when a belief of ours breaks.

mod broadcast;
mod front;
mod pieces;
mod programme;
mod recording;
mod stage;
mod table;
mod text;
mod viewer;

pub use broadcast::{hls_access_unit, hls_reload, live_query, media_request, playlist_check};
pub use front::http_connection;
pub use programme::{
    aac_decoder, clip_index, h264_decoder, opus_decoder, socket_wire, vp8_decoder,
};
pub use recording::recording_index;
pub use stage::{h264_parameters, rtp_h264, rtp_vp8, stage_datagram, stage_feed, stage_offer};
pub use table::table_file;
pub use text::{json_bodies, model_text, page_message};
pub use viewer::{session_fragment, viewer_offer, viewer_rtcp};

/// One function that takes any bytes.
pub type Target = fn(&[u8]);

/// Every target under the name of its binary and of its folder in `seeds/`.
pub const TARGETS: [(&str, Target); 26] = [
    ("aac_decoder", aac_decoder),
    ("clip_index", clip_index),
    ("h264_decoder", h264_decoder),
    ("h264_parameters", h264_parameters),
    ("hls_access_unit", hls_access_unit),
    ("hls_reload", hls_reload),
    ("http_connection", http_connection),
    ("json_bodies", json_bodies),
    ("live_query", live_query),
    ("media_request", media_request),
    ("model_text", model_text),
    ("opus_decoder", opus_decoder),
    ("page_message", page_message),
    ("playlist_check", playlist_check),
    ("recording_index", recording_index),
    ("rtp_h264", rtp_h264),
    ("rtp_vp8", rtp_vp8),
    ("session_fragment", session_fragment),
    ("socket_wire", socket_wire),
    ("stage_datagram", stage_datagram),
    ("stage_feed", stage_feed),
    ("stage_offer", stage_offer),
    ("table_file", table_file),
    ("viewer_offer", viewer_offer),
    ("viewer_rtcp", viewer_rtcp),
    ("vp8_decoder", vp8_decoder),
];
