//! Runs groups of scenarios. A group shares one installation between its scenarios, in their order; groups run beside each
//! other. `cargo test`'s own harness can neither share nor clear up after a panic.

use std::{
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context as _, anyhow};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::{cluster::Place, settings::Settings, waiting::seconds};

/// What a scenario does.
pub type Steps<'a, T = ()> = Pin<Box<dyn Future<Output = anyhow::Result<T>> + 'a>>;

/// One sentence about the product, and the steps that show it.
pub struct Scenario<W> {
    /// The sentence.
    pub sentence: &'static str,
    /// How many seconds it may take.
    pub limit: u64,
    /// What is done.
    pub steps: for<'a> fn(&'a mut W) -> Steps<'a>,
}

/// When a group runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// From the beginning, beside all others: it mostly waits.
    Beside,
    /// As soon as there is room for it.
    Shared,
    /// After all others, alone.
    Alone,
}

/// Scenarios that share what `set_up` made.
pub struct Group<W> {
    /// A short name; namespaces have it in theirs.
    pub name: &'static str,
    /// When it runs.
    pub turn: Turn,
    /// Makes what the scenarios share.
    pub set_up: fn(Place) -> Steps<'static, W>,
    /// In the order in which they run.
    pub scenarios: Vec<Scenario<W>>,
}

/// A scenario, as a row of a group.
#[macro_export]
macro_rules! scenario {
    ($limit:literal, $sentence:literal, $steps:path) => {
        $crate::runner::Scenario {
            sentence: $sentence,
            limit: $limit,
            steps: |world| Box::pin($steps(world)),
        }
    };
}

/// A reason not to run a scenario here.
#[derive(Debug)]
struct Skip(String);

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Skip {}

/// Ends a scenario that cannot run here, as an error that is none.
#[must_use]
pub fn skip(reason: &str) -> anyhow::Error {
    Skip(reason.to_owned()).into()
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

struct Shared {
    settings: Arc<Settings>,
    run: String,
    filters: Vec<String>,
    interrupted: CancellationToken,
    count: Mutex<Count>,
    failures: Mutex<Vec<String>>,
    runtime: Handle,
}

/// Any group.
pub trait Run: Send {
    /// Its short name.
    fn name(&self) -> &'static str;
    /// When it runs.
    fn turn(&self) -> Turn;
    /// Its sentences.
    fn sentences(&self) -> Vec<&'static str>;
    /// Runs it.
    #[doc(hidden)]
    fn run(self: Box<Self>, shared: &Session);
}

/// What all groups share; nothing of it is for scenarios.
pub struct Session(Arc<Shared>);

impl<W: 'static> Run for Group<W>
where
    Self: Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn turn(&self) -> Turn {
        self.turn
    }

    fn sentences(&self) -> Vec<&'static str> {
        self.scenarios.iter().map(|it| it.sentence).collect()
    }

    fn run(self: Box<Self>, shared: &Session) {
        let shared = &shared.0;
        let wanted: Vec<_> = self
            .scenarios
            .into_iter()
            .filter(|it| shared.wants(self.name, it.sentence))
            .collect();
        if wanted.is_empty() || shared.interrupted.is_cancelled() {
            return;
        }
        let place =
            shared
                .runtime
                .block_on(Place::new(shared.settings.clone(), &shared.run, self.name));
        let place = match place {
            Ok(place) => place,
            Err(error) => return shared.failed(self.name, "finds the cluster", &error, ""),
        };
        let begun = Instant::now();
        let set_up = self.set_up;
        let mut made = shared.attempt(600, || set_up(place.clone()));
        match &mut made {
            Ok(world) => {
                println!(
                    "group {}: set up in {:.1} s",
                    self.name,
                    begun.elapsed().as_secs_f64()
                );
                for scenario in wanted {
                    if shared.interrupted.is_cancelled() {
                        break;
                    }
                    let begun = Instant::now();
                    let steps = scenario.steps;
                    let outcome = shared.attempt(scenario.limit, || steps(world));
                    shared.report(self.name, scenario.sentence, outcome, begun, &place);
                }
            }
            Err(error) if error.is::<Skip>() => {
                for scenario in wanted {
                    shared.skipped(self.name, scenario.sentence, error);
                }
            }
            Err(error) => {
                let error = std::mem::replace(error, anyhow!("told already"));
                shared.report(self.name, "is set up", Err(error), begun, &place);
            }
        }
        if let Err(error) = shared.runtime.block_on(place.clear()) {
            shared.failed(self.name, "leaves nothing behind", &error, "");
        }
        // Only now: it may hold what nobody else can have while a Service still does.
        drop(made);
    }
}

