//! Verifies a book that was downloaded: that nobody has changed, removed or added anything in it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};

use plenary_audience::attendance::Counts;
use plenary_audience::book::{Broken, Chain, Entry, Opening, Seal, Whole};
use plenary_model::limits::BOOK_LINE_BYTES_MAX;
use plenary_model::unit::UnitCode;
use serde::Serialize;

/// A book that is whole.
#[derive(Debug, Serialize)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// How often it was corrected.
    pub corrections: u64,
    /// The hash of its last entry.
    pub hash: String,
    /// The event's title.
    pub title: String,
    /// How many members it names.
    pub members: u64,
    /// Sums of the units at the top, as they are after all corrections.
    pub counts: Counts,
    /// Who sealed it last, and when on the wall clock, in milliseconds since 1970.
    pub sealed_by: String,
    /// See there.
    pub sealed_ms: u64,
}

/// Why a file is no whole book.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// Something in it is not as it was written.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// Its entries belong together, but say nothing that is a book.
    #[error("entry {0} says nothing that belongs into a book")]
    Meaningless(u64),
}

/// Reads a book to its end.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(mut book: impl BufRead) -> Result<Verified, VerifyError> {
    let mut chain = Chain::default();
    let mut said = Said::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let longest = BOOK_LINE_BYTES_MAX as u64 + 2;
        if book.by_ref().take(longest).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let number = chain.entries() + 1;
        let text = str::from_utf8(&line).map_err(|_| Broken::Unreadable { line: number })?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        chain.verify(text)?;
        let entry = Entry::read(text).ok_or(VerifyError::Meaningless(number))?;
        said.hear(entry);
    }
    let Whole { entries, seals, hash } = chain.finish()?;
    let (Some(opening), Some(seal)) = (said.opening, said.seal) else {
        return Err(VerifyError::Meaningless(1));
    };
    let mut counts = Counts::default();
    for (_, sums) in said.tops {
        counts.exchange(&Counts::default(), &sums);
    }
    Ok(Verified {
        entries,
        corrections: seals - 1,
        hash,
        title: opening.title,
        members: said.members,
        counts,
        sealed_by: seal.by,
        sealed_ms: seal.at_ms.0,
    })
}

/// What the entries of a book have said so far.
#[derive(Default)]
struct Said {
    opening: Option<Opening>,
    seal: Option<Seal>,
    members: u64,
    tops: BTreeMap<UnitCode, Counts>,
}

impl Said {
    fn hear(&mut self, entry: Entry) {
        match entry {
            Entry::Event(opening) => self.opening = Some(opening),
            Entry::Unit(unit) if unit.parent.is_none() => {
                self.tops.insert(unit.code, unit.counts);
            }
            Entry::Member(_) => self.members += 1,
            Entry::Act(_) | Entry::Unit(_) | Entry::Correction(_) => {}
            Entry::Sealed(seal) => self.seal = Some(seal),
        }
    }
}
