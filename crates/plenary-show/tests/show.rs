//! The show as a director meets it: scripts of commands and the transcript of what happens.
#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use plenary_model::id::{SeatId, SourceId};
use plenary_model::scene::{Layout, LowerThird, Programme, Scene, Transition};
use plenary_model::time::WallMs;
use plenary_show::{Author, Command, Direction, Fact, Refused, Show};
use proptest::prelude::*;
use uuid::Uuid;

fn camera(n: u128) -> SourceId {
    SourceId::Camera(SeatId::new(Uuid::from_u128(n)))
}

fn scene(layout: Layout, cameras: &[u128]) -> Scene {
    let mut scene = Scene::empty(layout);
    scene.places = cameras.iter().map(|n| Some(camera(*n))).collect();
    scene
}

fn described(scene: &Scene) -> String {
    let places: Vec<String> = scene
        .places
        .iter()
        .map(|place| match place {
            Some(source) => {
                source.to_string().trim_start_matches("cam_").trim_start_matches('0').into()
            }
            None => "-".into(),
        })
        .collect();
    let graphic = match &scene.lower_third {
        Some(third) => format!(" “{}|{}”", third.name, third.detail),
        None => String::new(),
    };
    format!("{:?} {}{graphic}", scene.layout, places.join(","))
}

fn state(show: &Show) -> String {
    let view = show.view();
    let programme = match &view.programme {
        Programme::Scene { scene } => described(scene),
        Programme::Slate { behind } => format!("SLATE ({})", described(behind)),
    };
    let undo = if view.can_undo { " undo" } else { "" };
    let muted: String = view.muted.iter().map(|_| " muted").collect();
    format!(
        "{} [{programme}] next [{}] {:?}{undo}{muted}",
        view.revision,
        described(&view.preview),
        view.direction
    )
}

/// One line of a script: `auto` in front speaks for the automatic direction; `take` takes at the
/// present revision, `take@3` at the third.
fn command(show: &Show, line: &str) -> Command {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let third = |text: &str| {
        let (name, detail) = text.split_once('|').unwrap();
        LowerThird { name: name.into(), detail: detail.into() }
    };
    match verb {
        "preview" => {
            let cameras: Vec<u128> = rest.split(',').map(|n| n.parse().unwrap()).collect();
            let layout = match cameras.len() {
                1 => Layout::Full,
                2 => Layout::Two,
                _ => Layout::Four,
            };
            Command::SetPreview { scene: scene(layout, &cameras) }
        }
        "undo" => Command::Undo,
        "take" => Command::Take { transition: Transition::Cut, seen_revision: show.revision() },
        "fade" => Command::Take {
            transition: Transition::Fade { ms: rest.parse().unwrap() },
            seen_revision: show.revision(),
        },
        "name" => Command::SetLowerThird { lower_third: Some(third(rest)) },
        "nameless" => Command::SetLowerThird { lower_third: None },
        "slate" => Command::SetSlate { on: rest == "on" },
        "automatic" => Command::SetDirection { mode: Direction::Automatic },
        "manual" => Command::SetDirection { mode: Direction::Manual },
        "mute" | "unmute" => {
            Command::SetSourceMuted { source: camera(rest.parse().unwrap()), muted: verb == "mute" }
        }
        _ => Command::Take {
            transition: Transition::Cut,
            seen_revision: verb.strip_prefix("take@").unwrap().parse().unwrap(),
        },
    }
}

fn transcript(script: &str) -> String {
    let mut show = Show::new();
    let mut out = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (by, words) = match line.strip_prefix("auto ") {
            Some(words) => (Author::Automatic, words),
            None => (Author::Person, line),
        };
        let command = command(&show, words);
        let heard = match show.handle(WallMs(0), by, &command) {
            Ok(_) => state(&show),
            Err(refused) => format!("{}: {refused}", refused.code()),
        };
        out.push_str(&format!("{line} -> {heard}\n"));
    }
    out
}

