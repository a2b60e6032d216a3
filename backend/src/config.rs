//! Configuration: read here, once, and nowhere else.

mod model;

use std::time::Duration;

use anyhow::Context as _;
use backend::{
    Access, AppState,
    chat::{Chat, ChatConfig, Limits, Titles},
};
use clap::{Args, Parser};
use secrecy::{ExposeSecret as _, SecretString};
use service::{
    assertion::AssertionKey,
    auth::{UserTokens, UserTokensConfig},
    peers::Peers,
    principal::Authenticator,
    shutdown::Shutdown,
    telemetry::LogFormat,
};
use store::{Db, DbOptions, events::TaskEvents, turns};

pub(crate) use self::model::ModelOptions;
use self::model::is_set;

const MCP_SERVER_URL: &str = "http://todo-mcp:8001/mcp";

/// The backend of the todo list.
#[derive(Debug, Parser)]
#[command(name = "todo-backend", version)]
pub(crate) enum Command {
    /// Answer requests until told to stop.
    Serve(Box<Config>),
    /// Bring the database to this release's schema. Safe to run twice, and by several at once.
    Migrate(Database),
    /// Print the OpenAPI document.
    Openapi,
    /// Try the configured model end to end: address, key, stream, tool call, errors. Exit with 1 if something does not
    /// fit.
    Doctor(Box<ModelOptions>),
    /// Exit with 0 if what is asked answers well, else with 1 and the reason. Without options: the backend on this
    /// machine.
    Healthcheck(Healthcheck),
}

/// What `healthcheck` asks.
#[derive(Debug, Args)]
pub(crate) struct Healthcheck {
    /// The backend's port on this machine. Read from `PORT`.
    #[arg(long, env, default_value_t = 8000)]
    pub(crate) port: u16,
    /// Any http or https address in place of this machine's: healthy is an answer of 200 within 5 seconds.
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The MCP server in place of this machine: the handshake and the list of tools, as the chat makes them.
    #[arg(long, conflicts_with = "url")]
    pub(crate) mcp: bool,
    /// The MCP server's endpoint. Read from `MCP_SERVER_URL`.
    #[arg(long, env, default_value = MCP_SERVER_URL)]
    pub(crate) mcp_server_url: String,
    /// The secret shared with the MCP server. Read from `MCP_API_KEY`.
    #[arg(long, env, hide_env_values = true)]
    mcp_api_key: Option<SecretString>,
}

impl Healthcheck {
    /// Signs the requests to the MCP server.
    pub(crate) fn mcp_key(&self) -> anyhow::Result<AssertionKey> {
        let key = self.mcp_api_key.as_ref().filter(|key| is_set(key));
        let key = key.context("MCP_API_KEY is missing: --mcp signs its requests with it")?;
        AssertionKey::derive(key).context("MCP_API_KEY")
    }
}

/// Where the database is.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are named as the variables are"
)]
pub(crate) struct Database {
    /// The PostgreSQL database, as a URL; may be a pooled address. Read from `DATABASE_URL`.
    #[arg(long, env, hide_env_values = true)]
    database_url: SecretString,
    /// The same database without a pooler between, for migrations and for `LISTEN`; without it the other is used.
    /// Read from `DATABASE_URL_DIRECT`.
    #[arg(long, env, hide_env_values = true)]
    database_url_direct: Option<SecretString>,
    /// The most connections this process holds. Read from `DATABASE_POOL_SIZE`.
    #[arg(long, env, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    database_pool_size: u32,
}

impl Database {
    /// The URL that nothing pools.
    pub(crate) fn direct_url(&self) -> &str {
        let direct = self.database_url_direct.as_ref().filter(|url| is_set(url));
        direct.unwrap_or(&self.database_url).expose_secret()
    }

    fn pool(&self) -> anyhow::Result<Db> {
        let options = DbOptions {
            max_connections: self.database_pool_size,
            application_name: "todo-backend",
        };
        Db::connect_lazy(self.database_url.expose_secret(), &options).context("DATABASE_URL")
    }
}

