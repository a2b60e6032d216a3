//! A language model at an OpenAI-compatible provider: two wires, what providers get wrong, and a second model for the
//! times when the first cannot answer. It knows nothing of chats, databases or HTTP servers.

mod answer;
mod calls;
mod chat;
mod endpoint;
mod fallback;
mod json;
mod model_list;
mod provider;
mod refusal_kinds;
mod request_error;
mod request_options;
mod responses;
mod settings;
mod shape;
mod step;
mod think_tags;
mod thoughts;
mod transport;

use std::time::Duration;

use futures_util::{future::BoxFuture, stream::BoxStream};
use serde_json::Value;

use self::fallback::WithFallback;
pub use self::{
    model_list::{ContextSize, ModelList},
    provider::Provider,
    request_error::RequestError,
    request_options::RequestOptions,
    settings::{
        BadSetting, ModelConfig, ModelSettings, SettingNames, Wire, parse_headers, parse_params,
        parse_wire,
    },
    step::{StepOutput, Usage},
};

/// A language model that can talk and ask for tools.
pub trait Model: Send + Sync {
    /// Asks for the next step. Dropping the stream closes the request upstream.
    fn ask<'a>(
        &'a self,
        messages: &'a [ModelMessage],
        tools: &'a [ToolSpec],
    ) -> BoxFuture<'a, Result<Parts, ModelError>>;
}

/// A step as it arrives: any number of texts, at most one list of calls, then the end or an error.
pub type Parts = BoxStream<'static, Result<Part, ModelError>>;

/// How long a step may take, and how much the model may say in it.
#[derive(Debug, Clone, Copy)]
pub struct StepLimits {
    /// Until the provider accepts a connection.
    pub connect: Duration,
    /// Until the first byte of the answer, once there is a connection.
    pub first_byte: Duration,
    /// The longest silence within the answer.
    pub idle: Duration,
    /// What the model says, in bytes.
    pub answer_bytes: usize,
    /// The arguments of all calls, in bytes.
    pub argument_bytes: usize,
    /// For how long the first model is left alone after a failure, where there is a second one.
    pub fallback_pause: Duration,
}

impl Default for StepLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(100),
            idle: Duration::from_mins(1),
            answer_bytes: 64 * 1024,
            argument_bytes: 64 * 1024,
            fallback_pause: Duration::from_mins(1),
        }
    }
}

/// The model, or the two models, of a configuration. Connects to nothing yet.
///
/// # Errors
/// When the settings cannot be right whatever the provider says.
pub fn connect(config: ModelConfig, limits: StepLimits) -> Result<Box<dyn Model>, BadSetting> {
    let first = Provider::new(config.first, limits)?;
    let Some(second) = config.second else {
        return Ok(Box::new(first));
    };
    let second = Provider::new(second, limits)?;
    Ok(Box::new(WithFallback::new(
        first,
        second,
        limits.fallback_pause,
    )))
}

/// One piece of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Words, to be shown at once.
    Text(String),
    /// The words so far are no part of the answer.
    Unsaid,
    /// All calls of the step.
    ToolCalls(Vec<ToolCall>),
    /// What the step cost.
    Usage(Usage),
    /// The model wrote thoughts into its words, which were left out.
    Thoughts,
    /// Another model answers than the one that was asked.
    Fallback {
        /// The provider's name for it.
        model: String,
    },
    /// The step has ended. A stream that ends without it was cut.
    Done(Finish),
}

/// How a step that came to its end did so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Finish {
    /// The model had no more to say.
    #[default]
    Whole,
    /// It would have said more: the room for its answer, or for the conversation, was used up.
    Length,
}

/// What the model is told, in the order it happened.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelMessage {
    /// Instructions.
    System(String),
    /// What the person says.
    User(String),
    /// What the model said in an earlier step.
    Assistant {
        /// Its words.
        text: Option<String>,
        /// The calls it asked for.
        calls: Vec<ToolCall>,
    },
    /// What a tool answered.
    ToolResult {
        /// The id of its call.
        call_id: String,
        /// The answer.
        content: String,
    },
}

/// A tool the model wants to be run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolCall {
    /// By which its result is known.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// JSON as the model wrote it, perhaps broken; empty means no arguments.
    pub arguments: String,
    /// What the provider wants back unchanged with the result (Gemini's thought signature, what
    /// reasoning left), marked with whose it is.
    pub extra: Option<Value>,
}

/// A tool as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// The tool's name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON schema of its arguments.
    pub parameters: Value,
}

/// Why a step did not come to its end. Holds nothing that was said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No connection, or none that lasted until an answer.
    #[error("the model cannot be reached")]
    Unreachable,
    /// No answer in time.
    #[error("the model does not begin to answer in time")]
    Busy,
    /// A silence within the answer.
    #[error("the model is silent for too long")]
    Slow,
    /// Its server has not loaded it yet.
    #[error("the model is still being loaded")]
    Loading,
    /// The provider has too much to do.
    #[error("the model's provider is overloaded")]
    Overloaded,
    /// The key is wrong, or may not use the model.
    #[error("the model refuses our credentials")]
    Unauthorized,
    /// Too much was asked for lately.
    #[error("the model limits our rate")]
    RateLimited {
        /// Seconds after which another attempt makes sense.
        retry_after: Option<u32>,
    },
    /// The account has no credit.
    #[error("the quota at the model's provider is used up")]
    OutOfQuota,
    /// The provider has no model of this name.
    #[error("the provider does not know the model")]
    NoSuchModel,
    /// The model, or the way its server was started, has no room for tools.
    #[error("the model cannot use tools")]
    NoTools,
    /// The provider failed.
    #[error("the model failed with status {0}")]
    Failed(u16),
    /// The request is found wrong.
    #[error("the model refuses the request with status {0}")]
    Refused(u16),
    /// The conversation is longer than the model reads, also without its older turns.
    #[error("the conversation is too long for the model")]
    ContextFull,
    /// What came is no answer of a model.
    #[error("the model's answer cannot be read")]
    Nonsense,
    /// The answer broke off.
    #[error("the model's answer was cut off")]
    Cut,
    /// The answer is longer than may be, or ran out of room.
    #[error("the model's answer is too long")]
    TooLong,
    /// The provider withholds the answer.
    #[error("the model's provider filtered the answer")]
    Filtered,
    /// The answer is empty.
    #[error("the model said nothing")]
    Silent,
}
