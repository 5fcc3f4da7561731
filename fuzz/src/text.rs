//! Text and JSON that people, pages and journals send: ids, lines for the air, scenes.

use plenary_model::id::{ClipId, EventId, LinkId, SeatId, SourceId};
use plenary_model::scene::{LowerThird, Scene, Transition};
use plenary_model::text::clean_line;
use plenary_model::time::WallMs;
use plenary_programme::text::escape;
use plenary_server::FromPage;
use plenary_show::{Author, Command, Fact, Show};
use plenary_stage::signal::{ToPage, TrackOffer, Wanted};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A text as each kind of id, as a line for the air, and inside a graphic.
pub fn model_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    id::<EventId>(&text);
    id::<SeatId>(&text);
    id::<ClipId>(&text);
    id::<LinkId>(&text);
    id::<SourceId>(&text);
    let line = clean_line(&text);
    assert_eq!(clean_line(&line), line, "a clean line is clean");
    assert!(!line.chars().any(char::is_control), "one line without control characters");
    assert_eq!(line.trim(), line, "no space at the ends");
    let inside = escape(&text);
    assert!(!inside.contains(['<', '>', '"', '\'']), "no markup comes from outside");
}

fn id<T: std::str::FromStr + std::fmt::Display + PartialEq + std::fmt::Debug>(text: &str) {
    let Ok(id) = text.parse::<T>() else { return };
    let written = id.to_string();
    assert_eq!(written.parse::<T>().ok(), Some(id), "an id comes back from its text");
    assert!(written.eq_ignore_ascii_case(text), "an id has one spelling but for its case");
}

/// One JSON text, read as everything that pages and the journal send as JSON.
pub fn json_bodies(data: &[u8]) {
    same_again::<Vec<TrackOffer>>(data);
    same_again::<Vec<Wanted>>(data);
    same_again::<ToPage>(data);
    let transition = same_again::<Transition>(data);
    let lower_third = same_again::<LowerThird>(data);
    let scene = same_again::<Scene>(data);
    let fact = same_again::<Fact>(data);

    let mut show = Show::new();
    let mut do_it = |command: Command| {
        let told = show.handle(WallMs(0), Author::Person, &command);
        if let Err(refused) = told {
            assert!(!refused.to_string().is_empty() && !refused.code().is_empty());
        }
    };
    if let Some(scene) = scene {
        do_it(Command::SetPreview { scene });
    }
    do_it(Command::SetLowerThird { lower_third });
    if let Some(transition) = transition {
        do_it(Command::Take { transition, seen_revision: 1 });
    }
    let on_air = show.programme().scene();
    assert_eq!(on_air.places.len(), on_air.layout.places(), "a scene fits its layout");
    let view = serde_json::to_string(&show.view());
    assert!(view.is_ok(), "every show can be told");
    if let Some(fact) = fact {
        show.apply(&fact);
    }
}

/// One text message on a page's socket.
pub fn page_message(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(message) = serde_json::from_str::<FromPage>(text) else { return };
    let value = serde_json::from_str::<Value>(text).expect("a message is JSON");
    let again = serde_json::from_value::<FromPage>(value);
    assert_eq!(again.ok(), Some(message), "the order of its fields does not matter");
}

fn same_again<T: DeserializeOwned + Serialize>(data: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(data).ok()?;
    let written = serde_json::to_string(&read).expect("what could be read can be written");
    let again: T = serde_json::from_str(&written).expect("and read again");
    assert_eq!(serde_json::to_string(&again).ok(), Some(written), "as the same text");
    Some(read)
}
