//! Messages as the items of a thread.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::messages::Role;

use super::{
    ids::{message_id, round_id, thread_id},
    labels,
};
use crate::chat::{
    Call, CallStatus, Message, Part, Payload,
    elicitation::{Input, Status},
};

#[derive(Debug, Serialize)]
pub(super) struct Item {
    id: String,
    thread_id: String,
    created_at: DateTime<Utc>,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind {
    UserMessage {
        content: Vec<Part>,
        attachments: [Empty; 0],
        #[serde(skip_serializing_if = "Option::is_none")]
        quoted_text: Option<String>,
        inference_options: Empty,
    },
    AssistantMessage {
        content: Vec<Content>,
    },
    Workflow {
        workflow: Workflow,
    },
    Task {
        task: Task,
    },
    Widget {
        widget: Value,
        copy_text: String,
    },
    StructuredInput {
        status: Status,
        inputs: Vec<Input>,
    },
}

/// `{}`.
#[derive(Debug, Serialize)]
pub(super) struct Empty {}

/// A part of what the assistant says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Content {
    OutputText {
        text: String,
        annotations: [Empty; 0],
    },
}

/// The tool calls of a step: each is a line.
#[derive(Debug, Serialize)]
struct Workflow {
    r#type: &'static str,
    tasks: Vec<Task>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
    expanded: bool,
}

#[derive(Debug, Serialize)]
struct Summary {
    title: String,
    icon: &'static str,
}

/// One line of a workflow: a tool call.
#[derive(Debug, Serialize)]
pub(super) struct Task {
    r#type: &'static str,
    title: String,
    icon: &'static str,
    status_indicator: &'static str,
}

impl Item {
    /// A stored message as it is shown. Whatever it is, it is shown: a page must not have holes.
    pub fn stored(message: &Message) -> Self {
        let content = message.content.clone();
        let kind = match (&message.payload, message.role) {
            (Payload::Calls(calls), _) => {
                let (title, icon) = labels::summary(calls);
                let tasks = calls.iter().map(Task::ended).collect();
                return Self::workflow(message, tasks, Some(Summary { title, icon }));
            }
            (Payload::TaskList(list), _) => Kind::Widget {
                widget: list.widget.clone(),
                copy_text: content,
            },
            (Payload::Elicitation(elicitation), _) => Kind::StructuredInput {
                status: elicitation.status,
                inputs: elicitation.inputs.clone(),
            },
            (Payload::User(parts), _) if !parts.content.is_empty() => {
                Kind::user(parts.content.clone(), parts.quoted_text.clone())
            }
            // The protocol has no word for it: a line of work that was not done, with nothing below.
            (_, Role::Unfinished) => Kind::Task {
                task: Task::new(content, "info", "complete"),
            },
            (_, Role::User) => Kind::user(vec![Part::InputText { text: content }], None),
            _ => Kind::AssistantMessage {
                content: vec![Content::output(content)],
            },
        };
        Self::new(message_id(message.id), message, kind)
    }

    fn new(id: String, message: &Message, kind: Kind) -> Self {
        Self {
            id,
            thread_id: thread_id(message.conversation_id),
            created_at: message.created_at,
            kind,
        }
    }

    /// An answer that is about to be written.
    pub fn unwritten(message: i64, conversation: i64) -> Self {
        Self {
            id: message_id(message),
            thread_id: thread_id(conversation),
            created_at: Utc::now(),
            kind: Kind::AssistantMessage {
                content: Vec::new(),
            },
        }
    }

    /// Tool calls of which the first has begun.
    pub fn begun(round: &Message) -> Self {
        let first = round.calls().first().map(Task::running);
        Self::workflow(round, first.into_iter().collect(), None)
    }

    /// Tool calls of which one runs.
    pub fn running(round: &Message) -> Self {
        let line = |call: &Call| match call.status {
            CallStatus::Running => Task::running(call),
            _ => Task::ended(call),
        };
        Self::workflow(round, round.calls().iter().map(line).collect(), None)
    }

    fn workflow(round: &Message, tasks: Vec<Task>, summary: Option<Summary>) -> Self {
        let workflow = Workflow {
            r#type: "custom",
            tasks,
            summary,
            expanded: false,
        };
        Self::new(round_id(round.id), round, Kind::Workflow { workflow })
    }

    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Kind {
    fn user(content: Vec<Part>, quoted_text: Option<String>) -> Self {
        Self::UserMessage {
            content,
            attachments: [],
            quoted_text,
            inference_options: Empty {},
        }
    }
}

impl Content {
    pub fn output(text: String) -> Self {
        Self::OutputText {
            text,
            annotations: [],
        }
    }
}

impl Task {
    /// As it begins: a call that is asked about first does not.
    pub fn running(call: &Call) -> Self {
        if call.status == CallStatus::Asked {
            return Self::ended(call);
        }
        Self::new(labels::doing(call), labels::icon(call), "loading")
    }

    /// When it is over, or nobody works on it any more.
    pub fn ended(call: &Call) -> Self {
        match call.status {
            CallStatus::Done => Self::new(labels::done(call), labels::icon(call), "complete"),
            CallStatus::Asked => Self::new(labels::asked(call), "circle-question", "none"),
            _ => Self::new(labels::not_done(call), "info", "complete"),
        }
    }

    fn new(title: String, icon: &'static str, status_indicator: &'static str) -> Self {
        Self {
            r#type: "custom",
            title,
            icon,
            status_indicator,
        }
    }
}
