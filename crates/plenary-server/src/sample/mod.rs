//! `sample-org`: an invented organisation as tables that can be imported, the same every time.

mod names;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use names::{Place, person_name, place};

/// Units of each level: the group, its headquarters, provinces, cities and counties; 3 271 together.
const PROVINCES: usize = 31;
const CITIES: usize = 345;
const COUNTIES: usize = 2_893;
/// People at the headquarters, in each province and in each city, of a thousand; the rest are in the
/// counties.
const AT_HEADQUARTERS_PERMILLE: usize = 4;
const IN_PROVINCES_PERMILLE: usize = 20;
const IN_CITIES_PERMILLE: usize = 150;

/// Spreadsheets recognise UTF-8 by it.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// The table of units.
    pub units: PathBuf,
    /// How many units it has.
    pub units_count: usize,
    /// The table of people.
    pub people: PathBuf,
}

/// A unit of the sample.
struct Unit {
    code: String,
    name: String,
    parent: String,
    kind: &'static str,
    /// Its place among those of its kind.
    number: usize,
}

/// Writes tables of the sample organisation with so many people into a folder, which is made when it is
/// not there.
///
/// # Errors
/// The folder or a file cannot be written.
pub fn write(people: usize, folder: &Path) -> anyhow::Result<Written> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let units = units();
    let written = Written {
        units: folder.join("units.csv"),
        units_count: units.len(),
        people: folder.join("people.csv"),
    };
    write_units(&units, &written.units)
        .with_context(|| format!("cannot write {}", written.units.display()))?;
    write_people(&units, people, &written.people)
        .with_context(|| format!("cannot write {}", written.people.display()))?;
    Ok(written)
}

fn units() -> Vec<Unit> {
    let unit = |code: &str, name: String, parent: &str, kind, number| {
        let (code, parent) = (code.to_owned(), parent.to_owned());
        Unit { code, name, parent, kind, number }
    };
    let mut units = vec![
        unit("1", "云川集团 Yunchuan Group".into(), "", "group", 0),
        unit("10", "集团总部 Headquarters".into(), "1", "headquarters", 0),
    ];
    for province in 0..PROVINCES {
        let Place { chinese, latin } = place(0, province);
        let name = format!("{chinese}省分公司 {latin} Province");
        units.push(unit(&province_code(province), name, "10", "province", province));
    }
    for city in 0..CITIES {
        let Place { chinese, latin } = place(1, city);
        let name = format!("{chinese}市分公司 {latin} City");
        let parent = province_code(city % PROVINCES);
        units.push(unit(&city_code(city), name, &parent, "city", city));
    }
    for county in 0..COUNTIES {
        let Place { chinese, latin } = place(2, county);
        let name = format!("{chinese}县支公司 {latin} County");
        let parent = city_code(county % CITIES);
        let code = format!("{parent}{:02}", county / CITIES + 1);
        units.push(unit(&code, name, &parent, "county", county));
    }
    units
}

fn province_code(province: usize) -> String {
    (province + 11).to_string()
}

fn city_code(city: usize) -> String {
    format!("{}{:02}", province_code(city % PROVINCES), city / PROVINCES + 1)
}

fn write_units(units: &[Unit], path: &Path) -> anyhow::Result<()> {
    let mut table = open(path)?;
    table.write_record(["code", "name", "parent", "kind", "order"])?;
    for Unit { code, name, parent, kind, number } in units {
        table.write_record([code, name, parent, *kind, &number.to_string()])?;
    }
    Ok(table.into_inner()?.flush()?)
}

fn write_people(units: &[Unit], count: usize, path: &Path) -> anyhow::Result<()> {
    let mut table = open(path)?;
    table.write_record(["code", "name", "unit", "email", "phone", "roles"])?;
    let mut seated = vec![false; units.len()];
    for number in 0..count {
        let at = unit_of(number, count);
        let unit = &units[at];
        let role = match std::mem::replace(&mut seated[at], true) {
            false if unit.kind == "headquarters" => "administrator; steward",
            false => "steward",
            true => "",
        };
        let code = format!("M{:06}", number + 1);
        let email = format!("m{:06}@example.org", number + 1);
        let name = person_name(number);
        table.write_record([&code, &name, &unit.code, &email, "", role])?;
    }
    Ok(table.into_inner()?.flush()?)
}

/// Where somebody belongs, as a place in [`units`]; everybody of a kind of units takes turns.
fn unit_of(number: usize, count: usize) -> usize {
    let share = |permille: usize| count * permille / 1_000;
    let kinds = [
        (AT_HEADQUARTERS_PERMILLE, 1),
        (IN_PROVINCES_PERMILLE, PROVINCES),
        (IN_CITIES_PERMILLE, CITIES),
    ];
    // The group itself has nobody; its headquarters stands behind it.
    let (mut first_person, mut first_unit) = (0, 1);
    for (permille, of_kind) in kinds {
        let people = share(permille);
        if number < first_person + people {
            return first_unit + (number - first_person) % of_kind;
        }
        first_person += people;
        first_unit += of_kind;
    }
    first_unit + (number - first_person) % COUNTIES
}

fn open(path: &Path) -> anyhow::Result<csv::Writer<BufWriter<File>>> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(BYTE_ORDER_MARK)?;
    Ok(csv::Writer::from_writer(file))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_sample_has_five_levels_and_no_name_or_code_twice() {
        let units = units();
        assert_eq!(units.len(), 3_271);
        let codes: BTreeSet<&str> = units.iter().map(|unit| unit.code.as_str()).collect();
        let names: BTreeSet<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
        assert_eq!((codes.len(), names.len()), (3_271, 3_271));
        assert!(units[1..].iter().all(|unit| codes.contains(unit.parent.as_str())));
    }

    #[test]
    fn everybody_belongs_somewhere_and_the_same_every_time() {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for folder in &folders {
            write(5_000, folder.path()).unwrap();
        }
        for file in ["units.csv", "people.csv"] {
            let [one, two] = folders.each_ref().map(|folder| folder.path().join(file));
            assert_eq!(std::fs::read(one).unwrap(), std::fs::read(two).unwrap());
        }
        let places: Vec<usize> = (0..5_000).map(|number| unit_of(number, 5_000)).collect();
        assert!(places.iter().all(|place| (1..3_271).contains(place)));
        assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), 3_270);
    }
}
