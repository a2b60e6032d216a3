//! One model at one provider: asks in the way that the provider takes, and again where nothing was said or done yet.

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde_json::{Map, Value};
use tokio::{sync::OnceCell, time::timeout};

use crate::{
    BadSetting, Model, ModelError, ModelList, ModelMessage, ModelSettings, Parts, RequestError,
    RequestOptions, StepLimits, ToolSpec, Wire,
    answer::{self, Reading},
    chat::{self, ChatReading},
    endpoint::Endpoint,
    request_options::{ProviderId, Replay},
    responses::{self, ResponsesReading},
    shape::{fitting, shaped, size},
};

/// Pauses before a request is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];
/// A provider that asks for more patience than this gets none: the person is told instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// The first answer waits no longer for a list that it can do without.
const LIST_PATIENCE: Duration = Duration::from_secs(1);

/// A model at a provider.
#[derive(Debug)]
pub struct Provider {
    endpoint: Endpoint,
    settings: ModelSettings,
    /// Without what the provider turned out not to take, for the life of the process.
    options: Mutex<RequestOptions>,
    /// Whether the provider was asked how long a context its model has.
    context_asked: OnceCell<()>,
    limits: StepLimits,
    /// Whether the model turned out to begin its answers with thoughts that no tag opens.
    unopened: Arc<AtomicBool>,
}

impl Model for Provider {
    fn ask<'a>(
        &'a self,
        messages: &'a [ModelMessage],
        tools: &'a [ToolSpec],
    ) -> BoxFuture<'a, Result<Parts, ModelError>> {
        async {
            // A server that is not there yet is asked again with the next step.
            let asked = self.context_asked.get_or_try_init(|| self.ask_context());
            let _ = asked.await;
            let opened = self.open(messages, tools).await;
            opened.map_err(|error| error.kind)
        }
        .boxed()
    }
}

impl Provider {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// When the settings cannot be right whatever the provider says.
    pub fn new(settings: ModelSettings, limits: StepLimits) -> Result<Self, BadSetting> {
        let endpoint = Endpoint::new(&settings, limits)?;
        let options = RequestOptions::new(&settings, endpoint.host());
        Ok(Self {
            endpoint,
            options: Mutex::new(options),
            context_asked: OnceCell::new(),
            settings,
            limits,
            unopened: Arc::default(),
        })
    }

