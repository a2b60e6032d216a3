//! The file that people read, piece by piece.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde_json::Value;
use store::conversations::Conversation;

use super::{Deed, Said};

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

pub(super) fn message(said: &Said) -> String {
    let who = if said.role == "user" {
        "You"
    } else {
        "Assistant"
    };
    let mut text = format!("\n**{who}** ({})\n", moment(said.created_at));
    // Writing to a string cannot fail.
    if let Some(quoted) = &said.quoted {
        let _ = writeln!(text);
        for line in quoted.lines() {
            let _ = writeln!(text, "> {line}");
        }
    }
    if !said.content.trim().is_empty() {
        let _ = writeln!(text, "\n{}", said.content.trim());
    }
    if !said.answer.is_empty() {
        let _ = writeln!(text, "\n*Answer: {}*", one_line(&said.answer.join(", ")));
    }
    if !said.deeds.is_empty() {
        let _ = writeln!(text);
    }
    for deed in &said.deeds {
        let _ = writeln!(text, "- {}", deed_in_words(deed));
    }
    text
}

fn deed_in_words(deed: &Deed) -> String {
    let tool = one_line(&deed.tool).replace('_', " ");
    let title = deed.title.as_deref().map(one_line);
    let about = match (title, deed.task_id) {
        (Some(title), _) => format!(" “{title}”"),
        (None, Some(id)) => format!(" #{id}"),
        (None, None) => String::new(),
    };
    let outcome = deed
        .outcome
        .as_str()
        .map_or_else(String::new, str::to_owned);
    match &deed.outcome {
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
