//! From what the user set to the chart's values.

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Map, Value, json};

use crate::{config::Config, database, kubernetes::images::Built};

const NO_DATABASE: &str = "DATABASE_URL is not set: write the address of your PostgreSQL into `.env` (copy `.env.example`), or run `cargo xtask minikube demo`, which brings a database of its own";

/// What pods call the machine that Minikube runs on.
const THIS_MACHINE: &str = "host.minikube.internal";

/// What the backend reads under the same name in the chart.
const BACKEND: &[&str] = &[
    "CHAT_REQUESTS_PER_DAY",
    "CHAT_REQUESTS_PER_MINUTE",
    "CHAT_TITLES",
    "CHAT_TOKENS_PER_DAY",
    "CHAT_TOKENS_PER_MINUTE",
    "LLM_CONNECT_TIMEOUT",
    "LLM_EXTRA_HEADERS",
    "LLM_EXTRA_PARAMS",
    "LLM_FALLBACK_BASE_URL",
    "LLM_FALLBACK_MODEL",
    "LLM_FIRST_BYTE_TIMEOUT",
    "LLM_IDLE_TIMEOUT",
    "LLM_REASONING_EFFORT",
    "LLM_STREAM_USAGE",
    "LLM_WIRE",
    "MAX_CONVERSATION_HISTORY",
];
/// The same for the frontend.
const FRONTEND: &[&str] = &["CHATKIT_DOMAIN_KEY", "CHATKIT_SCRIPT_URL"];

/// The chart's values, and what the user should know about them.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The values.
    pub values: Value,
    /// One sentence each.
    pub notes: Vec<String>,
    /// What answers conversations.
    pub model: String,
}

/// Secrets that the user did not set.
pub trait Kept {
    /// The secret of this name.
    ///
    /// # Errors
    /// When it cannot be read or made.
    fn get(&self, name: &str) -> anyhow::Result<String>;
}

impl<F: Fn(&str) -> anyhow::Result<String>> Kept for F {
    fn get(&self, name: &str) -> anyhow::Result<String> {
        self(name)
    }
}

/// The values for the database and the model that the user set.
///
/// # Errors
/// One sentence about what is missing or not an address.
pub fn of_user(config: &Config, kept: &impl Kept) -> anyhow::Result<Settings> {
    let mut notes = Vec::new();
    let mut secrets = Map::new();
    for (name, value) in [
        ("DATABASE_URL", "databaseUrl"),
        ("DATABASE_URL_DIRECT", "databaseUrlDirect"),
        ("FRONTEND_DATABASE_URL", "frontendDatabaseUrl"),
    ] {
        let Some(url) = config.get(name) else {
            continue;
        };
        let (host, _) = database::address(url)
            .map_err(|error| anyhow!(format!("{error:#}").replacen("DATABASE_URL", name, 1)))?;
        secrets.insert(value.into(), reachable(name, url, &host, &mut notes).into());
    }
    if !secrets.contains_key("databaseUrl") {
        bail!(NO_DATABASE);
    }
    let (openai, offline, model) = model(config, &mut secrets, &mut notes)?;
    add_kept(config, kept, &mut secrets)?;
    let mut values = common(config)?;
    values.insert("secrets".into(), secrets.into());
    values.insert("openai".into(), openai);
    set(&mut values, "offlineModel", "enabled", offline.into());
    Ok(Settings {
        values: values.into(),
        notes,
        model,
    })
}

/// The values for a Secret of the user's own, which the chart is told about by an argument.
///
/// # Errors
/// When a setting makes no sense.
pub fn without_secrets(config: &Config) -> anyhow::Result<Settings> {
    let mut notes = Vec::new();
    let (openai, offline, model) = model(config, &mut Map::new(), &mut notes)?;
    let mut values = common(config)?;
    values.insert("openai".into(), openai);
    set(&mut values, "offlineModel", "enabled", offline.into());
    Ok(Settings {
        values: values.into(),
        notes,
        model,
    })
}

/// The values for a database in the cluster and the offline model, whatever else the user set.
///
/// # Errors
/// When a setting makes no sense or a secret cannot be made.
pub fn demonstration(
    config: &Config,
    kept: &impl Kept,
    database_url: &str,
) -> anyhow::Result<Settings> {
    let mut secrets = Map::new();
    secrets.insert("databaseUrl".into(), database_url.into());
    add_kept(config, kept, &mut secrets)?;
    let mut values = common(config)?;
    values.insert("secrets".into(), secrets.into());
    set(&mut values, "offlineModel", "enabled", true.into());
    Ok(Settings {
        values: values.into(),
        notes: Vec::new(),
        model: "the offline model".into(),
    })
}

/// Names the images by their content.
pub fn add_images(values: &mut Value, images: &[Built]) {
    let Some(values) = values.as_object_mut() else {
        return;
    };
    for built in images {
        if let Some(component) = built.image.value() {
            set(values, component, "image", json!({ "tag": built.tag }));
        }
    }
}

