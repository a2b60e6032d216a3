//! One model at one provider: chooses the wire, learns what the provider does not take, and asks
//! again where nothing was said or done yet.

mod learned;

use std::{ops::ControlFlow, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde_json::{Map, Value};

use self::learned::Learned;
pub(super) use self::learned::Ways;
use super::{
    Model, ModelError, ModelMessage, Parts, ToolSpec, chat,
    endpoint::Endpoint,
    origin::Origin,
    refusal::Refusal,
    responses,
    settings::{BadSetting, ModelSettings},
};
use crate::chat::Limits;

/// Pauses before a request is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];
/// A provider that asks for more patience than this gets none: the person is told instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// The protocol of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Chat,
    Responses,
}

impl Wire {
    /// Its value in `LLM_WIRE`.
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
pub(crate) struct Provider {
    endpoint: Endpoint,
    model: String,
    params: Map<String, Value>,
    learned: Learned,
    limits: Limits,
}

impl Model for Provider {
    fn ask<'a>(
        &'a self,
        messages: &'a [ModelMessage],
        tools: &'a [ToolSpec],
    ) -> BoxFuture<'a, Result<Parts, ModelError>> {
        async move {
            let parts = self.open(messages, tools).await;
            parts.map_err(|refusal| refusal.error)
        }
        .boxed()
    }
}

impl Provider {
    pub fn new(settings: ModelSettings, limits: Limits) -> Result<Self, BadSetting> {
        let endpoint = Endpoint::new(&settings, limits)?;
        let learned = Learned::new(&settings, endpoint.host());
        Ok(Self {
            endpoint,
            learned,
            model: settings.model,
            params: settings.params,
            limits,
        })
    }

    pub fn model(&self) -> &str {
        &self.model
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What has been found out about the provider so far.
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// Asks for a step, and again without what the provider turns out not to take. The first part
    /// has come when this returns, so until then nothing was said or done.
    pub async fn open(
        &self,
        messages: &[ModelMessage],
        tools: &[ToolSpec],
    ) -> Result<Parts, Refusal> {
        let mut ways = self.learned.ways();
        loop {
            let refusal = match self.attempts(&ways, messages, tools).await {
                Ok(parts) => {
                    self.learned.worked(&ways);
                    return Ok(parts);
                }
                Err(refusal) => refusal,
            };
            match self.learned.learn(ways, &refusal) {
                ControlFlow::Continue(other) => ways = other,
                ControlFlow::Break(before) => return Err(before.unwrap_or(refusal)),
            }
        }
    }

    async fn attempts(
        &self,
        ways: &Ways<'_>,
        messages: &[ModelMessage],
        tools: &[ToolSpec],
    ) -> Result<Parts, Refusal> {
        let origin = Origin::new(ways.wire.name(), self.endpoint.host(), &self.model);
        let body = match ways.wire {
            Wire::Chat => chat::request(messages, tools, ways, &origin),
            Wire::Responses => responses::request(messages, tools, ways, &origin),
        };
        let body = self.completed(body);
        let mut pauses = PAUSES.into_iter();
        let mut broken = false;
        loop {
            let refusal = match self.begin(ways.wire, body.clone(), origin.clone()).await {
                Ok(parts) => return Ok(parts),
                Err(refusal) => refusal,
            };
            // An answer that breaks off is asked for once more, not longer than that.
            if refusal.begun && std::mem::replace(&mut broken, true) {
                return Err(refusal);
            }
            match pauses.next().zip(patience(&refusal.error)) {
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

    async fn begin(&self, wire: Wire, body: Vec<u8>, origin: Origin) -> Result<Parts, Refusal> {
        let answer = self.endpoint.post(wire.path(), body).await?;
        let mut parts = match wire {
            Wire::Chat => chat::parts(answer, self.limits, origin),
            Wire::Responses => responses::parts(answer, self.limits, origin),
        };
        match parts.next().await.unwrap_or(Err(ModelError::Cut)) {
            Ok(first) => Ok(stream::once(async { Ok(first) }).chain(parts).boxed()),
            Err(error) => Err(Refusal {
                begun: true,
                ..error.into()
            }),
        }
    }

    /// What a request that is wrong on purpose is answered.
    pub async fn refusal_of(&self, wire: Wire, body: &Value) -> Option<Refusal> {
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
