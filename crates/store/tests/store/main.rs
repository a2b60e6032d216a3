//! The store through its public functions, on a real PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails ends so"
)]

mod account;
mod activity;
mod adopt;
mod announcements;
mod batch;
mod changes;
mod conversations;
mod database;
mod events;
mod list;
mod messages;
mod migrate;
mod once;
mod outage;
mod pgbouncer;
mod pooler;
mod proxy;
mod refuse;
mod rules;
mod search;
mod takeover;
mod tasks;
mod turns;
