//! Tables of units and people as organisations write them, good and bad.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use insta::assert_snapshot;
use plenary_model::member::{OrganisationRole, Person};
use plenary_organisation::import::{
    BadTable, Faults, PeoplePlan, PersonChange, Row, Table, UnitsPlan, plan_people, plan_units,
    read_people, read_units,
};
use plenary_organisation::{Change, Tree};

/// A table whose cells are separated by bars.
fn table(text: &str) -> Table {
    let lines = text.trim().lines().zip(1..);
    let cells = |line: &str| line.split('|').map(Into::into).collect();
    Table { rows: lines.map(|(line, number)| Row { number, cells: cells(line) }).collect() }
}

fn said_faults(faults: &Faults) -> String {
    let mut said = String::new();
    for fault in &faults.listed {
        let (column, value) = (fault.column.name(), &fault.value);
        writeln!(said, "row {} {column} {value:?}: {}", fault.row, fault.trouble).expect("text");
    }
    said
}

fn units(tree: &Tree, text: &str) -> (UnitsPlan, Faults) {
    let (rows, mut faults) = read_units(&table(text)).expect("a table of units");
    (plan_units(tree, &rows, &mut faults), faults)
}

fn said_units(tree: &Tree, text: &str) -> String {
    let (plan, faults) = units(tree, text);
    let mut said = said_faults(&faults);
    for change in &plan.changes {
        let at_top = |parent: &Option<_>| parent.as_ref().map_or("top".into(), ToString::to_string);
        let line = match change {
            Change::Created { code, name, kind, order, parent } => {
                format!("new {code} {name} ({kind} {order}) under {}", at_top(parent))
            }
            Change::Renamed { code, name } => format!("{code} is called {name}"),
            Change::Described { code, kind, order } => format!("{code} is {kind} {order}"),
            Change::Moved { code, parent } => format!("{code} goes under {}", at_top(parent)),
            Change::Closed { code } => format!("{code} closes"),
            Change::Reopened { code } => format!("{code} opens"),
        };
        writeln!(said, "{line}").expect("text");
    }
    let missing: Vec<String> = plan.missing.iter().map(ToString::to_string).collect();
    write!(said, "unchanged {}, missing {missing:?}", plan.unchanged).expect("text");
    said
}

fn grown(text: &str) -> Tree {
    let mut tree = Tree::default();
    let (plan, faults) = units(&tree, text);
    assert!(faults.is_empty(), "{}", said_faults(&faults));
    for change in plan.changes {
        assert_eq!(tree.check(&change), Ok(()));
        tree.apply(&change);
    }
    tree
}

const SMALL: &str = "
code|name|parent|kind|order
hq|总部 HQ||headquarters|
gd|广东|hq|province|2
zj|浙江|hq|province|1
gz|广州|gd|city|
";

