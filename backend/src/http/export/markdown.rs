//! The file that people read, piece by piece.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde_json::Value;
use store::conversations::Conversation;

use super::{ExportedMessage, ExportedToolUse};

pub(super) fn begin(now: DateTime<Utc>) -> String {
    format!("# Conversations\n\nTaken on {}.\n", moment(now))
}

pub(super) fn conversation(conversation: &Conversation) -> String {
    let title = conversation.title.as_deref().map(one_line);
    let title = title.filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| format!("Conversation {}", conversation.id));
    format!(
        "\n## {title}\n\nBegun on {}.\n",
        moment(conversation.created_at)
    )
}

pub(super) fn message(message: &ExportedMessage) -> String {
    let who = if message.role == "user" {
        "You"
    } else {
        "Assistant"
    };
    let mut text = format!("\n**{who}** ({})\n", moment(message.created_at));
    // Writing to a string cannot fail.
    if let Some(quoted) = &message.quoted {
        let _ = writeln!(text);
        for line in quoted.lines() {
            let _ = writeln!(text, "> {line}");
        }
    }
    if !message.content.trim().is_empty() {
        let _ = writeln!(text, "\n{}", message.content.trim());
    }
    if !message.answer.is_empty() {
        let _ = writeln!(text, "\n*Answer: {}*", one_line(&message.answer.join(", ")));
    }
    if !message.deeds.is_empty() {
        let _ = writeln!(text);
    }
    for tool_use in &message.deeds {
        let _ = writeln!(text, "- {}", in_words(tool_use));
    }
    text
}

fn in_words(tool_use: &ExportedToolUse) -> String {
    let tool = one_line(&tool_use.tool).replace('_', " ");
    let title = tool_use.title.as_deref().map(one_line);
    let about = match (title, tool_use.task_id) {
        (Some(title), _) => format!(" “{title}”"),
        (None, Some(id)) => format!(" #{id}"),
        (None, None) => String::new(),
    };
    let outcome = tool_use
        .outcome
        .as_str()
        .map_or_else(String::new, str::to_owned);
    match &tool_use.outcome {
        Value::String(done) if done == "done" => format!("{tool}{about}"),
        _ => format!("{tool}{about} ({outcome})"),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
