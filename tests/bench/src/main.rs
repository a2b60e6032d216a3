//! Measures what the programs promise, on this machine and in a cluster. It is a measurement and no test: it ends well
//! when a goal is missed, and says so.
//!
//! Ratios are of numbers taken in turns within one run, because machines differ and shared ones vary by the minute.

mod against;
mod build;
mod client;
mod compare;
mod config;
mod database;
mod keys;
mod lists;
mod load;
mod log;
mod memory;
mod pages;
mod pgbench;
mod programs;
mod random;
mod server;
mod sizes;
mod start;
mod statistics;
mod steady;
mod table;
mod talk;
mod throughput;
mod users;

use clap::Parser as _;

use crate::{
    config::{Config, Task},
    database::Database,
    programs::{Backend, Programs},
    table::Table,
};

// One thread: the load generator has to leave the machine to what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let task = Task::parse();
    tokio::select! {
        done = run(&task) => done,
        told = told_to_stop() => anyhow::bail!(told?),
    }
}

/// Dropping it ends every process that it started.
async fn run(task: &Task) -> anyhow::Result<()> {
    match task {
        Task::Programs(config) => print!("{}", measure(config).await?),
        Task::Against(config) => against::measure(config).await?,
        Task::Compare(config) => compare::measure(config).await?,
        Task::Load(config) => steady::run(config).await?,
        Task::Log(config) => print!("{}", log::measure(config).await?),
        Task::Chat(config) => talk::measure(config).await?,
    }
    Ok(())
}

async fn measure(config: &Config) -> anyhow::Result<Table> {
    let mut table = Table::new();
    let database = Database::create(&config.database_url).await?;
    let programs = Programs::new(&config.programs.folder()?, database.url())?;
    programs.migrate()?;
    start::measure(&programs, &mut table)?;
    sizes::measure(&programs, &mut table)?;
    database.seed().await?;
    let backend = programs.backend(&Backend::default())?;
    let mcp = programs.mcp()?;
    memory::measure(&backend, &mcp, &mut table).await?;
    throughput::measure(config, &database, &backend, &mut table).await?;
    lists::measure(&backend, &mut table).await?;
    memory::after_load(&backend, "the lists and creates above", &mut table);
    drop((backend, mcp));
    talk::turn::measure(&programs, &database, &mut table).await?;
    pages::measure(&mut table);
    database.drop_it().await?;
    Ok(table)
}

#[cfg(unix)]
async fn told_to_stop() -> std::io::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt?,
        _ = terminate.recv() => {}
    }
    Ok("stopped")
}

#[cfg(not(unix))]
async fn told_to_stop() -> std::io::Result<&'static str> {
    tokio::signal::ctrl_c().await?;
    Ok("stopped")
}
