//! One run: what is wanted of it, and what came of it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use anyhow::{Context as _, anyhow};
use tokio::{runtime::Handle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{Skip, Steps};
use crate::{cluster::Place, settings::Settings, waiting::seconds};

/// How much of an error the summary repeats.
const TOLD_AGAIN: usize = 4;

/// What all groups share.
pub struct Session {
    settings: Arc<Settings>,
    id: String,
    filters: Vec<String>,
    groups: Vec<&'static str>,
    interrupted: CancellationToken,
    tally: Mutex<Tally>,
    runtime: Handle,
}

#[derive(Debug, Default)]
struct Tally {
    passed: usize,
    skipped: usize,
    failures: Vec<String>,
}

impl Session {
    pub(super) fn new(
        settings: Settings,
        filters: Vec<String>,
        groups: Vec<&'static str>,
        runtime: Handle,
    ) -> Self {
        let interrupted = CancellationToken::new();
        let told = interrupted.clone();
        runtime.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                eprintln!("interrupted: clearing up");
                told.cancel();
            }
        });
        let id = uuid::Uuid::new_v4().simple().to_string();
        Self {
            settings: Arc::new(settings),
            id: id.chars().take(4).collect(),
            filters,
            groups,
            interrupted,
            tally: Mutex::default(),
            runtime,
        }
    }

    pub(super) fn wants(&self, group: &str, sentence: &str) -> bool {
        let matches = |filter: &String| {
            let filter = filter.as_str();
            group == filter || !self.groups.contains(&filter) && sentence.contains(filter)
        };
        self.filters.is_empty() || self.filters.iter().any(matches)
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.is_cancelled()
    }

    pub(super) fn place(&self, group: &str) -> anyhow::Result<Place> {
        let place = Place::new(self.settings.clone(), &self.id, group);
        self.runtime.block_on(place)
    }

    /// Runs steps to their end, to the end of their time, to a panic or to an interruption.
    pub(super) fn attempt<'a, T>(
        &self,
        limit: u64,
        steps: impl FnOnce() -> Steps<'a, T>,
    ) -> anyhow::Result<T> {
        let run = async {
            tokio::select! {
                () = self.interrupted.cancelled() => Err(anyhow!("interrupted")),
                done = timeout(seconds(limit), steps()) => {
                    done.with_context(|| format!("not done within {limit} s"))?
                }
            }
        };
        let done = catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(run)));
        done.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(anyhow!("panicked: {}", text.unwrap_or("for no reason")))
        })
    }

    pub(super) fn report(
        &self,
        group: &str,
        sentence: &str,
        outcome: anyhow::Result<()>,
        begun: Instant,
        place: &Place,
    ) {
        match outcome {
            Ok(()) => {
                let took = begun.elapsed().as_secs_f64();
                println!("test {group}: {sentence} ... ok ({took:.1} s)");
                self.tally().passed += 1;
            }
            Err(error) if error.is::<Skip>() => self.skipped(group, sentence, &error),
            Err(error) => {
                let seen = self
                    .runtime
                    .block_on(async { timeout(seconds(60), place.describe()).await });
                let seen = seen.unwrap_or_else(|_| "the cluster tells nothing".to_owned());
                self.failed(group, sentence, &error, &seen);
            }
        }
    }

    pub(super) fn skipped(&self, group: &str, sentence: &str, reason: &anyhow::Error) {
        println!("test {group}: {sentence} ... ignored: {reason}");
        self.tally().skipped += 1;
    }

    pub(super) fn failed(&self, group: &str, sentence: &str, error: &anyhow::Error, seen: &str) {
        println!("test {group}: {sentence} ... FAILED\n{error:#}\n{seen}");
        let error = format!("{error:#}");
        let lines: Vec<&str> = error.lines().take(TOLD_AGAIN).collect();
        let failure = format!("{group}: {sentence}: {}", lines.join("\n  "));
        self.tally().failures.push(failure);
    }

    pub(super) fn clear(&self, group: &str, place: &Place) {
        if let Err(error) = self.runtime.block_on(place.clear()) {
            self.failed(group, "leaves nothing behind", &error, "");
        }
    }

    /// Prints what came of it all, in the form of `cargo test`, and says whether that was good.
    pub(super) fn summarise(&self, begun: Instant) -> bool {
        let tally = self.tally();
        for failure in &tally.failures {
            println!("failed: {failure}");
        }
        let good = tally.failures.is_empty();
        println!(
            "test result: {}. {} passed; {} failed; {} ignored; 0 measured; 0 filtered out; finished in {:.1}s",
            if good { "ok" } else { "FAILED" },
            tally.passed,
            tally.failures.len(),
            tally.skipped,
            begun.elapsed().as_secs_f64()
        );
        good
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
