//! Sockets of the stage and the studio: one task per page, between its WebSocket and the host.

pub mod message;
pub mod page;
mod schema;
#[cfg(test)]
mod tests;
