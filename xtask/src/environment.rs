//! What each part of the application is told by its environment: exactly what it documents, and nothing that was meant
//! for another part, or for another project.

use std::process::Command;

use crate::application::{
    Part::{self, Backend, Doctor, Frontend, Mcp, OfflineModel, Widget},
    Plan,
};

/// Where a variable's value comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// The user alone.
    User,
    /// The user, or else this.
    Else(&'static str),
    /// The user, or else a secret of this checkout.
    Secret,
    /// The user who set a model; for the offline model, this.
    Model(fn(&Plan<'_>, Part) -> String),
    /// This, whatever the user set.
    Plan(fn(&Plan<'_>, Part) -> String),
}

use Source::{Else, Model, Plan as Planned, Secret, User};

const SERVERS: &[Part] = &[Backend, Frontend, Mcp, OfflineModel, Widget];
const WITH_DATABASE: &[Part] = &[Backend, Frontend, Mcp, Widget];
const WEB: &[Part] = &[Backend, Frontend, Widget];
const FRONTENDS: &[Part] = &[Frontend, Widget];
const SPEAKS_TO_MODEL: &[Part] = &[Backend, Doctor];

/// Every variable that a part reads: which parts, what it says, its name.
pub const VARIABLES: &[(&[Part], Source, &[&str])] = &[
    (SERVERS, User, &["LOG_LEVEL"]),
    // Their logs are read side by side, by people.
    (SERVERS, Else("text"), &["LOG_FORMAT"]),
    (SERVERS, Planned(|_, _| "127.0.0.1".into()), &["HOST"]),
    (
        SERVERS,
        Planned(|plan, part| plan.addresses.of(part).to_string()),
        &["PORT"],
    ),
    (
        &[Backend],
        Planned(|plan, _| plan.addresses.backend_metrics.to_string()),
        &["METRICS_PORT"],
    ),
    (
        &[Mcp],
        Planned(|plan, _| plan.addresses.mcp_metrics.to_string()),
        &["METRICS_PORT"],
    ),
    (
        WITH_DATABASE,
        Planned(|plan, _| plan.database_url.clone()),
        &["DATABASE_URL"],
    ),
    (WEB, User, &["DATABASE_URL_DIRECT"]),
    (
        WEB,
        Planned(|plan, _| plan.addresses.origin()),
        &["BETTER_AUTH_URL"],
    ),
    (
        &[Backend],
        Planned(|plan, _| plan.addresses.origin()),
        &["JWT_AUDIENCE", "JWT_ISSUER"],
    ),
    (
        &[Backend],
        Planned(|plan, _| format!("http://127.0.0.1:{}/mcp", plan.addresses.mcp)),
        &["MCP_SERVER_URL"],
    ),
    (&[Backend, Mcp], Secret, &["MCP_API_KEY"]),
    (
        &[Backend],
        User,
        &[
            "CHAT_REQUESTS_PER_DAY",
            "CHAT_REQUESTS_PER_MINUTE",
            "CHAT_TITLES",
            "CHAT_TOKENS_PER_DAY",
            "CHAT_TOKENS_PER_MINUTE",
            "CORS_ORIGINS",
            "DATABASE_POOL_SIZE",
            "MAX_CONVERSATION_HISTORY",
        ],
    ),
    (
        SPEAKS_TO_MODEL,
        User,
        &[
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
        ],
    ),
    (
        SPEAKS_TO_MODEL,
        Model(|_, _| "offline".into()),
        &["OPENAI_API_KEY", "OPENAI_MODEL"],
    ),
    (
        SPEAKS_TO_MODEL,
        Model(|plan, _| format!("http://127.0.0.1:{}/v1", plan.addresses.model)),
        &["OPENAI_BASE_URL"],
    ),
    (FRONTENDS, Secret, &["BETTER_AUTH_SECRET"]),
    (
        FRONTENDS,
        Planned(|plan, _| format!("http://127.0.0.1:{}", plan.addresses.backend)),
        &["BACKEND_URL"],
    ),
    (
        FRONTENDS,
        User,
        &["CHATKIT_SCRIPT_URL", "FRONTEND_DATABASE_URL"],
    ),
    (&[Frontend], User, &["CHATKIT_DOMAIN_KEY"]),
    (
        &[Widget],
        Planned(|_, _| "domain_pk_test".into()),
        &["CHATKIT_DOMAIN_KEY"],
    ),
    (
        &[Mcp],
        User,
        &[
            "MCP_ALLOWED_HOSTS",
            "MCP_ALLOWED_ORIGINS",
            "MCP_API_KEY_PREVIOUS",
        ],
    ),
    (&[OfflineModel], User, &["TOKEN_DELAY_MS"]),
    // For deployments only.
    (&[], User, &["DRAIN_DELAY", "HOSTNAME", "PEER_URLS"]),
];

/// Sets a part's variables, and removes those of all others.
///
/// # Errors
/// When a secret cannot be read or made.
pub fn give(plan: &Plan<'_>, part: Part, command: &mut Command) -> anyhow::Result<()> {
    crate::config::Config::hide_from(command);
    for (_, source, names) in VARIABLES.iter().filter(|(parts, ..)| parts.contains(&part)) {
        for name in *names {
            let set = plan.config.get(name).map(str::to_owned);
            let value = match source {
                User => set,
                Else(value) => set.or(Some((*value).to_owned())),
                Secret => Some(set.map_or_else(|| plan.secrets.get(name), Ok)?),
                Model(_) if plan.config.has_model() => set,
                Model(value) | Planned(value) => Some(value(plan, part)),
            };
            if let Some(value) = value {
                command.env(name, value);
            }
        }
    }
    Ok(())
}
