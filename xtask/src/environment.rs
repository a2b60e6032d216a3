//! What each part of the application is told by its environment: exactly what it documents, and nothing that was meant
//! for another part, or for another project.

use std::process::Command;

use crate::{
    application::{
        Part::{self, Backend, Doctor, Frontend, Mcp, OfflineModel, Widget},
        Plan,
    },
    config::Config,
};

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

const ALL: &[Part] = &[Backend, Frontend, Mcp, OfflineModel, Widget];
const STORING: &[Part] = &[Backend, Frontend, Mcp, Widget];
const WEB: &[Part] = &[Backend, Frontend, Widget];
const FRONTENDS: &[Part] = &[Frontend, Widget];
const SERVERS: &[Part] = &[Backend, Mcp];
const ASKING: &[Part] = &[Backend, Doctor];

/// Every variable, the parts that read it here (some are for deployments alone), and what it says there.
pub const VARIABLES: &[(&str, &[Part], Source)] = &[
    ("BACKEND_URL", FRONTENDS, BackendUrl),
    ("BETTER_AUTH_SECRET", FRONTENDS, Secret),
    ("BETTER_AUTH_URL", WEB, Origin),
    ("CHATKIT_DOMAIN_KEY", &[Frontend], User),
    ("CHATKIT_DOMAIN_KEY", &[Widget], Always("domain_pk_test")),
    ("CHATKIT_SCRIPT_URL", FRONTENDS, User),
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
    ("FRONTEND_DATABASE_URL", FRONTENDS, User),
    ("HOST", ALL, Always("127.0.0.1")),
    ("HOSTNAME", &[], User),
    ("JWT_AUDIENCE", &[Backend], Origin),
    ("JWT_ISSUER", &[Backend], Origin),
    ("LLM_CONNECT_TIMEOUT", ASKING, User),
    ("LLM_EXTRA_HEADERS", ASKING, User),
    ("LLM_EXTRA_PARAMS", ASKING, User),
    ("LLM_FALLBACK_API_KEY", ASKING, User),
    ("LLM_FALLBACK_BASE_URL", ASKING, User),
    ("LLM_FALLBACK_MODEL", ASKING, User),
    ("LLM_FIRST_BYTE_TIMEOUT", ASKING, User),
    ("LLM_IDLE_TIMEOUT", ASKING, User),
    ("LLM_REASONING_EFFORT", ASKING, User),
    ("LLM_STREAM_USAGE", ASKING, User),
    ("LLM_WIRE", ASKING, User),
    ("LOG_FORMAT", ALL, Readable),
    ("LOG_LEVEL", ALL, User),
    ("MAX_CONVERSATION_HISTORY", &[Backend], User),
    ("MCP_ALLOWED_HOSTS", &[Mcp], User),
    ("MCP_ALLOWED_ORIGINS", &[Mcp], User),
    ("MCP_API_KEY", SERVERS, Secret),
    ("MCP_API_KEY_PREVIOUS", &[Mcp], User),
    ("MCP_SERVER_URL", &[Backend], McpUrl),
    ("METRICS_PORT", SERVERS, MetricsPort),
    ("OPENAI_API_KEY", ASKING, Model),
    ("OPENAI_BASE_URL", ASKING, ModelUrl),
    ("OPENAI_MODEL", ASKING, Model),
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

/// Sets a part's variables, and removes those of all others.
///
/// # Errors
/// When a secret cannot be read or made.
pub fn give(plan: &Plan<'_>, part: Part, command: &mut Command) -> anyhow::Result<()> {
    Config::hide_from(command);
    for (name, parts, source) in VARIABLES {
        if parts.contains(&part)
            && let Some(value) = value(plan, part, name, *source)?
        {
            command.env(name, value);
        }
    }
    Ok(())
}

fn value(
    plan: &Plan<'_>,
    part: Part,
    name: &str,
    source: Source,
) -> anyhow::Result<Option<String>> {
    let addresses = &plan.addresses;
    let here = |port: u16| format!("http://127.0.0.1:{port}");
    let set = plan.config.get(name).map(str::to_owned);
    Ok(Some(match source {
        User => return Ok(set),
        Model | ModelUrl if plan.config.has_model() => return Ok(set),
        Secret => set.map_or_else(|| plan.secrets.get(name), Ok)?,
        Readable => set.unwrap_or("text".to_owned()),
        Model => "offline".to_owned(),
        ModelUrl => format!("{}/v1", here(addresses.model)),
        Always(value) => value.to_owned(),
        Port => addresses.of(part).to_string(),
        MetricsPort if part == Mcp => addresses.mcp_metrics.to_string(),
        MetricsPort => addresses.backend_metrics.to_string(),
        Database => plan.database_url.clone(),
        Origin => addresses.origin(),
        BackendUrl => here(addresses.backend),
        McpUrl => format!("{}/mcp", here(addresses.mcp)),
    }))
}
