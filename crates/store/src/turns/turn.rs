//! A turn as it is known, and who works on it.

use chrono::{DateTime, Utc};
use sqlx::{query, query_as};

use crate::{Db, Error};

/// How many seconds a lease lasts after its last renewal. The SQL function `lease_until` has the same number.
pub const LEASE: u64 = 15;

/// Who works on a turn. Another runner has another name, also for the same turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// The turn.
    pub turn: i64,
    /// Never used twice.
    pub name: String,
}

/// How far a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for the turns before it.
    Queued,
    /// A runner works on it.
    Running,
    /// The person is asked something, and another turn goes on from the answer.
    Waiting,
    /// It was answered.
    Finished,
    /// It came to no good end.
    Failed,
    /// Nobody listened any more.
    Left,
}

impl State {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Left => "left",
        }
    }
}

impl From<String> for State {
    fn from(word: String) -> Self {
        match word.as_str() {
            "queued" => Self::Queued,
            "running" => Self::Running,
            "waiting" => Self::Waiting,
            "finished" => Self::Finished,
            "left" => Self::Left,
            _ => Self::Failed,
        }
    }
}

/// A turn as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Unique in the database, and the order in its conversation.
    pub id: i64,
    /// Where; `None` when the conversation was deleted.
    pub conversation_id: Option<i64>,
    /// The row that it answers, once there is one.
    pub message_id: Option<i64>,
    /// How far it is.
    pub state: State,
    /// How it ended, in a word for programs.
    pub outcome: Option<String>,
    /// Whether somebody works on it or waits for it.
    pub alive: bool,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

/// One turn, if the owner has it.
///
/// # Errors
/// When the database is away or busy.
pub async fn get(db: &Db, owner: &str, id: i64) -> Result<Option<Turn>, Error> {
    let turn = query_as!(
        Turn,
        r#"select id, conversation_id, message_id, state, outcome, created_at,
               is_alive(turns) as "alive!"
           from turns where user_id = $1 and id = $2"#,
        owner,
        id,
    );
    db.run(async |c| turn.fetch_optional(c).await).await
}

/// The turn that has the conversation now, if one does.
///
/// # Errors
/// When the database is away or busy.
pub async fn running(db: &Db, owner: &str, conversation: i64) -> Result<Option<Turn>, Error> {
    let turn = query_as!(
        Turn,
        r#"select id, conversation_id, message_id, state, outcome, created_at, true as "alive!"
           from turns
           where user_id = $1 and conversation_id = $2 and state = 'running' and is_alive(turns)
           order by id desc limit 1"#,
        owner,
        conversation,
    );
    db.run(async |c| turn.fetch_optional(c).await).await
}

/// Says which row the turn answers, when that is not one of its own.
///
/// # Errors
/// When the database is away or busy.
pub async fn answers(db: &Db, owner: &str, runner: &Runner, message: i64) -> Result<(), Error> {
    let done = query!(
        "update turns set message_id = $4, question = null
         where user_id = $1 and id = $2 and runner = $3",
        owner,
        runner.turn,
        runner.name,
        message,
    );
    db.run(async |c| done.execute(c).await).await.map(drop)
}
