//! Schema, migrations, every query on tasks and conversations, and the rules a task obeys.
//!
//! All SQL of the Rust services is here. Every function that touches a person's data takes the owner, and there is
//! no query by id alone. Lookups answer `Ok(None)` for what is not there, commands answer [`Error::NotFound`]; what
//! belongs to somebody else is not there.

pub mod access;
pub mod account;
pub mod activity;
pub mod changes;
pub mod conversations;
mod db;
mod error;
pub mod events;
pub mod export;
pub mod messages;
mod migrate;
mod session;
pub mod task;
pub mod tasks;
mod text;
pub mod tools;
pub mod turns;
pub mod undo;
mod url;

pub use db::{Db, DbOptions};
pub use error::{Error, Invalid};
pub use migrate::{MIGRATOR, MigrateError, Migrated, migrate};