/// What `serve` needs.
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Address to listen on; `::` is every one, IPv4 and IPv6. Read from `HOST`.
    #[arg(long, env, default_value = service::command::ANY)]
    pub(crate) host: String,
    /// The public port. Read from `PORT`.
    #[arg(long, env, default_value_t = 8000)]
    pub(crate) port: u16,
    /// The private port: `/metrics`, and what other backends say to this one. Read from `METRICS_PORT`.
    #[arg(long, env, default_value_t = 9090)]
    pub(crate) metrics_port: u16,
    #[command(flatten)]
    database: Database,
    /// Where the frontend is; its public keys are at `/api/auth/jwks` there. Read from `BETTER_AUTH_URL`.
    #[arg(long, env)]
    better_auth_url: String,
    /// Where set, tokens signed with HS256 under it are accepted too. Read from `BETTER_AUTH_SECRET`.
    #[arg(long, env, hide_env_values = true)]
    better_auth_secret: Option<SecretString>,
    /// Where set, tokens must be issued by it. Read from `JWT_ISSUER`.
    #[arg(long, env)]
    jwt_issuer: Option<String>,
    /// Where set, tokens must be issued for it. Read from `JWT_AUDIENCE`.
    #[arg(long, env)]
    jwt_audience: Option<String>,
    #[command(flatten)]
    model: ModelOptions,
    /// The MCP server's endpoint. Read from `MCP_SERVER_URL`.
    #[arg(long, env, default_value = MCP_SERVER_URL)]
    mcp_server_url: String,
    /// The secret shared with the MCP server, at least 32 bytes. Read from `MCP_API_KEY`.
    #[arg(long, env, hide_env_values = true)]
    mcp_api_key: SecretString,
    /// How many of a conversation's newest messages the model reads. Read from `MAX_CONVERSATION_HISTORY`.
    #[arg(long, env, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    max_conversation_history: u16,
    /// Where the titles of conversations come from: `model`, once the first answer is given, or `words`, the first
    /// ones that the person says. Read from `CHAT_TITLES`.
    #[arg(long, env, default_value = "model")]
    chat_titles: Titles,
    /// How many messages a person may send to the chat in a minute; 0 is no limit. Read from
    /// `CHAT_REQUESTS_PER_MINUTE`.
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(i64).range(0..))]
    chat_requests_per_minute: i64,
    /// How many messages a person may send to the chat in a day; 0 is no limit. Read from `CHAT_REQUESTS_PER_DAY`.
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(0..))]
    chat_requests_per_day: i64,
    /// How many tokens of the model a person may use in a minute; 0 is no limit. Read from `CHAT_TOKENS_PER_MINUTE`.
    #[arg(long, env, default_value_t = 200_000, value_parser = clap::value_parser!(i64).range(0..))]
    chat_tokens_per_minute: i64,
    /// How many tokens of the model a person may use in a day; 0 is no limit. Read from `CHAT_TOKENS_PER_DAY`.
    #[arg(long, env, default_value_t = 2_000_000, value_parser = clap::value_parser!(i64).range(0..))]
    chat_tokens_per_day: i64,
    /// Private `host:port` addresses of the other backends, separated by commas; a name with several addresses is
    /// every one of them. Read from `PEER_URLS`.
    #[arg(long, env, value_delimiter = ',')]
    peer_urls: Vec<String>,
    /// Web origins, separated by commas, that may call this port from another origin. Read from `CORS_ORIGINS`.
    #[arg(long, env, value_delimiter = ',')]
    pub(crate) cors_origins: Vec<String>,
    /// What to log, such as `info` or `debug`. Read from `LOG_LEVEL`.
    #[arg(long, env, default_value = "info")]
    pub(crate) log_level: String,
    /// How to log: `json` for machines, `text` for people. Read from `LOG_FORMAT`.
    #[arg(long, env, default_value = "json")]
    pub(crate) log_format: LogFormat,
    /// Seconds to go on accepting requests after the signal to stop. Read from `DRAIN_DELAY`.
    #[arg(long, env, default_value_t = 0)]
    drain_delay: u64,
}

impl Config {
    pub(crate) fn drain_delay(&self) -> Duration {
        Duration::from_secs(self.drain_delay)
    }

    /// The other backends.
    pub(crate) fn peers(&self) -> Peers {
        Peers::new(&self.peer_urls)
    }

    /// What the handlers share, made from these values. Connects to nothing yet.
    pub(crate) fn state(self, shutdown: Shutdown) -> anyhow::Result<AppState> {
        let db = self.database.pool()?;
        let events =
            TaskEvents::start(&db, self.database.direct_url()).context("DATABASE_URL_DIRECT")?;
        let tokens = UserTokens::new(UserTokensConfig {
            auth_url: self.better_auth_url,
            hs256_secret: self.better_auth_secret.filter(is_set),
            issuer: self.jwt_issuer.filter(|text| !text.is_empty()),
            audience: self.jwt_audience.filter(|text| !text.is_empty()),
        });
        // What costs nothing is not rationed.
        let budget = if self.model.costs_nothing() {
            turns::Limits::default()
        } else {
            turns::Limits {
                requests_per_minute: self.chat_requests_per_minute,
                requests_per_day: self.chat_requests_per_day,
                tokens_per_minute: self.chat_tokens_per_minute,
                tokens_per_day: self.chat_tokens_per_day,
            }
        };
        let chat = ChatConfig {
            limits: Limits {
                step: self.model.limits(),
                ..Limits::default()
            },
            model: self.model.config()?,
            mcp_url: self.mcp_server_url,
            mcp_key: AssertionKey::derive(&self.mcp_api_key).context("MCP_API_KEY")?,
            max_history: self.max_conversation_history.into(),
            titles: self.chat_titles,
            budget,
        };
        let tokens = tokens.context("BETTER_AUTH_URL")?;
        Ok(AppState {
            authenticator: Authenticator::for_backend(tokens.clone(), Access(db.clone())),
            tokens,
            chat: Chat::new(chat, db.clone(), shutdown.clone())?,
            db,
            events,
            shutdown,
        })
    }
}
