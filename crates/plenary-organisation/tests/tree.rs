//! The tree as people change it, by scripts and by chance.

use insta::assert_snapshot;
use plenary_model::unit::{UnitCode, UnitState};
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
