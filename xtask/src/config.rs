//! What the user set: `.env` in the root of the checkout, and the environment, which wins; what this program's own
//! environment says; and the secrets that the user did not set, made once and kept.

use std::{
    collections::BTreeMap,
    fs,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

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
        let mut values = read(&root.join(".env"))?;
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        values.extend(names.filter_map(|name| Some((name.clone(), variable(&name)?))));
        Ok(Self { values })
    }

    /// These settings and no others.
    #[must_use]
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let values = values.into_iter();
        Self {
            values: values
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
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

/// Reads the file; a missing one is empty.
///
/// # Errors
/// When the file cannot be read, or a line is not `NAME=value`.
pub fn read(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Reads lines of `NAME=value`: `export` in front, quotes around the value, comments and empty lines are allowed.
///
/// # Errors
/// Names the line that is none of these; never shows its value, which may be a secret.
pub fn parse(text: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            bail!("line {}: write NAME=value", index + 1);
        };
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            bail!("line {}: a name has letters, digits and _ only", index + 1);
        }
        values.insert(name.to_owned(), unquoted(value.trim()).to_owned());
    }
    Ok(values)
}

/// A quoted value is what stands between the quotes; a bare one ends at a comment.
fn unquoted(value: &str) -> &str {
    let between = |quote| Some(value.strip_prefix(quote)?.split_once(quote)?.0);
    let bare = || value.split(" #").next().unwrap_or_default().trim_end();
    between('"').or_else(|| between('\'')).unwrap_or_else(bare)
}

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
        if let Some(value) = read(&self.file)?.remove(name) {
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
