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

impl Timed {
    /// Whether there was nothing in it.
    pub(super) fn is_silent(&self) -> bool {
        self.output.text.trim().is_empty() && self.output.calls.is_empty()
    }
}

impl Probe {
    pub(super) async fn text(&mut self, report: &mut Report<'_>) -> io::Result<bool> {
        let question = [ModelMessage::User("Say hello in one sentence.".to_owned())];
        let mut asked = self.step(&self.provider, &question, &[]).await;
        // Models that think take no other temperature than their own.
        if asked
            .as_ref()
            .is_err_and(|error| error.mentions(&["temperature"]))
            && let Ok(provider) = Provider::new(self.settings.clone(), self.limits)
        {
            self.provider = provider;
            asked = self.step(&self.provider, &question, &[]).await;
        }
        let step = match asked {
            Ok(step) => step,
            Err(error) => {
                let wrong_key = error.kind == ModelError::Unauthorized;
                let what = if wrong_key { "key" } else { "text" };
                report.bad(what, self.advice.about(&error))?;
                return Ok(false);
            }
        };
        match self.settings.api_key {
            Some(_) => report.good("key", "accepted")?,
            None => report.note("key", "none is set, and none is asked for")?,
        }
        if step.output.text.trim().is_empty() {
            let name = self.settings.names.model;
            let finding = format_args!("the model says nothing. Check {name}.");
            report.bad("text", finding)?;
            return Ok(false);
        }
        let (first, whole) = (step.first.as_secs_f64(), step.whole.as_secs_f64());
        let times = format!("first words after {first:.1} s, all after {whole:.1} s");
        if step.pieces > 1 {
            let finding = format_args!("streamed in {} pieces, {times}", step.pieces);
            report.good("text", finding)?;
        } else {
            let finding = "not streamed, or by a proxy that collects it";
            report.note("text", format_args!("in one piece, {times}: {finding}"))?;
        }
        if step.output.thoughts {
            report.note(
                "thinking",
                "the model writes its thoughts into its answers, where they are left out. Its server may tell them \
                 apart (llama.cpp: --reasoning-format auto, vLLM: --reasoning-parser), or LLM_REASONING_EFFORT=none \
                 spares them",
            )?;
        }
        match step.output.usage {
            Some(usage) => {
                let finding = format_args!("{} tokens in, {} out", usage.input, usage.output);
                report.good("usage", finding)?;
            }
            None => report.note(
                "usage",
                "not told: limits in tokens count nothing (see LLM_STREAM_USAGE)",
            )?,
        }
        Ok(true)
    }

    pub(super) async fn tools(&self, report: &mut Report<'_>) -> io::Result<()> {
        let tools = [list_tasks()];
        let question = "Show my tasks. Use the tool list_tasks.".to_owned();
        let mut input = vec![ModelMessage::User(question)];
        let output = match self.step(&self.provider, &input, &tools).await {
            Ok(step) => step.output,
            Err(error) => return report.bad("tool call", self.advice.about(&error)),
        };
        let called = output.calls.first();
        let Some(call) = called.filter(|call| call.name == "list_tasks") else {
            let finding = format_args!(
                "the model answers without calling its tool: choose {} among those that can, and switch tools on \
                 in its server (vLLM: --enable-auto-tool-choice, --tool-call-parser)",
                self.settings.names.model
            );
            return report.bad("tool call", finding);
        };
        let arguments = call.arguments.trim();
        let is_object = |json: Value| json.is_object();
        if !arguments.is_empty() && !serde_json::from_str(arguments).is_ok_and(is_object) {
            let finding = "its arguments are no JSON object; the chat tells the model so";
            report.note("tool call", finding)?;
        }
        report.good("tool call", "asked for, in the stream")?;
        let result = json!({"tasks": [{"id": 7, "title": format!("Buy {WORD}"), "completed": false}], "total": 1});
        let results = output.calls.iter().map(|call| ModelMessage::ToolResult {
            call_id: call.id.clone(),
            content: result.to_string(),
        });
        input.push(ModelMessage::Assistant {
            text: Some(output.text).filter(|text| !text.is_empty()),
            calls: output.calls.clone(),
        });
        input.extend(results);
        match self.step(&self.provider, &input, &tools).await {
            Err(error) => report.bad("tool result", self.advice.about(&error)),
            Ok(step) if step.output.text.to_lowercase().contains(WORD) => {
                report.good("tool result", "read, and told in the answer")
            }
            Ok(_) => report.note(
                "tool result",
                "taken, but the answer does not tell it: a weak model",
            ),
        }
    }

    /// One step of the model, whole.
    pub(super) async fn step(
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

/// A tool as the chat has it.
pub(super) fn list_tasks() -> ToolSpec {
    ToolSpec {
        name: "list_tasks".to_owned(),
        description: "Lists the person's tasks.".to_owned(),
        parameters: json!({
            "type": "object",
            "properties": {"status": {
                "type": "string",
                "enum": ["all", "pending", "completed"],
                "description": "Which tasks.",
            }},
        }),
    }
}
