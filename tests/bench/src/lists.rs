//! The first page of a very long list, beside that of a short one; searching a long one.

use std::time::{Duration, Instant};

use crate::{
    client::Connection,
    programs::Program,
    statistics::{median, ms, p50_and_p99, quantile},
    table::Table,
    users::{self, People},
};

const ROUNDS: usize = 40;
const BATCH: usize = 50;
const GOAL: f64 = 1.2;
/// Batches of searches for each of the words.
const SEARCHES: usize = 10;
const SEARCH_GOAL: Duration = Duration::from_millis(50);

pub(crate) async fn measure(backend: &Program, table: &mut Table) -> anyhow::Result<()> {
    let mut connection = Connection::open(&backend.server()).await?;
    let (long, short) = (
        users::list(&People::default(), users::BUSY)?,
        users::list(&People::default(), users::CALM)?,
    );
    let (mut of_long, mut of_short) = (Vec::new(), Vec::new());
    batch(&mut connection, &long, &mut Vec::new()).await?;
    batch(&mut connection, &short, &mut Vec::new()).await?;
    for _ in 0..ROUNDS {
        batch(&mut connection, &long, &mut of_long).await?;
        batch(&mut connection, &short, &mut of_short).await?;
    }
    let (of_long, of_short) = (median(&mut of_long), median(&mut of_short));
    let ratio = of_long.as_secs_f64() / of_short.as_secs_f64();
    table.judged(
        "newest 20 of 100,000 beside newest 20 of 20",
        format!("{ratio:.2} ({} / {})", ms(of_long), ms(of_short)),
        "≤ 1.2",
        ratio <= GOAL,
    );
    let mut searches = Vec::new();
    for words in ["number+9999", "w%C3%B6rds", "nowhere", "task"] {
        let search = users::search(&People::default(), users::SEEKER, words)?;
        batch(&mut connection, &search, &mut Vec::new()).await?;
        for _ in 0..SEARCHES {
            batch(&mut connection, &search, &mut searches).await?;
        }
    }
    let p99 = quantile(&mut searches, 0.99);
    table.judged(
        "search among 10,000 tasks: p50, p99",
        p50_and_p99(&mut searches),
        "≤ 50 ms",
        p99 <= SEARCH_GOAL,
    );
    let requests = ROUNDS * BATCH;
    table.note(format!(
        "Long list: one client, {requests} requests of each in batches of {BATCH} in turns, median latencies."
    ));
    Ok(())
}

async fn batch(
    connection: &mut Connection,
    request: &[u8],
    times: &mut Vec<Duration>,
) -> anyhow::Result<()> {
    for _ in 0..BATCH {
        let begun = Instant::now();
        connection.exchange(request, 200).await?;
        times.push(begun.elapsed());
    }
    Ok(())
}
