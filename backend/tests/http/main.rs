//! The backend through its public port, over a real PostgreSQL.

mod app;
mod bad_days;
mod bad_input;
mod documents;
mod events;
mod identity;
mod lists;
mod tasks;
