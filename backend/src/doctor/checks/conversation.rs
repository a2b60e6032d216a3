//! A conversation that has gone on for a while, in the shape in which the chat tells it: instructions, earlier answers, a
//! tool's result, and a message after all of them.

use std::io;

use model::{ModelMessage, Provider, RequestError, ToolCall};

use super::{Probe, steps::list_tasks};
use crate::doctor::report::Report;

impl Probe {
    /// Whether the provider takes it.
    pub(super) async fn conversation(&self, report: &mut Report<'_>) -> io::Result<()> {
        match self.conversation_on(&self.provider).await {
            Ok(()) => report.good(
                "conversation",
                "earlier answers and results are taken, and gone on from",
            ),
            Err(error) => {
                let finding = format_args!(
                    "one with earlier answers and results is refused: {}",
                    self.advice.about(&error)
                );
                report.bad("conversation", finding)
            }
        }
    }

    pub(super) async fn conversation_on(&self, provider: &Provider) -> Result<(), RequestError> {
        let step = self
            .step(provider, &conversation(), &[list_tasks()])
            .await?;
        if step.is_silent() {
            return Err(model::ModelError::Silent.into());
        }
        Ok(())
    }
}

fn conversation() -> Vec<ModelMessage> {
    let user = |text: &str| ModelMessage::User(text.to_owned());
    let assistant = |text: Option<&str>, calls| ModelMessage::Assistant {
        text: text.map(str::to_owned),
        calls,
    };
    let call = ToolCall {
        id: "a1b2c3d4e".to_owned(),
        name: "list_tasks".to_owned(),
        arguments: "{}".to_owned(),
        extra: None,
    };
    vec![
        ModelMessage::System("You help with a list of tasks, in short sentences.".to_owned()),
        user("Hello."),
        assistant(Some("Hello! What shall I do?"), vec![]),
        user("What is on my list?"),
        assistant(None, vec![call]),
        ModelMessage::ToolResult {
            call_id: "a1b2c3d4e".to_owned(),
            content: r#"{"tasks":[{"id":7,"title":"Milk","completed":false}],"total":1}"#
                .to_owned(),
        },
        assistant(Some("You have one task: Milk."), vec![]),
        user("Thank you. Say goodbye."),
    ]
}