#[test]
fn a_table_in_any_order_grows_a_tree_and_a_second_time_changes_nothing() {
    let table = "机构编码|机构名称|上级机构编码\ngz|广州|gd\ngd|广东|hq\nhq|总部|";
    assert_snapshot!(said_units(&Tree::default(), table), @r"
    new hq 总部 ( 0) under top
    new gd 广东 ( 0) under hq
    new gz 广州 ( 0) under gd
    unchanged 0, missing []
    ");
    assert_snapshot!(said_units(&grown(table), table), @"unchanged 3, missing []");
}

#[test]
fn what_is_renamed_moved_gone_or_back_is_told_apart() {
    let mut tree = grown(SMALL);
    tree.apply(&Change::Closed { code: "zj".parse().expect("a code") });
    let after = "
Code | Name | Parent Code | Kind | Order
hq|Headquarters||headquarters|0
gd|广东省|hq|province|2
zj|浙江|hq|province|1
sz|深圳|gd|city|
";
    assert_snapshot!(said_units(&tree, after), @r#"
    hq is called Headquarters
    gd is called 广东省
    zj opens
    new sz 深圳 (city 0) under gd
    unchanged 0, missing ["gz"]
    "#);
}

#[test]
fn units_that_are_gone_close_unless_one_below_them_stays() {
    let mut tree = grown(SMALL);
    let (plan, faults) = units(&tree, "code|name|parent\ngz|广州|gd\nhq|总部 HQ|");
    assert!(faults.is_empty(), "{}", said_faults(&faults));
    assert_eq!(plan.missing.iter().map(ToString::to_string).collect::<Vec<_>>(), ["zj", "gd"]);
    let zj = "zj".parse().expect("a code");
    assert_eq!(plan.closures(&tree), [Change::Closed { code: zj }]);
    let (moved, _) = units(&tree, "code|name|parent\ngz|广州|hq\nhq|总部 HQ|");
    for change in &moved.changes {
        tree.apply(change);
    }
    assert_eq!(moved.closures(&tree).len(), 2);
}

#[test]
fn two_units_may_change_places() {
    let swapped = "code|name|parent\nhq|总部 HQ|\ngz|广州|hq\ngd|广东|gz\nzj|浙江|hq";
    let mut tree = grown(SMALL);
    let (plan, faults) = units(&tree, swapped);
    assert!(faults.is_empty(), "{}", said_faults(&faults));
    for change in plan.changes {
        assert_eq!(tree.check(&change), Ok(()), "{change:?}");
        tree.apply(&change);
    }
    assert_snapshot!(said_units(&tree, swapped), @"unchanged 4, missing []");
}

#[test]
fn bad_rows_of_units_say_where_and_what_to_do() {
    let long = "长".repeat(81);
    let table = format!(
        "code|name|parent|order\n\
         a|A||\n\
         a|A again||\n\
         |Nobody||\n\
         b||a|\n\
         c|C|nowhere|x\n\
         d|D|f|\n\
         e|E|d|\n\
         f|F|e|\n\
         g|{long}||\n\
         h\u{0}h|H||"
    );
    assert_snapshot!(said_units(&Tree::default(), &table), @r#"
    row 3 code "a": row 2 has the same code: keep one of the two
    row 4 code "": fill in this cell: it must not be empty
    row 5 name "": fill in this cell: it must not be empty
    row 6 order "x": use a whole number
    row 10 name "长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长": use one line of at most 80 visible characters
    row 11 code "h\0h": use a code of at most 64 visible characters without line breaks
    row 7 parent "f": this unit would stand under itself: correct its parent or that of a unit above it
    row 8 parent "d": this unit would stand under itself: correct its parent or that of a unit above it
    row 9 parent "e": this unit would stand under itself: correct its parent or that of a unit above it
    new a A ( 0) under top
    unchanged 0, missing []
    "#);
}

#[test]
fn what_is_no_table_of_units_is_refused_whole() {
    let refused = |text: &str| read_units(&table(text)).expect_err("no table").to_string();
    assert_eq!(read_units(&Table::default()), Err(BadTable::Empty));
    assert_snapshot!(refused("name|parent\nA|"), @r#"no column is named "code": name one so in the first row, or 编码, 名称, 姓名, 上级编码, 单位编码"#);
    assert_snapshot!(refused("code|编码|name|parent\na|a|A|"), @r#"two columns mean "code": keep one of them"#);
    let wide = ["code"; 65].join("|");
    assert_snapshot!(refused(&wide), @"the table has more than 64 columns: delete those that are not needed");
}

fn people(known: &[Person], text: &str) -> (PeoplePlan, Faults) {
    let known: BTreeMap<_, _> = known.iter().map(|one| (one.code.clone(), one.clone())).collect();
    let (rows, mut faults) = read_people(&table(text)).expect("a table of people");
    (plan_people(&grown(SMALL), &known, rows, &mut faults), faults)
}

fn said_person(person: &Person) -> String {
    let roles: Vec<String> = person
        .roles
        .iter()
        .map(|role| match role {
            OrganisationRole::Administrator => "administrator".to_owned(),
            OrganisationRole::Steward(unit) => format!("steward of {unit}"),
        })
        .collect();
    let Person { code, name, unit, email, phone, standing, .. } = person;
    format!("{code} {name} in {unit}, {email:?} {phone:?} {roles:?} {standing:?}")
}

fn said_people(known: &[Person], text: &str) -> String {
    let (plan, faults) = people(known, text);
    let mut said = said_faults(&faults);
    for change in &plan.changes {
        match change {
            PersonChange::Joined(is) => writeln!(said, "new {}", said_person(is)),
            PersonChange::Changed { is, .. } => writeln!(said, "now {}", said_person(is)),
        }
        .expect("text");
    }
    write!(said, "unchanged {}, missing {:?}", plan.unchanged, plan.missing).expect("text");
    said
}

const CREW: &str = "
工号|姓名|所属单位编码|邮箱|手机|角色
1|王 芳|gz|fang@example.com|+86 20 8888-0000|联络员; steward：gd
2|Amélie O’Brien|hq|||管理员
3|ᠮᠣᠩᠭᠣᠯ|zj|||
";

fn crew() -> Vec<Person> {
    let (plan, _) = people(&[], CREW);
    let joined = plan.changes.into_iter().map(|change| match change {
        PersonChange::Joined(person) => person,
        PersonChange::Changed { .. } => unreachable!("nobody was known"),
    });
    joined.collect()
}

#[test]
fn people_join_with_names_of_any_script_and_a_second_time_changes_nothing() {
    assert_snapshot!(said_people(&[], CREW), @r#"
    new 1 王 芳 in gz, Some("fang@example.com") Some("+86 20 8888-0000") ["steward of gd", "steward of gz"] Member
    new 2 Amélie O’Brien in hq, None None ["administrator"] Member
    new 3 ᠮᠣᠩᠭᠣᠯ in zj, None None [] Member
    unchanged 0, missing []
    "#);
    assert_snapshot!(said_people(&crew(), CREW), @"unchanged 3, missing []");
}

#[test]
fn a_table_without_a_column_leaves_what_is_known_and_leavers_are_named() {
    let table = "code,name,unit".replace(',', "|") + "\n1|王芳|gd\n4|New|zj";
    assert_snapshot!(said_people(&crew(), &table), @r#"
    now 1 王芳 in gd, Some("fang@example.com") Some("+86 20 8888-0000") ["steward of gd", "steward of gz"] Member
    new 4 New in zj, None None [] Member
    unchanged 0, missing ["2", "3"]
    "#);
}

#[test]
fn bad_rows_of_people_say_where_and_what_to_do() {
    let table = "
code|name|unit|email|phone|roles
1|A|xx||
1|A|hq|a@b|call me|king
2|B|hq|||steward:xx
3||||||
3|C|hq|c@example.com|0|administrator:hq
4|\u{202E}\u{200B}|hq|||
";
    assert_snapshot!(said_people(&[], table), @r#"
    row 3 email "a@b": use an address such as name@example.com of at most 254 characters, or nothing
    row 3 phone "call me": use digits with + - ( ) and spaces, at most 32 characters, or nothing
    row 3 roles "king": use administrator, steward, or steward:CODE of a unit, separated by semicolons (管理员, 联络员)
    row 5 name "": fill in this cell: it must not be empty
    row 5 unit "": fill in this cell: it must not be empty
    row 6 roles "administrator:hq": use administrator, steward, or steward:CODE of a unit, separated by semicolons (管理员, 联络员)
    row 7 name "\u{202e}\u{200b}": fill in this cell: it must not be empty
    row 2 unit "xx": no unit has this code: correct it, or add the unit first
    row 4 roles "xx": no unit has this code: correct it, or add the unit first
    unchanged 0, missing []
    "#);
}
