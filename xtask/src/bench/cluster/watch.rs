//! What happens to the pods of a namespace, by this machine's clock. Kubernetes itself writes down whole seconds.

use std::{
    collections::BTreeMap,
    io::BufReader,
    process::{Child, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::stamps;
use crate::{
    interruption,
    kubernetes::{
        kubectl::Kubectl,
        objects::{component, condition, name, text},
    },
};

const POLL: Duration = Duration::from_millis(50);

/// When a pod was first seen as what.
#[derive(Debug, Clone)]
pub(super) struct Life {
    /// The pod's name.
    pub(super) name: String,
    /// Its part of the application; empty for others.
    pub(super) component: String,
    /// There at all.
    pub(super) seen: SystemTime,
    /// Ready for requests.
    pub(super) ready: Option<SystemTime>,
    /// From the container's start to being ready as Kubernetes wrote it down, in whole seconds.
    pub(super) stamped: Option<Duration>,
    /// Ended well.
    pub(super) done: Option<SystemTime>,
}

type Lives = Arc<Mutex<BTreeMap<String, Life>>>;

/// Watches until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    child: Child,
    lives: Lives,
}

impl Watch {
    /// Begins to watch the namespace.
    pub(super) fn begin(kubectl: &Kubectl) -> anyhow::Result<Self> {
        let mut command = kubectl.command(&[
            "get",
            "pods",
            "--watch",
            "--output-watch-events",
            "--output=json",
        ]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot run kubectl")?;
        let output = child.stdout.take().context("no output to read")?;
        let lives = Lives::default();
        let record = Arc::clone(&lives);
        thread::spawn(move || {
            let events = serde_json::Deserializer::from_reader(BufReader::new(output));
            for event in events.into_iter::<Value>().map_while(Result::ok) {
                note(&record, &event, SystemTime::now());
            }
        });
        Ok(Self { child, lives })
    }

    /// All pods so far.
    pub(super) fn lives(&self) -> Vec<Life> {
        let lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        lives.values().cloned().collect()
    }

    /// Waits until the pods so far are such that there is something to see.
    pub(super) fn until<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&[Life]) -> Option<T>,
    ) -> anyhow::Result<T> {
        let begun = Instant::now();
        loop {
            interruption::check()?;
            if let Some(seen) = look(&self.lives()) {
                return Ok(seen);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("`kubectl get pods --watch` ended ({status}) before {what}");
            }
            if begun.elapsed() > limit {
                bail!("{what}: not within {} s", limit.as_secs());
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It fails only when the process has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn note(lives: &Lives, event: &Value, now: SystemTime) {
    let Some(pod) = event.pointer("/object") else {
        return;
    };
    let mut lives = lives.lock().unwrap_or_else(PoisonError::into_inner);
    let life = lives.entry(name(pod).to_owned()).or_insert_with(|| Life {
        name: name(pod).to_owned(),
        component: component(pod).to_owned(),
        seen: now,
        ready: None,
        stamped: None,
        done: None,
    });
    if let Some(ready) = condition(pod, "Ready")
        && life.ready.is_none()
    {
        life.ready = Some(now);
        let started = text(pod, "/status/containerStatuses/0/state/running/startedAt");
        life.stamped = stamps::time(text(ready, "/lastTransitionTime"))
            .zip(stamps::time(started))
            .and_then(|(ready, started)| ready.duration_since(started).ok());
    }
    if text(pod, "/status/phase") == "Succeeded" {
        life.done.get_or_insert(now);
    }
}
