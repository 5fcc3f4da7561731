//! The broadcast of events: packager, recorder and the addresses under /live.

mod answer;
mod embed;
pub mod export;
mod handle;
mod media;
mod published;
mod recorder;
mod registry;
mod resume;
mod routes;
mod service;
mod task;
#[cfg(test)]
mod tests;
mod viewers;

pub use answer::{Answer, Asked, Value};
pub use embed::{Embedding, Permission};
pub use handle::LiveHandle;
pub use recorder::RecordingState;
pub use registry::{MEMORY_SECONDS, Registry, Start, StartError};
pub use routes::{PATHS, router};
pub use service::{Place, Service};
