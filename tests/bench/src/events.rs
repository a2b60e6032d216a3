//! From a write to the event in open tabs, of the backend that wrote and of another one.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::mpsc,
    task::AbortHandle,
    time::{sleep, timeout},
};

use crate::{
    client::{Connection, find},
    contenders::requests,
    load,
    programs::{Backend, Program, Programs},
    random::Random,
    statistics::{milliseconds, p50_and_p99, quantile},
    table::{Goal, Table},
    users::{self, CALM, People},
};

/// Writes of each round.
const WRITES: usize = 150;
/// An event that has not come after so long is lost.
const LIMIT: Duration = Duration::from_secs(2);
/// With so many lost there is nothing to measure.
const MOST_LOST: usize = 10;
const EVENT: &[u8] = b"event: tasks.changed";

/// An open tab; tells when it hears that tasks have changed.
struct Tab {
    heard: mpsc::UnboundedReceiver<Instant>,
    reading: AbortHandle,
}

pub(crate) async fn measure(
    programs: &Programs,
    rounds: u8,
    table: &mut Table,
) -> anyhow::Result<()> {
    let backends = [(); 2].map(|()| programs.backend(&Backend::default()));
    let [writing, other] = backends;
    let (writing, other) = (writing?, other?);
    // A backend listens once its database is awake.
    for backend in [&writing, &other] {
        let requests = requests(users::list, 200)?;
        load::until_answered(&backend.server(), &requests).await?;
    }
    let mut tabs = [Tab::open(&writing).await?, Tab::open(&other).await?];
    let mut connection = Connection::open(&writing.server()).await?;
    let create = users::create(&People::default(), CALM)?;
    let mut random = Random::new(1);
    let (mut writes, mut delays, mut lost) = (Vec::new(), [Vec::new(), Vec::new()], 0);
    // The first round, in which everything is asked for the first time, does not count.
    for _ in 0..=rounds {
        let (mut of_writes, mut of_tabs) = (Vec::new(), [Vec::new(), Vec::new()]);
        for _ in 0..WRITES {
            for tab in &mut tabs {
                while tab.heard.try_recv().is_ok() {}
            }
            let begun = Instant::now();
            connection.exchange(&create, 201).await?;
            let answered = Instant::now();
            of_writes.push(answered - begun);
            for (tab, delays) in tabs.iter_mut().zip(&mut of_tabs) {
                match timeout(LIMIT, tab.heard.recv()).await {
                    Ok(heard) => {
                        let heard = heard.context("a stream of events has ended")?;
                        delays.push(heard.saturating_duration_since(answered));
                    }
                    Err(_) => lost += 1,
                }
                ensure!(lost < MOST_LOST, "{lost} events did not come");
            }
            let pause = u64::try_from(random.below(20))?;
            sleep(Duration::from_millis(5 + pause)).await;
        }
        writes.push(of_writes);
        for (delays, of_tab) in delays.iter_mut().zip(of_tabs) {
            delays.push(of_tab);
        }
    }
    let p99 = |times: &Vec<Duration>| milliseconds(quantile(&mut times.clone(), 0.99));
    for ((place, goal), delays) in [("the same backend", 5.0), ("another backend", 40.0)]
        .into_iter()
        .zip(delays)
    {
        let [delays, writes] = [&delays, &writes].map(|rounds| rounds.get(1..).unwrap_or_default());
        let of_each: Vec<f64> = delays.iter().map(p99).collect();
        let ratios = of_each
            .iter()
            .zip(writes)
            .map(|(delay, write)| delay / p99(write));
        let shown = [delays, writes].map(|rounds| p50_and_p99(&mut rounds.concat()));
        let Goal(goal, met) = Goal::at_most(goal, &of_each);
        table.compared(
            &format!("event in a tab of {place}, p50, p99, against the write"),
            shown,
            ratios.collect(),
            Some(Goal(format!("{goal} ms"), met)),
        );
    }
    table.judged("events that did not come", lost.to_string(), "0", lost == 0);
    table.note(format!(
        "Events: {WRITES} writes a round, one after the other, each 5 to 25 ms after the last; the delay is from the answer to the \
         write until the event is read, none if it came first; the yardstick is the write itself, from request to answer."
    ));
    Ok(())
}

impl Tab {
    async fn open(backend: &Program) -> anyhow::Result<Self> {
        let mut stream = backend.server().connect().await?;
        let request = users::events(&People::default(), CALM)?;
        stream.write_all(&request).await?;
        let (tell, heard) = mpsc::unbounded_channel();
        let reading = tokio::spawn(async move {
            let mut buffer = Vec::new();
            while stream
                .read_buf(&mut buffer)
                .await
                .is_ok_and(|read| read > 0)
            {
                while let Some(at) = find(&buffer, EVENT) {
                    buffer.drain(..at + EVENT.len());
                    if tell.send(Instant::now()).is_err() {
                        return;
                    }
                }
            }
        });
        let reading = reading.abort_handle();
        Ok(Self { heard, reading })
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.reading.abort();
    }
}
