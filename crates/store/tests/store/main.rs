//! The store through its public functions, on a real PostgreSQL.

mod account;
mod adopt;
mod conversations;
mod database;
mod events;
mod lease;
mod list;
mod list_plans;
mod messages;
mod migrate;
mod once;
mod outage;
mod proxy;
mod rules;
mod tasks;
