//! What a turn asks of a language model, whatever wire the provider speaks.

mod chat;
mod endpoint;
mod fallback;
mod origin;
pub(crate) mod provider;
pub(crate) mod refusal;
mod responses;
pub(crate) mod settings;
mod sse;

use futures_util::{future::BoxFuture, stream::BoxStream};
use serde_json::Value;

use self::{
    fallback::WithFallback,
    provider::Provider,
    settings::{BadSetting, ModelConfig},
};
use super::Limits;

/// A language model that can talk and ask for tools.
pub(crate) trait Model: Send + Sync {
    /// Asks for the next step. Dropping the stream closes the request upstream.
    fn ask<'a>(
        &'a self,
        messages: &'a [ModelMessage],
        tools: &'a [ToolSpec],
    ) -> BoxFuture<'a, Result<Parts, ModelError>>;
}

/// A step as it arrives: any number of texts, at most one list of calls, then the end or an error.
pub(crate) type Parts = BoxStream<'static, Result<Part, ModelError>>;

/// The model, or the two models, of a configuration. Connects to nothing yet.
pub(crate) fn connect(config: ModelConfig, limits: Limits) -> Result<Box<dyn Model>, BadSetting> {
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

/// A number of tokens as providers write it.
fn tokens(count: Option<f64>) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what no step takes"
    )]
    let whole = count.unwrap_or_default().clamp(0.0, 1e12) as u64;
    whole
}

/// One piece of a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Text(String),
    ToolCalls(Vec<ToolCall>),
    /// What the step cost, in tokens.
    Usage {
        input: u64,
        output: u64,
    },
    /// Another model answers than the one that was asked.
    Fallback {
        model: String,
    },
    /// The step is whole. A stream that ends without it was cut.
    Done,
}

/// What the model is told, in the order it happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ModelMessage {
    System(String),
    User(String),
    Assistant {
        text: Option<String>,
        calls: Vec<ToolCall>,
    },
    ToolResult {
        call_id: String,
        content: String,
    },
}

/// A tool the model wants to be run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolCall {
    pub id: String,
    pub name: String,
    /// JSON as the model wrote it, perhaps broken; empty means no arguments.
    pub arguments: String,
    /// What the provider wants back unchanged with the result (Gemini's thought signature, what
    /// OpenAI's reasoning left), marked with whose it is.
    pub extra: Option<Value>,
}

/// A tool as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolSpec {
    pub name: String,
    pub description: String,
    pub parameters: Value,
}

/// Why a step did not come to its end. Holds nothing that was said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ModelError {
    #[error("the model cannot be reached")]
    Unreachable,
    #[error("the model is silent for too long")]
    Slow,
    #[error("the model refuses our credentials")]
    Unauthorized,
    #[error("the model limits our rate")]
    RateLimited { retry_after: Option<u32> },
    #[error("the quota at the model's provider is used up")]
    OutOfQuota,
    #[error("the model failed with status {0}")]
    Failed(u16),
    #[error("the model refuses the request with status {0}")]
    Refused(u16),
    #[error("the model's answer cannot be read")]
    Nonsense,
    #[error("the model's answer was cut off")]
    Cut,
    #[error("the model's answer is too long")]
    TooLong,
    #[error("the model's provider filtered the answer")]
    Filtered,
    #[error("the model said nothing")]
    Silent,
}
