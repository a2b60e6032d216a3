//! A second model for the times when the first cannot answer.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use metrics::counter;

use crate::{Model, ModelError, ModelMessage, Part, Parts, Provider, ToolSpec};

/// Two models, of which the first is asked unless it failed a moment ago.
#[derive(Debug)]
pub(crate) struct WithFallback {
    first: Provider,
    second: Provider,
    pause: Duration,
    /// Until when the first model is left alone after a failure, so that not every step waits for it.
    first_rests: Mutex<Option<Instant>>,
}

impl WithFallback {
    /// After a failure the first model is left alone for the pause.
    pub fn new(first: Provider, second: Provider, pause: Duration) -> Self {
        Self {
            first,
            second,
            pause,
            first_rests: Mutex::new(None),
        }
    }

    async fn ask_first(
        &self,
        messages: &[ModelMessage],
        tools: &[ToolSpec],
    ) -> Result<Parts, ModelError> {
        let asked = self.first.ask(messages, tools).await;
        let failed = asked.as_ref().is_err_and(is_outage);
        *self.first_rests() = failed.then(|| Instant::now() + self.pause);
        asked
    }

    async fn ask_second(
        &self,
        messages: &[ModelMessage],
        tools: &[ToolSpec],
    ) -> Result<Parts, ModelError> {
        let parts = self.second.ask(messages, tools).await?;
        counter!("chat_model_fallbacks_total").increment(1);
        let model = self.second.model().to_owned();
        let told = stream::once(async { Ok(Part::Fallback { model }) });
        Ok(told.chain(parts).boxed())
    }

    /// Whether the first model is to be asked. After the pause one step finds out for all others.
    fn may_ask_first(&self) -> bool {
        let mut rests = self.first_rests();
        let now = Instant::now();
        let may = rests.is_none_or(|until| until <= now);
        if may {
            *rests = rests.map(|_| now + self.pause);
        }
        may
    }

    fn first_rests(&self) -> MutexGuard<'_, Option<Instant>> {
        self.first_rests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model for WithFallback {
    fn ask<'a>(
        &'a self,
        messages: &'a [ModelMessage],
        tools: &'a [ToolSpec],
    ) -> BoxFuture<'a, Result<Parts, ModelError>> {
        async move {
            if !self.may_ask_first() {
                return match self.ask_second(messages, tools).await {
                    // Better a model that failed a moment ago than none.
                    Err(error) if is_reason(&error) => self.ask_first(messages, tools).await,
                    asked => asked,
                };
            }
            match self.ask_first(messages, tools).await {
                Err(error) if is_reason(&error) => {
                    say(&error);
                    let asked = self.ask_second(messages, tools).await;
                    asked.map_err(|_| error)
                }
                asked => asked,
            }
        }
        .boxed()
    }
}

/// Whether another model may do better.
fn is_reason(error: &ModelError) -> bool {
    !matches!(
        error,
        ModelError::Filtered | ModelError::TooLong | ModelError::Silent
    )
}

/// Whether the next step would fail as well: not where this one's request was at fault.
fn is_outage(error: &ModelError) -> bool {
    is_reason(error)
        && !matches!(
            error,
            ModelError::Refused(400 | 422) | ModelError::ContextFull
        )
}

fn say(error: &ModelError) {
    if *error == ModelError::Unauthorized {
        tracing::error!(
            "the model's provider refuses the key, and the second model answers until \
             OPENAI_API_KEY is put right"
        );
    } else {
        tracing::warn!(%error, "the second model is asked");
    }
}
