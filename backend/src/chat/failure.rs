//! Why a turn ended before its end, in words for the person who waits for it.

use http::StatusCode;
use model::ModelError;

/// What went wrong with a turn. The conversation is intact in every case. Displays one sentence or two for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No such conversation, or not the caller's.
    #[error("This conversation no longer exists.")]
    Gone,
    /// Another turn of the conversation is running.
    #[error("I am still answering your last message. Please wait for it to finish.")]
    Busy,
    /// The message to answer again is not one of the person's.
    #[error("Only a message of yours can be answered again.")]
    NotAQuestion,
    /// The question that is answered does not wait for an answer.
    #[error("This question no longer waits for an answer.")]
    NothingAsked,
    /// The model.
    #[error("{}", model_message(.0))]
    Model(#[from] ModelError),
    /// The tools cannot be reached.
    #[error("Your tasks cannot be reached right now, so I stopped. Please try again in a moment.")]
    Tools,
    /// The model repeats one call.
    #[error("I kept repeating the same step, so I stopped. Please say it in other words.")]
    Repeating,
    /// The model asks for one step after the other.
    #[error(
        "This took more steps than I may take at once, so I stopped. \
         What was done is listed above; say \"go on\" for the rest."
    )]
    TooManySteps,
    /// The model asks for one call after the other.
    #[error(
        "This took more actions than I may do at once, so I stopped. \
         What was done is listed above; say \"go on\" for the rest."
    )]
    TooManyCalls,
    /// The turn took longer than it may.
    #[error("This took too long, so I stopped. Please try again.")]
    OutOfTime,
    /// Nobody listens any more.
    #[error("The answer was stopped.")]
    Left,
    /// The process ends.
    #[error("The server is restarting. Please try again in a moment.")]
    Ending,
    /// The database is away.
    #[error("The conversation cannot be saved right now. Please try again in a moment.")]
    Storage,
    /// The process that worked on it is gone.
    #[error("The answer was interrupted. Please try again.")]
    Interrupted,
    /// The conversation has gone on without this answer.
    #[error("The answer was interrupted, and the conversation has gone on since.")]
    Superseded,
    /// Another process works on it now.
    #[error("The connection to the answer was lost. Please try again.")]
    Taken,
}

