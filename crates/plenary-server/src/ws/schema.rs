//! Parts of the socket messages that the stage defines, once more for the description: the stage
//! itself knows no OpenAPI.
#![cfg_attr(not(test), expect(dead_code, reason = "described, never made"))]

use serde::Serialize;
use utoipa::ToSchema;

/// What a media line of an offer is for, seen from the page.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// The page sends its camera.
    CameraVideo,
    /// The page sends its microphone.
    CameraAudio,
    /// The page sends its screen.
    ScreenVideo,
    /// The page sends the sound of its screen.
    ScreenAudio,
    /// Receive slot for a picture.
    Video,
    /// Receive slot for a sound.
    Audio,
    /// The page receives the programme's picture.
    ProgrammeVideo,
    /// The page receives the programme's sound.
    ProgrammeAudio,
}

/// One media line of an offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferedTrack {
    /// The `a=mid` of the line.
    mid: String,
    /// What it is for.
    kind: TrackKind,
}

/// A picture that a page shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct WantedPicture {
    /// Whose picture.
    source: String,
    /// How wide it is on the page, in device pixels.
    width: u32,
}

/// What arrives on one receive slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct MappedSlot {
    /// The slot's `a=mid`.
    mid: String,
    /// The source, or nothing.
    #[schema(required)]
    source: Option<String>,
}

#[cfg(test)]
mod tests {
    use plenary_model::id::SourceId;
    use plenary_stage::signal::{SlotSource, TrackOffer, TrackUse, Wanted};

    use super::*;

    /// A part as it is described here and as the stage says it.
    fn same<D: Serialize, S: Serialize>(described: &D, said: &S) {
        let described = serde_json::to_value(described).expect("the described part is JSON");
        let said = serde_json::to_value(said).expect("the stage's part is JSON");
        assert_eq!(described, said);
    }

    #[test]
    fn the_description_says_what_the_stage_says() {
        let kinds = [
            (TrackKind::CameraVideo, TrackUse::CameraVideo),
            (TrackKind::CameraAudio, TrackUse::CameraAudio),
            (TrackKind::ScreenVideo, TrackUse::ScreenVideo),
            (TrackKind::ScreenAudio, TrackUse::ScreenAudio),
            (TrackKind::Video, TrackUse::Video),
            (TrackKind::Audio, TrackUse::Audio),
            (TrackKind::ProgrammeVideo, TrackUse::ProgrammeVideo),
            (TrackKind::ProgrammeAudio, TrackUse::ProgrammeAudio),
        ];
        for (described, said) in kinds {
            same(
                &OfferedTrack { mid: "0".to_owned(), kind: described },
                &TrackOffer { mid: "0".to_owned(), kind: said },
            );
        }
        let text = "cam_00000000000000000000000000000001";
        let source: SourceId = text.parse().expect("a source");
        same(
            &WantedPicture { source: text.to_owned(), width: 320 },
            &Wanted { source, width: 320 },
        );
        same(
            &MappedSlot { mid: "4".to_owned(), source: Some(text.to_owned()) },
            &SlotSource { mid: "4".to_owned(), source: Some(source) },
        );
    }
}
