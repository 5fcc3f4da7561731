//! The acts of an event as organisers plan them and directors let them begin, by scripts and by chance.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use insta::assert_snapshot;
use plenary_model::id::{ActId, SeatId, SourceId};
use plenary_model::limits::{ACT_MINUTES_MAX, ACTS_MAX};
use plenary_model::scene::{Layout, Scene};
use plenary_model::time::WallMs;
use plenary_show::{
    ActDraft, ActsBad, Author, Command, Direction, Fact, OF_ACTS, Refused, Show, Which,
};
use proptest::prelude::*;
use uuid::Uuid;

fn act(n: u128) -> ActId {
    ActId::new(Uuid::from_u128(n))
}

fn number(id: ActId) -> u128 {
    id.uuid().as_u128()
}

/// `+3 forum 20` is a further act, `3 forum 20` one that is on the list.
fn draft(text: &str) -> ActDraft {
    let (is_new, text) = match text.trim().strip_prefix('+') {
        Some(text) => (true, text),
        None => (false, text.trim()),
    };
    let (id, rest) = text.split_once(' ').unwrap();
    let (title, minutes) = rest.rsplit_once(' ').unwrap();
    let id = act(id.parse().unwrap());
    let which = if is_new { Which::New(id) } else { Which::Known(id) };
    ActDraft { which, title: title.into(), minutes: minutes.parse().unwrap() }
}

fn command(line: &str) -> Command {
    match line.split_once(' ').unwrap_or((line, "")) {
        ("plan", "") => Command::PlanActs { acts: Vec::new() },
        ("plan", acts) => Command::PlanActs { acts: acts.split(',').map(draft).collect() },
        ("begin", id) => Command::BeginAct { act: act(id.parse().unwrap()) },
        (verb, _) => panic!("no command {verb}"),
    }
}

fn state(show: &Show) -> String {
    let mut said = String::new();
    let view = show.view();
    for shown in &view.acts {
        let now = if view.act == Some(shown.id) { "*" } else { "" };
        let id = number(shown.id);
        write!(said, " [{now}{id} {} {}", shown.title, shown.minutes).unwrap();
        if let Some(began) = shown.began_ms {
            write!(said, " @{}", began.0).unwrap();
        }
        said.push(']');
    }
    said
}

/// Each line is a wall clock and a command.
fn transcript(script: &str) -> String {
    let mut show = Show::new();
    let mut out = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (at, words) = line.split_once(' ').unwrap();
        let at = WallMs(at.parse().unwrap());
        let heard = match show.handle(at, Author::Person, &command(words)) {
            Ok(_) => state(&show),
            Err(refused) => format!(" {}: {refused}", refused.code()),
        };
        writeln!(out, "{line} ->{heard}").unwrap();
    }
    out
}

