//! Tool rounds as workflows: each call is a line.

use serde::Serialize;

use super::labels;
use crate::chat::{Call, CallStatus, Round};

#[derive(Debug, Serialize)]
pub(super) struct Workflow {
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

impl Workflow {
    /// Of a round that is over, or that nobody works on any more.
    pub fn ended(round: &Round) -> Self {
        let (title, icon) = labels::summary(round);
        Self::new(
            round.calls.iter().map(Task::ended).collect(),
            Some(Summary { title, icon }),
        )
    }

    /// Of a round whose first call has begun.
    pub fn begun(round: &Round) -> Self {
        Self::new(
            round.calls.first().map(Task::running).into_iter().collect(),
            None,
        )
    }

    /// Of a round that is gone on with.
    pub fn running(round: &Round) -> Self {
        let line = |call: &Call| match call.status {
            CallStatus::Running => Task::running(call),
            _ => Task::ended(call),
        };
        Self::new(round.calls.iter().map(line).collect(), None)
    }

    fn new(tasks: Vec<Task>, summary: Option<Summary>) -> Self {
        Self {
            r#type: "custom",
            tasks,
            summary,
            expanded: false,
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
