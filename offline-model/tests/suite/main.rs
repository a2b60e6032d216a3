//! The whole server through its router: what sentences lead to, what is answered, and the wire.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail by panicking, in the functions it shares with others as well"
)]

mod conversations;
mod dates;
mod faults;
mod obedient;
mod own_tools;
mod player;
mod responses;
mod sentences;
mod titles;
mod urdu;
mod wire;
