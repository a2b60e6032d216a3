//! Talking to the todo list: one loop between a person, a language model and the tools.
//!
//! A turn runs in a task of its own and tells what happens as [`TurnEvent`]s, whichever protocol
//! carries them on. It knows nothing of HTTP servers.

mod actions;
mod ask;
pub mod asking;
mod clock;
mod event;
mod failure;
mod follow;
mod guard;
mod history;
mod live;
mod message;
mod own_tools;
mod round;
mod title;
mod tools;
mod turn;
pub mod widgets;

use std::{sync::Arc, time::Duration};

use model::{BadSetting, Model, ModelConfig, StepLimits};
use service::{assertion::AssertionKey, shutdown::Shutdown};
use store::{Db, turns};
use tracing::Instrument;
use uuid::Uuid;

pub use self::{
    actions::{CannotPress, Deed, Press, Pressed},
    ask::{Ask, InputAnswer, Question, Refusal, Words},
    asking::Asking,
    clock::{locale, time_zone},
    event::TurnEvent,
    failure::{Failure, FailureKind},
    live::Inbox,
    message::{LONGEST_MESSAGE, parse_message},
    round::{Call, CallStatus, Round},
    title::{Titles, UnknownTitles},
    tools::{NoTools, tool_names},
};
use self::{
    live::{LiveTurns, channel},
    tools::Tools,
    turn::{Open, Start},
};

/// Where the model and the tools are.
pub struct ChatConfig {
    /// The model, and perhaps a second one.
    pub model: ModelConfig,
    /// The MCP server's endpoint, such as `http://127.0.0.1:8001/mcp`.
    pub mcp_url: String,
    /// Proves to the MCP server for whom a tool is called.
    pub mcp_key: AssertionKey,
    /// How many of a conversation's newest messages the model reads.
    pub max_history: i64,
    /// Where the titles of conversations come from.
    pub titles: Titles,
    /// How much a turn may do.
    pub limits: Limits,
    /// How much a person may ask for.
    pub budget: turns::Limits,
}

/// How much a turn may do, and how long anything in it may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Steps of the model.
    pub steps: usize,
    /// Tool calls in all steps together.
    pub calls: usize,
    /// The same call with the same arguments.
    pub repeats: usize,
    /// The whole turn. A tool call that runs at its end is finished first.
    pub turn: Duration,
    /// What a turn gets after the process was asked to end.
    pub finish: Duration,
    /// One step of the model.
    pub step: StepLimits,
    /// One tool call.
    pub tool_call: Duration,
    /// What is kept of a tool's result, in bytes.
    pub result_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 8,
            calls: 16,
            repeats: 3,
            turn: Duration::from_mins(2),
            finish: Duration::from_secs(20),
            step: StepLimits::default(),
            // Sent twice at worst, and the conversation's lease of 150 s has to outlive the turn.
            tool_call: Duration::from_secs(10),
            result_bytes: 32 * 1024,
        }
    }
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

/// Answers people. Cheap to clone.
#[derive(Clone)]
pub struct Chat(Arc<Shared>);

/// What every turn works with.
struct Shared {
    db: Db,
    model: Box<dyn Model>,
    tools: Tools,
    shutdown: Shutdown,
    limits: Limits,
    budget: turns::Limits,
    max_history: i64,
    titles: Titles,
    /// The provider's name for the model, as turns are stored with it.
    model_name: String,
    live: LiveTurns,
}

impl Chat {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// When an address or the key cannot be one, or the HTTP clients cannot be made.
    pub fn new(config: ChatConfig, db: Db, shutdown: Shutdown) -> Result<Self, CannotChat> {
        let limits = config.limits;
        check_address(&config.mcp_url)?;
        let model_name = config.model.first.model.clone();
        let model = model::connect(config.model, limits.step)?;
        let tools = Tools::new(config.mcp_url, config.mcp_key, limits)?;
        Ok(Self(Arc::new(Shared {
            db,
            model,
            tools,
            shutdown,
            limits,
            budget: config.budget,
            max_history: config.max_history,
            titles: config.titles,
            model_name,
            live: LiveTurns::default(),
        })))
    }

