//! Configuration: read here, once, and nowhere else.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use axum::http::Uri;
use clap::{Args, Parser};
use mcp_server::State;
use secrecy::{ExposeSecret as _, SecretString};
use service::{
    assertion::{AssertionKey, Assertions},
    auth::{AccessTokens, AccessTokensConfig},
    peers::Peers,
    shutdown::Shutdown,
    telemetry::LogFormat,
};
use store::{Db, DbOptions};

/// A call holds a connection for milliseconds, and a small hosted database has few to give.
const DB: DbOptions = DbOptions {
    max_connections: 5,
    application_name: "todo-mcp",
};

/// The MCP server of the todo list.
#[derive(Debug, Parser)]
#[command(name = "todo-mcp", version)]
pub(crate) enum Command {
    /// Answer MCP requests until told to stop.
    Serve(Box<Config>),
    /// Exit with 0 if the server on this machine answers, else with 1.
    Healthcheck {
        /// The server's port. Read from `PORT`.
        #[arg(long, env, default_value_t = 8001)]
        port: u16,
    },
}

/// What `serve` needs.
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Address to listen on; `::` is every one, IPv4 and IPv6. Read from `HOST`.
    #[arg(long, env, default_value = service::command::ANY)]
    pub(crate) host: String,
    /// Port of `/mcp`, `/health` and `/ready`. Read from `PORT`.
    #[arg(long, env, default_value_t = 8001)]
    pub(crate) port: u16,
    /// Port of `/metrics`. Read from `METRICS_PORT`.
    #[arg(long, env, default_value_t = 9090)]
    pub(crate) metrics_port: u16,
    /// The PostgreSQL database, as a URL. Read from `DATABASE_URL`.
    #[arg(long, env, hide_env_values = true)]
    pub(crate) database_url: SecretString,
    /// The secret that the backend shares with this server, at least 32 bytes. Read from `MCP_API_KEY`.
    #[arg(long, env, hide_env_values = true)]
    pub(crate) mcp_api_key: SecretString,
    /// The secret before the last change, accepted as well so that nothing stops during a change.
    /// Read from `MCP_API_KEY_PREVIOUS`.
    #[arg(long, env, hide_env_values = true)]
    pub(crate) mcp_api_key_previous: Option<SecretString>,
    /// Where the frontend is; its public keys are at `/api/auth/jwks` there. Without it no access tokens of connected apps
    /// are taken. Read from `BETTER_AUTH_URL`.
    #[arg(long, env)]
    pub(crate) better_auth_url: Option<String>,
    /// The authorization server as tokens name it: the origin at which people open the application. By default
    /// `BETTER_AUTH_URL`. Read from `JWT_ISSUER`.
    #[arg(long, env)]
    pub(crate) jwt_issuer: Option<String>,
    /// The address of this server as people type it into their tools, for which tokens are made. By default `/mcp` at
    /// `JWT_ISSUER`. Read from `MCP_PUBLIC_URL`.
    #[arg(long, env)]
    pub(crate) mcp_public_url: Option<String>,
    /// Names in the `Host` header to answer to, separated by commas, besides those of this machine and the one
    /// of `MCP_PUBLIC_URL`. A name without a port fits any port. Read from `MCP_ALLOWED_HOSTS`.
    #[arg(long, env, value_delimiter = ',', value_parser = host, default_value = "todo-mcp")]
    pub(crate) mcp_allowed_hosts: Vec<String>,
    /// Web origins to answer besides those of this machine, separated by commas, such as `https://tools.example`; `:*` is
    /// any port. Read from `MCP_ALLOWED_ORIGINS`.
    #[arg(long, env, value_delimiter = ',', value_parser = origin)]
    pub(crate) mcp_allowed_origins: Vec<String>,
    /// Private `host:port` addresses of the backends, separated by commas; a name with several addresses is every one of them.
    /// They are told when this server wakes the database. Read from `PEER_URLS`.
    #[arg(long, env, value_delimiter = ',')]
    peer_urls: Vec<String>,
    /// What to log, such as `info` or `debug`. Read from `LOG_LEVEL`.
    #[arg(long, env, default_value = "info")]
    pub(crate) log_level: String,
    /// How to log: `json` for machines, `text` for people. Read from `LOG_FORMAT`.
    #[arg(long, env, default_value = "json")]
    pub(crate) log_format: LogFormat,
    /// Seconds to go on accepting requests after the signal to stop. Read from `DRAIN_DELAY`.
    #[arg(long, env, default_value_t = 0)]
    pub(crate) drain_delay: u64,
}

