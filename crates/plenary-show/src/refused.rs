//! The sentences that the show answers when it cannot do a command.

use plenary_model::limits::{
    ACT_MINUTES_MAX, ACT_TITLE_CHARS_MAX, ACTS_MAX, FADE_MS_MAX, MUTED_SOURCES_MAX,
};

/// Why a command was not done; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The show is not what the person saw.
    #[error("the show has changed meanwhile (revision {now}, seen {seen}); look and take again")]
    Changed {
        /// The revision that the command was meant for.
        seen: u64,
        /// The present revision.
        now: u64,
    },
    /// The scene does not fit its layout.
    #[error("this layout has {expected} places, the scene fills {given}")]
    PlacesCount {
        /// Places of the layout.
        expected: usize,
        /// Places of the scene.
        given: usize,
    },
    /// The fade is too long.
    #[error("a fade of {ms} ms is too long; at most {FADE_MS_MAX} ms")]
    FadeTooLong {
        /// The length that was asked for.
        ms: u32,
    },
    /// A lower third without a visible name.
    #[error("a lower third needs a name")]
    NameEmpty,
    /// A line of a lower third is too long.
    #[error("this line of the lower third has {chars} characters; at most {max}")]
    LineTooLong {
        /// Characters of the line after cleaning.
        chars: usize,
        /// Most that fit.
        max: usize,
    },
    /// No preview change to take back.
    #[error("there is no preview change to take back")]
    NothingToUndo,
    /// Too many muted sources.
    #[error("{MUTED_SOURCES_MAX} sources are muted already; let one be heard first")]
    TooManyMuted,
    /// The automatic direction asked although a person directs.
    #[error("a person directs this show now")]
    NotAutomatic,
    /// The acts cannot be planned so.
    #[error(transparent)]
    ActsBad(#[from] ActsBad),
    /// No such act.
    #[error("there is no such act: look at the list again")]
    ActUnknown,
    /// The act has begun: it is not begun again, and keeps its place on the list.
    #[error("\"{title}\" has begun already: it stays where it is")]
    ActBegan {
        /// Its title.
        title: String,
    },
}

impl Refused {
    /// The stable `code` of the error body; it never changes its meaning.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "show_changed",
            Self::PlacesCount { .. } => "places_count",
            Self::FadeTooLong { .. } => "fade_too_long",
            Self::NameEmpty => "name_empty",
            Self::LineTooLong { .. } => "line_too_long",
            Self::NothingToUndo => "nothing_to_undo",
            Self::TooManyMuted => "too_many_muted",
            Self::NotAutomatic => "not_automatic",
            Self::ActsBad(_) => "acts_bad",
            Self::ActUnknown => "act_unknown",
            Self::ActBegan { .. } => "act_began",
        }
    }
}

/// Why acts cannot be planned so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActsBad {
    /// There are too many.
    #[error("an event has at most {ACTS_MAX} acts: leave some out")]
    TooMany,
    /// A title is empty or too long.
    #[error("act {number} needs a title of 1 to {ACT_TITLE_CHARS_MAX} characters, not {chars}")]
    Title {
        /// Its place on the list, from 1.
        number: usize,
        /// Characters of its title after cleaning.
        chars: usize,
    },
    /// A length is none.
    #[error("act {number} takes 1 to {ACT_MINUTES_MAX} minutes, not {minutes}")]
    Minutes {
        /// Its place on the list, from 1.
        number: usize,
        /// The length that was asked for.
        minutes: u32,
    },
    /// The programme has no such act.
    #[error("act {number} names an act that is not on the list any more: look at it again")]
    Unknown {
        /// Its place on the list, from 1.
        number: usize,
    },
    /// The same act stands on the list twice.
    #[error("act {number} is on the list already: name each act once")]
    Twice {
        /// Its place on the list, from 1.
        number: usize,
    },
}
