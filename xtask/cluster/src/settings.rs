//! From what the user set to the chart's values.

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Map, Value, json};
use url::Url;
use xtask::{application::Part, config::Config, database, environment};

use crate::images::Built;

const NO_DATABASE: &str = "DATABASE_URL is not set: write the address of your PostgreSQL into `.env` (copy `.env.example`), or run `cargo xtask minikube demo`, which brings a database of its own";
const OFFLINE_MODEL: &str = "the offline model";

/// What pods call the machine that Minikube runs on.
const THIS_MACHINE: &str = "host.minikube.internal";

/// Variables that the chart has values of its own for, and one that says nothing where pages and API have one origin.
const NOT_IN_ENV: [&str; 6] = [
    "CORS_ORIGINS",
    "DATABASE_POOL_SIZE",
    "DATABASE_URL_DIRECT",
    "FRONTEND_DATABASE_URL",
    "LLM_FALLBACK_API_KEY",
    "LOG_LEVEL",
];

/// The chart's values, and what the user should know about them.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub values: Value,
    /// One sentence each.
    pub notes: Vec<String>,
    /// What answers conversations.
    pub model: String,
}

/// Where the application's data and its secrets come from.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// A Secret of the user's own, which the chart is told about by an argument.
    OwnSecret,
    /// What the user set, with the secrets that they did not set from the function.
    Settings(&'a dyn Fn(&str) -> anyhow::Result<String>),
    /// A database in the cluster at this address and the offline model, whatever else the user set.
    Demonstration(&'a str, &'a dyn Fn(&str) -> anyhow::Result<String>),
}

/// Works the values out, or says in one sentence what is missing or not an address.
pub fn work_out(config: &Config, source: Source<'_>) -> anyhow::Result<Settings> {
    let mut settings = Settings {
        values: json!({}),
        notes: Vec::new(),
        model: OFFLINE_MODEL.to_owned(),
    };
    let mut secrets = Map::new();
    match source {
        Source::Demonstration(url, _) => {
            secrets.insert("databaseUrl".into(), url.into());
            merge(
                &mut settings.values,
                json!({"offlineModel": {"enabled": true}}),
            );
        }
        Source::Settings(_) => {
            databases(config, &mut secrets, &mut settings.notes)?;
            model(config, &mut secrets, &mut settings)?;
        }
        Source::OwnSecret => model(config, &mut Map::new(), &mut settings)?,
    }
    if let Source::Settings(kept) | Source::Demonstration(_, kept) = source {
        for (name, value) in [
            ("BETTER_AUTH_SECRET", "betterAuthSecret"),
            ("MCP_API_KEY", "mcpApiKey"),
        ] {
            let secret = match config.get(name) {
                Some(secret) => secret.to_owned(),
                None => kept(name)?,
            };
            secrets.insert(value.into(), secret.into());
        }
        if let Some(previous) = config.get("MCP_API_KEY_PREVIOUS") {
            secrets.insert("mcpApiKeyPrevious".into(), previous.into());
        }
        merge(&mut settings.values, json!({ "secrets": secrets }));
    }
    common(config, &mut settings.values)?;
    Ok(settings)
}

fn databases(
    config: &Config,
    secrets: &mut Map<String, Value>,
    notes: &mut Vec<String>,
) -> anyhow::Result<()> {
    for (name, value) in [
        ("DATABASE_URL", "databaseUrl"),
        ("DATABASE_URL_DIRECT", "databaseUrlDirect"),
        ("FRONTEND_DATABASE_URL", "frontendDatabaseUrl"),
    ] {
        let Some(url) = config.get(name) else {
            continue;
        };
        database::address(url)
            .map_err(|error| anyhow!(format!("{error:#}").replacen("DATABASE_URL", name, 1)))?;
        secrets.insert(value.into(), reachable(name, url, notes).into());
    }
    if !secrets.contains_key("databaseUrl") {
        bail!(NO_DATABASE);
    }
    Ok(())
}

/// The chart's `openai`, and whether the offline model is wanted.
fn model(
    config: &Config,
    secrets: &mut Map<String, Value>,
    settings: &mut Settings,
) -> anyhow::Result<()> {
    let (key, url) = (config.get("OPENAI_API_KEY"), config.get("OPENAI_BASE_URL"));
    let offline = !config.has_model();
    let mut openai = Map::new();
    if offline {
        settings.notes.push("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: the offline model does the talking.".into());
    } else {
        let keys = [
            ("openaiApiKey", key),
            ("fallbackApiKey", config.get("LLM_FALLBACK_API_KEY")),
        ];
        for (value, key) in keys {
            if let Some(key) = key {
                secrets.insert(value.into(), key.into());
            }
        }
        if let Some(url) = url {
            Url::parse(url)
                .ok()
                .filter(Url::has_host)
                .context("OPENAI_BASE_URL is not an address: write https://host/v1")?;
            let url = reachable("OPENAI_BASE_URL", url, &mut settings.notes);
            openai.insert("baseUrl".into(), url.into());
        }
        if let Some(model) = config.get("OPENAI_MODEL") {
            openai.insert("model".into(), model.into());
        }
        settings.model = url.map_or_else(|| "OpenAI".into(), str::to_owned);
    }
    let more = json!({"openai": openai, "offlineModel": {"enabled": offline}});
    merge(&mut settings.values, more);
    Ok(())
}

fn common(config: &Config, values: &mut Value) -> anyhow::Result<()> {
    for (name, value) in [("LOG_LEVEL", "level"), ("LOG_FORMAT", "format")] {
        if let Some(setting) = config.get(name) {
            merge(values, json!({"logging": {value: setting}}));
        }
    }
    if let Some(size) = config.get("DATABASE_POOL_SIZE") {
        let size: u16 = size
            .parse()
            .context("DATABASE_POOL_SIZE is not a number from 1 to 100")?;
        merge(values, json!({"backend": {"databasePoolSize": size}}));
    }
    for (part, key) in [(Part::Backend, "backend"), (Part::Frontend, "frontend")] {
        for name in environment::set_by_user(part).filter(|name| !NOT_IN_ENV.contains(name)) {
            if let Some(value) = config.get(name) {
                merge(values, json!({key: {"env": {name: value}}}));
            }
        }
    }
    Ok(())
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
    for built in images {
        if let Some(component) = built.image.value {
            merge(values, json!({component: {"image": {"tag": built.tag}}}));
        }
    }
}

/// Names the class of the Ingress where the cluster has none for those that name none.
pub fn add_ingress_class(values: &mut Value, classes: &[(String, bool)]) {
    if let Some((first, _)) = classes.first()
        && !classes.iter().any(|(_, is_default)| *is_default)
    {
        merge(values, json!({"ingress": {"className": first}}));
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
