//! Who may come to an event, told as the person at the door is told.

use insta::assert_snapshot;
use plenary_model::admission::{Admission, AdmittedUnit};
use plenary_model::member::{Person, Standing};
use plenary_model::unit::{UnitRecord, UnitState};
use plenary_organisation::Tree;
use plenary_organisation::admission::Doors;

fn tree() -> Tree {
    let units = [
        ("hq", "集团", None),
        ("gd", "广东", Some("hq")),
        ("gz", "广州", Some("gd")),
        ("th", "天河", Some("gz")),
        ("zj", "浙江", Some("hq")),
        ("sc", "四川", Some("hq")),
        ("cd", "成都", Some("sc")),
    ];
    let record = |(code, name, parent): (&str, &str, Option<&str>)| UnitRecord {
        code: code.parse().expect("a code"),
        name: name.into(),
        kind: String::new(),
        order: 0,
        parent: parent.map(|parent| parent.parse().expect("a code")),
        state: UnitState::Open,
    };
    Tree::from_records(units.map(record).to_vec()).expect("a tree")
}

fn person(code: &str, unit: &str) -> Person {
    Person {
        code: code.parse().expect("a code"),
        name: code.into(),
        unit: unit.parse().expect("a code"),
        email: None,
        phone: None,
        roles: vec![],
        standing: Standing::Member,
    }
}

fn chosen(units: &[(&str, Option<u32>)], people: &[&str]) -> Admission {
    let unit = |(unit, places): &(&str, Option<u32>)| AdmittedUnit {
        unit: unit.parse().expect("a code"),
        places: *places,
    };
    Admission::Chosen {
        units: units.iter().map(unit).collect(),
        people: people.iter().map(|code| code.parse().expect("a code")).collect(),
    }
}

/// What people of some units are told at the door.
fn told(admission: &Admission) -> String {
    let tree = tree();
    let doors = Doors::new(&tree, admission);
    let mut told = String::new();
    for (code, unit) in [("li", "th"), ("wu", "gd"), ("su", "cd"), ("xu", "hq"), ("qi", "gone")] {
        let person = person(code, unit);
        let said = match doors.admit(&person) {
            Ok(unit) => {
                let places = doors.places(&person.code, unit);
                let places: Vec<String> =
                    places.map(|(unit, n)| format!(" {n} of {}", tree.unit(unit).code)).collect();
                format!("come in{}", places.concat())
            }
            Err(refused) => refused.to_string(),
        };
        told += &format!("{code}: {said}\n");
    }
    told
}

#[test]
fn everybody_and_all_members_may_come() {
    let told = [Admission::Everybody, Admission::Members].map(|admission| told(&admission));
    assert_eq!(told[0], told[1]);
    assert_snapshot!(told[0], @r"
    li: come in
    wu: come in
    su: come in
    xu: come in
    qi: your unit is not in the organisation any more: ask your administrator
    ");
}

#[test]
fn chosen_units_let_everybody_below_them_in() {
    assert_snapshot!(told(&chosen(&[("gd", None), ("zj", None)], &[])), @r"
    li: come in
    wu: come in
    su: this event is for 广东, 浙江; you belong to 四川 · 成都
    xu: this event is for 广东, 浙江; you belong to 集团
    qi: your unit is not in the organisation any more: ask your administrator
    ");
    assert_snapshot!(told(&chosen(&[("gd", Some(100)), ("gz", Some(3))], &["su"])), @r"
    li: come in 100 of gd 3 of gz
    wu: come in 100 of gd
    su: come in
    xu: this event is for 广东, 广州; you belong to 集团
    qi: your unit is not in the organisation any more: ask your administrator
    ");
}

#[test]
fn whoever_is_not_named_hears_whom_it_is_for() {
    assert_snapshot!(told(&chosen(&[], &["li"])), @r"
    li: come in
    wu: this event is for people who are invited by name; you belong to 广东
    su: this event is for people who are invited by name; you belong to 四川 · 成都
    xu: this event is for people who are invited by name; you belong to 集团
    qi: your unit is not in the organisation any more: ask your administrator
    ");
    let four = [("th", None), ("gz", None), ("zj", None), ("cd", None), ("none", None)];
    assert_snapshot!(told(&chosen(&four, &[])), @r"
    li: come in
    wu: this event is for 天河, 广州, 浙江 and 1 more; you belong to 广东
    su: come in
    xu: this event is for 天河, 广州, 浙江 and 1 more; you belong to 集团
    qi: your unit is not in the organisation any more: ask your administrator
    ");
}

#[test]
fn whoever_has_left_stays_out() {
    let tree = tree();
    let left = Person { standing: Standing::Left, ..person("li", "th") };
    let refused = Doors::new(&tree, &Admission::Members).admit(&left).expect_err("they left");
    assert_snapshot!(refused, @"you are no member of this organisation any more");
}
