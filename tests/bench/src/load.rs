//! The load generator: keep-alive clients that send one prepared request after the other.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{client::Connection, server::Server};

/// What is asked, and how it must be answered.
#[derive(Clone)]
pub(crate) struct Requests {
    /// One for each of the people; a client sends them in an order of its own.
    pub(crate) by_person: Arc<[Vec<u8>]>,
    pub(crate) status: u16,
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
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number as u64 + 1);
    let mut now = Instant::now();
    while now < end {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let person = usize::try_from(state >> 33)? % requests.by_person.len();
        let Some(request) = requests.by_person.get(person) else {
            break;
        };
        connection.exchange(request, requests.status).await?;
        let answered = Instant::now();
        latencies.push(answered - now);
        now = answered;
    }
    Ok(latencies)
}
