//! The crate through its public surface.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test, that is a failure like any other"
)]

mod answer;
mod assertions;
mod auth_server;
mod connections;
mod json_bodies;
mod problems;
mod refusals;
mod requests;
mod shutdown;
mod telemetry;
mod user_tokens;
