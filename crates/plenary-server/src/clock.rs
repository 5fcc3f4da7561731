//! What the server knows of time, and when it is to stop.

use std::time::{SystemTime, UNIX_EPOCH};

use plenary_model::time::WallMs;
use tokio::sync::watch;

/// Now, on the wall clock.
pub fn wall_now() -> WallMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Returns when the server is to stop.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    // The sender is gone only when the server is, too.
    let _ = stop.wait_for(|stop| *stop).await;
}
