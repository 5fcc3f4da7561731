//! The broadcast of one event: packager, recorder and the addresses under /live.
