//! A steady load through the front door, which counts every request that did not go well.

use std::{collections::BTreeMap, fmt, time::Duration};

use anyhow::ensure;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::person::Person;

/// Between two requests of one worker: steady, and bearable for a small machine.
const PAUSE: Duration = Duration::from_millis(60);
/// So many failures are told word for word.
const TOLD: usize = 12;

/// What one worker does all the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Read,
    ReadOnFreshConnection,
    Write,
    WriteOnFreshConnection,
    Chat,
    Page,
    Session,
}

const STEADY: [Kind; 7] = [
    Kind::Read,
    Kind::ReadOnFreshConnection,
    Kind::Write,
    Kind::WriteOnFreshConnection,
    Kind::Chat,
    Kind::Page,
    Kind::Session,
];

/// A load that goes on until it is ended.
pub struct Load {
    workers: JoinSet<Tally>,
    enough: CancellationToken,
    begun: Instant,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Tally {
    answered: BTreeMap<Kind, u64>,
    failures: Vec<String>,
    /// Titles of the tasks whose creation was confirmed.
    pub added: Vec<String>,
    time: Duration,
}

impl Load {
    /// Reads, writes, a chat, a page and a session, each on kept connections, some on new ones.
    ///
    /// # Errors
    /// When the clients cannot be made.
    pub fn steady(person: &Person) -> anyhow::Result<Self> {
        Self::begin(person, &STEADY, PAUSE)
    }

    /// Nothing but reads, as fast as so many workers can.
    ///
    /// # Errors
    /// When the clients cannot be made.
    pub fn heavy(person: &Person, workers: usize) -> anyhow::Result<Self> {
        Self::begin(person, &vec![Kind::Read; workers], Duration::ZERO)
    }

    fn begin(person: &Person, kinds: &[Kind], pause: Duration) -> anyhow::Result<Self> {
        let enough = CancellationToken::new();
        let begun = Instant::now();
        let mut workers = JoinSet::new();
        for kind in kinds {
            let client = match kind {
                Kind::ReadOnFreshConnection | Kind::WriteOnFreshConnection => {
                    person.site.fresh_client()?
                }
                _ => person.site.client()?,
            };
            let worker = Worker {
                kind: *kind,
                client,
                person: person.clone(),
                begun,
                pause,
            };
            workers.spawn(worker.work(enough.clone()));
        }
        Ok(Self {
            workers,
            enough,
            begun,
        })
    }

    /// Ends it; requests under way are waited for and counted.
    ///
    /// # Errors
    /// When a worker died.
    pub async fn end(mut self) -> anyhow::Result<Tally> {
        self.enough.cancel();
        let mut all = Tally::default();
        while let Some(tally) = self.workers.join_next().await {
            let tally = tally?;
            for (kind, count) in tally.answered {
                *all.answered.entry(kind).or_default() += count;
            }
            all.failures.extend(tally.failures);
            all.added.extend(tally.added);
        }
        all.time = self.begun.elapsed();
        Ok(all)
    }
}

impl Tally {
    /// Fails when a single request failed, or when a kind of request was never answered.
    ///
    /// # Errors
    /// With the first failures, word for word.
    pub fn flawless(&self) -> anyhow::Result<()> {
        ensure!(
            self.failures.is_empty(),
            "{} requests failed, {self}:\n  {}",
            self.failures.len(),
            self.failures
                .iter()
                .take(TOLD)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join("\n  ")
        );
        ensure!(!self.answered.is_empty(), "nothing was answered");
        for kind in STEADY {
            let count = self.answered.get(&kind).copied().unwrap_or_default();
            ensure!(count > 0, "not one {kind:?} was answered");
        }
        Ok(())
    }

    /// How many requests were answered well.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.answered.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} answered in {:.0} s",
            self.answered(),
            self.time.as_secs_f64()
        )?;
        for (kind, count) in &self.answered {
            write!(f, ", {kind:?} {count}")?;
        }
        Ok(())
    }
}

struct Worker {
    kind: Kind,
    client: Client,
    person: Person,
    begun: Instant,
    pause: Duration,
}

impl Worker {
    async fn work(self, enough: CancellationToken) -> Tally {
        let mut tally = Tally::default();
        while !enough.is_cancelled() {
            let title = format!("Load {}", Uuid::new_v4());
            let at = self.begun.elapsed().as_secs_f64();
            match self.once(&title).await {
                Ok(()) => {
                    *tally.answered.entry(self.kind).or_default() += 1;
                    if matches!(self.kind, Kind::Write | Kind::WriteOnFreshConnection) {
                        tally.added.push(title);
                    }
                }
                Err(error) => {
                    let kind = self.kind;
                    let took = self.begun.elapsed().as_secs_f64() - at;
                    let line = format!("{kind:?} at {at:.1} s, after {took:.1} s: {error:#}");
                    tally.failures.push(line);
                }
            }
            tokio::select! {
                () = enough.cancelled() => {}
                () = sleep(self.pause) => {}
            }
        }
        tally
    }

    async fn once(&self, title: &str) -> anyhow::Result<()> {
        let (request, expected) = match self.kind {
            Kind::Read | Kind::ReadOnFreshConnection => {
                (self.api(Method::GET, "/api/me/tasks?limit=20"), 200)
            }
            Kind::Write | Kind::WriteOnFreshConnection => {
                let request = self.api(Method::POST, "/api/me/tasks");
                (request.json(&json!({"title": title})), 201)
            }
            Kind::Chat => {
                let request = self.api(Method::POST, "/api/me/chat");
                (request.json(&json!({"message": "add buy milk"})), 200)
            }
            Kind::Page => (self.client.get(self.person.site.url("/sign-in")), 200),
            Kind::Session => {
                let url = self.person.site.url("/api/auth/get-session");
                let request = self.client.get(url);
                (request.header("cookie", &self.person.cookie), 200)
            }
        };
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.as_u16() == expected, "{status}: {text}");
        if self.kind == Kind::Chat {
            ensure!(text.contains("add_task"), "no tool was used: {text}");
        }
        Ok(())
    }

    fn api(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.person.site.url(path);
        self.client
            .request(method, url)
            .bearer_auth(&self.person.token)
    }
}
