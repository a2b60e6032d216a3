//! A person who takes a turn back: by the id that the result of its call told, under one key, until there is an answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{
    person::{LIMIT, PAUSE, SILENCE, Seen},
    plan::{Ending, Killed, Turn},
    world::World,
};
use crate::{talk::client::Answer, users::People};

/// Takes the turn back, if a call of it told how. At two in four something fails the first time.
pub(super) async fn undo(world: &Arc<World>, turn: &Turn, seen: &mut Seen) {
    let undone = match batch(world, turn).await {
        Ok(None) => return,
        Ok(Some(batch)) => take_back(world, turn, &batch).await.map(|()| batch),
        Err(error) => Err(error),
    };
    match undone {
        Ok(batch) => seen.undone = Some(batch),
        Err(error) => seen.undo_failure = Some(format!("{error:#}")),
    }
}

/// What the turn's call told.
async fn batch(world: &World, turn: &Turn) -> anyhow::Result<Option<String>> {
    let Some((tool, title)) = turn.order.deed.call() else {
        return Ok(None);
    };
    let statement = format!(
        "select to_jsonb(max(call #>> '{{result,undo_id}}'))
         from messages, jsonb_array_elements(case jsonb_typeof(tool_calls) when 'array' then tool_calls end) call
         where call->>'tool' = '{tool}' and call #>> '{{result,title}}' = '{title}'"
    );
    let told = world.database.value(&statement).await?;
    Ok(told.as_str().map(str::to_owned))
}

async fn take_back(world: &Arc<World>, turn: &Turn, batch: &str) -> anyhow::Result<()> {
    let key = format!("{}-back-of-{}", turn.order.tag, turn.user);
    let request = People::default().undo(&turn.user, &key, batch)?;
    let begun = Instant::now();
    // As the seed has it: the number follows from it.
    match turn.number % 8 / 2 {
        0 => drop(Answer::unread(world.port(), &request).await),
        1 => {
            let sent = Answer::unread(world.port(), &request).await;
            let (program, away) = (Killed::Backend, Duration::ZERO);
            world.begin_end(Ending { program, away });
            drop(sent);
        }
        _ => {}
    }
    loop {
        let why = match timeout(SILENCE, asked(world, &request)).await {
            Ok(Ok((200, answer))) => {
                let all = answer.get("restored").and_then(Value::as_array);
                anyhow::ensure!(all.is_some_and(|all| all.len() == 1), "undone was {answer}");
                return Ok(());
            }
            Ok(Ok((status @ (429 | 500..), _))) => format!("status {status}"),
            Ok(Ok((status, answer))) => anyhow::bail!("status {status}: {answer}"),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "silence".to_owned(),
        };
        anyhow::ensure!(begun.elapsed() < LIMIT, "no answer to the undo: {why}");
        sleep(PAUSE).await;
    }
}

async fn asked(world: &World, request: &[u8]) -> std::io::Result<(u16, Value)> {
    let answer = Answer::to(world.port(), request).await?;
    Ok((answer.status, answer.json().await?))
}
