//! From what the user set to the chart's values.

use anyhow::{Context as _, anyhow, ensure};
use serde_json::{Value, json};
use url::Url;
use xtask::{
    config::Config,
    database,
    environment::{self, Part},
};

use crate::images::Built;

const NO_DATABASE: &str = "DATABASE_URL is not set: write the address of your PostgreSQL into `.env` (copy `.env.example`), or run `cargo xtask minikube demo`, which brings a database of its own";

/// What pods call the machine that Minikube runs on.
const THIS_MACHINE: &str = "host.minikube.internal";

/// The variables that the chart has values of its own for, and where these are.
const VALUES: [(&str, &str); 13] = [
    ("DATABASE_URL", "/secrets/databaseUrl"),
    ("DATABASE_URL_DIRECT", "/secrets/databaseUrlDirect"),
    ("FRONTEND_DATABASE_URL", "/secrets/frontendDatabaseUrl"),
    ("BETTER_AUTH_SECRET", "/secrets/betterAuthSecret"),
    ("MCP_API_KEY", "/secrets/mcpApiKey"),
    ("MCP_API_KEY_PREVIOUS", "/secrets/mcpApiKeyPrevious"),
    ("OPENAI_API_KEY", "/secrets/openaiApiKey"),
    ("LLM_FALLBACK_API_KEY", "/secrets/fallbackApiKey"),
    ("OPENAI_BASE_URL", "/openai/baseUrl"),
    ("OPENAI_MODEL", "/openai/model"),
    ("LOG_LEVEL", "/logging/level"),
    ("LOG_FORMAT", "/logging/format"),
    ("DATABASE_POOL_SIZE", "/backend/databasePoolSize"),
];

/// Where the application's data and its secrets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A Secret of the user's own, which the chart is told about by an argument.
    OwnSecret,
    /// What the user set.
    Settings,
    /// A database in the cluster and the offline model, whatever else the user set.
    Demonstration,
}

/// Works out the chart's values, and what the user should know about them, one sentence each; or says in one what is
/// missing or not an address.
pub fn work_out(config: &Config, source: Source) -> anyhow::Result<(Value, Vec<String>)> {
    let demo = source == Source::Demonstration;
    let offline = demo || !config.has_model();
    let mut values = json!({"offlineModel": {"enabled": offline}});
    let mut notes = Vec::new();
    if offline && !demo {
        notes.push("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: the offline model does the talking.".into());
    }
    let no_database = source == Source::Settings && config.get("DATABASE_URL").is_none();
    ensure!(!no_database, NO_DATABASE);
    for (name, path) in VALUES {
        let is_database = name.contains("DATABASE_URL");
        let is_model = name.starts_with("OPENAI") || name == "LLM_FALLBACK_API_KEY";
        let left_out = (is_database && demo)
            || (is_model && offline)
            || (path.starts_with("/secrets/") && source == Source::OwnSecret);
        if let Some(value) = config.get(name).filter(|_| !left_out) {
            put(&mut values, path, value_of(name, value, &mut notes)?);
        }
    }
    for (part, key) in [(Part::Backend, "backend"), (Part::Frontend, "frontend")] {
        for name in environment::set_by_user(part) {
            // Where pages and API have one origin, CORS_ORIGINS says nothing.
            let is_left_out = name == "CORS_ORIGINS" || VALUES.iter().any(|(own, _)| *own == name);
            if let Some(value) = config.get(name).filter(|_| !is_left_out) {
                put(&mut values, &format!("/{key}/env/{name}"), value.into());
            }
        }
    }
    Ok((values, notes))
}

fn value_of(name: &str, value: &str, notes: &mut Vec<String>) -> anyhow::Result<Value> {
    if name == "DATABASE_POOL_SIZE" {
        let size = value.parse::<u16>();
        return Ok(size
            .context("DATABASE_POOL_SIZE is not a number from 1 to 100")?
            .into());
    }
    if name == "OPENAI_BASE_URL" {
        let is_address = Url::parse(value).is_ok_and(|url| url.has_host());
        ensure!(
            is_address,
            "OPENAI_BASE_URL is not an address: write https://host/v1"
        );
    } else if name.contains("DATABASE_URL") {
        database::address(value)
            .map_err(|error| anyhow!(format!("{error:#}").replacen("DATABASE_URL", name, 1)))?;
    } else {
        return Ok(value.into());
    }
    Ok(reachable(name, value, notes).into())
}

/// Adds the secrets that the user did not set.
pub fn add_secrets(
    values: &mut Value,
    kept: impl Fn(&str) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    for (name, path) in VALUES {
        let is_made = ["BETTER_AUTH_SECRET", "MCP_API_KEY"].contains(&name);
        if is_made && values.pointer(path).is_none() {
            put(values, path, kept(name)?.into());
        }
    }
    Ok(())
}

/// Sets the value at a path such as `/openai/model`.
fn put(values: &mut Value, path: &str, value: Value) {
    let keys = path.trim_start_matches('/').rsplit('/');
    merge(values, keys.fold(value, |value, key| json!({key: value})));
}

/// The address as a pod can use it: its own `localhost` is the pod.
fn reachable(name: &str, url: &str, notes: &mut Vec<String>) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        return url.to_owned();
    };
    let host = parsed.host_str().unwrap_or_default();
    let host = host.trim_matches(['[', ']']).to_owned();
    let is_local = ["localhost", "127.0.0.1", "0.0.0.0", "::1", "::"].contains(&&*host);
    if !is_local || parsed.set_host(Some(THIS_MACHINE)).is_err() {
        return url.to_owned();
    }
    notes.push(format!(
        "{name} names {host}, which inside a pod is the pod itself: {THIS_MACHINE} is used in its place. What listens there must accept connections from other addresses than {host}."
    ));
    parsed.into()
}

/// Names the images by their content.
pub fn add_images(values: &mut Value, images: &[Built]) {
    for built in images.iter().filter(|built| !built.image.value.is_empty()) {
        merge(
            values,
            json!({built.image.value: {"image": {"tag": built.tag}}}),
        );
    }
}

/// Puts `more` over `values`, as Helm does with several files.
pub fn merge(values: &mut Value, more: Value) {
    match (values, more) {
        (Value::Object(values), Value::Object(more)) => {
            for (key, value) in more {
                merge(values.entry(key).or_insert(Value::Null), value);
            }
        }
        (values, more) => *values = more,
    }
}

#[cfg(test)]
mod tests;
