//! The questions, from the address to a tool call.

use std::{
    io,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{advice::Advice, report::Report};
use crate::{
    chat::{
        Limits, ModelSettings, WireChoice,
        model::{
            ModelError, ModelMessage, Part, ToolCall, ToolSpec,
            provider::{Provider, Wire},
            refusal::Refusal,
            settings::BadSetting,
        },
    },
    healthcheck::{innermost, shown},
};

/// A word that no model says by itself.
const WORD: &str = "marmalade";

/// A model to be examined.
pub(super) struct Patient {
    settings: ModelSettings,
    provider: Provider,
    advice: Advice,
    limits: Limits,
    place: String,
}

/// What a step of the model came to.
struct Heard {
    text: String,
    pieces: usize,
    first: Duration,
    whole: Duration,
    calls: Vec<ToolCall>,
    usage: Option<(u64, u64)>,
}

impl Patient {
    pub fn new(settings: ModelSettings, limits: Limits) -> Result<Self, BadSetting> {
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
        match self.provider.endpoint().reach().await {
            Ok(()) => {
                let tls = self
                    .place
                    .starts_with("https")
                    .then_some(", by TLS")
                    .unwrap_or_default();
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
        let list = match self.provider.endpoint().get(&["models"]).await {
            Ok(list) => list,
            Err(refusal) => {
                let said = format!("cannot be read ({}); nothing depends on it", refusal.error);
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

    async fn text(&self, report: &mut Report<'_>) -> io::Result<bool> {
        let question = [ModelMessage::User("Say hello in one sentence.".to_owned())];
        let heard = self.hear(&self.provider, &question, &[]).await;
        match &heard {
            Err(Refusal {
                error: ModelError::Unauthorized,
                ..
            }) => {}
            _ if self.settings.api_key.is_none() => {
                report.note("key", "none is set, and none is asked for")?
            }
            // Whatever else is wrong, it was not the key.
            Ok(_)
            | Err(Refusal {
                error: ModelError::Refused(_),
                ..
            }) => report.good("key", "accepted")?,
            Err(_) => {}
        }
        let heard = match heard {
            Ok(heard) if heard.text.trim().is_empty() => {
                let said = format!(
                    "the model says nothing. Check {}.",
                    self.settings.names.model
                );
                report.bad("text", &said)?;
                return Ok(false);
            }
            Ok(heard) => heard,
            Err(refusal) => {
                let what = if refusal.error == ModelError::Unauthorized {
                    "key"
                } else {
                    "text"
                };
                report.bad(what, &self.advice.about(&refusal))?;
                return Ok(false);
            }
        };
        let times = format!(
            "first words after {:.1} s, all after {:.1} s",
            heard.first.as_secs_f64(),
            heard.whole.as_secs_f64()
        );
        if heard.pieces > 1 {
            report.good(
                "text",
                &format!("streamed in {} pieces, {times}", heard.pieces),
            )?;
        } else {
            report.note(
                "text",
                &format!("in one piece, {times}: not streamed, or by a proxy that collects it"),
            )?;
        }
        match heard.usage {
            Some((input, output)) => {
                report.good("usage", &format!("{input} tokens in, {output} out"))?
            }
            None => report.note(
                "usage",
                "not told: limits in tokens count nothing (see LLM_STREAM_USAGE)",
            )?,
        }
        Ok(true)
    }

    async fn tools(&self, report: &mut Report<'_>) -> io::Result<()> {
        let tools = [ToolSpec {
            name: "list_tasks".to_owned(),
            description: "Lists the person's tasks.".to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {"status": {"type": "string", "enum": ["all", "pending", "completed"]}},
            }),
        }];
        let mut said = vec![ModelMessage::User(
            "Show my tasks. Use the tool list_tasks.".to_owned(),
        )];
        let heard = match self.hear(&self.provider, &said, &tools).await {
            Ok(heard) => heard,
            Err(refusal) => return report.bad("tool call", &self.advice.about(&refusal)),
        };
        let Some(call) = heard.calls.first().filter(|call| call.name == "list_tasks") else {
            return report.bad(
                "tool call",
                &format!(
                    "the model answers without calling its tool: choose {} among those that can, and switch tools on \
                     in its server (vLLM: --enable-auto-tool-choice, --tool-call-parser)",
                    self.settings.names.model
                ),
            );
        };
        let arguments = call.arguments.trim();
        if !(arguments.is_empty()
            || serde_json::from_str::<Value>(arguments).is_ok_and(|value| value.is_object()))
        {
            report.note(
                "tool call",
                "its arguments are no JSON object; the chat tells the model so",
            )?;
        }
        report.good("tool call", "asked for, in the stream")?;
        said.push(ModelMessage::Assistant {
            text: Some(heard.text).filter(|text| !text.is_empty()),
            calls: heard.calls.clone(),
        });
        let result = json!({"tasks": [{"id": 7, "title": format!("Buy {WORD}"), "completed": false}], "total": 1});
        said.extend(heard.calls.iter().map(|call| ModelMessage::ToolResult {
            call_id: call.id.clone(),
            content: result.to_string(),
        }));
        match self.hear(&self.provider, &said, &tools).await {
            Err(refusal) => report.bad("tool result", &self.advice.about(&refusal)),
            Ok(heard) if heard.text.to_lowercase().contains(WORD) => {
                report.good("tool result", "read, and told in the answer")
            }
            Ok(_) => report.note(
                "tool result",
                "taken, but the answer does not tell it: a weak model",
            ),
        }
    }

    async fn errors(&self, report: &mut Report<'_>) -> io::Result<()> {
        let wire = self.provider.learned().wire();
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
                    refusal.error
                );
                report.note("errors", &said)
            }
        }
    }

    /// Says whether the other wire is there too; nothing depends on it.
    async fn wires(&self, report: &mut Report<'_>) -> io::Result<()> {
        let spoken = self.provider.learned().wire();
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
        let learned = self.provider.learned();
        if self.settings.stream_usage && !learned.asks_usage() {
            report.note(
                "settings",
                "LLM_STREAM_USAGE=false saves a refused request at every start",
            )?;
        }
        if learned.refused_effort() {
            report.note(
                "settings",
                "LLM_REASONING_EFFORT is refused: unset it, or choose another",
            )?;
        }
        if self.settings.wire == WireChoice::Auto
            && learned.wire() == Wire::Responses
            && !self.place.contains("//api.openai.com")
        {
            report.note(
                "settings",
                "LLM_WIRE=responses saves a refused request at every start",
            )?;
        }
        Ok(())
    }

    /// One step of the model, whole.
    async fn hear(
        &self,
        provider: &Provider,
        messages: &[ModelMessage],
        tools: &[ToolSpec],
    ) -> Result<Heard, Refusal> {
        let step = async {
            let begun = Instant::now();
            let mut parts = provider.open(messages, tools).await?;
            let mut heard = Heard {
                text: String::new(),
                pieces: 0,
                first: begun.elapsed(),
                whole: Duration::ZERO,
                calls: Vec::new(),
                usage: None,
            };
            loop {
                match parts.next().await.unwrap_or(Err(ModelError::Cut))? {
                    Part::Text(text) => {
                        heard.pieces += 1;
                        heard.text.push_str(&text);
                    }
                    Part::ToolCalls(calls) => heard.calls = calls,
                    Part::Usage { input, output } => heard.usage = Some((input, output)),
                    Part::Fallback { .. } => {}
                    Part::Done => break,
                }
            }
            heard.whole = begun.elapsed();
            Ok(heard)
        };
        let limited = timeout(self.limit(), step).await;
        limited.unwrap_or(Err(ModelError::Slow.into()))
    }

    /// For one question, so that a provider that dawdles does not keep the doctor for ever.
    fn limit(&self) -> Duration {
        self.limits.model_connect + self.limits.model_first_byte + self.limits.model_idle
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
