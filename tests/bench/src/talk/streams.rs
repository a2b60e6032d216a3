//! Many turns at once against a model that speaks at the pace of a provider.

use std::time::Duration;

use anyhow::Context as _;
use tokio::{task::JoinSet, time::sleep};

use super::{
    model::{Model, Pace},
    turn::{self, Seen},
};
use crate::{
    memory::{self, mb, resident},
    programs::{Program, Programs},
    statistics::{ms, p50_and_p99},
    table::Table,
};

const PACE: Pace = Pace {
    delay: Duration::from_millis(300),
    token: Duration::from_millis(20),
};
const WORDS: usize = 250;
/// One turn in so many makes a tool call first.
const CALLS: u16 = 4;
/// Within this time all turns begin.
const ARRIVAL: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_mins(2);
/// Between two looks at the memory.
const RHYTHM: Duration = Duration::from_millis(50);
/// In kB and MB.
const PER_TURN: f64 = 100.0;
const WHOLE: f64 = 60.0;

/// What came of so many turns.
pub(crate) struct Run {
    model: Model,
    seen: Vec<Seen>,
    failures: Vec<String>,
    /// The backend's in MB: before, and the most with the turns open.
    pub(crate) memory: Option<(f64, f64)>,
}

pub(super) async fn measure(
    programs: &Programs,
    count: u16,
    table: &mut Table,
) -> anyhow::Result<()> {
    let run = run(programs, count).await?;
    run.show(count, table)?;
    match run.memory {
        Some((before, during)) => {
            let name = format!("todo-backend's memory before, with {count} turns open");
            table.judged(
                &name,
                format!("{}, {}", mb(before), mb(during)),
                "< 60 MB",
                during < WHOLE,
            );
            let each = (during - before) * 1_000.0 / f64::from(count);
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

/// Runs them all, by programs that are started for it.
pub(crate) async fn run(programs: &Programs, count: u16) -> anyhow::Result<Run> {
    let (model, _) = Model::start(PACE).await?;
    let (_mcp, backend) = programs.chat(model.port)?;
    let before = memory::idle(&backend).await?;
    let (seen, failures, during) = turns(&backend, count).await?;
    Ok(Run {
        model,
        seen,
        failures,
        memory: before.zip(during),
    })
}

/// Tells also the most memory that the backend took meanwhile.
async fn turns(
    backend: &Program,
    count: u16,
) -> anyhow::Result<(Vec<Seen>, Vec<String>, Option<f64>)> {
    let mut running = JoinSet::new();
    for number in 0..count {
        let port = backend.port;
        let pause = ARRIVAL * number.into() / count.into();
        running.spawn(async move {
            sleep(pause).await;
            let turn = turn::turn(port, number.is_multiple_of(CALLS), WORDS);
            let turn = tokio::time::timeout(LIMIT, turn).await;
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

impl Run {
    /// How many turns did not end as they should.
    pub(crate) fn failed(&self) -> usize {
        self.failures.len()
    }

    fn show(&self, count: u16, table: &mut Table) -> anyhow::Result<()> {
        for failure in &self.failures {
            table.note(format!("A turn failed: {failure}"));
        }
        table.judged(
            &format!("{count} turns at once, 50 tokens/s each: failed"),
            self.failed().to_string(),
            "0",
            self.failed() == 0,
        );
        let (mut on_wire, mut to_first, mut wholes) = (Vec::new(), Vec::new(), Vec::new());
        for turn in &self.seen {
            let ours = turn.ours(&self.model)?;
            on_wire.push(ours.on_wire);
            to_first.push(ours.to_first);
            wholes.push(turn.whole);
        }
        for (name, times) in [
            (
                "the model's first token to the client's first words, p50, p99",
                &mut on_wire,
            ),
            (
                "the request to the first words, less the model's delay, p50, p99",
                &mut to_first,
            ),
            ("whole turns, p50, p99", &mut wholes),
        ] {
            table.told(name, p50_and_p99(times));
        }
        Ok(())
    }
}