impl Shared {
    fn wants(&self, group: &str, sentence: &str) -> bool {
        let matches =
            |filter: &String| group.contains(filter.as_str()) || sentence.contains(filter.as_str());
        self.filters.is_empty() || self.filters.iter().any(matches)
    }

    /// Runs steps to their end, to the end of their time, to a panic or to an interruption.
    fn attempt<'a, T>(
        &self,
        limit: u64,
        steps: impl FnOnce() -> Steps<'a, T>,
    ) -> anyhow::Result<T> {
        let run = async {
            tokio::select! {
                () = self.interrupted.cancelled() => Err(anyhow!("interrupted")),
                done = tokio::time::timeout(seconds(limit), steps()) => {
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

    fn report(
        &self,
        group: &str,
        sentence: &str,
        outcome: anyhow::Result<()>,
        begun: Instant,
        place: &Place,
    ) {
        let took = begun.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => {
                println!("test {group}: {sentence} ... ok ({took:.1} s)");
                self.count().passed += 1;
            }
            Err(error) if error.is::<Skip>() => self.skipped(group, sentence, &error),
            Err(error) => {
                let seen = self.runtime.block_on(place.describe());
                self.failed(group, sentence, &error, &seen);
            }
        }
    }

    fn skipped(&self, group: &str, sentence: &str, reason: &anyhow::Error) {
        println!("test {group}: {sentence} ... ignored: {reason}");
        self.count().skipped += 1;
    }

    fn failed(&self, group: &str, sentence: &str, error: &anyhow::Error, seen: &str) {
        println!("test {group}: {sentence} ... FAILED\n{error:#}\n{seen}");
        self.count().failed += 1;
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.push(format!("{group}: {sentence}: {error:#}"));
    }

    fn count(&self) -> std::sync::MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs all groups that `filters` leave, `width` of the sharing ones at once, and says whether all went well.
///
/// # Errors
/// When there is no runtime to be had.
pub fn run(
    groups: Vec<Box<dyn Run>>,
    settings: Settings,
    filters: Vec<String>,
    width: usize,
) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let begun = Instant::now();
    let interrupted = CancellationToken::new();
    let told = interrupted.clone();
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("interrupted: clearing up");
            told.cancel();
        }
    });
    let run = uuid::Uuid::new_v4().simple().to_string();
    let shared = Session(Arc::new(Shared {
        settings: Arc::new(settings),
        run: run.chars().take(4).collect(),
        filters,
        interrupted,
        count: Mutex::default(),
        failures: Mutex::default(),
        runtime: runtime.handle().clone(),
    }));
    runtime.block_on(async {
        let client = kube::Client::try_default().await.context("no cluster")?;
        crate::cluster::remove_leftovers(&client).await
    })?;

    let mut queue = VecDeque::new();
    let (mut beside, mut alone) = (Vec::new(), Vec::new());
    for group in groups {
        match group.turn() {
            Turn::Beside => beside.push(group),
            Turn::Shared => queue.push_back(group),
            Turn::Alone => alone.push(group),
        }
    }
    let queue = Mutex::new(queue);
    std::thread::scope(|scope| {
        for group in beside {
            scope.spawn(|| group.run(&shared));
        }
        for _ in 0..width.max(1) {
            scope.spawn(|| {
                loop {
                    let next = queue
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .pop_front();
                    let Some(group) = next else { break };
                    group.run(&shared);
                }
            });
        }
    });
    for group in alone {
        group.run(&shared);
    }

    let failures = shared
        .0
        .failures
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    for failure in failures.iter() {
        println!("failed: {failure}");
    }
    let count = *shared.0.count();
    println!(
        "test result: {}. {} passed; {} failed; {} ignored; 0 measured; 0 filtered out; finished in {:.1}s",
        if count.failed == 0 { "ok" } else { "FAILED" },
        count.passed,
        count.failed,
        count.skipped,
        begun.elapsed().as_secs_f64()
    );
    Ok(count.failed == 0)
}
