//! Many turns at once against a model that speaks at the pace of a provider.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::{task::JoinSet, time::sleep};

use super::{
    client::Answer,
    model::{Model, Pace},
    request,
    script::{Deed, Order},
};
use crate::{
    memory::{mb, resident},
    programs::{Backend, Program, Programs},
    statistics::{ms, quantile},
    table::Table,
    users::People,
};

const PACE: Pace = Pace {
    delay: Duration::from_millis(300),
    token: Duration::from_millis(20),
};
const WORDS: usize = 250;
/// One turn in so many makes a tool call first.
const CALLS: usize = 4;
/// Within this time all turns begin.
const ARRIVAL: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_mins(2);
/// Between two looks at the memory.
const RHYTHM: Duration = Duration::from_millis(50);
/// In kB and MB.
const PER_TURN: f64 = 100.0;
const WHOLE: f64 = 60.0;

/// When a client asked and when it read the first words.
struct Seen {
    tag: String,
    asked: Instant,
    first: Instant,
    whole: Duration,
}

pub(super) async fn measure(
    programs: &Programs,
    count: usize,
    table: &mut Table,
) -> anyhow::Result<()> {
    let (model, _) = Model::start(PACE).await?;
    let mcp = programs.mcp()?;
    let backend = programs.backend(&Backend {
        model_port: model.port,
        mcp_port: mcp.port,
        ..Backend::default()
    })?;
    ensure!(backend.answers("/ready"), "/ready is not 200");
    sleep(Duration::from_secs(3)).await;
    let before = resident(backend.id());
    let (seen, failures, during) = turns(&backend, count).await?;
    show(&model, seen, &failures, count, table)?;
    match before.zip(during) {
        Some((before, during)) => {
            let turns = f64::from(u32::try_from(count)?);
            let each = (during - before) * 1_000.0 / turns;
            let name = format!("todo-backend's memory before, with {count} turns open");
            table.judged(
                &name,
                format!("{}, {}", mb(before), mb(during)),
                "< 60 MB",
                during < WHOLE,
            );
            let name = "memory of an open turn";
            table.judged(name, format!("{each:.0} kB"), "≤ 100 kB", each <= PER_TURN);
        }
        None => table.told("memory of an open turn", "not measured".to_owned()),
    }
    table.note(format!(
        "Streams: {count} new conversations of as many people, begun within {} s; the model waits {} before its first token \
         and sends one every {} after it, {WORDS} in all; one turn in {CALLS} makes a tool call first. Delays are from the model's \
         first token of the answer on the wire to the client's first text_delta, and from the request to that, less \
         the time for which the model let itself be waited for. Model and client share one thread, and the machine with the backend, \
         the MCP server and the database. Memory is VmRSS, looked at every {}; what a turn takes is its growth from idle divided by the turns, so \
         it includes the connections to the database.",
        ARRIVAL.as_secs(),
        ms(PACE.delay),
        ms(PACE.token),
        ms(RHYTHM),
    ));
    Ok(())
}

/// Runs them all; tells the most memory that the backend took while it ran them.
async fn turns(
    backend: &Program,
    count: usize,
) -> anyhow::Result<(Vec<Seen>, Vec<String>, Option<f64>)> {
    let mut running = JoinSet::new();
    for number in 0..count {
        let (port, pause) = (
            backend.port,
            ARRIVAL * u32::try_from(number)? / u32::try_from(count)?,
        );
        running.spawn(async move {
            sleep(pause).await;
            let turn = tokio::time::timeout(LIMIT, turn(port, number)).await;
            turn.context("no end").flatten()
        });
    }
    let (mut seen, mut failures, mut most) = (Vec::new(), Vec::new(), None);
    let mut looks = tokio::time::interval(RHYTHM);
    while !running.is_empty() {
        tokio::select! {
            _ = looks.tick() => {
                let now = resident(backend.id());
                most = most.into_iter().chain(now).reduce(f64::max);
            }
            Some(ended) = running.join_next() => match ended? {
                Ok(turn) => seen.push(turn),
                Err(error) => failures.push(format!("{error:#}")),
            },
        }
    }
    Ok((seen, failures, most))
}

async fn turn(port: u16, number: usize) -> anyhow::Result<Seen> {
    let deed = if number.is_multiple_of(CALLS) {
        Deed::Add(format!("errand{number}"))
    } else {
        Deed::Talk
    };
    let calls = deed != Deed::Talk;
    let order = Order {
        deed,
        // Odd, so that its first words are those of the answer.
        tag: format!("t{}", number * 2 + 1),
        words: WORDS,
    };
    let user = format!("stream{number}");
    let body = request::say(None, &order.text());
    let request = People::default().chatkit(&user, Some(&order.tag), &body)?;
    let asked = Instant::now();
    let mut answer = Answer::to(port, &request).await?;
    ensure!(answer.status == 200, "status {}", answer.status);
    let (mut first, mut said, mut called) = (None, String::new(), false);
    while let Some(event) = answer.event().await? {
        let kind = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        match kind("/type") {
            Some("error") => bail!("{event}"),
            Some("thread.item.updated") => {
                if let Some(delta) = kind("/update/delta") {
                    first.get_or_insert_with(Instant::now);
                    said.push_str(delta);
                }
            }
            Some("thread.item.done") => called |= kind("/item/type") == Some("workflow"),
            _ => {}
        }
    }
    let words = said.split(' ').count();
    ensure!(
        words == WORDS && said.starts_with(&order.claim()),
        "the answer has {words} words: {said}"
    );
    ensure!(called == calls, "a tool call was expected: {calls}");
    Ok(Seen {
        tag: order.tag,
        asked,
        first: first.context("no words")?,
        whole: asked.elapsed(),
    })
}

fn show(
    model: &Model,
    seen: Vec<Seen>,
    failures: &[String],
    count: usize,
    table: &mut Table,
) -> anyhow::Result<()> {
    for failure in failures {
        table.note(format!("A turn failed: {failure}"));
    }
    table.judged(
        &format!("{count} turns at once, 50 tokens/s each: failed"),
        failures.len().to_string(),
        "0",
        failures.is_empty(),
    );
    let (mut on_wire, mut in_all, mut wholes) = (Vec::new(), Vec::new(), Vec::new());
    for turn in seen {
        let heard = model.heard(&turn.tag);
        let (answer, calls) = heard.split_last().context("the model was not asked")?;
        let spoken = answer.first.context("the model said nothing")?;
        on_wire.push(turn.first - spoken);
        let called = calls
            .iter()
            .filter_map(|step| Some(step.ended? - step.asked));
        let waited = called.sum::<Duration>() + (spoken - answer.asked);
        in_all.push((turn.first - turn.asked).saturating_sub(waited));
        wholes.push(turn.whole);
    }
    let pair = |times: &mut Vec<Duration>| {
        format!(
            "{}, {}",
            ms(quantile(times, 0.5)),
            ms(quantile(times, 0.99))
        )
    };
    let name = "the model's first token to the client's first words, p50, p99";
    table.told(name, pair(&mut on_wire));
    let name = "the request to the first words, less the model's delay, p50, p99";
    table.told(name, pair(&mut in_all));
    table.told("whole turns, p50, p99", pair(&mut wholes));
    Ok(())
}
