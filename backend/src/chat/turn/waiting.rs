//! Waits for a model that does not begin to answer: one that is still being loaded, or busy with others.

use std::time::Duration;

use model::{ModelError, ModelMessage, Parts, ToolSpec};
use tokio::time::{Instant, sleep, timeout};

use super::state::Turn;
use crate::chat::event::TurnEvent;

/// How often a model that is being loaded is asked whether it is ready.
const PAUSE: Duration = Duration::from_secs(1);
/// The end of a turn that is left to say why it ends.
const REST: Duration = Duration::from_secs(5);

/// Asks for a step, and says once when that takes long.
pub(super) async fn ask(
    turn: &Turn<'_>,
    input: &[ModelMessage],
    tools: &[ToolSpec],
) -> Result<Parts, ModelError> {
    let limits = &turn.chat.limits;
    let until = turn.begun + limits.turn.saturating_sub(REST);
    let mut told = false;
    let mut tell = |message: &str| {
        if !std::mem::replace(&mut told, true) {
            turn.tell(TurnEvent::Notice {
                level: "info",
                title: None,
                message: message.to_owned(),
            });
        }
    };
    loop {
        let mut asked = turn.chat.model.ask(input, tools);
        let asked = if let Ok(asked) = timeout(limits.notice_after, &mut asked).await {
            asked
        } else {
            tell("The language model is busy with other answers. I am waiting for it.");
            asked.await
        };
        match asked {
            Err(ModelError::Loading) if Instant::now() + PAUSE < until => {
                tell("The language model is still being loaded. I am waiting for it.");
                sleep(PAUSE).await;
            }
            asked => return asked,
        }
    }
}
