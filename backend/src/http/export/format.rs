//! The parts of the file, in the format that programs read and in the one that people read.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{conversations::Conversation, messages::Role};
use utoipa::ToSchema;

use crate::chat::{Call, Message, elicitation::Elicitation, one_line};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    #[default]
    Json,
    Markdown,
}

/// What is in the file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Exported {
    exported_at: DateTime<Utc>,
    conversations: Vec<ExportedConversation>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ExportedConversation {
    id: i64,
    title: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    messages: Vec<ExportedMessage>,
}

/// Something that was said or done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExportedMessage {
    id: i64,
    /// `user` or `assistant`.
    role: &'static str,
    /// What was said, in Markdown; empty where tools were used.
    content: String,
    /// What the person said it about.
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted: Option<String>,
    /// What the person answered to a question of the assistant's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answer: Vec<String>,
    /// What was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deeds: Vec<ExportedToolUse>,
    /// What the person thought of it: `positive` or `negative`.
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<String>,
    created_at: DateTime<Utc>,
}

/// The use of a tool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedDeed)]
struct ExportedToolUse {
    tool: String,
    /// The task that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// `done`, `failed`, `unknown`, `skipped`, `asked`, `running` or `waiting`.
    outcome: Value,
}

impl From<Message> for ExportedMessage {
    fn from(message: Message) -> Self {
        let quoted = message.parts().and_then(|parts| parts.quoted_text.clone());
        let elicitation = message.elicitation().into_iter();
        let answer = elicitation.flat_map(Elicitation::values).cloned().collect();
        let deeds = message.calls().iter().map(ExportedToolUse::from).collect();
        Self {
            id: message.id,
            role: match message.role {
                Role::User => "user",
                _ => "assistant",
            },
            quoted: quoted.filter(|quoted| !quoted.trim().is_empty()),
            answer,
            deeds,
            content: message.content,
            feedback: message.feedback,
            created_at: message.created_at,
        }
    }
}

impl From<&Call> for ExportedToolUse {
    fn from(call: &Call) -> Self {
        let argument = call.args.get("task_id").and_then(Value::as_i64);
        Self {
            tool: call.tool.clone(),
            task_id: call.task_id().or(argument),
            title: text(&call.result, "title").or_else(|| text(&call.args, "title")),
            outcome: serde_json::to_value(call.status).unwrap_or_default(),
        }
    }
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// A part of the file, in the order of the file.
pub(super) enum Part<'a> {
    Begin(DateTime<Utc>),
    /// And whether it is the first.
    Conversation(&'a Conversation, bool),
    /// And whether it is the first of its conversation.
    Message(ExportedMessage, bool),
    EndOfConversation,
    End,
}

impl Format {
    pub fn write(self, part: &Part<'_>) -> String {
        match self {
            Self::Json => as_json(part),
            Self::Markdown => as_markdown(part),
        }
    }
}

fn as_json(part: &Part<'_>) -> String {
    let comma = |first: &bool| if *first { "" } else { "," };
    match part {
        Part::Begin(now) => format!("{{\"exported_at\":{},\"conversations\":[", json!(now)),
        Part::Conversation(conversation, first) => {
            let head = json!({
                "id": conversation.id,
                "title": conversation.title,
                "created_at": conversation.created_at,
                "updated_at": conversation.updated_at,
            });
            let head = head.to_string();
            let open = head.strip_suffix('}').unwrap_or(&head);
            format!("{}\n{open},\"messages\":[", comma(first))
        }
        Part::Message(message, first) => {
            let message = serde_json::to_string(message).unwrap_or_else(|_| "null".to_owned());
            format!("{}\n{message}", comma(first))
        }
        Part::EndOfConversation => "]}".to_owned(),
        Part::End => "\n]}\n".to_owned(),
    }
}

fn as_markdown(part: &Part<'_>) -> String {
    match part {
        Part::Begin(now) => format!("# Conversations\n\nTaken on {}.\n", moment(*now)),
        Part::Conversation(conversation, _) => {
            let title = conversation.title.as_deref().unwrap_or_default();
            let title = match one_line(title, usize::MAX) {
                title if title.is_empty() => format!("Conversation {}", conversation.id),
                title => title,
            };
            let begun = moment(conversation.created_at);
            format!("\n## {title}\n\nBegun on {begun}.\n")
        }
        Part::Message(message, _) => message_as_markdown(message),
        Part::EndOfConversation | Part::End => String::new(),
    }
}

fn message_as_markdown(message: &ExportedMessage) -> String {
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
        let _ = writeln!(
            text,
            "\n*Answer: {}*",
            one_line(&message.answer.join(", "), usize::MAX)
        );
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
    let tool = one_line(&tool_use.tool, usize::MAX).replace('_', " ");
    let title = tool_use
        .title
        .as_deref()
        .map(|title| one_line(title, usize::MAX));
    let about = match (title, tool_use.task_id) {
        (Some(title), _) => format!(" “{title}”"),
        (None, Some(id)) => format!(" #{id}"),
        (None, None) => String::new(),
    };
    match tool_use.outcome.as_str().unwrap_or_default() {
        "done" => format!("{tool}{about}"),
        outcome => format!("{tool}{about} ({outcome})"),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
