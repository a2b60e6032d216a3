//! What protects a person: from what texts make a model do, from other people, from logs, and from us.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

mod designation;
mod everyday;
mod export;
mod injections;
mod messages;
#[path = "../chat/outgoing.rs"]
#[expect(dead_code, reason = "shared with the other tests of the chat")]
mod outgoing;
mod pictures;
mod privacy;
mod puppet;
mod questions;
mod reach;
mod stage;
mod texts;
mod titles;
#[path = "../chat/world.rs"]
#[expect(dead_code, reason = "shared with the other tests of the chat")]
mod world;
