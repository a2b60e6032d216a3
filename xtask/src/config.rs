//! What the user set: `.env` in the root of the checkout, and the environment, which wins.

use std::{collections::BTreeMap, path::Path};

use crate::env_file;

/// Names that the parts of the application read. A child gets only those that its part documents, so that a variable
/// meant for one part, or for another project, never reaches another.
const NAMES: &[&str] = &[
    "BACKEND_URL",
    "BETTER_AUTH_SECRET",
    "BETTER_AUTH_URL",
    "CHATKIT_DOMAIN_KEY",
    "CHATKIT_SCRIPT_URL",
    "CHAT_REQUESTS_PER_DAY",
    "CHAT_REQUESTS_PER_MINUTE",
    "CHAT_TITLES",
    "CHAT_TOKENS_PER_DAY",
    "CHAT_TOKENS_PER_MINUTE",
    "CORS_ORIGINS",
    "DATABASE_POOL_SIZE",
    "DATABASE_URL",
    "DATABASE_URL_DIRECT",
    "DRAIN_DELAY",
    "FRONTEND_DATABASE_URL",
    "HOST",
    "HOSTNAME",
    "JWT_AUDIENCE",
    "JWT_ISSUER",
    "LLM_CONNECT_TIMEOUT",
    "LLM_EXTRA_HEADERS",
    "LLM_EXTRA_PARAMS",
    "LLM_FALLBACK_API_KEY",
    "LLM_FALLBACK_BASE_URL",
    "LLM_FALLBACK_MODEL",
    "LLM_FIRST_BYTE_TIMEOUT",
    "LLM_IDLE_TIMEOUT",
    "LLM_REASONING_EFFORT",
    "LLM_STREAM_USAGE",
    "LLM_WIRE",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "MAX_CONVERSATION_HISTORY",
    "MCP_ALLOWED_HOSTS",
    "MCP_ALLOWED_ORIGINS",
    "MCP_API_KEY",
    "MCP_API_KEY_PREVIOUS",
    "MCP_SERVER_URL",
    "METRICS_PORT",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "PEER_URLS",
    "PORT",
    "TOKEN_DELAY_MS",
];

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
        config
            .values
            .extend(std::env::vars_os().filter_map(|(name, value)| {
                let name = name
                    .into_string()
                    .ok()
                    .filter(|name| NAMES.contains(&name.as_str()))?;
                Some((name, value.into_string().ok()?))
            }));
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
        self.values
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Every name that a part of the application reads.
    #[must_use]
    pub fn names() -> &'static [&'static str] {
        NAMES
    }
}

/// A variable of this program's own environment, such as where a tool is.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::vars_os()
        .find(|(key, _)| key == name)
        .and_then(|(_, value)| value.into_string().ok())
        .filter(|value| !value.is_empty())
}

/// Finds a program on the search path.
#[must_use]
pub fn program(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .find(|file| file.is_file())
}
