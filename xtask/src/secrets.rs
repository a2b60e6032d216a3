//! Secrets of this checkout's local installation, made once and kept beside its database.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::env_file;

/// A file of generated secrets that only its owner can read.
#[derive(Debug)]
pub struct Secrets {
    file: PathBuf,
}

impl Secrets {
    /// Secrets kept in this folder.
    #[must_use]
    pub fn kept_in(folder: &Path) -> Self {
        let file = folder.join("secrets.env");
        Self { file }
    }

    /// The secret of this name, made on first use: 64 hexadecimal digits.
    ///
    /// # Errors
    /// When the file cannot be read or written, or the system gives no random numbers.
    pub fn get(&self, name: &str) -> anyhow::Result<String> {
        if let Some(value) = env_file::read(&self.file)?.remove(name) {
            return Ok(value);
        }
        let value = random()?;
        let mut options = fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.open(&self.file);
        opened
            .and_then(|mut file| writeln!(file, "{name}={value}"))
            .with_context(|| format!("cannot write {}", self.file.display()))?;
        Ok(value)
    }
}

/// 64 hexadecimal digits that nobody can guess.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    Ok(digits.collect::<Vec<_>>().concat())
}
