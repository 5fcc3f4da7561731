//! Writes the book of an event from what is recorded, and corrects it.

use std::collections::BTreeMap;

use plenary_audience::attendance::{Counts, Interval, Status};
use plenary_audience::book::{
    ActLine, Chain, Corrected, Entry, Excused, MemberLine, Opening, Seal, Span, UnitLine, Whole,
};
use plenary_model::limits::{BOOK_LINES_PER_COMMIT, CORRECTIONS_PER_PERSON_MAX};
use plenary_model::time::WallMs;
use plenary_model::unit::{PersonCode, UnitCode, UnitRecord};
use plenary_show::BegunAct;
use plenary_store::{BookLine, Event, Excuse, Lines, SealedBook, Store, StoreError};

use super::desk::AttendanceDesk;
use super::ledger::Ledger;
use super::order::{Known, Recorded};
use super::register::number;
use crate::acts::begun;
use crate::host::with_acts;

/// Who closes or corrects a book, and when.
#[derive(Debug, Clone)]
pub struct By {
    /// Their name.
    pub name: String,
    /// When.
    pub at: WallMs,
}

/// What somebody came to after all.
#[derive(Debug, Clone)]
pub struct Correction {
    /// Who.
    pub person: PersonCode,
    /// Their name.
    pub name: String,
    /// Their unit, for somebody of whom the book does not know.
    pub unit: UnitCode,
    /// What they came to.
    pub is: Status,
    /// Why.
    pub reason: String,
}

/// Why a book is not written or corrected.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// Attendance of this event does not run here.
    #[error("the attendance of this event cannot be read now: try again")]
    NoRecord,
    /// There is nothing to correct yet.
    #[error("this book is not sealed: change what is recorded, or close it first")]
    Unsealed,
    /// The unit was not there when the book was written.
    #[error("the book has no unit {0}")]
    UnknownUnit(UnitCode),
    /// It says so already.
    #[error("the book says so already")]
    Same,
    /// Nobody is corrected that often.
    #[error("this person was corrected {CORRECTIONS_PER_PERSON_MAX} times already")]
    TooOften,
    /// What is personal in it is gone.
    #[error("the retention of this event is over: the book has only sums of units now")]
    Forgotten,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the book of an event that is over, and seals it. Nothing is recorded any more from the moment at
/// which it begins.
///
/// # Errors
/// [`BookError`]; it is recorded again then.
pub async fn close(
    (store, desk): (&Store, &AttendanceDesk),
    event: &Event,
    by: By,
) -> Result<SealedBook, BookError> {
    let acts = begun(event, with_acts(store, event.id).await?.acts());
    let recorded = desk.freeze(acts.clone()).await.ok_or(BookError::NoRecord)?;
    let written = write((store, event), (acts, recorded), by).await;
    if written.is_err() {
        desk.thaw().await;
    }
    written
}

async fn write(
    (store, event): (&Store, &Event),
    (acts, recorded): (Vec<BegunAct>, Recorded),
    by: By,
) -> Result<SealedBook, BookError> {
    let people = store.people().await?;
    let names = people.into_iter().map(|person| (person.code, person.name)).collect();
    // The last word about somebody counts.
    let excuses = store.excuses(event.id).await?;
    let excuses = excuses.into_iter().map(|excuse| (excuse.person.clone(), excuse)).collect();
    store.begin_book(event.id).await?;
    let mut pages = Pages { store, event, chain: Chain::default(), lines: Vec::new() };
    let opening = opening(event, by.at);
    let ended_ms = opening.ended_ms;
    pages.add(Entry::Event(opening)).await?;
    for BegunAct { id, title, from, until } in acts {
        let until_ms = until.unwrap_or(ended_ms);
        pages.add(Entry::Act(ActLine { id, title, from_ms: from, until_ms })).await?;
    }
    let tree = recorded.directory.tree();
    for index in tree.all() {
        let unit = tree.record(index);
        let counts = recorded.counts.get(index.get()).copied().unwrap_or_default();
        if unit.is_open() || counts != Counts::default() {
            let acts = recorded.acts.of(number(index)).to_vec();
            pages.add(Entry::Unit(unit_line(unit, counts, acts))).await?;
        }
    }
    for (code, known) in recorded.members {
        let unit = tree.record(known.unit).code;
        let Known { status, expected, present, .. } = known;
        let present = present.iter().map(|interval| span(event, *interval)).collect();
        let line = line_of((code, unit), (status, expected), present, (&names, &excuses));
        pages.add(Entry::Member(line)).await?;
    }
    pages.seal(by).await
}

fn opening(event: &Event, now: WallMs) -> Opening {
    Opening {
        event: event.id.to_string(),
        title: event.title.clone(),
        began_ms: event.epoch,
        ended_ms: event.ended.unwrap_or(now),
        admission: event.admission.clone(),
    }
}

