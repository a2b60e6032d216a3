//! Requests a second, beside what the database alone does of the same statements.

use std::time::Duration;

use crate::{
    config::Config,
    database::Database,
    load::{self, Outcome, Requests},
    memory::processor_time,
    pgbench::{Logged, Pgbench, Script},
    programs::{POOL, Program},
    statistics::{middle, p50_and_p99},
    table::Table,
    users::{self, Make, People},
};

/// How many ask at once.
pub(crate) const CLIENTS: [usize; 2] = [16, 64];
const GOAL: f64 = 0.6;
/// For so long the programs are asked before anything is measured.
pub(crate) const WARM_UP: Duration = Duration::from_millis(1_500);

/// A kind of request, and what the database has to do for it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) script: Script,
    pub(crate) requests: Requests,
}

/// What came of one load.
pub(crate) struct Sample {
    pub(crate) outcome: Outcome,
    pub(crate) cost: Cost,
}

/// All rounds of one kind of request.
struct Rounds {
    case: Case,
    pgbench: Vec<f64>,
    pgbench_cost: Cost,
    loads: [Load; CLIENTS.len()],
}

/// All rounds with one number of clients.
#[derive(Default)]
struct Load {
    rates: Vec<f64>,
    latencies: Vec<Duration>,
    cost: Cost,
}

/// Processor time by whom it was used, and for how many requests.
#[derive(Default)]
pub(crate) struct Cost {
    requests: f64,
    backend: Duration,
    database: Duration,
    generator: Duration,
}

pub(crate) async fn measure(
    config: &Config,
    database: &Database,
    backend: &Program,
    table: &mut Table,
) -> anyhow::Result<()> {
    let cases = cases()?;
    let asked = cases.iter().map(Case::asked);
    let pgbench = Pgbench::find(&config.pgbench, database, backend, asked).await?;
    let mut cases: Vec<Rounds> = cases.into_iter().map(Rounds::of).collect();
    for rounds in &cases {
        load::run(&backend.server(), &rounds.case.requests, 64, WARM_UP).await?;
    }
    for _ in 0..config.turns.rounds {
        for rounds in &mut cases {
            let seconds = config.turns.seconds;
            rounds
                .add(seconds, database, backend, pgbench.as_ref())
                .await?;
        }
    }
    for rounds in &mut cases {
        rounds.show(table);
    }
    let (rounds, seconds, people) = (config.turns.rounds, config.turns.seconds, users::PEOPLE);
    table.note(format!(
        "Load: {rounds} rounds of {seconds} s each, in turns: backend with 16 clients, pgbench, backend with 64. The backend \
         and pgbench (--protocol=prepared --jobs=1) have {POOL} connections. Each request is of one of {people} people \
         at random, in both. Tokens are signed with HS256, a browser's with EdDSA. Ratios are medians of the rounds. Client, backend and database share this machine, and \
         whoever else is busy on it takes from both; processor times (of one request, Linux only) do not show that."
    ));
    if pgbench.is_none() {
        table.note("No pgbench (Debian's postgresql-contrib has it): the requests are compared with nothing.");
    }
    Ok(())
}

/// What is asked.
pub(crate) fn cases() -> anyhow::Result<[Case; 3]> {
    let case = |name, script, make: Make, status| {
        let by_person = People::default().all(make)?.into();
        anyhow::Ok(Case {
            name,
            script,
            requests: Requests { by_person, status },
        })
    };
    Ok([
        case("list of 20", Script::List, users::list, 200)?,
        case(
            "list of 20, browser's token",
            Script::List,
            users::list_as_browser,
            200,
        )?,
        case("create", Script::Create(Logged::Yes), users::create, 201)?,
    ])
}

impl Case {
    /// What of it pgbench has to know.
    pub(crate) fn asked(&self) -> (Script, &Requests) {
        (self.script, &self.requests)
    }

