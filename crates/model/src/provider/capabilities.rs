//! What a provider turned out not to take. It is found out by its refusals, kept for the life of
//! the process, and said in the log together with the setting that would say it from the start.

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use super::Wire;
use crate::{
    request_error::{RequestError, is_missing},
    settings::{ModelSettings, WireChoice},
};

const OPENAI: &str = "api.openai.com";

/// How a request is made: with everything we would like, or less.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a parameter of its own"
)]
pub(crate) struct RequestOptions<'a> {
    pub wire: Wire,
    /// Ask for the number of tokens.
    pub usage: bool,
    pub effort: Option<&'a str>,
    /// Ask the provider to store nothing.
    pub stateless: bool,
    /// Ask for the model's thoughts, encrypted.
    pub include: bool,
    /// Give back what an earlier step of the turn was made of.
    pub replay: bool,
    /// The refusal on the other wire, while this one is tried in its place.
    instead_of: Option<RequestError>,
}

/// What is known about a provider.
#[derive(Debug)]
pub struct Capabilities {
    choice: WireChoice,
    effort: Option<String>,
    responses: AtomicBool,
    no_usage: AtomicBool,
    no_effort: AtomicBool,
    no_store: AtomicBool,
    no_include: AtomicBool,
}

impl Capabilities {
    pub(super) fn new(settings: &ModelSettings, host: &str) -> Self {
        let responses = match settings.wire {
            WireChoice::Auto => host == OPENAI,
            WireChoice::Chat => false,
            WireChoice::Responses => true,
        };
        let effort = settings.reasoning_effort.as_deref().map(str::trim);
        Self {
            choice: settings.wire,
            effort: effort
                .filter(|effort| !effort.is_empty())
                .map(str::to_owned),
            responses: responses.into(),
            no_usage: (!settings.stream_usage).into(),
            no_effort: false.into(),
            no_store: false.into(),
            no_include: false.into(),
        }
    }

    /// The wire that is spoken at present.
    #[must_use]
    pub fn wire(&self) -> Wire {
        if self.responses.load(Relaxed) {
            Wire::Responses
        } else {
            Wire::Chat
        }
    }

    /// Whether the number of tokens is asked for (chat wire).
    #[must_use]
    pub fn asks_usage(&self) -> bool {
        !self.no_usage.load(Relaxed)
    }

    /// Whether the provider refused the reasoning effort that is set.
    #[must_use]
    pub fn refused_effort(&self) -> bool {
        self.no_effort.load(Relaxed)
    }

    pub(crate) fn options(&self) -> RequestOptions<'_> {
        let effort = self.effort.as_deref();
        RequestOptions {
            wire: self.wire(),
            usage: self.asks_usage(),
            effort: effort.filter(|_| !self.refused_effort()),
            stateless: !self.no_store.load(Relaxed),
            include: !self.no_include.load(Relaxed),
            replay: true,
            instead_of: None,
        }
    }

    /// The request was accepted in this way.
    pub(crate) fn worked(&self, options: &RequestOptions<'_>) {
        if options.instead_of.is_some() && !self.responses.swap(true, Relaxed) {
            tracing::warn!(
                "the model takes tools only on the Responses wire, which is spoken from now on; \
                 LLM_WIRE=responses does so from the start"
            );
        }
    }

    /// How to ask in place of a request that was refused, or that there is no other way; then with
    /// the refusal that counts, where it is not this one.
    pub(crate) fn learn<'a>(
        &'a self,
        mut options: RequestOptions<'a>,
        refusal: &RequestError,
    ) -> ControlFlow<Option<RequestError>, RequestOptions<'a>> {
        if options.instead_of.is_some() && is_missing(&refusal.kind) {
            return ControlFlow::Break(options.instead_of);
        }
        if !refusal.of_the_request() {
            return ControlFlow::Break(None);
        }
        let chat = options.wire == Wire::Chat;
        if chat && wants_responses(refusal) {
            if self.choice == WireChoice::Auto {
                options.wire = Wire::Responses;
                options.instead_of = Some(refusal.clone());
                return ControlFlow::Continue(options);
            }
            tracing::error!(
                "the model takes no tools on this wire: set LLM_WIRE=responses, or \
                 LLM_REASONING_EFFORT=none where the model knows it"
            );
            return ControlFlow::Break(None);
        }
        if chat && options.usage && refusal.mentions(&["stream_options", "include_usage"]) {
            options.usage = false;
            if !self.no_usage.swap(true, Relaxed) {
                tracing::warn!(
                    "the model's provider refuses stream_options: LLM_STREAM_USAGE=false"
                );
            }
        } else if options.effort.is_some()
            && refusal.mentions(&["reasoning_effort", "reasoning.effort"])
        {
            options.effort = None;
            if !self.no_effort.swap(true, Relaxed) {
                tracing::warn!("the model refuses LLM_REASONING_EFFORT: it is asked without");
            }
        } else if !chat
            && options.replay
            && refusal.mentions(&["encrypted content", "encrypted_content", "rs_"])
            && !refusal.mentions(&["include"])
        {
            // Encrypted under a key that is no longer good; nothing to be capabilities for later.
            options.replay = false;
        } else if !chat && options.include && refusal.mentions(&["include", "encrypted_content"]) {
            options.include = false;
            self.no_include.store(true, Relaxed);
        } else if !chat && options.stateless && refusal.mentions(&["store"]) {
            options.stateless = false;
            self.no_store.store(true, Relaxed);
        } else {
            return ControlFlow::Break(None);
        }
        ControlFlow::Continue(options)
    }
}

/// `OpenAI`'s newer models: "Function tools with `reasoning_effort` are not supported for … in
/// /v1/chat/completions."
fn wants_responses(refusal: &RequestError) -> bool {
    refusal.mentions(&["tools"])
        && refusal.mentions(&["reasoning_effort"])
        && refusal.mentions(&["not supported", "unsupported"])
}
