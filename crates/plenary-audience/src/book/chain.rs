//! The chain of a book's entries: nobody changes, removes or inserts one without its being seen. It ends
//! with a seal; what is added later ends with a further one.
//!
//! A book is text. Each line is an entry:
//! ```text
//! 17 member 5f0c…e1 {"code":"100234","unit":"440106","status":"late",…}
//! number, kind, hash in 64 hexadecimal digits, and the entry as JSON on one line
//! hash = SHA-256 of: the hash of the entry before, or 64 zeros ⏎ number ⏎ kind ⏎ JSON
//! ```

use std::fmt::Write as _;

use plenary_model::limits::BOOK_LINE_BYTES_MAX;
use sha2::{Digest as _, Sha256};

const HASH_DIGITS: usize = 64;
/// The kind of the entries that seal a book.
const SEAL: &str = "sealed";

/// Why a text is no whole book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A line is no entry.
    #[error("line {line} is no entry of a book")]
    Unreadable {
        /// Its number.
        line: u64,
    },
    /// An entry is not the one that was written here: it was changed, or one before it was inserted,
    /// removed or changed.
    #[error("entry {entry} is not as it was written")]
    Changed {
        /// Its number.
        entry: u64,
    },
    /// Entries are missing, or stand in another order.
    #[error("entry {entry} is missing")]
    Missing {
        /// Its number.
        entry: u64,
    },
    /// The last entry is no seal: the book was cut off, or is still open.
    #[error("the book ends after entry {entry} without a seal")]
    Unsealed {
        /// Number of the last entry.
        entry: u64,
    },
}

/// A book that is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// How many entries it has.
    pub entries: u64,
    /// How often it was sealed: once, and once more for each time that it was corrected.
    pub seals: u64,
    /// The hash of the last entry, which the page of the event shows too.
    pub hash: String,
}

/// The end of a book, to which entries are added and against which they are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    entries: u64,
    seals: u64,
    sealed: bool,
    hash: String,
}

impl Default for Chain {
    fn default() -> Self {
        Self { entries: 0, seals: 0, sealed: false, hash: "0".repeat(HASH_DIGITS) }
    }
}

impl Chain {
    /// Adds an entry: its line, without an end. `kind` is a word, `json` is on one line.
    pub fn add(&mut self, kind: &str, json: &str) -> String {
        let number = self.entries + 1;
        let hash = hash(&self.hash, number, kind, json);
        let line = format!("{number} {kind} {hash} {json}");
        self.go_on(kind, hash);
        line
    }

    /// The chain of a book that was verified or written before, to which more is added.
    pub fn behind(whole: Whole) -> Self {
        let Whole { entries, seals, hash } = whole;
        Self { entries, seals, sealed: true, hash }
    }

    /// How many entries it has.
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// Seals what was added so far: the last line.
    pub fn seal(&mut self, json: &str) -> String {
        self.add(SEAL, json)
    }

    /// Verifies the next line, and goes on behind it.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn verify(&mut self, line: &str) -> Result<(), Broken> {
        let next = self.entries + 1;
        let unreadable = Broken::Unreadable { line: next };
        if BOOK_LINE_BYTES_MAX < line.len() {
            return Err(unreadable);
        }
        let mut fields = line.splitn(4, ' ');
        let mut field = || fields.next().ok_or_else(|| unreadable.clone());
        let (number, kind, written, json) = (field()?, field()?, field()?, field()?);
        match number.parse::<u64>() {
            // Nor is it written in another way, such as with a sign.
            Ok(_) if number == next.to_string() => {}
            Ok(_) => return Err(Broken::Missing { entry: next }),
            Err(_) => return Err(unreadable),
        }
        let hash = hash(&self.hash, next, kind, json);
        if hash != written {
            return Err(Broken::Changed { entry: next });
        }
        self.go_on(kind, hash);
        Ok(())
    }

    /// What was verified, when it is a whole book.
    ///
    /// # Errors
    /// [`Broken::Unsealed`].
    pub fn finish(self) -> Result<Whole, Broken> {
        let Self { entries, seals, sealed, hash } = self;
        if sealed {
            Ok(Whole { entries, seals, hash })
        } else {
            Err(Broken::Unsealed { entry: entries })
        }
    }

    fn go_on(&mut self, kind: &str, hash: String) {
        self.entries += 1;
        self.sealed = kind == SEAL;
        self.seals += u64::from(self.sealed);
        self.hash = hash;
    }
}

