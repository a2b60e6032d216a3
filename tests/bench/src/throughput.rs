//! Requests a second, beside what the database alone does of the same statements.

use std::{sync::Arc, time::Duration};

use crate::{
    config::Config,
    database::Database,
    load::{self, Outcome, Requests},
    memory::processor_time,
    pgbench::{Pgbench, Script},
    programs::{POOL, Program},
    statistics::{middle, ms, quantile},
    table::Table,
    users::{self, Make, People},
};

const CLIENTS: [usize; 2] = [16, 64];
const GOAL: f64 = 0.6;
const WARM_UP: Duration = Duration::from_millis(1_500);

/// All rounds of one kind of request.
struct Case {
    name: &'static str,
    script: Script,
    requests: Requests,
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
struct Cost {
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
    let pgbench = config.pgbench.as_deref();
    let pgbench = pgbench.map(|program| Pgbench::new(program, database.url()));
    let pgbench = pgbench.transpose()?;
    let mut cases = [
        Case::new("list of 20", Script::List, users::list, 200)?,
        Case::new(
            "list of 20, browser's token",
            Script::List,
            users::list_as_browser,
            200,
        )?,
        Case::new("create", Script::Create, users::create, 201)?,
    ];
    for case in &mut cases {
        load::run(&backend.server(), &case.requests, 64, WARM_UP).await?;
    }
    for _ in 0..config.turns.rounds {
        for case in &mut cases {
            case.round(config.turns.seconds, database, backend, pgbench.as_ref())
                .await?;
        }
    }
    for case in &mut cases {
        case.show(table);
    }
    let (rounds, seconds, people) = (config.turns.rounds, config.turns.seconds, users::PEOPLE);
    table.note(format!(
        "Load: {rounds} rounds of {seconds} s each, in turns: backend with 16 clients, pgbench, backend with 64. The backend \
         and pgbench (--protocol=prepared --jobs=1) have {POOL} connections. Each request is of one of {people} people \
         at random, in both. Tokens are signed with HS256, a browser's with EdDSA. Ratios are medians of the rounds. Client, backend and database share this machine, and \
         whoever else is busy on it takes from both; processor times (of one request, Linux only) do not show that."
    ));
    if pgbench.is_none() {
        table.note("No pgbench: the requests are compared with nothing.");
    }
    Ok(())
}

impl Case {
    fn new(name: &'static str, script: Script, make: Make, status: u16) -> anyhow::Result<Self> {
        let by_person: Arc<[Vec<u8>]> = People::default().all(make)?.into();
        Ok(Self {
            name,
            script,
            requests: Requests { by_person, status },
            pgbench: Vec::new(),
            pgbench_cost: Cost::default(),
            loads: Default::default(),
        })
    }

    async fn round(
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
                let run = pgbench.run(self.script, seconds, database).await?;
                self.pgbench.push(run.per_second);
                self.pgbench_cost.requests += run.transactions;
                self.pgbench_cost.database += run.database;
                self.pgbench_cost.generator += run.client;
            }
            let sessions = database.sessions_of("todo-backend").await?;
            let before = Cost::until_now(backend, &sessions);
            let time = Duration::from_secs(seconds);
            let outcome = load::run(&backend.server(), &self.requests, clients, time).await?;
            load.add(outcome, &before, &Cost::until_now(backend, &sessions));
        }
        Ok(())
    }

    fn show(&mut self, table: &mut Table) {
        let name = self.name;
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
            let [p50, p99] = [0.5, 0.99].map(|q| ms(quantile(&mut load.latencies, q)));
            table.told(&format!("{name}, p50 and p99"), format!("{p50}, {p99}"));
            table.told(&format!("{name}, processor time"), load.cost.per_request());
        }
    }
}

impl Load {
    fn add(&mut self, outcome: Outcome, before: &Cost, after: &Cost) {
        self.rates.push(outcome.per_second);
        let requests = u32::try_from(outcome.latencies.len()).unwrap_or(u32::MAX);
        self.cost.requests += f64::from(requests);
        self.cost.backend += after.backend.saturating_sub(before.backend);
        self.cost.database += after.database.saturating_sub(before.database);
        self.cost.generator += after.generator.saturating_sub(before.generator);
        self.latencies.extend(outcome.latencies);
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

    /// Of one request, and in all: what a machine with nothing else to do would have to give.
    fn per_request(&self) -> String {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / self.requests.max(1.0);
        let [backend, database, client] = [self.backend, self.database, self.generator].map(each);
        let all = backend + database + client;
        let backend = match backend {
            0.0 => String::new(),
            time => format!("backend {time:.0}, "),
        };
        format!("{all:.0} µs: {backend}database {database:.0}, client {client:.0}")
    }
}
