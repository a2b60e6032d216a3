//! Turns in which connections, programs and the model fail at random steps: nothing may be done twice, nothing may be
//! lost, nothing untrue may be said, and every conversation has to go on.

use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::bail;
use tokio::task::JoinSet;

use self::{
    person::Seen,
    plan::{Fault, Turn},
    verdict::Verdict,
    world::World,
};
use super::script::{Deed, Order};
use crate::{config::Chat, database::Database, programs::Programs, table::Table};

mod person;
mod plan;
mod relay;
mod undo;
mod verdict;
mod world;

/// So many broken promises are told one by one.
const TOLD: usize = 20;

pub(super) async fn measure(
    mut programs: Programs,
    database: &Database,
    config: &Chat,
    table: &mut Table,
) -> anyhow::Result<()> {
    let (turns, clients) = (usize::from(config.turns), usize::from(config.clients));
    let seed = match config.seed {
        Some(seed) => seed,
        None => u64::from(SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos()),
    };
    let undo = if config.undo { " --undo" } else { "" };
    let plan = format!("--turns {turns} --clients {clients} --seed {seed}{undo}");
    eprintln!("  turns under faults: {plan}");
    database.execute(verdict::WATCH).await?;
    let logs = programs.keep_logs().to_owned();
    let begun = Instant::now();
    let (world, executioner) = World::start(programs, database.clone()).await?;
    let mut running = JoinSet::new();
    for mine in plan::plan(seed, turns, clients, config.undo) {
        running.spawn(client(Arc::clone(&world), mine));
    }
    let mut all = Vec::new();
    while let Some(client) = running.join_next().await {
        all.append(&mut client?);
    }
    world.settle().await;
    let stuck = go_on(&world, &mut all).await;
    drop(executioner);
    all.sort_by_key(|(turn, _)| turn.number);
    let verdict = Verdict::over(database, &all, &world.model.all_heard(), &logs).await?;
    let attempts: usize = all.iter().map(|(_, seen)| seen.attempts).sum();
    show(&verdict, &stuck, turns, table);
    let [backend, mcp] = world.ends();
    table.told(
        "  requests for them, kills of the backend, of the MCP server, failures of the model",
        format!("{attempts}, {backend}, {mcp}, {}", world.model.failures()),
    );
    let given_up = all.iter().filter(|(_, seen)| seen.given_up).count();
    table.told(
        "  answers given up, and said to be, as the conversation had gone on",
        given_up.to_string(),
    );
    if config.undo {
        let undone = all.iter().filter(|(_, seen)| seen.undone.is_some()).count();
        table.told("  turns that were taken back", undone.to_string());
    }
    table.told(
        "  in all",
        format!("{:.0} s", begun.elapsed().as_secs_f64()),
    );
    table.note(format!(
        "Faults: {plan} plans the same again. {}",
        "A client sends a request again, under the same key, until its stream ends without an error that may pass. \
         Effects are counted by a trigger on the tasks, messages and claims in the database. At the end every conversation \
         gets one turn more. That a dead backend's turns are believed alive for 15 s is cut short after most of its deaths."
    ));
    let found: Vec<&String> = [
        &verdict.doubled,
        &verdict.lost,
        &verdict.untrue,
        &verdict.endless,
        &verdict.wrong,
        &stuck,
    ]
    .into_iter()
    .flatten()
    .collect();
    if found.is_empty() {
        return Ok(std::fs::remove_dir_all(logs)?);
    }
    for one in found.iter().take(TOLD) {
        eprintln!("  --seed {seed}, {one}");
    }
    bail!(
        "{} promises broken with {plan}; logs and rows are in {}",
        found.len(),
        logs.display()
    )
}

/// One client's turns, one after the other.
async fn client(world: Arc<World>, turns: Vec<Turn>) -> Vec<(Turn, Seen)> {
    let mut places: Vec<Option<String>> = Vec::new();
    let mut all = Vec::new();
    for turn in turns {
        if places.len() <= turn.place {
            places.resize(turn.place + 1, None);
        }
        let Some(place) = places.get_mut(turn.place) else {
            continue;
        };
        let known = if turn.begins { None } else { place.clone() };
        let (mut seen, beside) = tokio::join!(
            person::turn(&world, &turn, known.as_deref()),
            beside(&world, &turn, known.as_deref()),
        );
        if turn.undone {
            undo::undo(&world, &turn, &mut seen).await;
        }
        place.clone_from(&seen.thread);
        all.push((turn, seen));
        all.extend(beside);
    }
    all
}

/// The message from another window, if there is one.
async fn beside(world: &Arc<World>, turn: &Turn, thread: Option<&str>) -> Option<(Turn, Seen)> {
    let turn = turn.beside()?;
    let seen = person::turn(world, &turn, thread).await;
    Some((turn, seen))
}

/// One more turn in every conversation; tells in which it did not succeed.
async fn go_on(world: &Arc<World>, all: &mut Vec<(Turn, Seen)>) -> Vec<String> {
    let mut threads: Vec<(String, String, usize)> = Vec::new();
    for (turn, seen) in all.iter() {
        if let Some(id) = &seen.thread
            && threads.iter().all(|(known, ..)| known != id)
        {
            threads.push((id.clone(), turn.user.clone(), turn.place));
        }
    }
    let mut stuck = Vec::new();
    for (extra, (thread, user, place)) in threads.into_iter().enumerate() {
        let number = all.len() + 1;
        let turn = Turn {
            number,
            user,
            place,
            begins: false,
            order: Order {
                deed: Deed::Talk,
                tag: format!("more{extra}"),
                words: 5,
            },
            fault: Fault::Nothing,
            retries: false,
            beside: None,
            undone: false,
        };
        let seen = person::turn(world, &turn, Some(&thread)).await;
        if let Some(failure) = &seen.failure {
            stuck.push(format!(
                "conversation {thread} cannot be continued: {failure}"
            ));
        }
        all.push((turn, seen));
    }
    stuck
}

fn show(verdict: &Verdict, stuck: &[String], turns: usize, table: &mut Table) {
    for (what, found) in [
        (
            "doubled tool calls, messages or conversations",
            &verdict.doubled[..],
        ),
        ("lost messages", &verdict.lost[..]),
        (
            "claims that are not true, effects that are not claimed",
            &verdict.untrue[..],
        ),
        ("turns without an end", &verdict.endless[..]),
        (
            "tasks that are not those of the turns that stand",
            &verdict.wrong,
        ),
        ("conversations that cannot be continued", stuck),
    ] {
        let name = format!("{turns} turns under faults: {what}");
        table.judged(&name, found.len().to_string(), "0", found.is_empty());
    }
}
