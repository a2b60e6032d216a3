//! Why a turn ended before its end, in words for the person who waits for it.

use model::ModelError;

/// What went wrong with a turn. The conversation is intact in every case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub struct Failure(pub(crate) Cause);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No such conversation, or not the caller's.
    Gone,
    /// Another turn of the conversation is running.
    Busy,
    /// The message to answer again is not one of the person's.
    NotAQuestion,
    /// The question that is answered does not wait for an answer.
    NothingAsked,
    Model(ModelError),
    /// The tools cannot be reached.
    Tools,
    /// The model repeats one call.
    Repeating,
    TooManySteps,
    TooManyCalls,
    OutOfTime,
    /// Nobody listens any more.
    Left,
    /// The process ends.
    Ending,
    Storage,
    /// The process that worked on it is gone.
    Interrupted,
    /// The conversation has gone on without this answer.
    Superseded,
    /// Another process works on it now.
    Taken,
}

/// What kind of answer a failure deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// What was asked for does not exist.
    NotFound,
    /// Something else has to end first.
    Conflict,
    /// The request makes no sense.
    Invalid,
    /// Something we depend on misbehaves.
    Upstream,
    /// Something we depend on is too slow.
    Slow,
    /// Something we depend on cannot serve now.
    Unavailable,
}