/// Names the class of the Ingress where the cluster has none for those that name none.
pub fn add_ingress_class(values: &mut Value, classes: &[(String, bool)]) {
    let (Some(values), Some((first, _))) = (values.as_object_mut(), classes.first()) else {
        return;
    };
    if !classes.iter().any(|(_, is_default)| *is_default) {
        set(values, "ingress", "className", first.as_str().into());
    }
}

fn common(config: &Config) -> anyhow::Result<Map<String, Value>> {
    let mut values = Map::new();
    if let Some(level) = config.get("LOG_LEVEL") {
        set(&mut values, "logging", "level", level.into());
    }
    if let Some(format) = config.get("LOG_FORMAT") {
        set(&mut values, "logging", "format", format.into());
    }
    if let Some(size) = config.get("DATABASE_POOL_SIZE") {
        let size: u16 = size
            .parse()
            .context("DATABASE_POOL_SIZE is not a number from 1 to 100")?;
        set(&mut values, "backend", "databasePoolSize", size.into());
    }
    for (part, names) in [("backend", BACKEND), ("frontend", FRONTEND)] {
        let variables: Map<String, Value> = names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), config.get(name)?.into())))
            .collect();
        if !variables.is_empty() {
            set(&mut values, part, "env", variables.into());
        }
    }
    Ok(values)
}

/// The chart's `openai`, whether the offline model is wanted, and what to call the model.
fn model(
    config: &Config,
    secrets: &mut Map<String, Value>,
    notes: &mut Vec<String>,
) -> anyhow::Result<(Value, bool, String)> {
    let (key, url) = (config.get("OPENAI_API_KEY"), config.get("OPENAI_BASE_URL"));
    if key.is_none() && url.is_none() {
        notes.push("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: the offline model does the talking.".into());
        return Ok((json!({}), true, "the offline model".into()));
    }
    if let Some(key) = key {
        secrets.insert("openaiApiKey".into(), key.into());
    }
    if let Some(key) = config.get("LLM_FALLBACK_API_KEY") {
        secrets.insert("fallbackApiKey".into(), key.into());
    }
    let mut openai = Map::new();
    if let Some(url) = url {
        let host = url
            .split_once("://")
            .map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or(rest))
            .and_then(host_of)
            .context("OPENAI_BASE_URL is not an address: write https://host/v1")?;
        let url = reachable("OPENAI_BASE_URL", url, host, notes);
        openai.insert("baseUrl".into(), url.into());
    }
    if let Some(model) = config.get("OPENAI_MODEL") {
        openai.insert("model".into(), model.into());
    }
    let name = url.unwrap_or("OpenAI").to_owned();
    Ok((openai.into(), false, name))
}

fn host_of(authority: &str) -> Option<&str> {
    let server = authority
        .rsplit_once('@')
        .map_or(authority, |(_, server)| server);
    let host = if server.starts_with('[') {
        server.split_inclusive(']').next()?
    } else {
        server.split(':').next()?
    };
    (!host.is_empty()).then_some(host)
}

fn add_kept(
    config: &Config,
    kept: &impl Kept,
    secrets: &mut Map<String, Value>,
) -> anyhow::Result<()> {
    for (name, value) in [
        ("BETTER_AUTH_SECRET", "betterAuthSecret"),
        ("MCP_API_KEY", "mcpApiKey"),
    ] {
        let secret = match config.get(name) {
            Some(secret) => secret.to_owned(),
            None => kept.get(name)?,
        };
        secrets.insert(value.into(), secret.into());
    }
    if let Some(previous) = config.get("MCP_API_KEY_PREVIOUS") {
        secrets.insert("mcpApiKeyPrevious".into(), previous.into());
    }
    Ok(())
}

/// The address as a pod can use it: its own `localhost` is the pod.
fn reachable(name: &str, url: &str, host: &str, notes: &mut Vec<String>) -> String {
    let bare = host.trim_matches(['[', ']']);
    if !matches!(bare, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "::") {
        return url.to_owned();
    }
    notes.push(format!(
        "{name} names {bare}, which inside a pod is the pod itself: {THIS_MACHINE} is used in its place. What listens there must accept connections from other addresses than {bare}."
    ));
    let written = if url.contains(&format!("[{bare}]")) {
        format!("[{bare}]")
    } else {
        bare.to_owned()
    };
    // Behind the user and the password, which may well be the same word.
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url
        .get(start..)
        .and_then(|rest| rest.find(['/', '?']))
        .map_or(url.len(), |end| start + end);
    let server = url
        .get(start..end)
        .and_then(|authority| authority.rfind('@'))
        .map_or(start, |at| start + at + 1);
    match (url.get(..server), url.get(server..)) {
        (Some(before), Some(after)) => {
            format!("{before}{}", after.replacen(&written, THIS_MACHINE, 1))
        }
        _ => url.to_owned(),
    }
}

fn set(values: &mut Map<String, Value>, outer: &str, inner: &str, value: Value) {
    let group = values
        .entry(outer)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Some(group) = group.as_object_mut() {
        group.insert(inner.to_owned(), value);
    }
}