#[test]
fn acts_begin_one_after_the_other_and_never_twice() {
    assert_snapshot!(transcript("
        10 plan +1 致辞 5, +2 表彰 20, +3 论坛 60
        20 begin 1
        30 begin 1
        40 begin 3
        50 begin 1
        60 begin 9
        70 begin 2
    "), @r#"
    10 plan +1 致辞 5, +2 表彰 20, +3 论坛 60 -> [1 致辞 5] [2 表彰 20] [3 论坛 60]
    20 begin 1 -> [*1 致辞 5 @20] [2 表彰 20] [3 论坛 60]
    30 begin 1 -> [*1 致辞 5 @20] [2 表彰 20] [3 论坛 60]
    40 begin 3 -> [1 致辞 5 @20] [2 表彰 20] [*3 论坛 60 @40]
    50 begin 1 -> act_began: "致辞" has begun already: it stays where it is
    60 begin 9 -> act_unknown: there is no such act: look at the list again
    70 begin 2 -> [1 致辞 5 @20] [*2 表彰 20 @70] [3 论坛 60 @40]
    "#);
}

#[test]
fn an_act_that_has_begun_is_renamed_but_neither_dropped_nor_moved() {
    assert_snapshot!(transcript("
        10 plan +1 speech 5, +2 film 20, +3 forum 60
        20 begin 1
        30 begin 2
        40 plan 2 film 20, 1 speech 5, 3 forum 60
        40 plan 2 film 20, 3 forum 60
        40 plan
        50 plan 3 forum 60, 1 opening 7, +4 interval 10, 2 film 20
        60 plan 1 opening 7, 2 film 20
    "), @r#"
    10 plan +1 speech 5, +2 film 20, +3 forum 60 -> [1 speech 5] [2 film 20] [3 forum 60]
    20 begin 1 -> [*1 speech 5 @20] [2 film 20] [3 forum 60]
    30 begin 2 -> [1 speech 5 @20] [*2 film 20 @30] [3 forum 60]
    40 plan 2 film 20, 1 speech 5, 3 forum 60 -> act_began: "speech" has begun already: it stays where it is
    40 plan 2 film 20, 3 forum 60 -> act_began: "speech" has begun already: it stays where it is
    40 plan -> act_began: "speech" has begun already: it stays where it is
    50 plan 3 forum 60, 1 opening 7, +4 interval 10, 2 film 20 -> [3 forum 60] [1 opening 7 @20] [4 interval 10] [*2 film 20 @30]
    60 plan 1 opening 7, 2 film 20 -> [1 opening 7 @20] [*2 film 20 @30]
    "#);
}

#[test]
fn a_list_with_a_fault_is_refused_with_the_place_of_the_fault() {
    assert_snapshot!(transcript(&"
        10 plan +1 \u{202E} speech 5
        10 plan +1 \u{200B} 5
        10 plan 1 speech 5, +2 LONG 5
        10 plan 1 speech 5, +2 film 0
        10 plan 1 speech 1441
        10 plan 1 speech 5, 2 film 5
        10 plan 1 speech 5, 1 film 5
        10 plan +1 speech 5
    ".replace("LONG", &"长".repeat(61))), @"
    10 plan +1 \u{202E} speech 5 -> [1 speech 5]
    10 plan +1 \u{200B} 5 -> acts_bad: act 1 needs a title of 1 to 60 characters, not 0
    10 plan 1 speech 5, +2 长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长 5 -> acts_bad: act 2 needs a title of 1 to 60 characters, not 61
    10 plan 1 speech 5, +2 film 0 -> acts_bad: act 2 takes 1 to 1440 minutes, not 0
    10 plan 1 speech 1441 -> acts_bad: act 1 takes 1 to 1440 minutes, not 1441
    10 plan 1 speech 5, 2 film 5 -> acts_bad: act 2 names an act that is not on the list any more: look at it again
    10 plan 1 speech 5, 1 film 5 -> acts_bad: act 2 is on the list already: name each act once
    10 plan +1 speech 5 -> acts_bad: act 1 is on the list already: name each act once
    ");
    let full = |count: usize| {
        let acts = (1..=count as u128).map(|n| draft(&format!("+{n} x 1"))).collect();
        Show::new().decide(WallMs(0), Author::Person, &Command::PlanActs { acts })
    };
    assert!(full(ACTS_MAX).is_ok());
    assert_eq!(full(ACTS_MAX + 1), Err(Refused::ActsBad(ActsBad::TooMany)));
}

#[test]
fn acts_neither_change_the_picture_nor_end_the_automatic_direction() {
    let mut show = Show::new();
    let mut handle =
        |command| show.handle(WallMs(5), Author::Person, &command).map(|_| show.view());
    let before = handle(Command::SetDirection { mode: Direction::Automatic }).unwrap();
    handle(command("plan +1 speech 5")).unwrap();
    let after = handle(command("begin 1")).unwrap();
    assert_eq!((after.revision, after.direction), (before.revision, Direction::Automatic));
    assert_eq!(after.act, Some(act(1)));
    let scene = Scene::empty(Layout::Two);
    let taken_over = handle(Command::SetPreview { scene }).unwrap();
    assert_eq!(taken_over.direction, Direction::Manual);
    assert_eq!(taken_over.act, Some(act(1)));
}

#[test]
fn an_act_begins_behind_the_one_before_it_even_where_the_clock_was_set_back() {
    assert_snapshot!(transcript("
        10 plan +1 speech 5, +2 film 5
        5000 begin 2
        4000 begin 1
    "), @r"
    10 plan +1 speech 5, +2 film 5 -> [1 speech 5] [2 film 5]
    5000 begin 2 -> [1 speech 5] [*2 film 5 @5000]
    4000 begin 1 -> [*1 speech 5 @5001] [2 film 5 @5000]
    ");
}

#[test]
fn facts_about_acts_keep_their_names() {
    let mut show = Show::new();
    let mut json = |at, line| {
        let fact = show.handle(WallMs(at), Author::Person, &command(line)).unwrap();
        assert!(OF_ACTS.contains(&fact.change.kind()));
        serde_json::to_string(&fact).unwrap()
    };
    assert_snapshot!([json(7, "plan +1 表彰 20"), json(8, "begin 1")].join("\n"), @r#"
    {"at_ms":7,"by":"person","kind":"acts_planned","acts":[{"id":"act_00000000000000000000000000000001","title":"表彰","minutes":20}]}
    {"at_ms":8,"by":"person","kind":"act_began","act":"act_00000000000000000000000000000001"}
    "#);
    let view = show.view();
    assert_snapshot!(serde_json::to_string(&(&view.acts, view.act)).unwrap(), @r#"[[{"id":"act_00000000000000000000000000000001","title":"表彰","minutes":20,"began_ms":8}],"act_00000000000000000000000000000001"]"#);
}

fn any_command() -> impl Strategy<Value = Command> {
    let draft = (0..8_u128, any::<bool>(), 0..ACT_MINUTES_MAX + 2, "[a-c ]{0,2}").prop_map(
        |(n, is_new, minutes, title)| {
            let which = if is_new { Which::New(act(n)) } else { Which::Known(act(n)) };
            ActDraft { which, title, minutes: minutes.min(3) }
        },
    );
    let muted = SourceId::Camera(SeatId::new(Uuid::from_u128(1)));
    prop_oneof![
        4 => prop::collection::vec(draft, 0..5).prop_map(|acts| Command::PlanActs { acts }),
        4 => (0..8_u128).prop_map(|n| Command::BeginAct { act: act(n) }),
        1 => any::<bool>().prop_map(move |on| Command::SetSourceMuted { source: muted, muted: on }),
        1 => any::<bool>().prop_map(|on| Command::SetSlate { on }),
    ]
}

proptest! {
    #[test]
    fn what_has_begun_stays_and_a_journal_tells_it_all(
        commands in prop::collection::vec((any_command(), 0..50_u64), 0..80),
    ) {
        let mut show = Show::new();
        let mut journal = Vec::new();
        for (command, at) in &commands {
            let before = show.clone();
            match show.handle(WallMs(*at), Author::Person, command) {
                Ok(fact) => journal.push(serde_json::to_string(&fact).unwrap()),
                Err(_) => prop_assert_eq!(&before, &show),
            }
            let order = |show: &Show| -> Vec<ActId> {
                show.acts().begun().into_iter().map(|begun| begun.id).collect()
            };
            prop_assert!(order(&show).starts_with(&order(&before)), "what began stays in its order");
            let begun = show.acts().begun();
            prop_assert_eq!(begun.last().map(|act| act.id), show.acts().now());
            for (one, next) in begun.iter().zip(begun.iter().skip(1)) {
                prop_assert!(one.from < next.from);
                prop_assert_eq!(one.until, Some(next.from));
            }
        }
        let facts: Vec<Fact> =
            journal.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
        prop_assert_eq!(&Show::restored(&facts), &show);
        let of_acts = facts.iter().filter(|fact| OF_ACTS.contains(&fact.change.kind()));
        let restored = Show::restored(of_acts);
        prop_assert_eq!(restored.acts(), show.acts());
    }
}
