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
            serving: any(ALL)?,
            metrics: any(SERVERS)?,
        })
    }

    /// Where a part listens; nowhere is 0.
    #[must_use]
    pub fn of(&self, part: Part) -> u16 {
        self.serving.get(&part).copied().unwrap_or_default()
    }

    /// Where a part tells its metrics; nowhere is 0.
    #[must_use]
    pub fn metrics(&self, part: Part) -> u16 {
        self.metrics.get(&part).copied().unwrap_or_default()
    }

    /// The origin that the browser sees.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.of(Frontend))
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

/// Where a variable's value comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// The user alone.
    User,
    /// The user, or else a secret of this checkout.
    Secret,
    /// The user, or else logs as people read them, side by side.
    Readable,
    /// The user who set a model, or else what the offline one is asked with.
    Model,
    /// This, whatever the user set.
    Always(&'static str),
    /// The port that the part listens on.
    Port,
    /// The port that the part tells its metrics on.
    MetricsPort,
    /// The address of the database.
    Database,
    /// The origin that the browser sees.
    Origin,
    /// The address of the backend.
    BackendUrl,
    /// The address of the MCP server.
    McpUrl,
    /// The user who set a model, or else the address of the offline one.
    ModelUrl,
}

use Source::{
    Always, BackendUrl, Database, McpUrl, MetricsPort, Model, ModelUrl, Origin, Port, Readable,
    Secret, User,
};

const ALL: &[Part] = &[Backend, Frontend, Mcp, OfflineModel];
const STORING: &[Part] = &[Backend, Frontend, Mcp];
const WEB: &[Part] = &[Backend, Frontend];
const SERVERS: &[Part] = &[Backend, Mcp];

/// Every variable, the parts that read it here (some are for deployments alone), and what it says there.
pub const VARIABLES: &[(&str, &[Part], Source)] = &[
    ("BACKEND_URL", &[Frontend], BackendUrl),
    ("BETTER_AUTH_SECRET", &[Frontend], Secret),
    ("BETTER_AUTH_URL", WEB, Origin),
    ("CHATKIT_DOMAIN_KEY", &[Frontend], User),
    ("CHATKIT_SCRIPT_URL", &[Frontend], User),
    ("CHAT_REQUESTS_PER_DAY", &[Backend], User),
    ("CHAT_REQUESTS_PER_MINUTE", &[Backend], User),
    ("CHAT_TITLES", &[Backend], User),
    ("CHAT_TOKENS_PER_DAY", &[Backend], User),
    ("CHAT_TOKENS_PER_MINUTE", &[Backend], User),
    ("CORS_ORIGINS", &[Backend], User),
    ("DATABASE_POOL_SIZE", &[Backend], User),
    ("DATABASE_URL", STORING, Database),
    ("DATABASE_URL_DIRECT", WEB, User),
    ("DRAIN_DELAY", &[], User),
    ("FRONTEND_DATABASE_URL", &[Frontend], User),
    ("HOST", ALL, Always("127.0.0.1")),
    ("HOSTNAME", &[], User),
    ("JWT_AUDIENCE", &[Backend], Origin),
    ("JWT_ISSUER", &[Backend], Origin),
    ("LLM_CONNECT_TIMEOUT", &[Backend], User),
    ("LLM_EXTRA_HEADERS", &[Backend], User),
    ("LLM_EXTRA_PARAMS", &[Backend], User),
    ("LLM_FALLBACK_API_KEY", &[Backend], User),
    ("LLM_FALLBACK_BASE_URL", &[Backend], User),
    ("LLM_FALLBACK_MODEL", &[Backend], User),
    ("LLM_FIRST_BYTE_TIMEOUT", &[Backend], User),
    ("LLM_IDLE_TIMEOUT", &[Backend], User),
    ("LLM_REASONING_EFFORT", &[Backend], User),
    ("LLM_STREAM_USAGE", &[Backend], User),
    ("LLM_WIRE", &[Backend], User),
    ("LOG_FORMAT", ALL, Readable),
    ("LOG_LEVEL", ALL, User),
    ("MAX_CONVERSATION_HISTORY", &[Backend], User),
    ("MCP_ALLOWED_HOSTS", &[Mcp], User),
    ("MCP_ALLOWED_ORIGINS", &[Mcp], User),
    ("MCP_API_KEY", SERVERS, Secret),
    ("MCP_API_KEY_PREVIOUS", &[Mcp], User),
    ("MCP_SERVER_URL", &[Backend], McpUrl),
    ("METRICS_PORT", SERVERS, MetricsPort),
    ("OPENAI_API_KEY", &[Backend], Model),
    ("OPENAI_BASE_URL", &[Backend], ModelUrl),
    ("OPENAI_MODEL", &[Backend], Model),
    ("PEER_URLS", &[], User),
    ("PORT", ALL, Port),
    ("TOKEN_DELAY_MS", &[OfflineModel], User),
];

/// The variables that a part takes from the user alone.
pub fn set_by_user(part: Part) -> impl Iterator<Item = &'static str> {
    let read = move |(_, parts, source): &&(_, &[Part], _)| {
        parts.contains(&part) && matches!(source, User)
    };
    VARIABLES.iter().filter(read).map(|(name, ..)| *name)
}

/// Keeps what the user set for the application from a command that is to run without it.
pub fn hide_from(command: &mut Command) {
    for (name, ..) in VARIABLES {
        command.env_remove(name);
    }
}

impl Plan<'_> {
    /// Sets a part's variables, and removes those of all others.
    ///
    /// # Errors
    /// When a secret cannot be read or made.
    pub fn give(&self, part: Part, command: &mut Command) -> anyhow::Result<()> {
        hide_from(command);
        for (name, parts, source) in VARIABLES {
            if parts.contains(&part) {
                command.envs(self.value(part, name, *source)?.map(|value| (name, value)));
            }
        }
        Ok(())
    }

    fn value(&self, part: Part, name: &str, source: Source) -> anyhow::Result<Option<String>> {
        let here = |part| format!("http://127.0.0.1:{}", self.addresses.of(part));
        let set = self.config.get(name).map(str::to_owned);
        Ok(Some(match source {
            User => return Ok(set),
            Model | ModelUrl if self.config.has_model() => return Ok(set),
            Secret => set.map_or_else(|| self.secrets.get(name), Ok)?,
            Readable => set.unwrap_or("text".to_owned()),
            Model => "offline".to_owned(),
            ModelUrl => format!("{}/v1", here(OfflineModel)),
            Always(value) => value.to_owned(),
            Port => self.addresses.of(part).to_string(),
            MetricsPort => self.addresses.metrics(part).to_string(),
            Database => self.database_url.clone(),
            Origin => self.addresses.origin(),
            BackendUrl => here(Backend),
            McpUrl => format!("{}/mcp", here(Mcp)),
        }))
    }
}
