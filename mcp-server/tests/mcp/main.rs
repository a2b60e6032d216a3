//! The server as its callers see it: the real router on a port, a real database, a real MCP client.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with its first surprise, in the functions its tests share as well"
)]

mod apps;
mod arguments;
#[path = "../../../crates/service/tests/service/auth_server.rs"]
#[expect(dead_code, reason = "the crate that it comes from uses more of it")]
mod auth_server;
mod http;
mod idempotency;
mod identity;
mod keys;
mod observed;
mod outage;
mod person;
mod process;
#[path = "../../../crates/service/tests/processes/log.rs"]
mod process_log;
#[path = "../../../crates/store/tests/fixtures/programs.rs"]
mod programs;
mod running;
mod schemas;
mod several;
mod tools;
mod unread_log;