    /// Loads a backend for so many seconds.
    pub(crate) async fn sample(
        &self,
        clients: usize,
        seconds: u64,
        database: &Database,
        backend: &Program,
    ) -> anyhow::Result<Sample> {
        let sessions = database.sessions_of("todo-backend").await?;
        let before = Cost::until_now(backend, &sessions);
        let time = Duration::from_secs(seconds);
        let outcome = load::run(&backend.server(), &self.requests, clients, time).await?;
        let after = Cost::until_now(backend, &sessions);
        let requests = u32::try_from(outcome.latencies.len())?;
        let cost = Cost {
            requests: requests.into(),
            backend: after.backend.saturating_sub(before.backend),
            database: after.database.saturating_sub(before.database),
            generator: after.generator.saturating_sub(before.generator),
        };
        Ok(Sample { outcome, cost })
    }
}

impl Rounds {
    fn of(case: Case) -> Self {
        Self {
            case,
            pgbench: Vec::new(),
            pgbench_cost: Cost::default(),
            loads: Default::default(),
        }
    }

    async fn add(
        &mut self,
        seconds: u64,
        database: &Database,
        backend: &Program,
        pgbench: Option<&Pgbench>,
    ) -> anyhow::Result<()> {
        for (number, (clients, load)) in CLIENTS.into_iter().zip(&mut self.loads).enumerate() {
            if let Some(pgbench) = pgbench
                && number == 1
            {
                let run = pgbench.run(self.case.script, seconds, database).await?;
                self.pgbench.push(run.per_second);
                self.pgbench_cost.requests += run.transactions;
                self.pgbench_cost.database += run.database;
                self.pgbench_cost.generator += run.client;
            }
            let sample = self
                .case
                .sample(clients, seconds, database, backend)
                .await?;
            load.add(sample);
        }
        Ok(())
    }

    fn show(&mut self, table: &mut Table) {
        let name = self.case.name;
        if !self.pgbench.is_empty() {
            let rate = middle(&mut self.pgbench.clone());
            table.told(&format!("{name}, pgbench"), format!("{rate:.0} tps"));
            let cost = self.pgbench_cost.per_request();
            table.told(&format!("{name}, pgbench, processor time"), cost);
        }
        for (clients, load) in CLIENTS.into_iter().zip(&mut self.loads) {
            let name = format!("{name}, {clients} clients");
            let rate = middle(&mut load.rates.clone());
            table.told(&name, format!("{rate:.0} requests/s"));
            let mut ratios: Vec<f64> = load
                .rates
                .iter()
                .zip(&self.pgbench)
                .map(|(ours, theirs)| ours / theirs)
                .collect();
            if !ratios.is_empty() {
                let name = format!("{name}, of pgbench");
                let ratio = middle(&mut ratios);
                table.judged(&name, format!("{ratio:.2}"), "≥ 0.6", ratio >= GOAL);
            }
            let latencies = p50_and_p99(&mut load.latencies);
            table.told(&format!("{name}, p50 and p99"), latencies);
            table.told(&format!("{name}, processor time"), load.cost.per_request());
        }
    }
}

impl Load {
    fn add(&mut self, sample: Sample) {
        self.rates.push(sample.outcome.per_second);
        self.latencies.extend(sample.outcome.latencies);
        self.cost.requests += sample.cost.requests;
        self.cost.backend += sample.cost.backend;
        self.cost.database += sample.cost.database;
        self.cost.generator += sample.cost.generator;
    }
}

impl Cost {
    fn until_now(backend: &Program, sessions: &[u32]) -> Self {
        let of = |process| processor_time(process).unwrap_or_default();
        Self {
            requests: 0.0,
            backend: of(backend.id()),
            database: sessions.iter().copied().map(of).sum(),
            generator: of(std::process::id()),
        }
    }

    /// What one request cost the backend, in microseconds.
    pub(crate) fn of_backend(&self) -> f64 {
        self.of_one(self.backend)
    }

    fn of_one(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.requests.max(1.0)
    }

    /// Of one request, and in all: what a machine with nothing else to do would have to give.
    fn per_request(&self) -> String {
        let parts = [self.backend, self.database, self.generator];
        let [backend, database, client] = parts.map(|time| self.of_one(time));
        let all = backend + database + client;
        let backend = match backend {
            0.0 => String::new(),
            time => format!("backend {time:.0}, "),
        };
        format!("{all:.0} µs: {backend}database {database:.0}, client {client:.0}")
    }
}
