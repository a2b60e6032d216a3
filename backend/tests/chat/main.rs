//! Talking to the backend over a real socket, with a real PostgreSQL, the real MCP server and the offline model.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

mod asked;
mod bad_days;
mod bad_input;
mod bad_tools;
mod conversations;
mod crashes;
mod hostile;
mod interruptions;
mod limits;
mod oracle;
mod outgoing;
mod recorded;
mod rest;
mod retry;
mod stream;
mod turns;
mod unfinished;
mod world;
