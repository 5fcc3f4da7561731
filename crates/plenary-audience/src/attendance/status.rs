//! What members come to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// They are expected and have not come yet.
    Expected,
    /// They are there, or were there to the end.
    Present,
    /// So, but they came late.
    Late,
    /// They came and are not there any more; after the event, they went too early.
    Left,
    /// The event is over, and they never came.
    Absent,
    /// They need not come, and did not.
    Excused,
    /// They never came, and have watched the replay.
    WatchedReplay,
    /// They are not expected, and have not come.
    Uninvited,
}
