//! How long it takes: the installation, and each container from its start to being ready.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, bail};
use cluster::pods::{component, is_done, is_ready, name};
use futures_util::TryStreamExt as _;
use k8s_openapi::{
    api::{apps::v1::Deployment, core::v1::Pod},
    jiff::Timestamp,
};
use kube::{
    Api,
    api::{LogParams, WatchEvent, WatchParams},
};
use xtask::{
    interruption,
    terminal::{self, Step},
};

use super::place::{Place, RELEASE};
use crate::{api::Cluster, bench::report::Report, minikube::ended};

const INSTALL_GOAL: Duration = Duration::from_secs(20);
const READY_GOAL: Duration = Duration::from_secs(1);
const RESTARTS: usize = 7;
const LIMIT: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(50);
const PARTS: [&str; 4] = ["backend", "mcp", "offline-model", "frontend"];
/// Those that have to be ready at once.
const QUICK: [&str; 2] = ["backend", "mcp"];

/// When a pod was first seen as what, by this machine's clock: Kubernetes itself writes down whole seconds.
#[derive(Debug, Clone)]
struct Life {
    name: String,
    component: String,
    made: SystemTime,
    /// Ready for requests, or ended well.
    ready: Option<SystemTime>,
}

/// Watches the pods of a namespace.
pub struct Watch {
    lives: Arc<Mutex<BTreeMap<String, Life>>>,
}

impl Watch {
    pub fn begin(cluster: &Cluster) -> Self {
        let lives = Arc::<Mutex<BTreeMap<String, Life>>>::default();
        let (record, api) = (Arc::clone(&lives), cluster.api::<Pod>());
        cluster.spawn(async move {
            // A watch ends after some minutes, and begins again with all pods as they are.
            while let Ok(()) = follow(&api, &record).await {}
        });
        Self { lives }
    }

    /// Waits for a pod of a part to be ready, or to have ended well, that was not there before.
    fn ready(&self, part: &str, before: &[Life]) -> anyhow::Result<Life> {
        let begun = Instant::now();
        loop {
            interruption::check()?;
            let mut lives = self.lives().into_iter();
            let new = |life: &Life| before.iter().all(|old| old.name != life.name);
            let found = lives.find(|it| it.component == part && it.ready.is_some() && new(it));
            if let Some(life) = found {
                return Ok(life);
            }
            if begun.elapsed() > LIMIT {
                bail!("no pod of {part} is ready within {} s", LIMIT.as_secs());
            }
            thread::sleep(POLL);
        }
    }

    fn lives(&self) -> Vec<Life> {
        let lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        lives.values().cloned().collect()
    }
}

async fn follow(api: &Api<Pod>, lives: &Mutex<BTreeMap<String, Life>>) -> kube::Result<()> {
    let events = api.watch(&WatchParams::default(), "0").await?;
    let seen = events.try_for_each(async |event| {
        if let WatchEvent::Added(pod) | WatchEvent::Modified(pod) = event {
            let now = SystemTime::now();
            let mut lives = lives.lock().unwrap_or_else(PoisonError::into_inner);
            let life = lives.entry(name(&pod).to_owned()).or_insert_with(|| Life {
                name: name(&pod).to_owned(),
                component: component(&pod).to_owned(),
                made: now,
                ready: None,
            });
            if is_ready(&pod) || is_done(&pod) {
                life.ready.get_or_insert(now);
            }
        }
        Ok(())
    });
    seen.await
}

/// Installs, and says what took how long.
pub fn install(place: &Place<'_>, watch: &Watch, report: &mut Report) -> anyhow::Result<()> {
    let begun = SystemTime::now();
    place.install("Installing, and waiting until everything is ready")?;
    let took = between(begun, SystemTime::now());
    report.judged(
        "helm install to everything ready",
        terminal::duration(took),
        "≤ 20 s",
        took <= INSTALL_GOAL,
    );
    let migration = watch.ready("migrate", &[])?;
    let parts = PARTS.iter().map(|part| watch.ready(part, &[]));
    let parts = parts.collect::<anyhow::Result<Vec<Life>>>()?;
    let mut rows = vec![("migrations' pod".to_owned(), migration)];
    rows.extend(parts.into_iter().map(|life| (life.component.clone(), life)));
    for (part, life) in rows {
        let took = between(life.made, life.ready.unwrap_or(life.made));
        let what = format!("  {part}: pod made to ready or done");
        report.told(&what, terminal::duration(took));
    }
    Ok(())
}

/// Restarts one after the other with nothing else going on, and says how soon each was ready.
pub fn restarts(place: &Place<'_>, watch: &Watch, report: &mut Report) -> anyhow::Result<()> {
    for part in QUICK {
        let step = Step::start(format!("Restarting the part {part}"));
        let times = (0..RESTARTS).map(|_| restart(&place.release.cluster, watch, part));
        let times: anyhow::Result<Vec<Duration>> = times.collect();
        let mut times = ended(step, times)?;
        times.sort_unstable();
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        let [shortest, middle, longest] = [0, RESTARTS / 2, RESTARTS - 1].map(at);
        report.judged(
            &format!("{part}, container's first line to ready"),
            format!(
                "{:.2} s ({:.2} to {:.2})",
                middle.as_secs_f64(),
                shortest.as_secs_f64(),
                longest.as_secs_f64()
            ),
            "≤ 1 s",
            middle <= READY_GOAL,
        );
    }
    report.note(
        "Start to ready: from the stamp of the container runtime on the first line of the log, which each program writes when it answers (milliseconds after its start), to the moment at which a watch shows the pod as ready, which takes in the pauses in which Kubernetes looks at containers (a second) and probes them (a second); the clocks of this machine and of the node are taken to agree. In brackets the quickest and the slowest of seven restarts in a quiet release, before them their median.",
    );
    Ok(())
}

fn restart(cluster: &Cluster, watch: &Watch, part: &str) -> anyhow::Result<Duration> {
    let before = watch.lives();
    let deployments = cluster.api::<Deployment>();
    cluster.wait(deployments.restart(&format!("{RELEASE}-{part}")))?;
    let life = watch.ready(part, &before)?;
    let asked = LogParams {
        timestamps: true,
        limit_bytes: Some(2000),
        ..LogParams::default()
    };
    let log = cluster.wait(cluster.api::<Pod>().logs(&life.name, &asked))?;
    let stamp: Option<Timestamp> = log.split_whitespace().next().and_then(|it| it.parse().ok());
    let started = stamp.with_context(|| format!("the log of {} has no time in it", life.name))?;
    Ok(between(started.into(), life.ready.unwrap_or(life.made)))
}

/// Zero if the second came first, as seen through the pauses of whoever watched.
fn between(from: SystemTime, to: SystemTime) -> Duration {
    to.duration_since(from).unwrap_or_default()
}
