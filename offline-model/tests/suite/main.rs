//! The whole server through its router: what sentences lead to, what is answered, and the wire.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail by panicking, in the functions it shares with others as well"
)]

mod conversations;
mod dates;
mod everyday;
mod faults;
mod languages;
mod own_tools;
mod player;
#[path = "../../../crates/service/tests/processes/log.rs"]
mod process_log;
mod responses;
mod sentences;
mod titles;
mod unread_log;
mod wire;
