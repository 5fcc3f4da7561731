//! What a director can ask of the show, and the sentences it answers when it cannot.

use plenary_model::id::{ActId, SourceId};
use plenary_model::limits::{FADE_MS_MAX, MUTED_SOURCES_MAX};
use plenary_model::scene::{LowerThird, Scene, Transition};
use serde::{Deserialize, Serialize};

use crate::act::{ActDraft, ActsBad};
use crate::view::Direction;

/// Who asks for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A person in the studio; whatever they change takes the show over from the automatic.
    Person,
    /// The automatic direction of a sample show.
    Automatic,
}

/// One thing to do to the show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Replace the preview.
    SetPreview {
        /// What the preview shows from now on.
        scene: Scene,
    },
    /// Take the last preview change back.
    Undo,
    /// Let preview and programme change places.
    Take {
        /// How the programme goes over.
        transition: Transition,
        /// The revision that the person saw when pressing.
        seen_revision: u64,
    },
    /// Put a lower third on the programme, or take it off, at once.
    SetLowerThird {
        /// The new one; `None` takes it off.
        lower_third: Option<LowerThird>,
    },
    /// Emergency slate on or off; takes go on behind it.
    SetSlate {
        /// Whether it hides the programme.
        on: bool,
    },
    /// Who directs.
    SetDirection {
        /// The new mode.
        mode: Direction,
    },
    /// Mute a source in the programme, or let it be heard again.
    SetSourceMuted {
        /// Which source; it need not be connected.
        source: SourceId,
        /// Whether it is silent in the programme.
        muted: bool,
    },
    /// Plan the acts of the event, in the place of those that were planned before.
    PlanActs {
        /// All of them, in order.
        acts: Vec<ActDraft>,
    },
    /// An act begins now; the one before it ends with that.
    BeginAct {
        /// Which.
        act: ActId,
    },
}

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
