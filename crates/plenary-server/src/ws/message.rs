//! The socket messages of docs/protocol.md, both directions.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use plenary_model::id::{EventId, SeatId, SourceId};
use plenary_model::person::Card;
use plenary_show::{Person, ShowView, Tally};
use plenary_stage::signal::{self, SlotSource, TrackOffer, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema;
use crate::http::layouts::LayoutTiles;

/// Page → server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromPage {
    /// A session description with what each of its lines is for.
    Offer {
        /// SDP of type offer.
        sdp: String,
        /// One entry per media line.
        #[schema(value_type = Vec<schema::OfferedTrack>)]
        tracks: Vec<TrackOffer>,
        /// Starts over with a new peer connection.
        #[serde(default)]
        fresh: bool,
    },
    /// What the page shows.
    Wants {
        /// Pictures, the most important first.
        #[schema(value_type = Vec<schema::WantedPicture>)]
        pictures: Vec<Wanted>,
        /// The programme too.
        #[serde(default)]
        programme: bool,
    },
    /// What the person has switched off.
    Muted {
        /// Microphone off.
        microphone: bool,
        /// Camera off.
        camera: bool,
    },
    /// The person raises or lowers the hand.
    Hand {
        /// Raised.
        raised: bool,
    },
    /// The person leaves the stage.
    Leave,
}

/// Server → page.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToPage {
    /// First message.
    Welcome {
        /// The event.
        #[schema(value_type = String)]
        event: EventId,
        /// Its title.
        title: String,
        /// The person's seat; none in the studio.
        #[schema(value_type = Option<String>, required)]
        seat: Option<SeatId>,
        /// How the person is shown; none in the studio.
        #[schema(required)]
        card: Option<Card>,
        /// For the page's peer connection, as in RTCConfiguration.
        ice_servers: Vec<IceServer>,
        /// Every layout with its tiles.
        layouts: Vec<LayoutTiles>,
    },
    /// Everybody on the stage, on every change.
    Roster {
        /// In the order in which they came.
        people: Vec<Person>,
    },
    /// The active speaker.
    Speaking {
        /// Who, or nobody.
        #[schema(value_type = Option<String>, required)]
        seat: Option<SeatId>,
    },
    /// The show, on every change.
    Show {
        /// As it is now.
        #[schema(value_type = ShowView)]
        show: Arc<ShowView>,
    },
    /// All sources, about twice a second.
    Sources {
        /// In the order in which they came.
        sources: Vec<Source>,
    },
    /// How the event does, once a second.
    Health(Health),
    /// The last message was not acted on.
    Refused {
        /// Stable name of the reason.
        code: &'static str,
        /// A sentence for the person.
        message: String,
    },
    /// The connection ends.
    Closed {
        /// Why.
        code: Closed,
    },
    /// The answer to the last offer.
    Answer {
        /// Session description of type answer.
        sdp: String,
    },
    /// How many receive slots the page should have.
    Slots {
        /// For pictures.
        video: usize,
        /// For sounds.
        audio: usize,
    },
    /// What arrives on each receive slot, always all of them.
    Map {
        /// In the order of the offer.
        #[schema(value_type = Vec<schema::MappedSlot>)]
        slots: Vec<SlotSource>,
        /// Pictures that the page wants and cannot decode.
        #[schema(value_type = Vec<String>)]
        undecodable: Vec<SourceId>,
    },
    /// The page shall offer again as it is: the answer asks for another codec.
    Renegotiate,
}

impl From<signal::ToPage> for ToPage {
    fn from(said: signal::ToPage) -> Self {
        match said {
            signal::ToPage::Answer { sdp } => Self::Answer { sdp },
            signal::ToPage::Slots { video, audio } => Self::Slots { video, audio },
            signal::ToPage::Map { slots, undecodable } => Self::Map { slots, undecodable },
            signal::ToPage::Renegotiate => Self::Renegotiate,
        }
    }
}

impl ToPage {
    /// The message as it is sent.
    pub fn text(&self) -> Utf8Bytes {
        match serde_json::to_string(self) {
            Ok(text) => text.into(),
            Err(error) => {
                unreachable!("socket messages have no part that JSON cannot hold: {error}")
            }
        }
    }
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// The link was opened on another page.
    Elsewhere,
    /// The event has ended; the page does not come back.
    Ended,
    /// The server stops or restarts; the page comes back by itself.
    Restart,
}

/// One STUN or TURN server, as in RTCIceServer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IceServer {
    /// Its addresses.
    pub urls: Vec<String>,
    /// Of a TURN server: whom it lets in, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub username: Option<String>,
    /// Of a TURN server: the password of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub credential: Option<String>,
}

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Camera and microphone of a seat.
    Camera,
    /// Shared screen of a seat.
    Screen,
    /// A clip file.
    Clip,
}

/// What the compositor sees of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    /// Fresh pictures.
    Live,
    /// The last picture stands.
    Held,
    /// The person's card stands in.
    Card,
    /// It is not being decoded, or there was no picture yet.
    None,
}

/// One source as the studio shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Source {
    /// Which.
    #[schema(value_type = String)]
    pub id: SourceId,
    /// What it is.
    pub kind: SourceKind,
    /// Whose it is.
    pub card: Card,
    /// Whether media arrives.
    pub connected: bool,
    /// Loudness in dB full scale.
    pub level_db: f32,
    /// Packets lost on the way to the server, in percent.
    pub loss_percent: f32,
    /// Width of its newest picture, 0 before the first.
    pub width: u32,
    /// Height of its newest picture, 0 before the first.
    pub height: u32,
    /// Silent in the programme.
    pub muted: bool,
    /// What the compositor sees of it.
    pub picture: Picture,
    /// Tally light.
    pub tally: Tally,
}

/// How the encoder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoder {
    /// Every picture in time.
    Ok,
    /// Pictures were skipped or the governor has stepped in.
    Late,
    /// The media worker is being started again.
    Restarting,
}

/// How the recording does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recording {
    /// Every part is on disk.
    Ok,
    /// Parts are missing; the broadcast goes on.
    Failed,
}

/// How the event does.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Health {
    /// The encoder.
    pub encoder: Encoder,
    /// The recording.
    pub recording: Recording,
    /// Players that follow the broadcast, estimated from their playlist requests.
    pub viewers: u64,
    /// CPU of the media engine, in percent of one core.
    pub cpu_percent: f32,
    /// How long the event has been on air.
    pub on_air_ms: u64,
    /// What the director should know, newest last.
    pub notices: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_two_types_is_not_one() {
        let twice = r#"{"type":"hand","raised":true,"type":"leave"}"#;
        assert!(serde_json::from_str::<FromPage>(twice).is_err());
        let field = r#"{"type":"hand","raised":true,"raised":false}"#;
        assert!(serde_json::from_str::<FromPage>(field).is_err());
    }

    #[test]
    fn the_stage_says_the_same_through_the_socket() {
        let slot = |mid: &str| SlotSource { mid: mid.to_owned(), source: None };
        for said in [
            signal::ToPage::Answer { sdp: "v=0".to_owned() },
            signal::ToPage::Slots { video: 6, audio: 5 },
            signal::ToPage::Map {
                slots: vec![slot("4"), slot("5")],
                undecodable: vec![SourceId::Camera(SeatId::new(uuid::Uuid::from_u128(7)))],
            },
            signal::ToPage::Renegotiate,
        ] {
            let own = serde_json::to_string(&said).expect("the stage's message is JSON");
            assert_eq!(ToPage::from(said).text().as_str(), own);
        }
    }
}
