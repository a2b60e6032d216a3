//! What every turn works with, and what it is made of.

use clap::ValueEnum;
use model::{BadSetting, Model, ModelConfig};
use service::{assertion::AssertionKey, shutdown::Shutdown};
use store::{Db, turns};
use tracing::Instrument as _;

use super::{broadcast::RunningTurns, limits::Limits, tools::Tools};

/// Where the model and the tools are.
pub struct ChatConfig {
    /// The model, and perhaps a second one.
    pub model: ModelConfig,
    /// The MCP server's endpoint, such as `http://127.0.0.1:8001/mcp`.
    pub mcp_url: String,
    /// Proves to the MCP server for whom a tool is called.
    pub mcp_key: AssertionKey,
    /// How many of a conversation's newest messages the model reads.
    pub max_history: usize,
    /// Where the titles of conversations come from.
    pub titles: Titles,
    /// How much a turn may do.
    pub limits: Limits,
    /// How much a person may ask for.
    pub budget: turns::Limits,
}

/// Where the titles of conversations come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Titles {
    /// From the model.
    #[default]
    Model,
    /// From the first words that the person says.
    Words,
}

/// Why the chat cannot be set up. Happens at start or never.
#[derive(Debug, thiserror::Error)]
pub enum CannotChat {
    /// As without any trusted certificate.
    #[error("the HTTP clients of the chat cannot be made")]
    Clients(#[from] reqwest::Error),
    /// The MCP server's address is none.
    #[error("MCP_SERVER_URL is not an http or https address")]
    Address,
    /// What is set for the model.
    #[error(transparent)]
    Model(#[from] BadSetting),
}

/// What every turn works with.
pub(super) struct Context {
    pub db: Db,
    pub model: Box<dyn Model>,
    /// The provider's name for the model, as turns are stored with it.
    pub model_name: String,
    pub tools: Tools,
    pub shutdown: Shutdown,
    pub limits: Limits,
    pub budget: turns::Limits,
    pub max_history: usize,
    pub titles: Titles,
    pub running: RunningTurns,
}

impl Context {
    /// Connects to nothing yet.
    pub fn new(config: ChatConfig, db: Db, shutdown: Shutdown) -> Result<Self, CannotChat> {
        let address = reqwest::Url::parse(&config.mcp_url).ok();
        if !address.is_some_and(|address| matches!(address.scheme(), "http" | "https")) {
            return Err(CannotChat::Address);
        }
        let model_name = config.model.first.model.clone();
        Ok(Self {
            db,
            model: model::connect(config.model, config.limits.step)?,
            model_name,
            tools: Tools::new(config.mcp_url, config.mcp_key, config.limits)?,
            shutdown,
            limits: config.limits,
            budget: config.budget,
            max_history: config.max_history,
            titles: config.titles,
            running: RunningTurns::default(),
        })
    }

    /// Runs work that the process waits for when it ends.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.shutdown.tracker().spawn(work.in_current_span());
    }
}