impl Failure {
    /// A name for programs, which is also what is stored of it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Gone => "conversation_not_found",
            Self::Busy => "turn_in_progress",
            Self::NotAQuestion => "not_a_user_message",
            Self::NothingAsked => "question_not_pending",
            Self::Model(ModelError::Unreachable) => "model_unreachable",
            Self::Model(ModelError::Slow) => "model_timeout",
            Self::Model(ModelError::Unauthorized) => "model_unauthorized",
            Self::Model(ModelError::RateLimited { .. }) => "model_rate_limited",
            Self::Model(ModelError::OutOfQuota) => "model_quota",
            Self::Model(ModelError::Failed(_)) => "model_failed",
            Self::Model(ModelError::Refused(_)) => "model_refused",
            Self::Model(ModelError::Nonsense) => "model_nonsense",
            Self::Model(ModelError::Cut) => "model_cut_off",
            Self::Model(ModelError::TooLong) => "model_too_long",
            Self::Model(ModelError::Filtered) => "model_filtered",
            Self::Model(ModelError::Silent) => "model_silent",
            Self::Tools => "tools_unavailable",
            Self::Repeating => "tool_loop",
            Self::TooManySteps => "too_many_steps",
            Self::TooManyCalls => "too_many_tool_calls",
            Self::OutOfTime => "turn_timeout",
            Self::Left => "client_left",
            Self::Ending => "shutting_down",
            Self::Storage => "storage_unavailable",
            Self::Interrupted => "interrupted",
            Self::Superseded => "turn_superseded",
            Self::Taken => "turn_taken",
        }
    }

    /// The one that was stored by its code.
    pub(crate) fn recorded(code: Option<&str>) -> Self {
        let of_the_model = [
            ModelError::Unreachable,
            ModelError::Slow,
            ModelError::Unauthorized,
            ModelError::RateLimited { retry_after: None },
            ModelError::OutOfQuota,
            ModelError::Failed(0),
            ModelError::Refused(0),
            ModelError::Nonsense,
            ModelError::Cut,
            ModelError::TooLong,
            ModelError::Filtered,
            ModelError::Silent,
        ];
        let ours = [
            Self::Gone,
            Self::Busy,
            Self::NotAQuestion,
            Self::Tools,
            Self::Repeating,
            Self::TooManySteps,
            Self::TooManyCalls,
            Self::OutOfTime,
            Self::Left,
            Self::Ending,
            Self::Storage,
            Self::Superseded,
        ];
        of_the_model
            .into_iter()
            .map(Self::Model)
            .chain(ours)
            .find(|failure| code == Some(failure.code()))
            .unwrap_or(Self::Interrupted)
    }

    /// The status of an answer that has nothing else to tell.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Gone => StatusCode::NOT_FOUND,
            Self::Busy | Self::NothingAsked | Self::Superseded => StatusCode::CONFLICT,
            Self::NotAQuestion => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Model(ModelError::Slow) | Self::OutOfTime => StatusCode::GATEWAY_TIMEOUT,
            Self::Model(ModelError::Unreachable | ModelError::RateLimited { .. })
            | Self::Tools
            | Self::Ending
            | Self::Left
            | Self::Storage
            | Self::Interrupted
            | Self::Taken => StatusCode::SERVICE_UNAVAILABLE,
            Self::Model(_) | Self::Repeating | Self::TooManySteps | Self::TooManyCalls => {
                StatusCode::BAD_GATEWAY
            }
        }
    }

    /// Whether the same question may succeed later without anybody's doing.
    #[must_use]
    pub fn allow_retry(&self) -> bool {
        use ModelError::{Filtered, OutOfQuota, Refused, Unauthorized};
        let answer_stays = matches!(
            self,
            Self::Model(Unauthorized | OutOfQuota | Refused(_) | Filtered)
        );
        self.status().is_server_error() && !answer_stays
    }

    /// Seconds after which another attempt makes sense.
    #[must_use]
    pub fn retry_after(&self) -> u32 {
        match self {
            Self::Model(ModelError::RateLimited { retry_after }) => retry_after.unwrap_or(10),
            _ => 5,
        }
    }

    /// What the model is told about it in the next turn.
    pub(crate) fn note(&self) -> String {
        match self {
            Self::Left => "The user stopped the answer to the message above, or left, before it was finished. \
                           Do not go on with it unless asked."
                .to_owned(),
            _ => format!(
                "The answer to the message above was not finished ({}). \
                 Tool results above, if any, are real. Do not go on with it unless asked.",
                self.code()
            ),
        }
    }
}

fn model_message(error: &ModelError) -> String {
    let sentence = match error {
        ModelError::Unreachable => {
            "The language model cannot be reached right now. Please try again in a moment."
        }
        ModelError::Slow => "The language model took too long to answer. Please try again.",
        ModelError::Unauthorized => {
            "The language model does not accept this server's key. \
             Whoever runs this server has to put that right."
        }
        ModelError::RateLimited {
            retry_after: Some(seconds),
        } if *seconds > 0 => {
            return format!(
                "The language model has too much to do. Please try again in {seconds} seconds."
            );
        }
        ModelError::RateLimited { .. } => {
            "The language model has too much to do. Please try again in a moment."
        }
        ModelError::OutOfQuota => {
            "The quota at the language model's provider is used up. \
             Whoever runs this server has to put that right."
        }
        ModelError::Failed(_) => "The language model failed. Please try again.",
        ModelError::Refused(_) => {
            "The language model does not accept this server's requests. \
             Whoever runs this server has to check the model's name and address."
        }
        ModelError::Nonsense => "The language model's answer could not be read. Please try again.",
        ModelError::Cut => "The language model's answer was cut off. Please try again.",
        ModelError::TooLong => "The language model's answer was too long, so I stopped it.",
        ModelError::Filtered => "The language model's provider declined to answer this.",
        ModelError::Silent => "The language model gave no answer. Please try again.",
    };
    sentence.to_owned()
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound | store::Error::AccountDeleted => Self::Gone,
            error => {
                tracing::error!(%error, "a conversation cannot be read or stored");
                Self::Storage
            }
        }
    }
}
