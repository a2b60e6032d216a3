//! Buttons of widgets, and the streams that need no turn.

use serde_json::Value;

use super::{
    frames::{Frame, StreamOptions},
    ids::ItemId,
    items::Item,
    protocol::CustomAction,
};
use crate::chat::{CannotPress, Chat, Press, TaskAction};

/// What a client asks for by a button, if it is something that a button of ours asks for.
pub(super) fn press(wanted: &CustomAction) -> Result<Press, &'static str> {
    let action = TaskAction::named(&wanted.action.r#type).ok_or("This action is not supported.")?;
    let task = wanted.action.payload.get("task_id").and_then(Value::as_i64);
    Ok(Press {
        conversation: wanted.thread_id.conversation(),
        widget: wanted.item_id.map(ItemId::message),
        action,
        task: task.ok_or("This action needs the number of a task.")?,
    })
}

/// A press of a button, as a stream.
pub(super) async fn frames(chat: &Chat, owner: &str, wanted: &CustomAction) -> Vec<Frame> {
    let press = match press(wanted) {
        Ok(press) => press,
        Err(message) => return vec![Frame::error("custom", message, false)],
    };
    let pressed = match chat.press(owner, press).await {
        Ok(pressed) => pressed,
        Err(CannotPress::NoWidget) => {
            let message = "This item is not a list with buttons.";
            return vec![Frame::error("stream.error", message, false)];
        }
        Err(CannotPress::Refused(refusal)) => return vec![Frame::refused(&refusal)],
    };
    let mut frames = vec![Frame::StreamOptions {
        stream_options: StreamOptions {
            allow_cancel: false,
        },
    }];
    if pressed.found {
        frames.push(Frame::tasks_changed(&[press.task]));
    } else {
        frames.push(Frame::Notice {
            level: "info",
            message: "This task no longer exists.".to_owned(),
            title: None,
        });
    }
    frames.extend(pressed.widget.as_ref().map(|widget| Frame::ItemReplaced {
        item: Item::stored(widget),
    }));
    frames
}

/// The answer to the output of a tool of the client's: none is ever called here, so none is waited for.
pub(super) async fn no_client_tool(chat: &Chat, owner: &str, conversation: i64) -> Frame {
    match chat.open_to(owner, conversation).await {
        Ok(_) => Frame::error(
            "custom",
            "This conversation does not wait for a tool of yours.",
            false,
        ),
        Err(refusal) => Frame::refused(&refusal),
    }
}
