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
        Self {
            file: folder.join("secrets.env"),
        }
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
        self.append(&format!("{name}={value}\n"))
            .with_context(|| format!("cannot write {}", self.file.display()))?;
        Ok(value)
    }

    fn append(&self, line: &str) -> std::io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.file)?.write_all(line.as_bytes())
    }
}

/// 64 hexadecimal digits that nobody can guess.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
