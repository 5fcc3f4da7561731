//! What the entries of a book say.

use plenary_model::admission::Admission;
use plenary_model::id::ActId;
use plenary_model::time::WallMs;
use plenary_model::unit::{PersonCode, UnitCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::chain::Chain;
use crate::attendance::{Counts, Status};

/// The event that a book is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Its id.
    pub event: String,
    /// Its title.
    pub title: String,
    /// When its programme began; never, if it was closed before.
    pub began_ms: Option<WallMs>,
    /// When it was closed.
    pub ended_ms: WallMs,
    /// Who might come.
    pub admission: Admission,
}

/// A unit and its sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLine {
    /// Its code.
    pub code: UnitCode,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// Its place among those beside it.
    pub order: i32,
    /// The one that it stands under.
    pub parent: Option<UnitCode>,
    /// Of it and everything below it.
    pub counts: Counts,
    /// How many came to each act, in the order of the acts' entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<u32>,
}

/// An act that began, and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActLine {
    /// Its id.
    pub id: ActId,
    /// Its title.
    pub title: String,
    /// When it began.
    pub from_ms: WallMs,
    /// When the next one began, or the event ended.
    pub until_ms: WallMs,
}

/// A time in which somebody was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PresenceSpan)]
pub struct Span {
    /// Since when, on the wall clock.
    #[schema(value_type = u64)]
    pub from_ms: WallMs,
    /// Until when.
    #[schema(value_type = u64)]
    pub until_ms: WallMs,
}

/// Why somebody need not have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excused {
    /// The reason.
    pub reason: String,
    /// Who said so.
    pub by: String,
}

/// A member and what they came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLine {
    /// Their code.
    pub code: PersonCode,
    /// Their name.
    pub name: String,
    /// Their unit.
    pub unit: UnitCode,
    /// What they came to.
    pub status: Status,
    /// Whether they were expected.
    pub expected: bool,
    /// When they were there.
    pub present: Vec<Span>,
    /// Their excuse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excuse: Option<Excused>,
}

/// What somebody came to after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// Whose.
    pub code: PersonCode,
    /// Their name.
    pub name: String,
    /// Their unit.
    pub unit: UnitCode,
    /// What the book said before.
    pub was: Status,
    /// What it says now.
    pub is: Status,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub at_ms: WallMs,
}

/// Who sealed the book, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Who.
    pub by: String,
    /// When.
    pub at_ms: WallMs,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The first.
    Event(Opening),
    /// An act; they come in the order in which they began.
    Act(ActLine),
    /// A unit's sums; the last of a unit counts.
    Unit(UnitLine),
    /// A member.
    Member(MemberLine),
    /// A correction.
    Correction(Corrected),
    /// What came before is final.
    Sealed(Seal),
}

impl Entry {
    /// Writes it behind what a chain has: the line.
    ///
    /// # Panics
    /// Never: each entry has a JSON form.
    pub fn write(&self, chain: &mut Chain) -> String {
        match self {
            Self::Event(opening) => chain.add("event", &json(opening)),
            Self::Act(act) => chain.add("act", &json(act)),
            Self::Unit(unit) => chain.add("unit", &json(unit)),
            Self::Member(member) => chain.add("member", &json(member)),
            Self::Correction(correction) => chain.add("correction", &json(correction)),
            Self::Sealed(seal) => chain.seal(&json(seal)),
        }
    }

    /// What a line says; nothing when it is no entry that this version knows. Whether it is as it was
    /// written is the chain's to say.
    pub fn read(line: &str) -> Option<Self> {
        let mut fields = line.splitn(4, ' ').skip(1);
        let (kind, _, json) = (fields.next()?, fields.next()?, fields.next()?);
        match kind {
            "event" => serde_json::from_str(json).ok().map(Self::Event),
            "act" => serde_json::from_str(json).ok().map(Self::Act),
            "unit" => serde_json::from_str(json).ok().map(Self::Unit),
            "member" => serde_json::from_str(json).ok().map(Self::Member),
            "correction" => serde_json::from_str(json).ok().map(Self::Correction),
            "sealed" => serde_json::from_str(json).ok().map(Self::Sealed),
            _ => None,
        }
    }

    /// The unit that it is about, or whose member.
    pub const fn unit(&self) -> Option<&UnitCode> {
        match self {
            Self::Unit(unit) => Some(&unit.code),
            Self::Member(member) => Some(&member.unit),
            Self::Correction(correction) => Some(&correction.unit),
            Self::Event(_) | Self::Act(_) | Self::Sealed(_) => None,
        }
    }

    /// The person that it is about.
    pub const fn person(&self) -> Option<&PersonCode> {
        match self {
            Self::Member(member) => Some(&member.code),
            Self::Correction(correction) => Some(&correction.code),
            Self::Event(_) | Self::Act(_) | Self::Unit(_) | Self::Sealed(_) => None,
        }
    }
}

fn json(entry: &impl Serialize) -> String {
    match serde_json::to_string(entry) {
        Ok(json) => json,
        Err(error) => unreachable!("entries have no part that JSON cannot hold: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_were_written() {
        let entries = [
            Entry::Event(Opening {
                event: "evt".into(),
                title: "年会 2026".into(),
                began_ms: None,
                ended_ms: WallMs(9),
                admission: Admission::Members,
            }),
            Entry::Act(ActLine {
                id: "act_00000000000000000000000000000007".parse().unwrap(),
                title: "表彰".into(),
                from_ms: WallMs(3),
                until_ms: WallMs(9),
            }),
            Entry::Unit(UnitLine {
                code: "gd".parse().unwrap(),
                name: "广东\n\u{2028}".into(),
                kind: "province".into(),
                order: -1,
                parent: None,
                counts: Counts { expected: 1, came: 1, ..Counts::default() },
                acts: vec![1, 0],
            }),
            Entry::Member(MemberLine {
                code: "p 1".parse().unwrap(),
                name: "李".into(),
                unit: "gd".parse().unwrap(),
                status: Status::Left,
                expected: true,
                present: vec![Span { from_ms: WallMs(1), until_ms: WallMs(2) }],
                excuse: Some(Excused { reason: "值班".into(), by: "王".into() }),
            }),
            Entry::Sealed(Seal { by: "王".into(), at_ms: WallMs(10) }),
        ];
        let mut chain = Chain::default();
        let lines: Vec<String> = entries.iter().map(|entry| entry.write(&mut chain)).collect();
        let read: Vec<Entry> = lines.iter().filter_map(|line| Entry::read(line)).collect();
        assert_eq!(read, entries);
        let mut verified = Chain::default();
        for line in &lines {
            assert!(!line.contains('\n'));
            verified.verify(line).unwrap();
        }
        assert_eq!(verified.finish().unwrap().entries, 5);
        // A line of a book that was written before there were acts.
        let old = r#"2 unit 00 {"code":"gd","name":"广东","kind":"","order":0,"parent":null,"counts":{"expected":1,"here":0,"came":1,"missing":0,"late":0,"left":0,"excused":0,"watched_replay":0}}"#;
        let Some(Entry::Unit(old)) = Entry::read(old) else { panic!("a unit") };
        assert_eq!((old.counts.came, old.acts.as_slice()), (1, [].as_slice()));
        assert_eq!(Entry::read("1 poem 00 {}"), None);
        assert_eq!(Entry::read("1 sealed 00 {}"), None);
    }
}