#[test]
fn a_take_swaps_preview_and_programme() {
    assert_snapshot!(transcript("
        preview 1
        take
        preview 1,2
        fade 500
        take
    "), @r"
    preview 1 -> 1 [Full -] next [Full 1] Manual undo
    take -> 2 [Full 1] next [Full -] Manual
    preview 1,2 -> 3 [Full 1] next [Two 1,2] Manual undo
    fade 500 -> 4 [Two 1,2] next [Full 1] Manual
    take -> 5 [Full 1] next [Two 1,2] Manual
    ");
}

#[test]
fn the_slower_of_two_directors_is_told_and_a_long_fade_refused() {
    assert_snapshot!(transcript("
        preview 1
        take@0
        take@1
        take@1
        fade 3001
    "), @r"
    preview 1 -> 1 [Full -] next [Full 1] Manual undo
    take@0 -> show_changed: the show has changed meanwhile (revision 1, seen 0); look and take again
    take@1 -> 2 [Full 1] next [Full -] Manual
    take@1 -> show_changed: the show has changed meanwhile (revision 2, seen 1); look and take again
    fade 3001 -> fade_too_long: a fade of 3001 ms is too long; at most 3000 ms
    ");
}

#[test]
fn undo_goes_back_through_previews_and_never_over_a_take() {
    assert_snapshot!(transcript("
        undo
        preview 1
        preview 2
        preview 2
        undo
        undo
        undo
        preview 3
        take
        undo
    "), @r"
    undo -> nothing_to_undo: there is no preview change to take back
    preview 1 -> 1 [Full -] next [Full 1] Manual undo
    preview 2 -> 2 [Full -] next [Full 2] Manual undo
    preview 2 -> 2 [Full -] next [Full 2] Manual undo
    undo -> 3 [Full -] next [Full 1] Manual undo
    undo -> 4 [Full -] next [Full -] Manual
    undo -> nothing_to_undo: there is no preview change to take back
    preview 3 -> 5 [Full -] next [Full 3] Manual undo
    take -> 6 [Full 3] next [Full -] Manual
    undo -> nothing_to_undo: there is no preview change to take back
    ");
}

#[test]
fn the_slate_needs_no_source_and_takes_go_on_behind_it() {
    assert_snapshot!(transcript("
        slate on
        slate on
        preview 1
        take
        slate off
    "), @r"
    slate on -> 1 [SLATE (Full -)] next [Full -] Manual
    slate on -> 1 [SLATE (Full -)] next [Full -] Manual
    preview 1 -> 2 [SLATE (Full -)] next [Full 1] Manual undo
    take -> 3 [SLATE (Full 1)] next [Full -] Manual
    slate off -> 4 [Full 1] next [Full -] Manual
    ");
}

#[test]
fn lower_thirds_are_cleaned_and_must_name_somebody() {
    assert_snapshot!(transcript("
        name  李\u{202E}雨晴 |四川\t·  成都
        nameless
        name \u{200B} |x
    "), @"
    name  李\u{202E}雨晴 |四川\t·  成都 -> 1 [Full - “李雨晴|四川 · 成都”] next [Full -] Manual
    nameless -> 2 [Full -] next [Full -] Manual
    name \u{200B} |x -> name_empty: a lower third needs a name
    ");
    let long = LowerThird { name: "名".repeat(61), detail: String::new() };
    let refused = Show::new().decide(
        WallMs(0),
        Author::Person,
        &Command::SetLowerThird { lower_third: Some(long) },
    );
    assert_eq!(refused, Err(Refused::LineTooLong { chars: 61, max: 60 }));
}

#[test]
fn a_person_takes_over_from_the_automatic() {
    assert_snapshot!(transcript("
        auto preview 1
        automatic
        auto preview 1
        auto take
        mute 1
        auto preview 2
        unmute 1
        automatic
        manual
    "), @r"
    auto preview 1 -> not_automatic: a person directs this show now
    automatic -> 0 [Full -] next [Full -] Automatic
    auto preview 1 -> 1 [Full -] next [Full 1] Automatic undo
    auto take -> 2 [Full 1] next [Full -] Automatic
    mute 1 -> 2 [Full 1] next [Full -] Manual muted
    auto preview 2 -> not_automatic: a person directs this show now
    unmute 1 -> 2 [Full 1] next [Full -] Manual
    automatic -> 2 [Full 1] next [Full -] Automatic
    manual -> 2 [Full 1] next [Full -] Manual
    ");
}

#[test]
fn a_scene_fills_exactly_its_layout() {
    let wrong = Scene { places: vec![None; 3], ..Scene::empty(Layout::Four) };
    let refused =
        Show::new().decide(WallMs(0), Author::Person, &Command::SetPreview { scene: wrong });
    assert_eq!(refused, Err(Refused::PlacesCount { expected: 4, given: 3 }));
}

#[test]
fn facts_keep_their_names_and_bear_fields_of_later_versions() {
    let mut show = Show::new();
    let set = Command::SetPreview { scene: scene(Layout::Full, &[1]) };
    let take = Command::Take { transition: Transition::Fade { ms: 500 }, seen_revision: 1 };
    let facts: Vec<Fact> = [set, take]
        .iter()
        .map(|command| show.handle(WallMs(7), Author::Person, command).unwrap())
        .collect();
    let json: Vec<String> = facts.iter().map(|f| serde_json::to_string(f).unwrap()).collect();
    assert_snapshot!(json.join("\n"), @r#"
    {"at_ms":7,"by":"person","kind":"preview_set","scene":{"layout":"full","places":["cam_00000000000000000000000000000001"],"lower_third":null}}
    {"at_ms":7,"by":"person","kind":"took","transition":{"kind":"fade","ms":500}}
    "#);
    let later = r#"{"at_ms":7,"by":"person","kind":"slate_set","on":true,"reason":"fire drill"}"#;
    let fact: Fact = serde_json::from_str(later).unwrap();
    assert_eq!(fact.change.kind(), "slate_set");
    assert_snapshot!(serde_json::to_string(&Show::restored([&fact]).view()).unwrap(), @r#"{"revision":1,"programme":{"kind":"slate","behind":{"layout":"full","places":[null],"lower_third":null}},"preview":{"layout":"full","places":[null],"lower_third":null},"transition":{"kind":"cut"},"direction":"manual","muted":[],"can_undo":false,"acts":[],"act":null}"#);
}

fn any_command() -> impl Strategy<Value = Command> {
    let any_scene = (0..6_usize, prop::collection::vec(prop::option::of(0..4_u128), 9)).prop_map(
        |(layout, who)| {
            let layout = Layout::ALL[layout];
            let places = who.iter().map(|n| n.map(camera)).take(layout.places()).collect();
            Scene { layout, places, lower_third: None }
        },
    );
    prop_oneof![
        4 => any_scene.prop_map(|scene| Command::SetPreview { scene }),
        2 => Just(Command::Undo),
        4 => (0..40_u64, 0..4_000_u32).prop_map(|(seen_revision, ms)| Command::Take {
            transition: Transition::Fade { ms },
            seen_revision,
        }),
        1 => prop::option::of("\\PC{0,70}").prop_map(|name| Command::SetLowerThird {
            lower_third: name.map(|name| LowerThird { name, detail: String::new() }),
        }),
        1 => any::<bool>().prop_map(|on| Command::SetSlate { on }),
        1 => any::<bool>().prop_map(|manual| Command::SetDirection {
            mode: if manual { Direction::Manual } else { Direction::Automatic },
        }),
        1 => (0..4_u128, any::<bool>())
            .prop_map(|(n, muted)| Command::SetSourceMuted { source: camera(n), muted }),
    ]
}

proptest! {
    #[test]
    fn a_show_restored_from_its_journal_is_the_running_one(
        commands in prop::collection::vec((any_command(), any::<bool>()), 0..120),
    ) {
        let mut show = Show::new();
        let mut journal = Vec::new();
        for (command, person) in &commands {
            let by = if *person { Author::Person } else { Author::Automatic };
            let before = show.clone();
            match show.handle(WallMs(1), by, command) {
                Ok(fact) => journal.push(serde_json::to_string(&fact).unwrap()),
                Err(_) => prop_assert_eq!(&before, &show),
            }
            prop_assert!(before.revision() <= show.revision());
            let pictures_changed = before.programme() != show.programme()
                || before.preview() != show.preview();
            prop_assert!(!pictures_changed || before.revision() < show.revision());
        }
        let facts: Vec<Fact> =
            journal.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
        prop_assert_eq!(Show::restored(&facts), show);
    }
}