fn hash(before: &str, number: u64, kind: &str, json: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [before, &number.to_string(), kind, json] {
        hasher.update(part.as_bytes());
        hasher.update(b"\n");
    }
    let mut digits = String::with_capacity(HASH_DIGITS);
    for byte in hasher.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Vec<String> {
        let mut chain = Chain::default();
        let mut lines = vec![chain.add("event", r#"{"title":"年会 2026"}"#)];
        for member in 1..=3 {
            lines.push(chain.add("member", &format!(r#"{{"code":"{member}","status":"late"}}"#)));
        }
        lines.push(chain.seal(r#"{"by":"王芳"}"#));
        lines.push(chain.add("correction", r#"{"code":"2","status":"present","why":"hall"}"#));
        lines.push(chain.seal(r#"{"by":"王芳"}"#));
        lines
    }

    fn verified<'a>(lines: impl IntoIterator<Item = &'a String>) -> Result<Whole, Broken> {
        let mut chain = Chain::default();
        for line in lines {
            chain.verify(line)?;
        }
        chain.finish()
    }

    #[test]
    fn a_book_as_it_was_written_verifies() {
        let whole = verified(&book()).unwrap();
        assert_eq!((whole.entries, whole.seals, whole.hash.len()), (7, 2, 64));
        assert!(book()[6].contains(&whole.hash));
    }

    #[test]
    fn every_changed_character_is_found_in_its_entry() {
        let book = book();
        for (index, line) in book.iter().enumerate() {
            let entry = index as u64 + 1;
            for at in line.char_indices().map(|(at, _)| at) {
                let mut other = book.clone();
                let mut changed = line.clone();
                let was = line[at..].chars().next().unwrap();
                let end = at + was.len_utf8();
                changed.replace_range(at..end, if was == '7' { "8" } else { "7" });
                other[index] = changed;
                let broken = verified(&other).unwrap_err();
                let named = [
                    Broken::Changed { entry },
                    Broken::Unreadable { line: entry },
                    Broken::Missing { entry },
                ];
                assert!(named.contains(&broken), "{broken:?} at {at} of {line}");
            }
        }
    }

    #[test]
    fn entries_that_are_left_out_added_or_moved_are_found() {
        let book = book();
        let without = |index: usize| {
            let lines = book.iter().enumerate().filter(move |(at, _)| *at != index);
            verified(lines.map(|(_, line)| line))
        };
        assert_eq!(without(0), Err(Broken::Missing { entry: 1 }));
        assert_eq!(without(3), Err(Broken::Missing { entry: 4 }));
        assert_eq!(without(6), Err(Broken::Unsealed { entry: 6 }));
        let swapped = [0, 2, 1, 3].map(|index| &book[index]);
        assert_eq!(verified(swapped), Err(Broken::Missing { entry: 2 }));
        let twice = [0, 1, 1].map(|index| &book[index]);
        assert_eq!(verified(twice), Err(Broken::Missing { entry: 3 }));
        assert_eq!(verified([]), Err(Broken::Unsealed { entry: 0 }));
        assert_eq!(verified(&["".to_owned()]), Err(Broken::Unreadable { line: 1 }));
        assert_eq!(verified(&[format!("+{}", book[0])]), Err(Broken::Missing { entry: 1 }));
        // An older seal is a whole book; the hash on the event's page tells that there is a newer one.
        assert_eq!(verified(&book[..5]).unwrap().entries, 5);
    }
}
