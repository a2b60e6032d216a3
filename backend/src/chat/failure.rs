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
         What was done stays done; say \"go on\" for the rest."
    )]
    TooManySteps,
    /// The model asks for one call after the other.
    #[error(
        "This took more actions than I may do at once, so I stopped. \
         What was done stays done; say \"go on\" for the rest."
    )]
    TooManyCalls,
    /// The model's answer is as long as it may be, and was not at its end.
    #[error(
        "The answer is as long as the language model may make it, so it ends here. Say \"go on\" for the rest."
    )]
    OutOfRoom,
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
            Self::Model(ModelError::Busy) => "model_busy",
            Self::Model(ModelError::Slow) => "model_timeout",
            Self::Model(ModelError::Loading) => "model_loading",
            Self::Model(ModelError::Overloaded) => "model_overloaded",
            Self::Model(ModelError::NoSuchModel) => "model_not_found",
            Self::Model(ModelError::NoTools) => "model_without_tools",
            Self::Model(ModelError::Unauthorized) => "model_unauthorized",
            Self::Model(ModelError::RateLimited { .. }) => "model_rate_limited",
            Self::Model(ModelError::OutOfQuota) => "model_quota",
            Self::Model(ModelError::Failed(_)) => "model_failed",
            Self::Model(ModelError::Refused(_)) => "model_refused",
            Self::Model(ModelError::ContextFull) => "model_context_full",
            Self::Model(ModelError::Nonsense) => "model_nonsense",
            Self::Model(ModelError::Cut) => "model_cut_off",
            Self::Model(ModelError::TooLong) => "model_too_long",
            Self::Model(ModelError::Filtered) => "model_filtered",
            Self::Model(ModelError::Silent) => "model_silent",
            Self::Tools => "tools_unavailable",
            Self::Repeating => "tool_loop",
            Self::TooManySteps => "too_many_steps",
            Self::TooManyCalls => "too_many_tool_calls",
            Self::OutOfRoom => "answer_length",
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
            ModelError::Busy,
            ModelError::Slow,
            ModelError::Loading,
            ModelError::Overloaded,
            ModelError::NoSuchModel,
            ModelError::NoTools,
            ModelError::Unauthorized,
            ModelError::RateLimited { retry_after: None },
            ModelError::OutOfQuota,
            ModelError::Failed(0),
            ModelError::Refused(0),
            ModelError::ContextFull,
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
            Self::OutOfRoom,
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
            Self::Model(ModelError::Busy | ModelError::Slow) | Self::OutOfTime => {
                StatusCode::GATEWAY_TIMEOUT
            }
            Self::Model(
                ModelError::Unreachable
                | ModelError::Loading
                | ModelError::Overloaded
                | ModelError::RateLimited { .. },
            )
            | Self::Tools
            | Self::Ending
            | Self::Left
            | Self::Storage
            | Self::Interrupted
            | Self::Taken => StatusCode::SERVICE_UNAVAILABLE,
            Self::Model(_)
            | Self::Repeating
            | Self::TooManySteps
            | Self::TooManyCalls
            | Self::OutOfRoom => StatusCode::BAD_GATEWAY,
        }
    }

    /// Whether the same question may succeed later without anybody's doing.
    #[must_use]
    pub fn allow_retry(&self) -> bool {
        use ModelError::{ContextFull, Filtered};
        let answer_stays = matches!(self, Self::Model(ContextFull | Filtered));
        self.status().is_server_error() && !self.needs_operator() && !answer_stays
    }

    /// Whether nobody can chat until whoever runs the server has changed something.
    pub(crate) fn needs_operator(&self) -> bool {
        use ModelError::{NoSuchModel, NoTools, OutOfQuota, Refused, Unauthorized};
        matches!(
            self,
            Self::Model(Unauthorized | OutOfQuota | NoSuchModel | NoTools | Refused(_))
        )
    }

    /// What whoever runs the server reads of it in the log.
    pub(crate) fn for_operator(&self) -> &'static str {
        let Self::Model(error) = self else {
            return "a chat turn did not come to its end";
        };
        match error {
            ModelError::Unauthorized => {
                "the model's provider refuses the key: nobody can chat until OPENAI_API_KEY is put right"
            }
            ModelError::OutOfQuota => {
                "the quota at the model's provider is used up: nobody can chat until there is credit again"
            }
            ModelError::NoSuchModel => {
                "the model's provider does not know the model: nobody can chat until OPENAI_MODEL is put right"
            }
            ModelError::NoTools => {
                "the model cannot use tools: nobody can chat until OPENAI_MODEL names one that can, or its server is \
                 started with them"
            }
            ModelError::Refused(_) => {
                "the model's provider refuses a request: `todo-backend doctor` shows what it says"
            }
            ModelError::RateLimited { .. } => {
                "the model's provider limits the rate: LLM_FALLBACK_MODEL names a model for such times"
            }
            ModelError::Overloaded => {
                "the model's provider is overloaded: LLM_FALLBACK_MODEL names a model for such times"
            }
            ModelError::ContextFull => {
                "a message with the rules and tools alone is longer than the model's context: start its server with more"
            }
            ModelError::Loading => "the model was still being loaded when a chat turn had to end",
            ModelError::Busy => {
                "the model did not begin to answer within LLM_FIRST_BYTE_TIMEOUT: it is busy with other answers, or slow"
            }
            ModelError::Slow => "the model fell silent for LLM_IDLE_TIMEOUT within an answer",
            ModelError::Filtered => "the model's provider filtered an answer",
            _ => "a chat turn did not come to its end",
        }
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
            Self::Left => "The person stopped the answer before this message, or left, before it was finished. \
                           Do not go on with it unless asked."
                .to_owned(),
            _ => format!(
                "The answer before this message was not finished ({}). \
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
        ModelError::Busy => {
            "The language model took too long to begin: it is probably busy with other answers. \
             Please try again in a moment."
        }
        ModelError::Slow => "The language model took too long to answer. Please try again.",
        ModelError::Loading => {
            "The language model is still being loaded. Please try again in a minute."
        }
        ModelError::Overloaded => {
            "The language model's provider has too much to do. Please try again in a moment."
        }
        ModelError::NoSuchModel => {
            "The language model's provider does not know the model. \
             Whoever runs this server has to check the model's name."
        }
        ModelError::NoTools => {
            "This language model cannot use tools, so it cannot work on your tasks. \
             Whoever runs this server has to choose another one, or to switch its tools on."
        }
        ModelError::Unauthorized => {
            "The language model does not accept this server's key. \
             Whoever runs this server has to put that right."
        }
        ModelError::RateLimited {
            retry_after: Some(seconds),
        } if *seconds > 0 => {
            return format!(
                "The language model is asked too often. Please try again in {seconds} seconds."
            );
        }
        ModelError::RateLimited { .. } => {
            "The language model is asked too often. Please try again in a moment."
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
        ModelError::ContextFull => {
            "This conversation is too long for the language model. \
             Please begin a new one, or say it in fewer words."
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