impl Config {
    pub(crate) fn drain_delay(&self) -> Duration {
        Duration::from_secs(self.drain_delay)
    }

    /// The backends.
    pub(crate) fn peers(&self) -> Peers {
        Peers::new(&self.peer_urls)
    }

    /// What the server needs, made from these values. Touches no network.
    pub(crate) fn state(self, shutdown: Shutdown) -> anyhow::Result<State> {
        let db = Db::connect_lazy(self.database_url.expose_secret(), &DB);
        let current = AssertionKey::derive(&self.mcp_api_key).context("MCP_API_KEY")?;
        // A chart writes a variable without a value as an empty one.
        let previous = self
            .mcp_api_key_previous
            .filter(|key| !key.expose_secret().is_empty());
        let previous = previous.as_ref().map(AssertionKey::derive).transpose();
        let public_host = self.mcp_public_url.as_deref().and_then(host_of);
        let resource = resource(self.better_auth_url, self.jwt_issuer, self.mcp_public_url)?;
        let mut allowed_hosts = without_blanks(self.mcp_allowed_hosts);
        let resource_host = || host_of(&resource.as_ref()?.resource);
        allowed_hosts.extend(public_host.or_else(resource_host));
        let access_tokens = resource.map(AccessTokens::new).transpose();
        Ok(State {
            db: db.context("DATABASE_URL")?,
            assertions: Assertions::new(current, previous.context("MCP_API_KEY_PREVIOUS")?),
            access_tokens: access_tokens.context("BETTER_AUTH_URL")?,
            allowed_hosts,
            allowed_origins: without_blanks(self.mcp_allowed_origins),
            shutdown,
        })
    }
}

/// What access tokens must say, if there is an authorization server. A chart writes a variable without a value as an empty
/// one, and people write a slash at the end.
fn resource(
    auth_url: Option<String>,
    issuer: Option<String>,
    public_url: Option<String>,
) -> anyhow::Result<Option<AccessTokensConfig>> {
    let trimmed = |url: Option<String>| {
        let url = url.map(|url| url.trim().trim_end_matches('/').to_owned());
        url.filter(|url| !url.is_empty())
    };
    let [auth_url, issuer, public_url] = [auth_url, issuer, public_url].map(trimmed);
    for (variable, url) in [
        ("BETTER_AUTH_URL", &auth_url),
        ("JWT_ISSUER", &issuer),
        ("MCP_PUBLIC_URL", &public_url),
    ] {
        let fits = url.as_deref().is_none_or(|url| host_of(url).is_some());
        ensure!(fits, "{variable} must be an http or https URL");
    }
    let Some(auth_url) = auth_url else {
        return Ok(None);
    };
    let issuer = issuer.unwrap_or_else(|| auth_url.clone());
    let resource = public_url.unwrap_or_else(|| format!("{issuer}/mcp"));
    Ok(Some(AccessTokensConfig {
        auth_url,
        issuer,
        resource,
    }))
}

/// The host of an address, with its port if it says one.
fn host_of(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    uri.authority()
        .filter(|_| web)
        .map(|authority| authority.as_str().to_owned())
}

/// A list may end with a comma, and a chart may render an empty one.
fn without_blanks(values: Vec<String>) -> Vec<String> {
    values
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect()
}

fn host(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let fits = !text.contains(['/', '*', ' ']);
    fits.then(|| text.to_owned())
        .ok_or("a host is a name with or without a port")
}

fn origin(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let rest = text.split_once("://").map(|(_, rest)| rest);
    let fits = text.is_empty() || rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'));
    fits.then(|| text.to_owned())
        .ok_or("an origin is like https://todo.example:443")
}
