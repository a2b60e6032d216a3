//! The chat under load, under faults, and in a long conversation: real programs, and a model of the bench's own.

use crate::{
    config::{Chat, Part},
    database::Database,
    programs::Programs,
    table::Table,
};

mod client;
mod faults;
mod first_word;
mod long;
mod model;
pub(crate) mod pair;
mod request;
mod script;
pub(crate) mod streams;
pub(crate) mod turn;

/// Measures what was asked for, and prints a table.
///
/// # Errors
/// When something does not start or answer, and when a turn under faults broke a promise. A number that misses its goal
/// is no error.
pub(crate) async fn measure(config: &Chat) -> anyhow::Result<()> {
    let name = format!("todo_bench_chat_{}", std::process::id());
    let database = Database::create_named(&config.database_url, &name).await?;
    let measured = parts(config, &database).await;
    database.drop_it().await?;
    measured
}

async fn parts(config: &Chat, database: &Database) -> anyhow::Result<()> {
    let mut table = Table::new();
    let programs = Programs::new(&config.programs.folder()?, database.url())?;
    programs.migrate()?;
    if config.wants(Part::Streams) {
        streams::measure(&programs, config.streams, &mut table).await?;
    }
    if config.wants(Part::Long) {
        long::measure(&programs, database, &mut table).await?;
    }
    if config.wants(Part::FirstWord) {
        first_word::measure(&programs, config, &mut table).await?;
    }
    let kept = if config.wants(Part::Faults) {
        faults::measure(programs, database, config, &mut table).await
    } else {
        Ok(())
    };
    print!("{table}");
    kept
}
