//! What the user set: `.env` in the root of the checkout, and the environment, which wins; and what this program's own
//! environment says.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::env_file;

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
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let set = names.filter_map(|name| Some((variable(&name)?, name)));
        config.values.extend(set.map(|(value, name)| (name, value)));
        Ok(config)
    }

    /// Reads a file alone.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let values = env_file::read(file)?;
        Ok(Self { values })
    }

    /// These settings and no others.
    #[must_use]
    pub fn of<const N: usize>(values: [(&str, &str); N]) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let values = values.map(own).into();
        Self { values }
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
}

/// A variable of this program's own environment, such as where a tool is.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.into_string().ok();
    value.filter(|value| !value.is_empty())
}

/// Finds a program on the search path.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let mut files = std::env::split_paths(&path).map(|folder| folder.join(&file));
    files.find(|file| file.is_file())
}
