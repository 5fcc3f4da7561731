//! The host beside a media thread that is slow or takes nothing: the show goes on, and the stage
//! hears everything in the end.

use plenary_model::event::Phase;
use plenary_model::id::{ActId, SeatId, SourceId};
use plenary_model::person::Card;
use plenary_model::scene::{Layout, Scene, Transition};
use plenary_show::{ActDraft, Command, Direction, Which};
use plenary_stage::{Link, Part, Refused};
use serde_json::Value;
use uuid::Uuid;

use super::rig::Rig;
use super::stage::EventStage;
use super::{Attached, Page};
use crate::media::deaf::deaf;
use crate::media::{MediaEvent, Offer, Order};
use crate::ws::message::FromPage;

fn seat(n: u128) -> SeatId {
    SeatId::new(Uuid::from_u128(n))
}

fn offer(sdp: &str, fresh: bool) -> Offer {
    Offer { sdp: sdp.into(), tracks: Vec::new(), fresh }
}

impl Rig {
    async fn speaker(&self, seat: SeatId) -> Attached {
        let card = Card { name: "Ada".into(), unit: String::new(), title: String::new() };
        self.host.attach(Page::Stage { seat, card }).await.unwrap()
    }

    async fn put_on_air(&self, source: SourceId) {
        let scene = Scene { layout: Layout::Full, places: vec![Some(source)], lower_third: None };
        let show = self.host.command(Command::SetPreview { scene }).await.unwrap();
        let seen_revision = show.revision;
        let take = Command::Take { transition: Transition::Cut, seen_revision };
        let show = self.host.command(take).await.unwrap();
        assert_eq!(show.programme.scene().places, [Some(source)]);
    }
}

