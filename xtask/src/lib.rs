//! `cargo xtask …`: the one way to run, test, check and measure this project.

pub mod agents;
pub mod application;
pub mod args;
pub mod bench;
pub mod binaries;
pub mod browser;
pub mod check;
pub mod config;
pub mod counting;
pub mod database;
pub mod doctor;
pub mod environment;
pub mod frontend;
pub mod generated;
mod groups;
pub mod interruption;
pub mod node;
pub mod ports;
pub mod postgres;
pub mod processes;
pub mod terminal;
pub mod test;
pub mod up;
pub mod workspace;