    /// The provider's name for the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.settings.model
    }

    /// How the provider is asked, as far as is known by now.
    #[must_use]
    pub fn options(&self) -> RequestOptions {
        let options = self.options.lock().unwrap_or_else(PoisonError::into_inner);
        options.clone()
    }

    /// The provider's list of models.
    ///
    /// # Errors
    /// When there is none, or nobody answers.
    pub async fn models(&self) -> Result<ModelList, RequestError> {
        self.endpoint.models().await
    }

    /// Asked before the first answer rather than at the start, which wakes no provider. One that does not tell teaches by
    /// its refusals.
    async fn ask_context(&self) -> Result<(), ModelError> {
        let context = match timeout(LIST_PATIENCE, self.models()).await {
            Ok(Ok(list)) => list.context_of(self.model()),
            Ok(Err(error))
                if matches!(error.kind, ModelError::Unreachable | ModelError::Loading) =>
            {
                return Err(error.kind);
            }
            Ok(Err(_)) | Err(_) => None,
        };
        if let Some(context) = context {
            let mut options = self.options.lock().unwrap_or_else(PoisonError::into_inner);
            options.fit(context);
        }
        Ok(())
    }

    /// What a request that is wrong on purpose is answered.
    pub async fn refusal_of(&self, body: &Value) -> Option<RequestError> {
        self.endpoint.stream(self.options().wire, body).await.err()
    }

    /// Asks for a step, and again without what the provider turns out not to take. The first part
    /// has come when this returns, so until then nothing was said or done.
    ///
    /// # Errors
    /// Why the step did not begin.
    pub async fn open(
        &self,
        messages: &[ModelMessage],
        tools: &[ToolSpec],
    ) -> Result<Parts, RequestError> {
        let mut options = self.options();
        let mut refused = false;
        // The refusal on the other wire, while this one is tried in its place.
        let mut on_chat: Option<RequestError> = None;
        loop {
            let refusal = match self.attempts(&options, messages, tools).await {
                Ok(parts) => {
                    if refused {
                        self.remember(options);
                    }
                    return Ok(parts);
                }
                Err(refusal) => refusal,
            };
            refused = true;
            if refusal.is_missing_path()
                && let Some(first) = on_chat
            {
                return Err(first);
            }
            if refusal.kind == ModelError::ContextFull {
                let sent = size(&fitting(messages, options.room));
                options.shorten(&refusal, sent);
                if size(&fitting(messages, options.room)) >= sent {
                    return Err(refusal);
                }
            } else if options.wire == Wire::Chat && refusal.wants_responses() {
                if self.settings.wire.is_some() {
                    tracing::error!(
                        "the model takes no tools on this wire: set LLM_WIRE=responses, or \
                         LLM_REASONING_EFFORT=none where the model knows it"
                    );
                    return Err(refusal);
                }
                options.wire = Wire::Responses;
                on_chat = Some(refusal);
            } else if !options.single_calls && refusal.wants_single_calls() {
                options.single_calls = true;
            } else if !refusal.of_the_request() || !options.leave_out(&refusal) {
                return Err(refusal);
            }
        }
    }

    /// Keeps what was taken, but for what concerned that one request.
    fn remember(&self, options: RequestOptions) {
        let mut kept = self.options.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.wire != options.wire {
            tracing::warn!(
                "the model takes tools only on the Responses wire, which is spoken from now on; \
                 LLM_WIRE=responses does so from the start"
            );
        }
        let replay = match options.replay {
            Replay::Never if options.wire == Wire::Responses => Replay::Turn,
            learned => learned,
        };
        *kept = RequestOptions { replay, ..options };
    }

    async fn attempts(
        &self,
        options: &RequestOptions,
        messages: &[ModelMessage],
        tools: &[ToolSpec],
    ) -> Result<Parts, RequestError> {
        let id = ProviderId::new(options.wire, self.endpoint.host(), self.model());
        let messages = shaped(fitting(messages, options.room), options.single_calls);
        let body = self.completed(match options.wire {
            Wire::Chat => chat::request(&messages, tools, options, &id),
            Wire::Responses => responses::request(&messages, tools, options, &id),
        });
        let mut pauses = PAUSES.into_iter();
        let mut broken = false;
        loop {
            let error = match self.endpoint.stream(options.wire, &body).await {
                Err(error) => error,
                Ok(events) => {
                    let reading: Box<dyn Reading> = match options.wire {
                        Wire::Chat => Box::new(ChatReading::of(id.clone())),
                        Wire::Responses => Box::new(ResponsesReading::of(id.clone())),
                    };
                    let mut parts =
                        answer::parts(events, reading, self.limits, Arc::clone(&self.unopened));
                    match parts.next().await.unwrap_or(Err(ModelError::Cut)) {
                        Ok(first) => {
                            return Ok(stream::once(async { Ok(first) }).chain(parts).boxed());
                        }
                        // An answer that breaks off is asked for once more, not longer than that.
                        Err(error) if broken => return Err(error.into()),
                        Err(error) => {
                            broken = true;
                            error.into()
                        }
                    }
                }
            };
            match pauses.next().zip(patience(&error.kind)) {
                Some((pause, asked)) => tokio::time::sleep(pause.max(asked)).await,
                None => return Err(error),
            }
        }
    }

    /// The body as it is sent: with the model, and with what the operator lays over it.
    fn completed(&self, mut body: Map<String, Value>) -> Value {
        body.insert("model".into(), self.model().into());
        body.insert("stream".into(), true.into());
        for (name, value) in &self.settings.params {
            if value.is_null() {
                body.remove(name);
            } else {
                body.insert(name.clone(), value.clone());
            }
        }
        body.into()
    }
}

/// How long to wait at least before the same request may succeed; `None` when it will not.
fn patience(error: &ModelError) -> Option<Duration> {
    match error {
        ModelError::Unreachable
        | ModelError::Overloaded
        | ModelError::Failed(_)
        | ModelError::Cut => Some(Duration::ZERO),
        ModelError::RateLimited { retry_after } => {
            let asked = Duration::from_secs(u64::from(retry_after.unwrap_or(0)));
            (asked <= LONGEST_PAUSE).then_some(asked)
        }
        _ => None,
    }
}
