//! What the user set: `.env` in the root of the checkout, and the environment, which wins; and what this program's own
//! environment says.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{env_file, environment};

/// The user's settings.
#[derive(Debug, Clone, Default)]
pub struct Config {
    values: BTreeMap<String, String>,
}

impl Config {
    /// Reads `.env` and the environment.
    ///
    /// # Errors
    /// When `.env` cannot be read or understood.
    pub fn load(root: &Path) -> anyhow::Result<Self> {
        let mut config = Self::read(&root.join(".env"))?;
        let set = Self::names().filter_map(|name| Some((name.to_owned(), variable(name)?)));
        config.values.extend(set);
        Ok(config)
    }

    /// Reads a file alone.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            values: env_file::read(file)?,
        })
    }

    /// These settings and no others.
    #[must_use]
    pub fn of<const N: usize>(values: [(&str, &str); N]) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            values: values.map(own).into(),
        }
    }

    /// A setting, if it is there and not blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Whether the user set a model; if not, the offline one does the talking.
    #[must_use]
    pub fn has_model(&self) -> bool {
        self.get("OPENAI_API_KEY").is_some() || self.get("OPENAI_BASE_URL").is_some()
    }

    /// Every name that a part of the application reads.
    pub fn names() -> impl Iterator<Item = &'static str> {
        environment::VARIABLES.iter().map(|(name, ..)| *name)
    }

    /// Keeps what the user set for the application from a command that is to run without it.
    pub fn hide_from(command: &mut Command) {
        for name in Self::names() {
            command.env_remove(name);
        }
    }
}

/// A variable of this program's own environment, such as where a tool is.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.into_string().ok()?;
    (!value.is_empty()).then_some(value)
}

/// Finds a program on the search path.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .find(|file| file.is_file())
}