/// The next message of a type to the page.
async fn said(page: &mut Attached, kind: &str) -> Value {
    loop {
        let text = page.says.recv().await.expect("the page is open");
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["type"] == kind {
            return message;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_does_not_wait_for_the_answer_to_an_offer() {
    let rig = Rig::start(64).await;
    let events = rig.media.opened();
    let mut page = rig.speaker(seat(1)).await;
    let asked = FromPage::Offer { sdp: "v=0".into(), tracks: Vec::new(), fresh: true };
    rig.host.said(page.page, asked).await;
    rig.put_on_air(SourceId::Camera(seat(1))).await;

    let refused = Refused::OfferTooLarge;
    events.send(MediaEvent::Refused { seat: seat(1), refused }).await.unwrap();
    let told = said(&mut page, "refused").await;
    assert_eq!(told["code"], "offer_too_large", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn studios_hear_of_acts_and_the_automatic_direction_goes_on() {
    let rig = Rig::start(64).await;
    let mut studio = rig.host.attach(Page::Studio).await.unwrap();
    assert_eq!(said(&mut studio, "show").await["show"]["acts"], serde_json::json!([]));
    let automatic = Command::SetDirection { mode: Direction::Automatic };
    let revision = rig.host.command(automatic).await.unwrap().revision;
    let act = ActId::new(Uuid::from_u128(7));
    let draft = ActDraft { which: Which::New(act), title: "论坛".into(), minutes: 20 };
    rig.host.command(Command::PlanActs { acts: vec![draft] }).await.unwrap();
    rig.host.command(Command::BeginAct { act }).await.unwrap();
    let _direction = said(&mut studio, "show").await;
    let planned = said(&mut studio, "show").await["show"].take();
    assert_eq!((&planned["acts"][0]["title"], &planned["act"]), (&"论坛".into(), &Value::Null));
    let began = said(&mut studio, "show").await["show"].take();
    assert_eq!(began["act"], act.to_string());
    assert!(began["acts"][0]["began_ms"].is_u64(), "{began}");
    let unchanged = (&began["direction"], &began["revision"]);
    assert_eq!(unchanged, (&"automatic".into(), &revision.into()));
    let facts = rig.store.load_facts(rig.host.event(), 0).await.unwrap();
    let kinds: Vec<&str> = facts.iter().map(|fact| fact.kind.as_str()).collect();
    assert_eq!(kinds, ["direction_set", "acts_planned", "act_began"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_busy_stage_did_not_take_it_is_told_again_at_the_next_tick() {
    let rig = Rig::start(1).await;
    // The only room is taken by the opening.
    let mut page = rig.speaker(seat(1)).await;
    let asked = FromPage::Offer { sdp: "v=0".into(), tracks: Vec::new(), fresh: true };
    rig.host.said(page.page, asked).await;
    rig.put_on_air(SourceId::Camera(seat(1))).await;
    assert_eq!(said(&mut page, "welcome").await["type"], "welcome");

    drop(rig.media.opened());
    assert_eq!(rig.media.next_order(), Order::Join { seat: seat(1), part: Part::Speaker });
    assert_eq!(rig.media.next_order(), Order::Offer { seat: seat(1), offer: offer("v=0", true) });
    let fed = Order::Feed { source: SourceId::Camera(seat(1)), width: Some(1280) };
    assert_eq!(rig.media.next_order(), fed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stage_of_an_ended_event_closes_however_busy_it_was() {
    let rig = Rig::start(1).await;
    let mut page = rig.speaker(seat(1)).await;
    rig.host.close().await.unwrap();
    assert_eq!(said(&mut page, "closed").await["code"], "ended");
    let event = rig.store.event(rig.host.event()).await.unwrap().unwrap();
    assert_eq!(event.phase, Phase::Closed);

    drop(rig.media.opened());
    assert_eq!(rig.media.next_order(), Order::Close, "nobody is let in before");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_says_of_its_person_counts_before_and_after_the_connection_is_up() {
    let rig = Rig::start(64).await;
    let events = rig.media.opened();
    let mut page = rig.speaker(seat(1)).await;
    assert_eq!(said(&mut page, "roster").await["people"], serde_json::json!([]));
    rig.host.said(page.page, FromPage::Muted { microphone: true, camera: false }).await;
    rig.host.said(page.page, FromPage::Hand { raised: true }).await;
    // The answer to somebody behind it: it was heard.
    let _other = rig.speaker(seat(2)).await;
    let mut seen = Vec::new();
    for link in [Link::Up, Link::Interrupted, Link::Up] {
        events.send(MediaEvent::Link { seat: seat(1), link }).await.unwrap();
        let person = said(&mut page, "roster").await["people"][0].take();
        seen.push(["connected", "microphone", "camera", "hand"].map(|flag| person[flag] == true));
    }
    let here = [true, false, true, true];
    assert_eq!(seen, [here, [false; 4], here]);
}

#[test]
fn of_what_waits_the_stage_hears_only_what_still_counts() {
    let event = plenary_model::id::EventId::new(Uuid::from_u128(9));
    let (handle, media) = deaf(1);
    let mut stage = EventStage::new(event, handle);
    let (one, two) = (seat(1), seat(2));
    let (camera, screen) = (SourceId::Camera(one), SourceId::Screen(one));
    stage.join(one, Part::Speaker);
    stage.join(two, Part::Speaker);
    stage.offer(two, offer("first", true));
    stage.offer(two, offer("second", false));
    stage.wants(two, Vec::new(), false);
    stage.wants(two, Vec::new(), true);
    stage.feed(camera, Some(640));
    stage.feed(camera, Some(1280));
    stage.feed_keyframe(camera);
    stage.feed_keyframe(camera);
    stage.feed(screen, Some(640));
    stage.feed(screen, None);
    stage.offer(one, offer("never answered", true));
    stage.leave(one);

    let mut heard = media.orders();
    assert_eq!(heard, [Order::Join { seat: one, part: Part::Speaker }], "there was room for one");
    heard.clear();
    for _ in 0..8 {
        stage.tell_again();
        heard.extend(media.orders());
    }
    let expected = [
        Order::Join { seat: two, part: Part::Speaker },
        Order::Offer { seat: two, offer: offer("second", true) },
        Order::Wants { seat: two, pictures: Vec::new(), programme: true },
        Order::Feed { source: camera, width: Some(1280) },
        Order::FeedKeyframe { source: camera },
        Order::Feed { source: screen, width: None },
        Order::Leave { seat: one },
    ];
    assert_eq!(heard, expected);
    stage.join(two, Part::Speaker);
    drop(media);
    stage.feed(camera, None);
    assert!(stage.has_ended());
}
