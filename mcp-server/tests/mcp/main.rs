//! The server as its callers see it: the real router on a port, a real database, a real MCP client.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with its first surprise, in the functions its tests share as well"
)]

mod arguments;
mod http;
mod idempotency;
mod identity;
mod observed;
mod outage;
mod person;
mod process;
#[path = "../../../crates/service/tests/processes/log.rs"]
mod process_log;
mod running;
mod schemas;
mod several;
mod tools;
mod unread_log;
