//! Runs groups of scenarios. A group shares one installation between its scenarios, in their order; groups run beside each
//! other. `cargo test`'s own harness can neither share nor clear up after a panic.

mod session;

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context as _, anyhow};

pub use session::Session;

use crate::{
    cluster::{Place, remove_leftovers},
    settings::Settings,
};

/// How long a group may take to make what its scenarios share.
const SET_UP: u64 = 600;

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

/// Any group.
pub trait Run: Send {
    /// Its short name.
    fn name(&self) -> &'static str;
    /// When it runs.
    fn turn(&self) -> Turn;
    /// Its sentences.
    fn sentences(&self) -> Vec<&'static str>;
    /// Runs what the session wants of it, and clears up.
    fn run(self: Box<Self>, session: &Session);
}

impl<W: 'static> Run for Group<W> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn turn(&self) -> Turn {
        self.turn
    }

    fn sentences(&self) -> Vec<&'static str> {
        self.scenarios.iter().map(|it| it.sentence).collect()
    }

    fn run(self: Box<Self>, session: &Session) {
        let Self {
            name,
            set_up,
            scenarios,
            ..
        } = *self;
        let wanted = |it: &Scenario<W>| session.wants(name, it.sentence);
        let wanted: Vec<_> = scenarios.into_iter().filter(wanted).collect();
        if wanted.is_empty() || session.is_interrupted() {
            return;
        }
        let place = match session.place(name) {
            Ok(place) => place,
            Err(error) => return session.failed(name, "finds the cluster", &error, ""),
        };
        let begun = Instant::now();
        let mut made = session.attempt(SET_UP, || set_up(place.clone()));
        match &mut made {
            Ok(world) => {
                let took = begun.elapsed().as_secs_f64();
                println!("group {name}: set up in {took:.1} s");
                for scenario in wanted {
                    if session.is_interrupted() {
                        break;
                    }
                    let begun = Instant::now();
                    let done = session.attempt(scenario.limit, || (scenario.steps)(world));
                    session.report(name, scenario.sentence, done, begun, &place);
                }
            }
            Err(error) if error.is::<Skip>() => {
                for scenario in wanted {
                    session.skipped(name, scenario.sentence, error);
                }
            }
            Err(error) => {
                let error = std::mem::replace(error, anyhow!("told already"));
                session.report(name, "is set up", Err(error), begun, &place);
            }
        }
        session.clear(name, &place);
        // Only now: it may hold what nobody else can have while a Service still does.
        drop(made);
    }
}

/// Runs all groups that `filters` leave, `width` of the sharing ones at once, and says whether all went well.
///
/// # Errors
/// When there is no cluster.
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
    runtime.block_on(async {
        let client = kube::Client::try_default().await.context("no cluster")?;
        remove_leftovers(&client).await
    })?;
    let names = groups.iter().map(|group| group.name()).collect();
    let session = Session::new(settings, filters, names, runtime.handle().clone());

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
    let next = || {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.pop_front()
    };
    std::thread::scope(|scope| {
        for group in beside {
            scope.spawn(|| group.run(&session));
        }
        for _ in 0..width.max(1) {
            scope.spawn(|| {
                while let Some(group) = next() {
                    group.run(&session);
                }
            });
        }
    });
    for group in alone {
        group.run(&session);
    }
    Ok(session.summarise(begun))
}
