//! What each part is told by its environment: exactly what it documents, and nothing that was meant for another.

use std::process::Command;

use super::Plan;
use crate::config::Config;

/// What says which model answers, and how it is spoken to.
const MODEL: &[&str] = &[
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
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
];

/// Whether the user set a model.
pub fn has_model(config: &Config) -> bool {
    config.get("OPENAI_API_KEY").is_some() || config.get("OPENAI_BASE_URL").is_some()
}

/// For whoever speaks to the model, `offline` being the offline one's port: it is used where the user set no other.
pub fn model(config: &Config, offline: u16, command: &mut Command) {
    given(config, command, MODEL);
    if !has_model(config) {
        command
            .env("OPENAI_BASE_URL", format!("http://127.0.0.1:{offline}/v1"))
            .env("OPENAI_API_KEY", "offline")
            .env("OPENAI_MODEL", "offline");
    }
}

/// For `todo-backend doctor`.
pub fn doctor(config: &Config, offline: u16, command: &mut Command) {
    clean(command);
    model(config, offline, command);
}

/// For the offline model.
pub fn offline_model(config: &Config, port: u16, command: &mut Command) {
    clean(command);
    given(config, command, &["TOKEN_DELAY_MS"]);
    logs(config, command);
    command
        .env("HOST", "127.0.0.1")
        .env("PORT", port.to_string());
}

/// For the MCP server.
pub fn mcp_server(plan: &Plan<'_>, command: &mut Command) -> anyhow::Result<()> {
    clean(command);
    given(
        plan.config,
        command,
        &[
            "MCP_ALLOWED_HOSTS",
            "MCP_ALLOWED_ORIGINS",
            "MCP_API_KEY_PREVIOUS",
        ],
    );
    logs(plan.config, command);
    command
        .env("HOST", "127.0.0.1")
        .env("PORT", plan.addresses.mcp.to_string())
        .env("METRICS_PORT", plan.addresses.mcp_metrics.to_string())
        .env("DATABASE_URL", &plan.database_url)
        .env("MCP_API_KEY", secret(plan, "MCP_API_KEY")?);
    Ok(())
}

/// For the backend.
pub fn backend(plan: &Plan<'_>, command: &mut Command) -> anyhow::Result<()> {
    clean(command);
    given(
        plan.config,
        command,
        &[
            "CHAT_REQUESTS_PER_DAY",
            "CHAT_REQUESTS_PER_MINUTE",
            "CHAT_TITLES",
            "CHAT_TOKENS_PER_DAY",
            "CHAT_TOKENS_PER_MINUTE",
            "CORS_ORIGINS",
            "DATABASE_POOL_SIZE",
            "DATABASE_URL_DIRECT",
            "MAX_CONVERSATION_HISTORY",
        ],
    );
    logs(plan.config, command);
    let addresses = &plan.addresses;
    model(plan.config, addresses.model, command);
    command
        .env("HOST", "127.0.0.1")
        .env("PORT", addresses.backend.to_string())
        .env("METRICS_PORT", addresses.backend_metrics.to_string())
        .env("DATABASE_URL", &plan.database_url)
        .env("BETTER_AUTH_URL", addresses.origin())
        .env("JWT_ISSUER", addresses.origin())
        .env("JWT_AUDIENCE", addresses.origin())
        .env(
            "MCP_SERVER_URL",
            format!("http://127.0.0.1:{}/mcp", addresses.mcp),
        )
        .env("MCP_API_KEY", secret(plan, "MCP_API_KEY")?);
    Ok(())
}

/// For the frontend.
pub fn frontend(plan: &Plan<'_>, command: &mut Command) -> anyhow::Result<()> {
    clean(command);
    given(
        plan.config,
        command,
        &[
            "CHATKIT_DOMAIN_KEY",
            "CHATKIT_SCRIPT_URL",
            "DATABASE_URL_DIRECT",
            "FRONTEND_DATABASE_URL",
        ],
    );
    logs(plan.config, command);
    let addresses = &plan.addresses;
    command
        .env("HOST", "127.0.0.1")
        .env("PORT", addresses.frontend.to_string())
        .env("DATABASE_URL", &plan.database_url)
        .env("BETTER_AUTH_URL", addresses.origin())
        .env("BETTER_AUTH_SECRET", secret(plan, "BETTER_AUTH_SECRET")?)
        .env(
            "BACKEND_URL",
            format!("http://127.0.0.1:{}", addresses.backend),
        );
    Ok(())
}

fn clean(command: &mut Command) {
    for name in Config::names() {
        command.env_remove(name);
    }
}

/// All alike: their logs are read side by side, by people.
fn logs(config: &Config, command: &mut Command) {
    given(config, command, &["LOG_LEVEL"]);
    command.env("LOG_FORMAT", config.get("LOG_FORMAT").unwrap_or("text"));
}

fn given(config: &Config, command: &mut Command, names: &[&str]) {
    for name in names {
        if let Some(value) = config.get(name) {
            command.env(name, value);
        }
    }
}

fn secret(plan: &Plan<'_>, name: &str) -> anyhow::Result<String> {
    match plan.config.get(name) {
        Some(value) => Ok(value.to_owned()),
        None => plan.secrets.get(name),
    }
}