fn unit_line(unit: UnitRecord, counts: Counts, acts: Vec<u32>) -> UnitLine {
    let UnitRecord { code, name, kind, order, parent, .. } = unit;
    UnitLine { code, name, kind, order, parent, counts, acts }
}

/// Everybody's names, and the last excuse of each.
type Told<'a> = (&'a BTreeMap<PersonCode, Box<str>>, &'a BTreeMap<PersonCode, Excuse>);

/// What a book or a report says of a member.
pub fn line_of(
    (code, unit): (PersonCode, UnitCode),
    (status, expected): (Status, bool),
    present: Vec<Span>,
    (names, excuses): Told<'_>,
) -> MemberLine {
    let name = names.get(&code).map_or_else(|| code.to_string(), ToString::to_string);
    let excuse = excuses.get(&code).filter(|excuse| excuse.excused).cloned();
    let excuse = excuse.map(|Excuse { reason, by, .. }| Excused { reason, by });
    MemberLine { code, name, unit, status, expected, present, excuse }
}

/// A time of presence on the wall clock.
pub fn span(event: &Event, interval: Interval) -> Span {
    let wall = |ms: u64| WallMs(event.created.0.saturating_add(ms));
    Span { from_ms: wall(interval.from.0), until_ms: wall(interval.until.0) }
}

/// A book while it is being written.
struct Pages<'a> {
    store: &'a Store,
    event: &'a Event,
    chain: Chain,
    lines: Vec<BookLine>,
}

impl Pages<'_> {
    async fn add(&mut self, entry: Entry) -> Result<(), StoreError> {
        self.push(&entry);
        if BOOK_LINES_PER_COMMIT <= self.lines.len() {
            let lines = std::mem::take(&mut self.lines);
            self.store.add_book_lines(self.event.id, lines).await?;
        }
        Ok(())
    }

    fn push(&mut self, entry: &Entry) {
        let text = entry.write(&mut self.chain);
        let (unit, person) = (entry.unit().cloned(), entry.person().cloned());
        self.lines.push(BookLine { seq: self.chain.entries(), unit, person, text });
    }

    async fn seal(mut self, by: By) -> Result<SealedBook, BookError> {
        self.push(&Entry::Sealed(Seal { by: by.name.clone(), at_ms: by.at }));
        // The last entry is the seal.
        let Ok(Whole { entries, seals, hash }) = self.chain.finish() else {
            return Err(BookError::NoRecord);
        };
        let (sealed, by) = (by.at, by.name);
        let book = SealedBook { entries, seals, hash, sealed, by, forgotten: None };
        self.store.seal_book(self.event.id, book.clone(), self.lines).await?;
        Ok(book)
    }
}

/// Adds a correction to a sealed book, the new sums of the units above it, and a further seal.
///
/// # Errors
/// [`BookError`]; the book is as it was then.
pub async fn correct(
    store: &Store,
    event: &Event,
    ledger: &Ledger,
    (correction, by): (Correction, By),
) -> Result<SealedBook, BookError> {
    if ledger.book.forgotten.is_some() {
        return Err(BookError::Forgotten);
    }
    let lines = store.book_lines(event.id, Lines::Of(&correction.person)).await?;
    if CORRECTIONS_PER_PERSON_MAX < lines.len() {
        return Err(BookError::TooOften);
    }
    let mut before = (Status::Uninvited, false, correction.unit.clone());
    for entry in lines.iter().filter_map(|line| Entry::read(line)) {
        match entry {
            Entry::Member(member) => before = (member.status, member.expected, member.unit),
            Entry::Correction(earlier) => before.0 = earlier.is,
            Entry::Event(_) | Entry::Act(_) | Entry::Unit(_) | Entry::Sealed(_) => {}
        }
    }
    let (was, expected, unit) = before;
    let is = match correction.is {
        // Who was not expected is not missing.
        Status::Absent if !expected => Status::Uninvited,
        other => other,
    };
    if was == is {
        return Err(BookError::Same);
    }
    let tree = ledger.sums.directory.tree();
    let Some(index) = tree.find(&unit) else { return Err(BookError::UnknownUnit(unit)) };
    let SealedBook { entries, seals, hash, .. } = ledger.book.clone();
    let chain = Chain::behind(Whole { entries, seals, hash });
    let mut pages = Pages { store, event, chain, lines: Vec::new() };
    let Correction { person: code, name, reason, .. } = correction;
    let (by_name, at_ms) = (by.name.clone(), by.at);
    let corrected = Corrected { code, name, unit, was, is, reason, by: by_name, at_ms };
    pages.push(&Entry::Correction(corrected));
    let change = [was, is].map(|status| Counts::of(status, expected, false));
    for above in tree.upwards(index) {
        let mut counts = ledger.sums.of(above);
        counts.exchange(&change[0], &change[1]);
        // When somebody was there is not corrected.
        let acts = ledger.acts.of(above);
        pages.push(&Entry::Unit(unit_line(tree.record(above), counts, acts)));
    }
    pages.seal(by).await
}
