//! A load of all that people do, for as long as somebody wants to look at what it takes.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde::Serialize;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    client::Connection,
    config::Load,
    load::{self, GRACE, PAUSE, Requests},
    server::Server,
    users::{self, Make},
};

/// What clients do, one request after the other, and how many of them.
const MIX: [(&str, usize, Make, u16); 4] = [
    ("list", 8, users::list, 200),
    ("create", 4, users::create, 201),
    ("chat", 2, users::add_by_chat, 200),
    ("page", 2, users::page, 200),
];
/// Between two looks at what came of it.
const RHYTHM: Duration = Duration::from_secs(1);

/// What came of one kind of request.
#[derive(Serialize, Clone)]
struct Tally {
    request: &'static str,
    answered: u64,
    failed: u64,
    /// The last failure.
    failure: Option<String>,
    per_second: f64,
}

type Tallies = Arc<Mutex<Vec<Tally>>>;

/// Keeps the cluster busy until the time is over, or this program is ended; the report is always up to date.
pub(crate) async fn run(config: &Load) -> anyhow::Result<()> {
    let server = config.cluster.server()?;
    let people = config.cluster.people();
    let tallies = Tallies::default();
    let mut kinds = Vec::new();
    for (name, clients, make, status) in MIX {
        let requests = Requests {
            by_person: people.all(make)?.into(),
            status,
        };
        load::until_answered(&server, &requests).await?;
        let tally = Tally {
            request: name,
            answered: 0,
            failed: 0,
            failure: None,
            per_second: 0.0,
        };
        lock(&tallies).push(tally);
        kinds.push((clients, requests));
    }
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (kind, (clients, requests)) in kinds.into_iter().enumerate() {
        for number in 0..clients {
            let (server, requests, tallies) =
                (server.clone(), requests.clone(), Arc::clone(&tallies));
            running.spawn(client(server, requests, number, kind, tallies));
        }
    }
    while begun.elapsed() < Duration::from_secs(config.seconds) {
        sleep(RHYTHM).await;
        write(&tallies, begun.elapsed(), &config.report)?;
    }
    Ok(())
}

/// Goes on after a failure, on a connection of its own, as people would.
async fn client(
    server: Server,
    requests: Requests,
    number: usize,
    kind: usize,
    tallies: Tallies,
) -> anyhow::Result<()> {
    let mut connection = None;
    for request in requests.for_client(number) {
        let asked = async {
            let mut open = match connection.take() {
                Some(open) => open,
                None => Connection::open(&server).await?,
            };
            open.exchange(request, requests.status).await?;
            anyhow::Ok(open)
        };
        let answered = timeout(GRACE, asked).await.context("no answer").flatten();
        let failure = match answered {
            Ok(open) => {
                connection = Some(open);
                None
            }
            Err(error) => Some(format!("{error:#}")),
        };
        let failed = failure.is_some();
        if let Some(tally) = lock(&tallies).get_mut(kind) {
            tally.answered += u64::from(!failed);
            tally.failed += u64::from(failed);
            tally.failure = failure.or(tally.failure.take());
        }
        if failed {
            sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// In one step, so that nobody reads the half of it.
fn write(tallies: &Tallies, elapsed: Duration, report: &Path) -> anyhow::Result<()> {
    let mut tallies = lock(tallies).clone();
    for tally in &mut tallies {
        let answered = u32::try_from(tally.answered)?;
        tally.per_second = f64::from(answered) / elapsed.as_secs_f64();
    }
    let folder = report.parent().context("the report is no file")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, &tallies)?;
    file.persist(report)?;
    Ok(())
}

fn lock(tallies: &Tallies) -> std::sync::MutexGuard<'_, Vec<Tally>> {
    tallies.lock().unwrap_or_else(PoisonError::into_inner)
}
