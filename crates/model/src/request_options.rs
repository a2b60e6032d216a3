//! What a provider is asked for beside an answer. What it turns out not to take is left out from then on, and said in the
//! log together with the setting that would say so from the start.

use serde_json::{Map, Value, json};

use crate::{ContextSize, ModelSettings, RequestError, ToolCall, Wire};

const OPENAI: &str = "api.openai.com";
/// What a model reads where its provider has refused nothing as too long.
const LARGEST: usize = 256 * 1024;

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
    /// Which steps' thoughts are given back.
    pub(crate) replay: Replay,
    /// The longest answer, in tokens.
    pub(crate) max_tokens: Option<u32>,
    /// Say it by the newer name (chat wire).
    pub(crate) newer_max_tokens: bool,
    /// Tell calls that were made at once one after the other (chat wire).
    pub(crate) single_calls: bool,
    /// How much the model reads, in bytes.
    pub(crate) room: usize,
}

/// Which steps of the model their thoughts are given back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replay {
    /// None.
    Never,
    /// Those of the turn that is being answered.
    Turn,
    /// All: some providers refuse a call without its thoughts, however old it is.
    Always,
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
            replay: Replay::Turn,
            max_tokens: settings.max_tokens,
            newer_max_tokens: host == OPENAI,
            single_calls: false,
            room: LARGEST,
        }
    }

    /// Whether a step's thoughts are given back: one of the turn that is being answered, or an older one.
    pub(crate) fn gives_back(&self, of_this_turn: bool) -> bool {
        match self.replay {
            Replay::Never => false,
            Replay::Turn => of_this_turn,
            Replay::Always => true,
        }
    }

    /// Keeps to a context whose size was told: two bytes a token, which is mostly four, leave the other half to the tools
    /// and the answer. An answer without an end would keep a server's one slot from everybody else.
    pub(crate) fn fit(&mut self, context: ContextSize) {
        let tokens = usize::try_from(context.tokens).unwrap_or(usize::MAX);
        self.room = self.room.min(tokens.saturating_mul(2));
        if context.of_the_server {
            let longest = u32::try_from(context.tokens / 4).unwrap_or(u32::MAX);
            self.max_tokens.get_or_insert(longest.max(1));
        }
    }

    /// Makes the conversation shorter than what was refused as too long, which had so many bytes.
    pub(crate) fn shorten(&mut self, refusal: &RequestError, sent: usize) {
        // Tokens are not of the same size everywhere, and the answer needs room too.
        self.room = match refusal.context {
            Some([read, most]) if most < read => sent.saturating_mul(most) / read * 17 / 20,
            _ => sent * 2 / 3,
        };
        tracing::warn!(
            bytes = self.room,
            "a conversation is too long for the model: older messages are left out from now on"
        );
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
        } else if chat
            && self.max_tokens.is_some()
            && about(&["max_completion_tokens", "max_tokens"])
        {
            // The name that was refused stands in the sentence, often beside the other one.
            if std::mem::replace(&mut self.newer_max_tokens, true) {
                tracing::warn!("the model refuses LLM_MAX_TOKENS: it is asked without");
                self.max_tokens = None;
            }
            return true;
        } else if chat && self.replay != Replay::Never && about(&["reasoning", "thinking"]) {
            let missed = self.replay == Replay::Turn && about(&["missing", "must", "required"]);
            self.replay = if missed {
                Replay::Always
            } else {
                Replay::Never
            };
            return true;
        } else if chat {
            return false;
        } else if self.replay != Replay::Never
            && about(&["encrypted content", "encrypted_content", "rs_"])
            && !about(&["include"])
        {
            // Encrypted under a key that is no longer good.
            self.replay = Replay::Never;
            return true;
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

    /// Keeps what the model thought with the first of the step's calls.
    pub fn mark_thoughts(&self, call: &mut ToolCall, thoughts: Map<String, Value>) {
        let extra = call.extra.get_or_insert_with(|| json!({ "by": self.0 }));
        if let Some(fields) = extra.as_object_mut() {
            fields.insert("thoughts".to_owned(), thoughts.into());
        }
    }

    /// What is to be given back with the call, when this model said it.
    pub fn signature<'a>(&self, call: &'a ToolCall) -> Option<&'a Value> {
        self.ours(call)?.get("signature")
    }

    /// What is to be given back with the message, when this model thought it.
    pub fn thoughts<'a>(&self, call: &'a ToolCall) -> Option<&'a Map<String, Value>> {
        self.ours(call)?.get("thoughts")?.as_object()
    }

    fn ours<'a>(&self, call: &'a ToolCall) -> Option<&'a Value> {
        let extra = call.extra.as_ref()?;
        let ours = extra.get("by")?.as_str()? == self.0;
        ours.then_some(extra)
    }
}
