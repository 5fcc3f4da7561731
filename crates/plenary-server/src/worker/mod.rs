//! Supervisor of the media worker process.
