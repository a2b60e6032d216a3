//! What the model says: words, a tool call, and what it makes of the result.

use std::{
    io,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Patient;
use crate::{
    chat::model::{
        ModelError, ModelMessage, Part, ToolCall, ToolSpec, provider::Provider, refusal::Refusal,
    },
    doctor::report::Report,
};

/// A word that no model says by itself.
const WORD: &str = "marmalade";

/// What a step of the model came to.
pub(super) struct Heard {
    text: String,
    pieces: usize,
    first: Duration,
    whole: Duration,
    calls: Vec<ToolCall>,
    usage: Option<(u64, u64)>,
}

impl Patient {
    pub(super) async fn text(&self, report: &mut Report<'_>) -> io::Result<bool> {
        let question = [ModelMessage::User("Say hello in one sentence.".to_owned())];
        let heard = self.hear(&self.provider, &question, &[]).await;
        if heard.is_ok() {
            match self.settings.api_key {
                Some(_) => report.good("key", "accepted")?,
                None => report.note("key", "none is set, and none is asked for")?,
            }
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
                report.good("usage", &format!("{input} tokens in, {output} out"))?;
            }
            None => report.note(
                "usage",
                "not told: limits in tokens count nothing (see LLM_STREAM_USAGE)",
            )?,
        }
        Ok(true)
    }

    pub(super) async fn tools(&self, report: &mut Report<'_>) -> io::Result<()> {
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

    /// One step of the model, whole.
    pub(super) async fn hear(
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
}
