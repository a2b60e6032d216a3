//! The ratios of the last release, kept in the repository, for the table to show beside those of a run.

use std::{collections::BTreeMap, io::ErrorKind, path::PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::build;

/// Ratios by the names of their rows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Release {
    release: String,
    ratios: BTreeMap<String, f64>,
}

impl Release {
    /// The last one; empty before the first.
    pub(crate) fn last() -> anyhow::Result<Self> {
        match std::fs::read(path()) {
            Ok(text) => serde_json::from_slice(&text).context("tests/bench/last-release.json"),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// A ratio, as people read it.
    pub(crate) fn ratio(&self, name: &str) -> String {
        self.ratios
            .get(name)
            .map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
    }

    /// Keeps the ratios of a run as those of a release; what was not measured in it stays.
    pub(crate) fn keep(
        &mut self,
        release: &str,
        ratios: impl IntoIterator<Item = (String, f64)>,
    ) -> anyhow::Result<()> {
        release.clone_into(&mut self.release);
        let rounded = ratios
            .into_iter()
            .map(|(name, ratio)| (name, (ratio * 1e3).round() / 1e3));
        self.ratios.extend(rounded);
        let text = serde_json::to_string_pretty(self)? + "\n";
        Ok(std::fs::write(path(), text)?)
    }
}

fn path() -> PathBuf {
    build::root().join("tests/bench/last-release.json")
}
