//! Talking to the todo list: one loop between a person, a language model and the tools.
//!
//! A turn runs in a task of its own and tells what happens as [`TurnEvent`]s, whichever protocol
//! carries them on. It knows nothing of HTTP servers.

mod agreement;
mod broadcast;
mod built_in_tools;
mod buttons;
mod calls;
mod consent;
mod context;
pub mod elicitation;
mod event;
mod failure;
mod limits;
mod message;
mod prompt;
mod replay;
mod request;
mod task_list;
mod text;
mod title;
mod tools;
mod turn;
mod unfinished;

use std::sync::Arc;

use service::shutdown::Shutdown;
use store::{Db, conversations::Conversation, turns};
use tracing::Instrument as _;
use uuid::Uuid;

pub(crate) use self::text::one_line;
use self::{
    broadcast::Publisher,
    context::Context,
    replay::Replay,
    turn::{Open, Start},
};
pub use self::{
    broadcast::Subscription,
    buttons::{CannotPress, Press, Pressed},
    calls::{Call, CallStatus},
    context::{CannotChat, ChatConfig, Titles},
    event::TurnEvent,
    failure::Failure,
    limits::Limits,
    message::{LONGEST_MESSAGE, Message, Part, Payload, UserParts, parse_message},
    prompt::{locale, time_zone},
    request::{Question, Refusal, TurnRequest, UserInput},
    task_list::TaskAction,
    tools::{NoTools, tool_names},
    unfinished::read,
};

/// Answers people. Cheap to clone.
#[derive(Clone)]
pub struct Chat(Arc<Context>);

impl Chat {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// When an address or the key cannot be one, or the HTTP clients cannot be made.
    pub fn new(config: ChatConfig, db: Db, shutdown: Shutdown) -> Result<Self, CannotChat> {
        Ok(Self(Arc::new(Context::new(config, db, shutdown)?)))
    }

    /// Runs a turn, or finds the one that was begun under the same key: a turn that runs is listened to, one that is
    /// over is told again, and one that did not come to its end is taken up. It ends early when everybody who asked
    /// for it has dropped the subscription; the process waits for it when it ends.
    ///
    /// # Errors
    /// Why it is not even begun: nothing was stored then.
    pub async fn answer(&self, request: TurnRequest) -> Result<Subscription, Refusal> {
        let chat = self.clone();
        let opening = async move {
            let runner = Uuid::new_v4().to_string();
            match turn::open(&chat.0, &request, runner).await? {
                Open::New(start) => Ok(chat.begin(request, start)),
                Open::Known(known) => Ok(chat.pick_up(request, known)),
            }
        };
        // A client that leaves meanwhile must not leave a turn behind that is open and that nobody works on.
        let opening = self.0.shutdown.tracker().spawn(opening.in_current_span());
        opening.await.unwrap_or(Err(Refusal::Storage))
    }

    fn begin(self, request: TurnRequest, start: Start) -> Subscription {
        let (out, subscription) = Publisher::new();
        let entry = self.0.running.enter(start.runner.turn, &out);
        let chat = Arc::clone(&self.0);
        self.0.spawn(async move {
            let answered = turn::run(&chat, &request, &start, &out).await;
            // Everybody has heard everything by then.
            drop((entry, out));
            if answered {
                title::suggest(&chat, &request.owner, start.conversation.id).await;
            }
        });
        subscription
    }

    fn pick_up(self, request: TurnRequest, known: turns::Turn) -> Subscription {
        if known.alive
            && let Some(subscription) = self.0.running.join(known.id, true)
        {
            return subscription;
        }
        let (out, subscription) = Publisher::new();
        let chat = Arc::clone(&self.0);
        self.0.spawn(async move {
            let replay = Replay::new(&chat, &request.owner, known, &out);
            replay.pick_up(&request).await;
            out.close();
        });
        subscription
    }

    /// The turn that has a conversation now, with what was said so far; `None` when there is none. Leaving it stops
    /// nothing.
    ///
    /// # Errors
    /// When there is no such conversation, or the database is away.
    pub async fn watch(
        &self,
        owner: &str,
        conversation: i64,
    ) -> Result<Option<Subscription>, Refusal> {
        let db = &self.0.db;
        let found = store::conversations::get(db, owner, conversation).await?;
        found.ok_or(Refusal::NotFound)?;
        let Some(known) = turns::running(db, owner, conversation).await? else {
            return Ok(None);
        };
        if let Some(subscription) = self.0.running.join(known.id, false) {
            return Ok(Some(subscription));
        }
        let (out, subscription) = Publisher::new();
        let (chat, owner) = (Arc::clone(&self.0), owner.to_owned());
        self.0
            .spawn(async move { Replay::new(&chat, &owner, known, &out).watch().await });
        Ok(Some(subscription))
    }

    /// The conversation, if it is the person's and something may be said or done in it.
    ///
    /// # Errors
    /// Why not.
    pub async fn open_to(&self, owner: &str, conversation: i64) -> Result<Conversation, Refusal> {
        buttons::open_to(&self.0.db, owner, conversation).await
    }

    /// Does what a button of a list asks for, and draws the list anew. Doing it twice is the same as once.
    ///
    /// # Errors
    /// When nothing was done.
    pub async fn press(&self, owner: &str, press: Press) -> Result<Pressed, CannotPress> {
        buttons::press(&self.0.db, owner, press).await
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
