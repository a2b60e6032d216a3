//! The questions, from the address to a tool call.

mod speech;

use std::{io, time::Duration};

use model::{BadSetting, ModelMessage, ModelSettings, Provider, StepLimits, Wire, WireChoice};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{advice::Advice, report::Report};
use crate::healthcheck::{innermost, shown};

/// Asks one model, at its provider, everything there is to find out.
pub(super) struct Probe {
    settings: ModelSettings,
    provider: Provider,
    advice: Advice,
    limits: StepLimits,
    place: String,
}

impl Probe {
    pub fn new(settings: ModelSettings, limits: StepLimits) -> Result<Self, BadSetting> {
        Ok(Self {
            place: shown(&settings.address()?),
            provider: Provider::new(settings.clone(), limits)?,
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

    pub async fn examine(&self, report: &mut Report<'_>) -> io::Result<()> {
        if !self.address(report).await? {
            return Ok(());
        }
        self.list(report).await?;
        if !self.text(report).await? {
            return Ok(());
        }
        self.tools(report).await?;
        self.errors(report).await?;
        self.wires(report).await?;
        self.settings(report)
    }

    async fn address(&self, report: &mut Report<'_>) -> io::Result<bool> {
        match self.provider.reach().await {
            Ok(()) => {
                let tls = if self.place.starts_with("https") {
                    ", by TLS"
                } else {
                    ""
                };
                report.good("address", &format!("answers{tls}"))?;
                Ok(true)
            }
            Err(error) => {
                let why = if error.is_timeout() {
                    "it does not answer in time".to_owned()
                } else {
                    innermost(&error)
                };
                let name = self.settings.names.address;
                report.bad(
                    "address",
                    &format!("cannot be reached: {why}. Check {name}."),
                )?;
                Ok(false)
            }
        }
    }

    async fn list(&self, report: &mut Report<'_>) -> io::Result<()> {
        let list = match self.provider.models().await {
            Ok(list) => list,
            Err(refusal) => {
                let said = format!("cannot be read ({}); nothing depends on it", refusal.kind);
                return report.note("model list", &said);
            }
        };
        let names = listed(&list);
        if names.iter().any(|name| same(name, self.model())) {
            return report.good(
                "model list",
                &format!("{} models, {} among them", names.len(), self.model()),
            );
        }
        let said = format!("{} is not among its {} models", self.model(), names.len());
        report.note("model list", &said)
    }

    async fn errors(&self, report: &mut Report<'_>) -> io::Result<()> {
        let wire = self.provider.capabilities().wire();
        let content = match wire {
            Wire::Chat => "messages",
            Wire::Responses => "input",
        };
        let wrong = json!({"model": self.model(), "stream": true, content: 7});
        let limit = self.limit();
        let Ok(refusal) = timeout(limit, self.provider.refusal_of(wire, &wrong)).await else {
            return report.note("errors", "a request that is wrong is not answered in time");
        };
        match refusal {
            None => report.note("errors", "a request that is wrong is not refused"),
            Some(refusal) if refusal.of_the_request() && !refusal.text.is_empty() => {
                let said = self.advice.quoted(&refusal);
                report.good(
                    "errors",
                    &format!("a wrong request is refused with a reason{said}"),
                )
            }
            Some(refusal) => {
                let said = format!(
                    "a wrong request is answered without a reason: {}",
                    refusal.kind
                );
                report.note("errors", &said)
            }
        }
    }

    /// Says whether the other wire is there too; nothing depends on it.
    async fn wires(&self, report: &mut Report<'_>) -> io::Result<()> {
        let spoken = self.provider.capabilities().wire();
        report.good("wire", spoken.name())?;
        let (other, choice) = match spoken {
            Wire::Chat => (Wire::Responses, WireChoice::Responses),
            Wire::Responses => (Wire::Chat, WireChoice::Chat),
        };
        let settings = ModelSettings {
            wire: choice,
            ..self.settings.clone()
        };
        let Ok(provider) = Provider::new(settings, self.limits) else {
            return Ok(());
        };
        let question = [ModelMessage::User("Say hello.".to_owned())];
        let name = other.name();
        match self.hear(&provider, &question, &[]).await {
            Ok(_) => report.note("other wire", &format!("LLM_WIRE={name} would do as well")),
            Err(_) => report.note("other wire", &format!("LLM_WIRE={name} would not do")),
        }
    }

    /// What the provider turned out not to take.
    fn settings(&self, report: &mut Report<'_>) -> io::Result<()> {
        let capabilities = self.provider.capabilities();
        if self.settings.stream_usage && !capabilities.asks_usage() {
            report.note(
                "settings",
                "LLM_STREAM_USAGE=false saves a refused request at every start",
            )?;
        }
        if capabilities.refused_effort() {
            report.note(
                "settings",
                "LLM_REASONING_EFFORT is refused: unset it, or choose another",
            )?;
        }
        if self.settings.wire == WireChoice::Auto
            && capabilities.wire() == Wire::Responses
            && !self.place.contains("//api.openai.com")
        {
            report.note(
                "settings",
                "LLM_WIRE=responses saves a refused request at every start",
            )?;
        }
        Ok(())
    }

    /// For one question, so that a provider that dawdles does not keep the doctor for ever.
    fn limit(&self) -> Duration {
        self.limits.connect + self.limits.first_byte + self.limits.idle
    }
}

/// The names in a list of models, in `OpenAI`'s form or a bare list.
fn listed(list: &Value) -> Vec<&str> {
    let entries = list
        .get("data")
        .or_else(|| list.get("models"))
        .unwrap_or(list);
    let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| {
            let name = entry
                .get("id")
                .or_else(|| entry.get("name"))
                .unwrap_or(entry);
            name.as_str()
        })
        .collect()
}

/// Gemini lists `models/x` for `x`, Ollama `x:latest`.
fn same(listed: &str, model: &str) -> bool {
    let plain = |name: &str| {
        let name = name.strip_prefix("models/").unwrap_or(name);
        name.strip_suffix(":latest").unwrap_or(name).to_owned()
    };
    plain(listed) == plain(model)
}
