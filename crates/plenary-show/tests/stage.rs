//! Who is on the stage with which light, and what the automatic direction does with them.
#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::SEATS_MAX;
use plenary_model::person::Card;
use plenary_model::scene::{Layout, Scene, Transition};
use plenary_model::time::WallMs;
use plenary_show::{Author, Command, Direction, Director, LiveSource, Roster, Says, Seen, Show};
use uuid::Uuid;

fn seat(n: u128) -> SeatId {
    SeatId::new(Uuid::from_u128(n))
}

fn card(n: u128) -> Card {
    Card { name: format!("P{n}"), unit: format!("U{n}"), title: String::new() }
}

fn tallies(roster: &Roster, show: &Show) -> String {
    roster.people(show).iter().map(|p| format!("{} {:?}; ", p.card.name, p.tally)).collect()
}

fn on_air(show: &mut Show, places: [u128; 2]) {
    let places = places.map(|n| Some(SourceId::Camera(seat(n)))).to_vec();
    let scene = Scene { layout: Layout::Two, places, lower_third: None };
    show.handle(WallMs(0), Author::Person, &Command::SetPreview { scene }).unwrap();
    let take = Command::Take { transition: Transition::Cut, seen_revision: show.revision() };
    show.handle(WallMs(0), Author::Person, &take).unwrap();
}

#[test]
fn tally_follows_the_show_and_goes_out_behind_the_slate() {
    let mut roster = Roster::default();
    for n in [3, 1, 2] {
        roster.join(seat(n), card(n), Says::default()).unwrap();
    }
    let mut show = Show::new();
    assert_snapshot!(tallies(&roster, &show), @"P3 Off; P1 Off; P2 Off; ");
    on_air(&mut show, [1, 2]);
    assert_snapshot!(tallies(&roster, &show), @"P3 Off; P1 OnAir; P2 OnAir; ");
    on_air(&mut show, [2, 3]);
    assert_snapshot!(tallies(&roster, &show), @"P3 OnAir; P1 Next; P2 OnAir; ");
    show.handle(WallMs(0), Author::Person, &Command::SetSlate { on: true }).unwrap();
    assert_snapshot!(tallies(&roster, &show), @"P3 Next; P1 Next; P2 Next; ");
}

#[test]
fn a_lost_person_keeps_the_seat_and_comes_back_to_it() {
    let mut roster = Roster::default();
    let show = Show::new();
    let asks = Says { hand: true, ..Says::default() };
    roster.join(seat(1), card(1), Says::default()).unwrap();
    assert!(roster.see(seat(1), Seen::Says(asks)));
    assert!(!roster.see(seat(1), Seen::Says(asks)));
    assert!(roster.see(seat(1), Seen::Lost));
    assert!(!roster.see(seat(1), Seen::Says(asks)), "nothing is heard of who is away");
    let away = &roster.people(&show)[0];
    assert!(!away.connected && !away.hand && !away.microphone);
    roster.join(seat(1), card(1), Says { camera: false, ..asks }).unwrap();
    let back = &roster.people(&show)[0];
    assert!(back.connected && back.microphone && !back.camera && back.hand);
    assert!(roster.leave(seat(1)));
    assert!(!roster.leave(seat(1)));
}

#[test]
fn on_a_full_stage_only_somebody_away_gives_way() {
    let mut roster = Roster::default();
    for n in 0..SEATS_MAX as u128 {
        roster.join(seat(n), card(n), Says::default()).unwrap();
    }
    assert_snapshot!(
        roster.join(seat(9_999), card(9), Says::default()).unwrap_err(),
        @"the stage is full: 200 people are connected"
    );
    roster.see(seat(5), Seen::Lost);
    roster.join(seat(9_999), card(9), Says::default()).unwrap();
    assert_eq!(roster.card(seat(5)), None);
    assert_eq!(roster.people(&Show::new()).len(), SEATS_MAX);
}

fn live(cameras: u128, slides_of: Option<u128>) -> Vec<LiveSource> {
    let mut live: Vec<LiveSource> = (1..=cameras)
        .map(|n| LiveSource { id: SourceId::Camera(seat(n)), card: card(n) })
        .collect();
    live.extend(slides_of.map(|n| LiveSource { id: SourceId::Screen(seat(n)), card: card(n) }));
    live
}

/// Lets the automatic direct until `end_ms` and writes down its takes.
fn directed(live: impl Fn(u64) -> Vec<LiveSource>, end_ms: u64) -> String {
    let mut show = Show::new();
    let automatic = Command::SetDirection { mode: Direction::Automatic };
    show.handle(WallMs(0), Author::Person, &automatic).unwrap();
    let mut director = Director::new(0);
    let mut out = String::new();
    while director.deadline() <= end_ms {
        let now = director.deadline();
        let Some(command) = director.handle(now, &show, &live(now)) else { continue };
        show.handle(WallMs(now), Author::Automatic, &command).unwrap();
        let Command::Take { transition, .. } = command else { continue };
        let scene = show.programme().scene();
        let places: Vec<String> = scene
            .places
            .iter()
            .map(|place| match place {
                Some(SourceId::Screen(_)) => "slides".into(),
                Some(camera) => {
                    camera.to_string().trim_start_matches(['c', 'a', 'm', '_', '0']).into()
                }
                None => "-".to_owned(),
            })
            .collect();
        let third = scene.lower_third.as_ref().map_or("", |third| third.name.as_str());
        let how = if transition == Transition::Cut { "cut" } else { "fade" };
        out.push_str(&format!("{now} {how} {:?} {} {third}\n", scene.layout, places.join(",")));
    }
    out
}

#[test]
fn four_people_and_slides_go_through_the_layouts() {
    assert_snapshot!(directed(|_| live(4, Some(2)), 40_000), @r"
    0 cut Full 1 P1
    6000 fade Two 1,2 
    12000 cut Four 1,2,3,4 
    18000 cut PictureInPicture 1,2 
    24000 fade SpeakerSlides slides,2 
    30000 cut Full 2 P2
    36000 fade Two 2,3 
    ");
}

#[test]
fn nobody_is_waited_for_and_one_is_shown_at_once() {
    let script = |now| if now < 3_000 { vec![] } else { live(1, None) };
    assert_snapshot!(directed(script, 10_000), @r"
    3000 cut Full 1 P1
    9000 cut Full 1 P1
    ");
}

#[test]
fn who_leaves_is_replaced_before_the_usual_time_of_the_next_scene() {
    let script = |now| if now < 3_000 { live(1, None) } else { live(3, None).split_off(1) };
    assert_snapshot!(directed(script, 11_000), @r"
    0 cut Full 1 P1
    4000 fade Two 2,3 
    10000 cut PictureInPicture 2,3 
    ");
}