    /// Runs a turn, or finds the one that was begun under the same key: a turn that runs is listened to, one that is
    /// over is told again, and one that did not come to its end is taken up. It ends early when everybody who asked
    /// for it has dropped the inbox; the process waits for it when it ends.
    ///
    /// # Errors
    /// Why it is not even begun: nothing was stored then.
    pub async fn answer(&self, ask: Ask) -> Result<Inbox, Refusal> {
        let chat = Arc::clone(&self.0);
        let opening = async move {
            let name = Uuid::new_v4().to_string();
            match turn::open(&chat, &ask, name).await? {
                Open::New(start) => Ok(chat.begin(ask, start)),
                Open::Known(known) => Ok(chat.pick_up(ask, known)),
            }
        };
        // A client that leaves meanwhile must not leave a turn behind that is open and that nobody works on.
        let opening = self.0.shutdown.tracker().spawn(opening.in_current_span());
        opening.await.unwrap_or_else(|_| Err(Refusal::Storage))
    }

    /// The turn that has a conversation now, with what was said so far; `None` when there is none. Leaving it stops
    /// nothing.
    ///
    /// # Errors
    /// When there is no such conversation, or the database is away.
    pub async fn watch(&self, owner: &str, conversation: i64) -> Result<Option<Inbox>, Refusal> {
        let db = &self.0.db;
        if store::conversations::get(db, owner, conversation)
            .await?
            .is_none()
        {
            return Err(Refusal::NotFound);
        }
        let Some(known) = store::turns::running(db, owner, conversation).await? else {
            return Ok(None);
        };
        if let Some(inbox) = self.0.live.join(known.id, false) {
            return Ok(Some(inbox));
        }
        let (out, inbox) = channel();
        let (chat, owner) = (Arc::clone(&self.0), owner.to_owned());
        self.0
            .spawn(async move { follow::watch(&chat, &owner, known, &out).await });
        Ok(Some(inbox))
    }

    /// The provider's name for the model that is asked first.
    #[must_use]
    pub fn model_name(&self) -> &str {
        &self.0.model_name
    }

    /// What a person has asked for lately, and what they may ask for.
    ///
    /// # Errors
    /// When the database is away or busy.
    pub async fn usage(&self, owner: &str) -> Result<(turns::Limits, turns::Usage), store::Error> {
        let usage = turns::usage(&self.0.db, owner).await?;
        Ok((self.0.budget, usage))
    }
}

impl Shared {
    fn begin(self: &Arc<Self>, ask: Ask, start: Start) -> Inbox {
        let (out, inbox) = channel();
        let chat = Arc::clone(self);
        let entry = self.live.enter(start.runner.turn, &out);
        self.spawn(async move {
            let answered = turn::run(&chat, &ask, &start, &out).await;
            // Everybody has heard everything by then.
            drop((entry, out));
            if answered {
                title::suggest(&chat, &ask.owner, start.conversation.id).await;
            }
        });
        inbox
    }

    fn pick_up(self: &Arc<Self>, ask: Ask, known: turns::Turn) -> Inbox {
        if known.alive
            && let Some(inbox) = self.live.join(known.id, true)
        {
            return inbox;
        }
        let (out, inbox) = channel();
        let chat = Arc::clone(self);
        self.spawn(async move {
            follow::pick_up(&chat, &ask, known, &out).await;
            out.close();
        });
        inbox
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.shutdown.tracker().spawn(work.in_current_span());
    }
}

fn check_address(text: &str) -> Result<(), CannotChat> {
    let address = reqwest::Url::parse(text).ok();
    let good = address.is_some_and(|address| matches!(address.scheme(), "http" | "https"));
    good.then_some(()).ok_or(CannotChat::Address)
}
