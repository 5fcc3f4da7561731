//! A sealed book as pages show it: the sums of its units, and what its members came to.

use std::collections::BTreeMap;
use std::sync::Arc;

use plenary_audience::attendance::{ActCounts, Counts, Status};
use plenary_audience::book::{ActLine, Entry, MemberLine, Opening};
use plenary_model::unit::{PersonCode, UnitCode, UnitRecord, UnitState};
use plenary_show::BegunAct;
use plenary_store::{Event, Lines, SealedBook, Store, StoreError};

use super::order::{ActSums, Sums};
use crate::organisation::Directory;

/// A sealed book.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// How it is sealed.
    pub book: SealedBook,
    /// What it says of the event.
    pub opening: Opening,
    /// The sums of its units, with every correction.
    pub sums: Arc<Sums>,
    /// How many came to each act.
    pub acts: Arc<ActSums>,
}

impl Ledger {
    /// Reads the book of an event; nothing when it is not sealed.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Unreadable`] when somebody else wrote into it.
    pub async fn read(store: &Store, event: &Event) -> Result<Option<Self>, StoreError> {
        let Some(book) = store.book(event.id).await? else { return Ok(None) };
        let mut opening = None;
        let mut acts = Vec::new();
        let mut units: BTreeMap<UnitCode, Told> = BTreeMap::new();
        for line in store.book_lines(event.id, Lines::OfUnits).await? {
            match Entry::read(&line) {
                Some(Entry::Event(event)) => opening = Some(event),
                Some(Entry::Act(act)) => acts.push(begun(act)),
                Some(Entry::Unit(unit)) => {
                    let record = UnitRecord {
                        code: unit.code.clone(),
                        name: unit.name,
                        kind: unit.kind,
                        order: unit.order,
                        parent: unit.parent,
                        state: UnitState::Open,
                    };
                    // The last line of a unit counts.
                    units.insert(unit.code, (record, unit.counts, unit.acts));
                }
                Some(Entry::Sealed(_) | Entry::Member(_) | Entry::Correction(_)) => {}
                None => return Err(unreadable("it has a line that is no entry")),
            }
        }
        let opening = opening.ok_or_else(|| unreadable("it has no beginning"))?;
        let records = units.values().map(|(record, ..)| record.clone()).collect();
        let directory = Directory::new(book.entries, records, &[])
            .map_err(|refused| unreadable(&refused.to_string()))?;
        let mut counts = vec![Counts::default(); directory.tree().len()];
        let mut came = vec![Vec::new(); directory.tree().len()];
        for (code, (_, sums, acts)) in units {
            if let Some(unit) = directory.tree().find(&code) {
                counts[unit.get()] = sums;
                came[unit.get()] = acts;
            }
        }
        let (directory, revision) = (Arc::new(directory), book.entries);
        let came = ActCounts::known(acts.len(), &came);
        let acts = Arc::new(ActSums { directory: Arc::clone(&directory), acts, counts: came });
        let sums = Arc::new(Sums { directory, counts, revision });
        Ok(Some(Self { book, opening, sums, acts }))
    }
}

/// What a book tells of a unit.
type Told = (UnitRecord, Counts, Vec<u32>);

fn begun(act: ActLine) -> BegunAct {
    let ActLine { id, title, from_ms, until_ms } = act;
    BegunAct { id, title, from: from_ms, until: Some(until_ms) }
}

fn unreadable(reason: &str) -> StoreError {
    StoreError::Unreadable { column: "book", reason: reason.to_owned() }
}

/// The members in lines of a book, by code, each as the last correction says.
pub fn members(lines: &[String]) -> BTreeMap<PersonCode, MemberLine> {
    let mut members: BTreeMap<PersonCode, MemberLine> = BTreeMap::new();
    for entry in lines.iter().filter_map(|line| Entry::read(line)) {
        match entry {
            Entry::Member(member) => drop(members.insert(member.code.clone(), member)),
            Entry::Correction(correction) => {
                let known = members.entry(correction.code.clone());
                // Somebody of whom nothing was known before.
                let member = known.or_insert_with(|| MemberLine {
                    code: correction.code.clone(),
                    name: correction.name,
                    unit: correction.unit,
                    status: Status::Uninvited,
                    expected: false,
                    present: Vec::new(),
                    excuse: None,
                });
                member.status = correction.is;
            }
            Entry::Event(_) | Entry::Act(_) | Entry::Unit(_) | Entry::Sealed(_) => {}
        }
    }
    members
}
