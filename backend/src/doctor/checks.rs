//! The questions, from the address to a tool call.

mod conversation;
mod steps;

use std::{io, time::Duration};

use model::{BadSetting, ModelError, ModelSettings, Provider, StepLimits, Wire};
use serde_json::json;
use tokio::time::timeout;

use super::{advice::Advice, report::Report};
use crate::healthcheck::shown;

/// A context that has room for the rules, the tools and a conversation of some length, in tokens.
const ENOUGH: u64 = 8_000;

/// Asks one model, at its provider, everything there is to find out.
pub(super) struct Probe {
    settings: ModelSettings,
    provider: Provider,
    advice: Advice,
    limits: StepLimits,
    place: String,
}

impl Probe {
    /// The model is asked for its likeliest answers, so that the findings are the same each time.
    pub fn new(settings: ModelSettings, limits: StepLimits) -> Result<Self, BadSetting> {
        let mut steady = settings.clone();
        let temperature = steady.params.entry("temperature");
        temperature.or_insert_with(|| 0.into());
        Ok(Self {
            place: shown(&settings.address()?),
            provider: Provider::new(steady, limits)?,
            advice: Advice::new(&settings),
            settings,
            limits,
        })
    }

    pub fn model(&self) -> &str {
        self.provider.model()
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    pub async fn examine(&mut self, report: &mut Report<'_>) -> io::Result<()> {
        if !self.address(report).await? {
            return Ok(());
        }
        self.list(report).await?;
        if !self.text(report).await? {
            return Ok(());
        }
        self.tools(report).await?;
        self.conversation(report).await?;
        self.errors(report).await?;
        self.wires(report).await?;
        self.settings(report)
    }

    async fn address(&self, report: &mut Report<'_>) -> io::Result<bool> {
        let why = match self.provider.models().await {
            Err(error) if error.kind == ModelError::Unreachable => error.text,
            Err(error) if error.kind == ModelError::Slow => "it does not answer in time".into(),
            _ => {
                let tls = self.place.starts_with("https");
                report.good("address", if tls { "answers, by TLS" } else { "answers" })?;
                return Ok(true);
            }
        };
        let name = self.settings.names.address;
        let finding = format_args!("cannot be reached: {why}. Check {name}.");
        report.bad("address", finding)?;
        Ok(false)
    }

    async fn list(&self, report: &mut Report<'_>) -> io::Result<()> {
        let list = match self.provider.models().await {
            Ok(list) => list,
            Err(error) => {
                let finding =
                    format_args!("cannot be read ({}); nothing depends on it", error.kind);
                return report.note("model list", finding);
            }
        };
        let (count, model) = (list.names().count(), self.model());
        if list.has(model) {
            let finding = format_args!("{count} models, {model} among them");
            report.good("model list", finding)?;
        } else {
            let finding = format_args!("{model} is not among its {count} models");
            report.note("model list", finding)?;
        }
        match list.context_of(model).map(|context| context.tokens) {
            None => report.note(
                "context",
                "its size is not told: it is learned from a refusal",
            ),
            Some(tokens) if tokens >= ENOUGH => {
                report.good("context", format_args!("{tokens} tokens"))
            }
            Some(tokens) => report.note(
                "context",
                format_args!(
                    "{tokens} tokens: conversations are soon too long. Start its server with more (llama.cpp: \
                     --ctx-size, Ollama: OLLAMA_CONTEXT_LENGTH, vLLM: --max-model-len)"
                ),
            ),
        }
    }

    async fn errors(&self, report: &mut Report<'_>) -> io::Result<()> {
        let content = match self.provider.options().wire {
            Wire::Chat => "messages",
            Wire::Responses => "input",
        };
        let wrong = json!({"model": self.model(), "stream": true, content: 7});
        let finding = match timeout(self.limit(), self.provider.refusal_of(&wrong)).await {
            Err(_) => "a request that is wrong is not answered in time".to_owned(),
            Ok(None) => "a request that is wrong is not refused".to_owned(),
            Ok(Some(error)) if error.of_the_request() && !error.text.is_empty() => {
                let quoted = self.advice.quoted(&error);
                let finding = format_args!("a wrong request is refused with a reason{quoted}");
                return report.good("errors", finding);
            }
            Ok(Some(error)) => format!(
                "a wrong request is answered without a reason: {}",
                error.kind
            ),
        };
        report.note("errors", finding)
    }

    /// Says whether the other wire is there too; nothing depends on it.
    async fn wires(&self, report: &mut Report<'_>) -> io::Result<()> {
        let spoken = self.provider.options().wire;
        report.good("wire", spoken.name())?;
        let other = match spoken {
            Wire::Chat => Wire::Responses,
            Wire::Responses => Wire::Chat,
        };
        let settings = ModelSettings {
            wire: Some(other),
            ..self.settings.clone()
        };
        let Ok(provider) = Provider::new(settings, self.limits) else {
            return Ok(());
        };
        let name = other.name();
        match self.conversation_on(&provider).await {
            Ok(()) => report.note(
                "other wire",
                format_args!("LLM_WIRE={name} would do as well"),
            ),
            Err(error) => {
                let said = self.advice.quoted(&error);
                let finding = format_args!("LLM_WIRE={name} would not do: {}{said}", error.kind);
                report.note("other wire", finding)
            }
        }
    }

    /// What the provider turned out not to take.
    fn settings(&self, report: &mut Report<'_>) -> io::Result<()> {
        let (set, taken) = (&self.settings, self.provider.options());
        let effort = set.reasoning_effort.as_deref().unwrap_or_default();
        let elsewhere = !self.place.contains("//api.openai.com");
        let findings = [
            (
                set.stream_usage && !taken.usage,
                "LLM_STREAM_USAGE=false saves a refused request at every start",
            ),
            (
                !effort.trim().is_empty() && taken.effort.is_none(),
                "LLM_REASONING_EFFORT is refused: unset it, or choose another",
            ),
            (
                set.wire.is_none() && taken.wire == Wire::Responses && elsewhere,
                "LLM_WIRE=responses saves a refused request at every start",
            ),
        ];
        for (_, finding) in findings.iter().filter(|(found, _)| *found) {
            report.note("settings", finding)?;
        }
        Ok(())
    }

    /// For one question, so that a provider that dawdles does not keep the doctor for ever.
    fn limit(&self) -> Duration {
        self.limits.connect + self.limits.first_byte + self.limits.idle
    }
}
