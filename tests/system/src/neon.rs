//! A database outside the cluster that behaves like Neon, where the `neon` program is there to make one.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{
    programs::{Shell, exists},
    runner::skip,
    waiting::seconds,
};

/// Suspends after this long without a query.
pub const SUSPENDS_AFTER: Duration = seconds(60);

/// The stand-in, running.
#[derive(Clone)]
pub struct Neon {
    shell: Shell,
}

impl Neon {
    /// Starts it.
    ///
    /// # Errors
    /// When it is not there, which skips the scenario, or cannot be started.
    pub async fn start(shell: &Shell) -> anyhow::Result<Self> {
        if !exists("neon") {
            return Err(skip(
                "there is no `neon` program, so no database that sleeps",
            ));
        }
        let after = SUSPENDS_AFTER.as_secs().to_string();
        shell.run("neon", ["start", &after]).await?.success()?;
        Ok(Self {
            shell: shell.clone(),
        })
    }

    /// Makes a new database, and gives its pooled and its direct URL.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn create(&self, name: &str) -> anyhow::Result<(String, String)> {
        self.remove(name).await?;
        self.psql(&format!("create database {name}")).await?;
        Ok((
            self.url(name, &["url"]).await?,
            self.url(name, &["url", "--direct"]).await?,
        ))
    }

    /// Forgets a database.
    ///
    /// # Errors
    /// When it stays.
    pub async fn remove(&self, name: &str) -> anyhow::Result<()> {
        let order = format!("drop database if exists {name} with (force)");
        self.psql(&order).await?;
        Ok(())
    }

    /// Runs one statement. It does not wake a database that sleeps, and fails then.
    ///
    /// # Errors
    /// When it fails.
    pub async fn psql(&self, statement: &str) -> anyhow::Result<String> {
        let arguments = ["psql", "-v", "ON_ERROR_STOP=1", "-Atc", statement];
        let said = self.shell.run("neon", arguments).await?.success()?;
        Ok(said.stdout.trim().to_owned())
    }

    /// How often it was woken, whether it is awake, and what else it says about itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn stats(&self) -> anyhow::Result<Value> {
        let said = self.shell.run("neon", ["stats"]).await?.success()?;
        serde_json::from_str(&said.stdout).context("neon stats")
    }

    async fn url(&self, database: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let said = self.shell.run("neon", arguments).await?.success()?;
        let url = said.stdout.trim();
        let Some((server, parameters)) = url.split_once("/todo?") else {
            bail!("`{url}` is not what a URL of it looks like");
        };
        Ok(format!("{server}/{database}?{parameters}"))
    }
}
