//! What a provider is asked for beside an answer. What it turns out not to take is left out from then on, and said in the
//! log together with the setting that would say so from the start.

use serde_json::{Value, json};

use crate::{ModelSettings, RequestError, ToolCall, Wire};

const OPENAI: &str = "api.openai.com";

/// How requests are made: with everything we would like, or less.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a parameter of its own"
)]
pub struct RequestOptions {
    /// The protocol.
    pub wire: Wire,
    /// How hard the model should think.
    pub effort: Option<String>,
    /// Ask for the number of tokens (chat wire).
    pub usage: bool,
    /// Ask the provider to store nothing (Responses wire).
    pub(crate) stateless: bool,
    /// Ask for the model's thoughts, encrypted (Responses wire).
    pub(crate) include: bool,
    /// Give back what an earlier step of the turn was made of (Responses wire).
    pub(crate) replay: bool,
}

impl RequestOptions {
    pub(crate) fn new(settings: &ModelSettings, host: &str) -> Self {
        let fitting = if host == OPENAI {
            Wire::Responses
        } else {
            Wire::Chat
        };
        let effort = settings.reasoning_effort.as_deref().map(str::trim);
        let effort = effort.filter(|effort| !effort.is_empty());
        Self {
            wire: settings.wire.unwrap_or(fitting),
            effort: effort.map(str::to_owned),
            usage: settings.stream_usage,
            stateless: true,
            include: true,
            replay: true,
        }
    }

    /// Leaves out the parameter that a refusal is about; `false` when it is about none.
    pub(crate) fn leave_out(&mut self, refusal: &RequestError) -> bool {
        let chat = self.wire == Wire::Chat;
        let about = |words: &[&str]| refusal.mentions(words);
        let option = if chat && self.usage && about(&["stream_options", "include_usage"]) {
            tracing::warn!("the model's provider refuses stream_options: LLM_STREAM_USAGE=false");
            &mut self.usage
        } else if self.effort.is_some() && about(&["reasoning_effort", "reasoning.effort"]) {
            tracing::warn!("the model refuses LLM_REASONING_EFFORT: it is asked without");
            self.effort = None;
            return true;
        } else if chat {
            return false;
        } else if self.replay
            && about(&["encrypted content", "encrypted_content", "rs_"])
            && !about(&["include"])
        {
            // Encrypted under a key that is no longer good.
            &mut self.replay
        } else if self.include && about(&["include", "encrypted_content"]) {
            &mut self.include
        } else if self.stateless && about(&["store"]) {
            &mut self.stateless
        } else {
            return false;
        };
        *option = false;
        true
    }
}

/// A model at a provider on a wire. What it wants back with its calls is marked with this, since another model refuses it.
#[derive(Debug, Clone)]
pub(crate) struct ProviderId(String);

impl ProviderId {
    pub fn new(wire: Wire, host: &str, model: &str) -> Self {
        Self(format!("{} {host} {model}", wire.name()))
    }

    pub fn mark(&self, signature: &Value) -> Value {
        json!({ "by": self.0, "signature": signature })
    }

    /// What is to be given back with the call, when this model said it.
    pub fn signature<'a>(&self, call: &'a ToolCall) -> Option<&'a Value> {
        let extra = call.extra.as_ref()?;
        let ours = extra.get("by")?.as_str()? == self.0;
        ours.then(|| extra.get("signature"))?
    }
}
