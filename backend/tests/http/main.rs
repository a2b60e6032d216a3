//! The backend through its public port, over a real PostgreSQL.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

mod account;
mod app;
mod bad_days;
mod bad_input;
mod contract;
mod documents;
mod events;
mod identity;
mod keys;
mod killed;
mod lists;
#[path = "../../../crates/store/tests/fixtures/programs.rs"]
#[expect(dead_code, reason = "the tests of the MCP server use more of it")]
mod programs;
mod tasks;
mod undo;
