//! The sample event with its synthetic speakers.