impl Failure {
    /// A name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.0 {
            Cause::Gone => "conversation_not_found",
            Cause::Busy => "turn_in_progress",
            Cause::NotAQuestion => "not_a_user_message",
            Cause::NothingAsked => "question_not_pending",
            Cause::Model(ModelError::Unreachable) => "model_unreachable",
            Cause::Model(ModelError::Slow) => "model_timeout",
            Cause::Model(ModelError::Unauthorized) => "model_unauthorized",
            Cause::Model(ModelError::RateLimited { .. }) => "model_rate_limited",
            Cause::Model(ModelError::OutOfQuota) => "model_quota",
            Cause::Model(ModelError::Failed(_)) => "model_failed",
            Cause::Model(ModelError::Refused(_)) => "model_refused",
            Cause::Model(ModelError::Nonsense) => "model_nonsense",
            Cause::Model(ModelError::Cut) => "model_cut_off",
            Cause::Model(ModelError::TooLong) => "model_too_long",
            Cause::Model(ModelError::Filtered) => "model_filtered",
            Cause::Model(ModelError::Silent) => "model_silent",
            Cause::Tools => "tools_unavailable",
            Cause::Repeating => "tool_loop",
            Cause::TooManySteps => "too_many_steps",
            Cause::TooManyCalls => "too_many_tool_calls",
            Cause::OutOfTime => "turn_timeout",
            Cause::Left => "client_left",
            Cause::Ending => "shutting_down",
            Cause::Storage => "storage_unavailable",
            Cause::Interrupted => "interrupted",
            Cause::Superseded => "turn_superseded",
            Cause::Taken => "turn_taken",
        }
    }

    /// One sentence or two for the person.
    #[must_use]
    pub fn message(&self) -> String {
        let sentence = match &self.0 {
            Cause::Gone => "This conversation no longer exists.",
            Cause::Busy => "I am still answering your last message. Please wait for it to finish.",
            Cause::NotAQuestion => "Only a message of yours can be answered again.",
            Cause::NothingAsked => "This question no longer waits for an answer.",
            Cause::Model(error) => return model_message(error),
            Cause::Tools => {
                "Your tasks cannot be reached right now, so I stopped. Please try again in a moment."
            }
            Cause::Repeating => {
                "I kept repeating the same step, so I stopped. Please say it in other words."
            }
            Cause::TooManySteps => {
                "This took more steps than I may take at once, so I stopped. \
                 What was done is listed above; say \"go on\" for the rest."
            }
            Cause::TooManyCalls => {
                "This took more actions than I may do at once, so I stopped. \
                 What was done is listed above; say \"go on\" for the rest."
            }
            Cause::OutOfTime => "This took too long, so I stopped. Please try again.",
            Cause::Left => "The answer was stopped.",
            Cause::Ending => "The server is restarting. Please try again in a moment.",
            Cause::Storage => {
                "The conversation cannot be saved right now. Please try again in a moment."
            }
            Cause::Interrupted => "The answer was interrupted. Please try again.",
            Cause::Superseded => {
                "The answer was interrupted, and the conversation has gone on since."
            }
            Cause::Taken => "The connection to the answer was lost. Please try again.",
        };
        sentence.to_owned()
    }

    /// Whether the same question may succeed later without anybody's doing.
    #[must_use]
    pub fn allow_retry(&self) -> bool {
        match &self.0 {
            Cause::Gone
            | Cause::NotAQuestion
            | Cause::NothingAsked
            | Cause::Busy
            | Cause::Superseded => false,
            Cause::Model(error) => !matches!(
                error,
                ModelError::Unauthorized
                    | ModelError::OutOfQuota
                    | ModelError::Refused(_)
                    | ModelError::Filtered
            ),
            _ => true,
        }
    }

    /// What kind of answer it deserves.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match &self.0 {
            Cause::Gone => FailureKind::NotFound,
            Cause::Busy | Cause::NothingAsked | Cause::Superseded => FailureKind::Conflict,
            Cause::NotAQuestion => FailureKind::Invalid,
            Cause::Model(ModelError::Slow) | Cause::OutOfTime => FailureKind::Slow,
            Cause::Model(ModelError::Unreachable | ModelError::RateLimited { .. })
            | Cause::Tools
            | Cause::Ending
            | Cause::Left
            | Cause::Storage
            | Cause::Interrupted
            | Cause::Taken => FailureKind::Unavailable,
            Cause::Model(_) | Cause::Repeating | Cause::TooManySteps | Cause::TooManyCalls => {
                FailureKind::Upstream
            }
        }
    }

    /// Seconds after which another attempt makes sense.
    #[must_use]
    pub fn retry_after(&self) -> u32 {
        match &self.0 {
            Cause::Model(ModelError::RateLimited { retry_after }) => retry_after.unwrap_or(10),
            _ => 5,
        }
    }

    /// One that was stored by its code.
    pub(crate) fn recorded(code: Option<&str>) -> Self {
        let known = [
            Cause::Gone,
            Cause::Busy,
            Cause::NotAQuestion,
            Cause::Model(ModelError::Unreachable),
            Cause::Model(ModelError::Slow),
            Cause::Model(ModelError::Unauthorized),
            Cause::Model(ModelError::RateLimited { retry_after: None }),
            Cause::Model(ModelError::OutOfQuota),
            Cause::Model(ModelError::Failed(0)),
            Cause::Model(ModelError::Refused(0)),
            Cause::Model(ModelError::Nonsense),
            Cause::Model(ModelError::Cut),
            Cause::Model(ModelError::TooLong),
            Cause::Model(ModelError::Filtered),
            Cause::Model(ModelError::Silent),
            Cause::Tools,
            Cause::Repeating,
            Cause::TooManySteps,
            Cause::TooManyCalls,
            Cause::OutOfTime,
            Cause::Left,
            Cause::Ending,
            Cause::Storage,
            Cause::Superseded,
        ];
        let of_code = |cause: &Cause| code == Some(Self(cause.clone()).code());
        Self(
            known
                .into_iter()
                .find(of_code)
                .unwrap_or(Cause::Interrupted),
        )
    }

    /// What the model is told about it in the next turn.
    pub(crate) fn note(&self) -> String {
        match &self.0 {
            Cause::Left => {
                "The user stopped the answer to the message above, or left, before it was \
                            finished. Do not go on with it unless asked."
                    .to_owned()
            }
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

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self(cause)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self(Cause::Model(error))
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self(Cause::Gone),
            error => {
                tracing::error!(error = %error, "a conversation cannot be read or stored");
                Self(Cause::Storage)
            }
        }
    }
}
