//! The tree as people change it, by scripts and by chance.

use insta::assert_snapshot;
use plenary_model::unit::{UnitCode, UnitRecord, UnitState};
use plenary_organisation::{Change, Tree};
use proptest::prelude::*;

fn code(text: &str) -> UnitCode {
    text.parse().expect("a code")
}

/// One word for each change: `+b<a` creates b under a, `b<a` moves it, `b=Name`, `-b` closes, `*b`
/// reopens, `b#2` is its order.
fn change(word: &str) -> Change {
    let place = |of: &str| (!of.is_empty()).then(|| code(of));
    if let Some(new) = word.strip_prefix('+') {
        let (unit, parent) = new.split_once('<').unwrap_or((new, ""));
        let (name, kind) = (format!("Unit {unit}"), "branch".to_owned());
        return Change::Created { code: code(unit), name, kind, order: 0, parent: place(parent) };
    }
    if let Some(closed) = word.strip_prefix('-') {
        return Change::Closed { code: code(closed) };
    }
    if let Some(open) = word.strip_prefix('*') {
        return Change::Reopened { code: code(open) };
    }
    if let Some((unit, name)) = word.split_once('=') {
        return Change::Renamed { code: code(unit), name: name.to_owned() };
    }
    if let Some((unit, order)) = word.split_once('#') {
        let order = order.parse().expect("a number");
        return Change::Described { code: code(unit), kind: "branch".to_owned(), order };
    }
    let (unit, parent) = word.split_once('<').expect("a move");
    Change::Moved { code: code(unit), parent: place(parent) }
}

/// What came of each word, and the tree in the end, a level to the right for each unit below.
fn transcript(script: &str) -> String {
    let mut tree = Tree::default();
    let mut said = String::new();
    for word in script.split_whitespace() {
        let change = change(word);
        match tree.check(&change) {
            Ok(()) => tree.apply(&change),
            Err(refused) => said += &format!("{word}: {refused}\n"),
        }
    }
    for index in tree.all() {
        let unit = tree.unit(index);
        let closed = if unit.state == UnitState::Closed { " (closed)" } else { "" };
        let indent = "  ".repeat(tree.level(index) - 1);
        said += &format!("{indent}{} {}{closed}\n", unit.code, unit.name);
    }
    said
}

