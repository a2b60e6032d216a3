//! What each part of the application is told by its environment: exactly what it documents, and nothing that was meant
//! for another part, or for another project.

use std::{collections::BTreeMap, path::PathBuf, process::Command};

use crate::{
    config::{Config, Secrets},
    ports::Ports,
    workspace::Workspace,
};

/// A part of the application, as a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The built-in model.
    OfflineModel,
    /// The tools of the model.
    Mcp,
    /// Pages and sign-in.
    Frontend,
    /// REST and chat.
    Backend,
}

use Part::{Backend, Frontend, Mcp, OfflineModel};

/// What each part takes from the user alone.
const SETTINGS: [(Part, &str); 4] = [
    (OfflineModel, "LOG_LEVEL TOKEN_DELAY_MS"),
    (
        Mcp,
        "LOG_LEVEL MCP_ALLOWED_HOSTS MCP_ALLOWED_ORIGINS MCP_API_KEY_PREVIOUS",
    ),
    (
        Frontend,
        "CHATKIT_DOMAIN_KEY CHATKIT_SCRIPT_URL DATABASE_URL_DIRECT FRONTEND_DATABASE_URL LOG_LEVEL
         MCP_ALLOWED_ORIGINS TRUSTED_PROXIES",
    ),
    (
        Backend,
        "CHAT_REQUESTS_PER_DAY CHAT_REQUESTS_PER_MINUTE CHAT_TITLES CHAT_TOKENS_PER_DAY
         CHAT_TOKENS_PER_MINUTE CORS_ORIGINS DATABASE_POOL_SIZE DATABASE_URL_DIRECT
         LLM_CONNECT_TIMEOUT LLM_EXTRA_HEADERS LLM_EXTRA_PARAMS LLM_FALLBACK_API_KEY
         LLM_FALLBACK_BASE_URL LLM_FALLBACK_MODEL LLM_FIRST_BYTE_TIMEOUT LLM_IDLE_TIMEOUT
         LLM_MAX_TOKENS LLM_REASONING_EFFORT LLM_STREAM_USAGE LLM_WIRE LOG_LEVEL MAX_CONVERSATION_HISTORY",
    ),
];

/// What parts are told by this program, or by deployments alone.
const GIVEN: &str = "BACKEND_URL BETTER_AUTH_SECRET BETTER_AUTH_URL DATABASE_URL DRAIN_DELAY HOST
    JWT_AUDIENCE JWT_ISSUER LOG_FORMAT MCP_API_KEY MCP_PUBLIC_URL MCP_SERVER_URL METRICS_PORT
    OPENAI_API_KEY OPENAI_BASE_URL OPENAI_MODEL PEER_URLS PORT";

/// The ports that the parts listen on, and those on which they tell their metrics.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Of each part that serves.
    pub serving: BTreeMap<Part, u16>,
    /// Of those that have metrics.
    pub metrics: BTreeMap<Part, u16>,
}

impl Addresses {
    /// Free ports for everything.
    ///
    /// # Errors
    /// When the machine has no free ports.
    pub fn any(ports: &mut Ports) -> anyhow::Result<Self> {
        let mut any = |parts: &[Part]| {
            let of = |part: &Part| Ok((*part, ports.any()?));
            parts.iter().map(of).collect::<anyhow::Result<_>>()
        };
        Ok(Self {
            serving: any(&[Backend, Frontend, Mcp, OfflineModel])?,
            metrics: any(&[Backend, Mcp])?,
        })
    }

    /// Where a part listens; nowhere is 0.
    #[must_use]
    pub fn of(&self, part: Part) -> u16 {
        self.serving.get(&part).copied().unwrap_or_default()
    }

    /// Where this machine asks a part.
    #[must_use]
    pub fn url(&self, part: Part) -> String {
        format!("http://127.0.0.1:{}", self.of(part))
    }

    /// The origin that the browser sees.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.of(Frontend))
    }

    /// Where other AI tools reach the MCP server.
    #[must_use]
    pub fn mcp(&self) -> String {
        format!("{}/mcp", self.origin())
    }
}

/// All that must be known to start the application.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The checkout.
    pub workspace: &'a Workspace,
    /// What the user set.
    pub config: Config,
    /// Secrets that the user did not set.
    pub secrets: Secrets,
    /// The database to use.
    pub database_url: String,
    /// Where each part listens.
    pub addresses: Addresses,
    /// The folder with the built programs.
    pub programs: PathBuf,
    /// The folder for the logs.
    pub logs: PathBuf,
    /// Whether the frontend is its development server.
    pub development: bool,
}

/// The variables that a part takes from the user alone.
pub fn set_by_user(part: Part) -> impl Iterator<Item = &'static str> {
    let of_part = SETTINGS.into_iter().filter(move |(of, _)| *of == part);
    of_part.flat_map(|(_, names)| names.split_whitespace())
}

/// Keeps what the user set for the application from a command that is to run without it.
pub fn hide_from(command: &mut Command) {
    let lists = SETTINGS.iter().map(|(_, names)| *names).chain([GIVEN]);
    for name in lists.flat_map(str::split_whitespace) {
        command.env_remove(name);
    }
}

impl Plan<'_> {
    /// Sets a part's variables, and removes those of all others.
    ///
    /// # Errors
    /// When a secret cannot be read or made.
    pub fn give(&self, part: Part, command: &mut Command) -> anyhow::Result<()> {
        let (config, addresses) = (&self.config, &self.addresses);
        let secret = |name: &str| match config.get(name) {
            Some(set) => Ok(set.to_owned()),
            None => self.secrets.get(name),
        };
        let origin = addresses.origin();
        hide_from(command);
        for name in set_by_user(part) {
            command.envs(config.get(name).map(|value| (name, value)));
        }
        command
            .env("HOST", "127.0.0.1")
            .env("PORT", addresses.of(part).to_string())
            .env("LOG_FORMAT", config.get("LOG_FORMAT").unwrap_or("text"));
        if part != OfflineModel {
            command.env("DATABASE_URL", &self.database_url);
        }
        if let Some(port) = addresses.metrics.get(&part) {
            command.env("METRICS_PORT", port.to_string());
            command.env("MCP_API_KEY", secret("MCP_API_KEY")?);
        }
        if part == Frontend {
            command
                .env("BACKEND_URL", addresses.url(Backend))
                .env("BETTER_AUTH_SECRET", secret("BETTER_AUTH_SECRET")?)
                .env("BETTER_AUTH_URL", origin)
                .env("MCP_PUBLIC_URL", addresses.mcp())
                .env("MCP_SERVER_URL", addresses.url(Mcp));
        } else if part == Mcp {
            let backend = addresses.metrics.get(&Backend);
            command
                .env("BETTER_AUTH_URL", origin)
                .env("MCP_PUBLIC_URL", addresses.mcp())
                .envs(backend.map(|port| ("PEER_URLS", format!("127.0.0.1:{port}"))));
        } else if part == Backend {
            command.envs(["BETTER_AUTH_URL", "JWT_AUDIENCE", "JWT_ISSUER"].map(|it| (it, &origin)));
            command.env("MCP_SERVER_URL", format!("{}/mcp", addresses.url(Mcp)));
            let offline = format!("{}/v1", addresses.url(OfflineModel));
            for (name, offline) in [
                ("OPENAI_API_KEY", "offline"),
                ("OPENAI_BASE_URL", &offline),
                ("OPENAI_MODEL", "offline"),
            ] {
                let other = (!config.has_model()).then_some(offline);
                command.envs(other.or(config.get(name)).map(|value| (name, value)));
            }
        }
        Ok(())
    }
}
