//! Measures what the programs promise, on this machine and in a cluster. It is a measurement and no test: it ends well
//! when a goal is missed, and says so.
//!
//! Ratios are of numbers taken in turns within one run, because machines differ and shared ones vary by the minute.

mod against;
mod build;
mod client;
mod compare;
mod config;
mod contenders;
mod cores;
mod database;
mod events;
mod fixed;
mod keys;
mod lists;
mod load;
mod log;
mod memory;
mod pages;
mod pgbench;
mod programs;
mod python;
mod random;
mod rates;
mod release;
mod server;
mod sizes;
mod start;
mod statistics;
mod steady;
mod table;
mod talk;
mod users;

use std::time::Instant;

use clap::{Parser as _, ValueEnum as _};

use crate::{
    config::{Config, Figures, Task},
    database::Database,
    programs::{Backend, Programs},
    python::Python,
    release::Release,
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
        Task::Programs(config) => measure(config).await?,
        Task::Fixed(config) => fixed::serve(config).await?,
        Task::Against(config) => against::measure(config).await?,
        Task::Compare(config) => compare::measure(config).await?,
        Task::Load(config) => steady::run(config).await?,
        Task::Log(config) => print!("{}", log::measure(config).await?),
        Task::Chat(config) => talk::measure(config).await?,
    }
    Ok(())
}

async fn measure(config: &Config) -> anyhow::Result<()> {
    let mut table = Table::new();
    let database = Database::create(&config.database_url).await?;
    let mut programs = Programs::new(&config.programs.folder()?, database.url())?;
    let python = Python::install();
    programs.on_cores(config.cores.share(&database, &mut table).await?);
    programs.migrate()?;
    database.seed().await?;
    let parts = Figures::value_variants().iter().copied();
    let mut failed = Vec::new();
    for part in parts.filter(|part| config.wants(*part)) {
        eprintln!("{part:?}");
        let begun = Instant::now();
        let measured = measure_part(part, config, &programs, &database, &python, &mut table).await;
        eprintln!("{part:?} took {} s", begun.elapsed().as_secs());
        // What the others tell is worth keeping.
        if let Err(error) = measured {
            eprintln!("{part:?} failed: {error:#}");
            failed.push(format!("{part:?}"));
        }
    }
    database.drop_it().await?;
    let mut last = Release::last()?;
    print!("{}", table.beside(&last));
    anyhow::ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    if let Some(release) = &config.keep_as {
        last.keep(release, table.ratios())?;
    }
    Ok(())
}

async fn measure_part(
    part: Figures,
    config: &Config,
    programs: &Programs,
    database: &Database,
    python: &anyhow::Result<Python>,
    table: &mut Table,
) -> anyhow::Result<()> {
    let rounds = config.turns.rounds;
    match part {
        Figures::Create | Figures::List | Figures::Mcp => {
            rates::measure(part, config, programs, database, python, table).await
        }
        Figures::Events => events::measure(programs, rounds, table).await,
        Figures::Chat => {
            talk::turn::measure(programs, database, table).await?;
            talk::pair::measure(programs, database, rounds, table).await
        }
        Figures::Programs => alone(programs, database, table).await,
    }
}

/// What is compared with nothing.
async fn alone(programs: &Programs, database: &Database, table: &mut Table) -> anyhow::Result<()> {
    database.seed_long_lists().await?;
    start::measure(programs, table)?;
    sizes::measure(programs, table)?;
    let backend = programs.backend(&Backend::default())?;
    let mcp = programs.mcp()?;
    memory::measure(&backend, &mcp, table).await?;
    lists::measure(&backend, table).await?;
    pages::measure(table);
    Ok(())
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
