//! What the model says: words, a tool call, and what it makes of the result.

use std::{
    io,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use model::{ModelError, ModelMessage, Part, Provider, RequestError, StepOutput, ToolSpec};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Probe;
use crate::doctor::report::Report;

/// A word that no model says by itself.
const WORD: &str = "marmalade";

/// What a step of the model came to, and when.
pub(super) struct Timed {
    output: StepOutput,
    pieces: usize,
    first: Duration,
    whole: Duration,
}

impl Probe {
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
            Ok(heard) if heard.output.text.trim().is_empty() => {
                let said = format!(
                    "the model says nothing. Check {}.",
                    self.settings.names.model
                );
                report.bad("text", &said)?;
                return Ok(false);
            }
            Ok(heard) => heard,
            Err(refusal) => {
                let what = if refusal.kind == ModelError::Unauthorized {
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
        match heard.output.usage {
            Some(usage) => {
                report.good(
                    "usage",
                    &format!("{} tokens in, {} out", usage.input, usage.output),
                )?;
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
        let Some(call) = heard
            .output
            .calls
            .first()
            .filter(|call| call.name == "list_tasks")
        else {
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
            text: Some(heard.output.text).filter(|text| !text.is_empty()),
            calls: heard.output.calls.clone(),
        });
        let result = json!({"tasks": [{"id": 7, "title": format!("Buy {WORD}"), "completed": false}], "total": 1});
        said.extend(
            heard
                .output
                .calls
                .iter()
                .map(|call| ModelMessage::ToolResult {
                    call_id: call.id.clone(),
                    content: result.to_string(),
                }),
        );
        match self.hear(&self.provider, &said, &tools).await {
            Err(refusal) => report.bad("tool result", &self.advice.about(&refusal)),
            Ok(heard) if heard.output.text.to_lowercase().contains(WORD) => {
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
    ) -> Result<Timed, RequestError> {
        let step = async {
            let begun = Instant::now();
            let mut parts = provider.open(messages, tools).await?;
            let first = begun.elapsed();
            let (mut output, mut pieces) = (StepOutput::default(), 0);
            while !output.done {
                let part = parts.next().await.unwrap_or(Err(ModelError::Cut))?;
                pieces += usize::from(matches!(part, Part::Text(_)));
                output.push(part);
            }
            Ok(Timed {
                output,
                pieces,
                first,
                whole: begun.elapsed(),
            })
        };
        let limited = timeout(self.limit(), step).await;
        limited.unwrap_or(Err(ModelError::Slow.into()))
    }
}
