//! The load generator: keep-alive clients that send one prepared request after the other.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{client::Connection, server::Server};

/// More than any answer takes.
pub(crate) const GRACE: Duration = Duration::from_secs(30);
pub(crate) const PAUSE: Duration = Duration::from_millis(250);

/// What is asked, and how it must be answered.
#[derive(Clone)]
pub(crate) struct Requests {
    /// One for each of the people; a client sends them in an order of its own.
    pub(crate) by_person: Arc<[Vec<u8>]>,
    pub(crate) status: u16,
}

impl Requests {
    /// The requests of people at random, without end; each client has another order.
    pub(crate) fn for_client(&self, number: usize) -> impl Iterator<Item = &Vec<u8>> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number as u64 + 1);
        std::iter::from_fn(move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let person = usize::try_from(state >> 33).ok()?;
            self.by_person.get(person % self.by_person.len())
        })
    }
}

/// What came of a load.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) latencies: Vec<Duration>,
    pub(crate) per_second: f64,
}

/// Loads a server for so long. Connections are made before the time begins, as pgbench does.
pub(crate) async fn run(
    server: &Server,
    requests: &Requests,
    clients: usize,
    time: Duration,
) -> anyhow::Result<Outcome> {
    let loaded = timeout(time + GRACE, load(server, requests, clients, time)).await;
    loaded.context("requests were not answered")?
}

/// Waits until one request is answered as it must be: an Ingress hears of new pods a moment after they are ready.
pub(crate) async fn until_answered(server: &Server, requests: &Requests) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let request = requests.by_person.first().context("no request")?;
        let asked = async {
            let mut connection = Connection::open(server).await?;
            connection.exchange(request, requests.status).await?;
            anyhow::Ok(())
        };
        let answered = timeout(GRACE, asked).await.context("no answer");
        let Err(error) = answered.flatten() else {
            return Ok(());
        };
        if begun.elapsed() > GRACE {
            return Err(error);
        }
        sleep(PAUSE).await;
    }
}

async fn load(
    server: &Server,
    requests: &Requests,
    clients: usize,
    time: Duration,
) -> anyhow::Result<Outcome> {
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(server).await?);
    }
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (number, connection) in connections.into_iter().enumerate() {
        running.spawn(client(connection, requests.clone(), number, begun + time));
    }
    let mut latencies = Vec::new();
    while let Some(finished) = running.join_next().await {
        latencies.append(&mut finished??);
    }
    let elapsed = begun.elapsed().as_secs_f64();
    let answered = u32::try_from(latencies.len())?;
    Ok(Outcome {
        per_second: f64::from(answered) / elapsed,
        latencies,
    })
}

async fn client(
    mut connection: Connection,
    requests: Requests,
    number: usize,
    end: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(16 * 1024);
    let mut now = Instant::now();
    for request in requests.for_client(number) {
        if now >= end {
            break;
        }
        let exchanged = connection.exchange(request, requests.status).await;
        exchanged.with_context(|| first_line(request))?;
        let answered = Instant::now();
        latencies.push(answered - now);
        now = answered;
    }
    Ok(latencies)
}

fn first_line(request: &[u8]) -> String {
    let line = request.split(|byte| *byte == b'\r').next();
    String::from_utf8_lossy(line.unwrap_or_default()).into_owned()
}