#[test]
fn units_are_made_moved_renamed_and_closed_with_everything_below() {
    assert_snapshot!(transcript("
        +hq +north<hq +south<hq +n1<north +n2<north +s1<south
        north=北区 n2#-1 -north *n1 s1<n1 north<south
    "), @r"
    hq Unit hq
      south Unit south
        north 北区
          n2 Unit n2 (closed)
          n1 Unit n1
            s1 Unit s1
    ");
}

#[test]
fn what_cannot_be_is_refused_with_a_reason_and_changes_nothing() {
    assert_snapshot!(transcript("
        +a +b<a +c<b +a +d<x a<c a<a b<x x=Name b= b#1
    "), @r"
    +a: there is a unit a already
    +d<x: there is no unit x
    a<c: unit a cannot stand under c, which is below it
    a<a: unit a cannot stand under a, which is below it
    b<x: there is no unit x
    x=Name: there is no unit x
    b=: a unit's name is one line of 1 to 80 characters
    a Unit a
      b Unit b
        c Unit c
    ");
}

#[test]
fn a_tree_ends_at_its_deepest_level() {
    let mut script = "+u1".to_owned();
    for level in 2..=33 {
        script += &format!(" +u{level}<u{}", level - 1);
    }
    script += " +top u1<top";
    let said = transcript(&script);
    let refused: Vec<&str> = said.lines().filter(|line| line.contains("levels")).collect();
    assert_eq!(
        refused,
        [
            "+u33<u32: an organisation has at most 32 levels",
            "u1<top: an organisation has at most 32 levels"
        ]
    );
}

fn record(word: &str) -> UnitRecord {
    let (unit, parent) = word.split_once('<').unwrap_or((word, ""));
    let closed = unit.starts_with('-');
    UnitRecord {
        code: code(unit.trim_start_matches('-')),
        name: format!("Unit {unit}"),
        kind: "branch".to_owned(),
        order: 0,
        parent: (!parent.is_empty()).then(|| code(parent)),
        state: if closed { UnitState::Closed } else { UnitState::Open },
    }
}

#[test]
fn stored_units_form_the_tree_that_they_came_from_in_any_order() {
    let records = ["-c<b", "b<a", "a", "x", "d<x"].map(record);
    let mut backwards = records.to_vec();
    backwards.reverse();
    let tree = Tree::from_records(records.to_vec()).expect("a tree");
    let same = Tree::from_records(backwards).expect("the same tree");
    assert_eq!(tree.records_since(&same), []);
    let mut kept = tree.records_since(&Tree::default());
    assert!(kept.iter().zip(1..).all(|(unit, place)| {
        unit.parent.is_none()
            || kept[..place].iter().any(|up| Some(&up.code) == unit.parent.as_ref())
    }));
    kept.sort_by(|one, other| one.code.cmp(&other.code));
    let mut wanted = records.to_vec();
    wanted.sort_by(|one, other| one.code.cmp(&other.code));
    assert_eq!(kept, wanted);
}

#[test]
fn only_what_changed_is_stored_again() {
    let before =
        Tree::from_records(["a", "b<a", "c<b", "d<a"].map(record).to_vec()).expect("a tree");
    let mut after = before.clone();
    for word in ["-b", "d<b", "+e<d", "a=A"] {
        after.apply(&change(word));
    }
    let changed = after.records_since(&before);
    let said: Vec<String> = changed
        .iter()
        .map(|unit| format!("{} {} {:?}", unit.code, unit.name, unit.state))
        .collect();
    assert_eq!(
        said,
        ["a A Open", "b Unit b Closed", "c Unit c Closed", "d Unit d Open", "e Unit e Open"]
    );
}

#[test]
fn stored_units_that_form_no_tree_are_refused() {
    let refused = |words: &[&str]| {
        let records = words.iter().map(|word| record(word)).collect();
        Tree::from_records(records).expect_err("no tree").to_string()
    };
    let said = [
        refused(&["a", "b<a", "b"]),
        refused(&["a", "c<b", "b<z"]),
        refused(&["a", "c<b", "d<c", "b<d"]),
    ];
    assert_snapshot!(said.join("\n"), @r"
    there is a unit b already
    there is no unit z
    unit c cannot stand under b, which is below it
    ");
}

proptest! {
    #[test]
    fn however_it_is_changed_every_unit_stands_once_and_under_what_it_says(
        moves in prop::collection::vec((0_u8..12, 0_u8..13, any::<i8>()), 0..60),
    ) {
        let mut tree = Tree::default();
        let name = |n: u8| code(&format!("u{n}"));
        for (unit, parent, order) in moves {
            let under = (parent < 12).then(|| name(parent));
            let change = match tree.find(&name(unit)) {
                None => Change::Created {
                    code: name(unit),
                    name: "Unit".into(),
                    kind: String::new(),
                    order: order.into(),
                    parent: under,
                },
                Some(_) if order < 0 => Change::Moved { code: name(unit), parent: under },
                Some(_) => Change::Described {
                    code: name(unit),
                    kind: String::new(),
                    order: order.into(),
                },
            };
            if tree.check(&change).is_ok() {
                tree.apply(&change);
            }
        }
        let walked: Vec<_> = tree.all().collect();
        prop_assert_eq!(walked.len(), tree.len());
        for index in walked {
            prop_assert_eq!(tree.find(&tree.unit(index).code), Some(index));
            let siblings = match tree.parent(index) {
                Some(parent) => tree.below(parent),
                None => tree.tops(),
            };
            prop_assert!(siblings.contains(&index));
            let places = siblings.iter().map(|sibling| {
                let unit = tree.unit(*sibling);
                (unit.order, &unit.code)
            });
            prop_assert!(places.is_sorted());
            for below in tree.downwards(index) {
                prop_assert!(tree.is_within(below, index));
            }
        }
    }
}
