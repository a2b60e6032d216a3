//! One model at one provider: chooses the wire, learns what the provider does not take, and asks
//! again where nothing was said or done yet.

pub(crate) mod capabilities;

use std::{ops::ControlFlow, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde_json::{Map, Value};

use self::capabilities::Capabilities;
pub(crate) use self::capabilities::RequestOptions;
use crate::{
    Model, ModelError, ModelMessage, Parts, StepLimits, ToolSpec, chat,
    endpoint::Endpoint,
    provider_id::ProviderId,
    request_error::RequestError,
    responses,
    settings::{BadSetting, ModelSettings},
};

/// Pauses before a request is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];
/// A provider that asks for more patience than this gets none: the person is told instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// The protocol of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Chat Completions.
    Chat,
    /// Responses.
    Responses,
}

impl Wire {
    /// Its value in `LLM_WIRE`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
        }
    }

    fn path(self) -> &'static [&'static str] {
        match self {
            Self::Chat => &chat::PATH,
            Self::Responses => &responses::PATH,
        }
    }
}

/// A model at a provider.
#[derive(Debug)]
pub struct Provider {
    endpoint: Endpoint,
    model: String,
    params: Map<String, Value>,
    capabilities: Capabilities,
    limits: StepLimits,
}

impl Model for Provider {
    fn ask<'a>(
        &'a self,
        messages: &'a [ModelMessage],
        tools: &'a [ToolSpec],
    ) -> BoxFuture<'a, Result<Parts, ModelError>> {
        async move {
            let parts = self.open(messages, tools).await;
            parts.map_err(|refusal| refusal.kind)
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
        let capabilities = Capabilities::new(&settings, endpoint.host());
        Ok(Self {
            endpoint,
            capabilities,
            model: settings.model,
            params: settings.params,
            limits,
        })
    }

    /// The provider's name for the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The provider's list of models.
    ///
    /// # Errors
    /// When there is none, or nobody answers.
    pub async fn models(&self) -> Result<Value, RequestError> {
        self.endpoint.get(&["models"]).await
    }

    /// Asks for nothing but an answer.
    ///
    /// # Errors
    /// Why none comes.
    pub async fn reach(&self) -> Result<(), reqwest::Error> {
        self.endpoint.reach().await
    }

    /// What has been found out about the provider so far.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
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
        let mut options = self.capabilities.options();
        loop {
            let refusal = match self.attempts(&options, messages, tools).await {
                Ok(parts) => {
                    self.capabilities.worked(&options);
                    return Ok(parts);
                }
                Err(refusal) => refusal,
            };
            match self.capabilities.learn(options, &refusal) {
                ControlFlow::Continue(other) => options = other,
                ControlFlow::Break(before) => return Err(before.unwrap_or(refusal)),
            }
        }
    }

    async fn attempts(
        &self,
        options: &RequestOptions<'_>,
        messages: &[ModelMessage],
        tools: &[ToolSpec],
    ) -> Result<Parts, RequestError> {
        let provider_id = ProviderId::new(options.wire.name(), self.endpoint.host(), &self.model);
        let body = match options.wire {
            Wire::Chat => chat::request(messages, tools, options, &provider_id),
            Wire::Responses => responses::request(messages, tools, options, &provider_id),
        };
        let body = self.completed(body);
        let mut pauses = PAUSES.into_iter();
        let mut broken = false;
        loop {
            let refusal = match self
                .begin(options.wire, body.clone(), provider_id.clone())
                .await
            {
                Ok(parts) => return Ok(parts),
                Err(refusal) => refusal,
            };
            // An answer that breaks off is asked for once more, not longer than that.
            if refusal.begun && std::mem::replace(&mut broken, true) {
                return Err(refusal);
            }
            match pauses.next().zip(patience(&refusal.kind)) {
                Some((pause, asked)) => tokio::time::sleep(pause.max(asked)).await,
                None => return Err(refusal),
            }
        }
    }

    /// The body as it is sent: with the model, and with what the operator lays over it.
    fn completed(&self, mut body: Map<String, Value>) -> Vec<u8> {
        body.insert("model".into(), self.model.as_str().into());
        body.insert("stream".into(), true.into());
        for (name, value) in &self.params {
            if value.is_null() {
                body.remove(name);
            } else {
                body.insert(name.clone(), value.clone());
            }
        }
        Value::Object(body).to_string().into_bytes()
    }

    async fn begin(
        &self,
        wire: Wire,
        body: Vec<u8>,
        provider_id: ProviderId,
    ) -> Result<Parts, RequestError> {
        let answer = self.endpoint.post(wire.path(), body).await?;
        let mut parts = match wire {
            Wire::Chat => chat::parts(answer, self.limits, provider_id),
            Wire::Responses => responses::parts(answer, self.limits, provider_id),
        };
        match parts.next().await.unwrap_or(Err(ModelError::Cut)) {
            Ok(first) => Ok(stream::once(async { Ok(first) }).chain(parts).boxed()),
            Err(error) => Err(RequestError {
                begun: true,
                ..error.into()
            }),
        }
    }

    /// What a request that is wrong on purpose is answered.
    pub async fn refusal_of(&self, wire: Wire, body: &Value) -> Option<RequestError> {
        let answer = self
            .endpoint
            .post(wire.path(), body.to_string().into_bytes())
            .await;
        answer.err()
    }
}

/// How long to wait at least before the same request may succeed; `None` when it will not.
fn patience(error: &ModelError) -> Option<Duration> {
    match error {
        ModelError::Unreachable | ModelError::Failed(_) | ModelError::Cut => Some(Duration::ZERO),
        ModelError::RateLimited { retry_after } => {
            let asked = Duration::from_secs(u64::from(retry_after.unwrap_or(0)));
            (asked <= LONGEST_PAUSE).then_some(asked)
        }
        _ => None,
    }
}
