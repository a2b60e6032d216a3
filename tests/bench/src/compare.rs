//! The same requests to a program on this machine and to one in a cluster: what the way into the cluster costs.

use std::time::Duration;

use crate::{
    config::Compare,
    database::{self, Database},
    load::{self, Outcome, Requests},
    programs::{Backend, Programs},
    server::Server,
    statistics::{middle, milliseconds, quantile},
    table::Table,
    users::{self, Make, People},
};

const CASES: [(&str, Make, u16); 2] = [
    ("list of 20", users::list, 200),
    ("create", users::create, 201),
];
/// One waits for nobody but the application; so many keep it busy.
const CLIENTS: [usize; 2] = [1, 16];
const WARM_UP: Duration = Duration::from_secs(2);

/// What was measured of one kind of request with one number of clients.
struct Comparison {
    request: &'static str,
    clients: usize,
    here: Measured,
    cluster: Measured,
    /// Requests a second there, of those here: the middle of the rounds.
    rate_ratio: f64,
}

struct Measured {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// One kind of request with one number of clients, in all rounds.
struct Pair {
    request: &'static str,
    clients: usize,
    here: Side,
    cluster: Side,
}

/// One of the two that are compared.
struct Side {
    server: Server,
    requests: Requests,
    rates: Vec<f64>,
    latencies: Vec<Duration>,
}

/// Measures, and prints a table.
pub(crate) async fn measure(config: &Compare) -> anyhow::Result<()> {
    let database = Database::create(&config.database_url).await?;
    let programs = Programs::new(&config.programs, database.url())?;
    programs.migrate()?;
    database::reseed(database.url()).await?;
    database::reseed(&config.cluster_database_url).await?;
    let backend = programs.backend(&Backend::default())?;
    let mut pairs = pairs(&backend.server(), config)?;
    let comparisons = take_turns(&mut pairs, config).await?;
    drop(backend);
    database.drop_it().await?;
    let mut table = Table::new();
    for it in comparisons {
        let (clients, here, cluster) = (it.clients, it.here, it.cluster);
        table.told(
            &format!("{}, clients: {clients}, requests/s", it.request),
            format!(
                "{:.0}; here {:.0}; ratio {:.2}",
                cluster.per_second, here.per_second, it.rate_ratio
            ),
        );
        table.told(
            &format!("{}, clients: {clients}, p50, p99", it.request),
            format!(
                "{:.2}, {:.2} ms; here {:.2}, {:.2} ms",
                cluster.p50_ms, cluster.p99_ms, here.p50_ms, here.p99_ms
            ),
        );
    }
    print!("{table}");
    Ok(())
}

fn pairs(here: &Server, config: &Compare) -> anyhow::Result<Vec<Pair>> {
    let cluster = config.cluster.server()?;
    let mut pairs = Vec::new();
    for (request, make, status) in CASES {
        let requests = |people: &People| {
            anyhow::Ok(Requests {
                by_person: people.all(make)?.into(),
                status,
            })
        };
        let of_here = requests(&People::default())?;
        let of_cluster = requests(&config.cluster.people())?;
        for clients in CLIENTS {
            pairs.push(Pair {
                request,
                clients,
                here: Side::new(here, &of_here),
                cluster: Side::new(&cluster, &of_cluster),
            });
        }
    }
    Ok(pairs)
}

async fn take_turns(pairs: &mut [Pair], config: &Compare) -> anyhow::Result<Vec<Comparison>> {
    for pair in pairs.iter().filter(|pair| pair.clients > 1) {
        for side in [&pair.here, &pair.cluster] {
            load::until_answered(&side.server, &side.requests).await?;
            load::run(&side.server, &side.requests, pair.clients, WARM_UP).await?;
        }
    }
    let time = Duration::from_secs(config.turns.seconds);
    for round in 0..config.turns.rounds {
        for pair in &mut *pairs {
            let mut sides = [&mut pair.here, &mut pair.cluster];
            // Whoever comes second may find the machine as the first one left it.
            if round % 2 == 1 {
                sides.reverse();
            }
            for side in sides {
                let outcome = load::run(&side.server, &side.requests, pair.clients, time).await?;
                side.add(outcome);
            }
            eprintln!(
                "round {} of {}: {}, clients: {}",
                round + 1,
                config.turns.rounds,
                pair.request,
                pair.clients
            );
        }
    }
    Ok(pairs.iter_mut().map(Pair::compared).collect())
}

impl Pair {
    fn compared(&mut self) -> Comparison {
        let rounds = self.cluster.rates.iter().zip(&self.here.rates);
        let mut ratios: Vec<f64> = rounds.map(|(cluster, here)| cluster / here).collect();
        Comparison {
            request: self.request,
            clients: self.clients,
            here: self.here.measured(),
            cluster: self.cluster.measured(),
            rate_ratio: middle(&mut ratios),
        }
    }
}

impl Side {
    fn new(server: &Server, requests: &Requests) -> Self {
        Self {
            server: server.clone(),
            requests: requests.clone(),
            rates: Vec::new(),
            latencies: Vec::new(),
        }
    }

    fn add(&mut self, outcome: Outcome) {
        self.rates.push(outcome.per_second);
        self.latencies.extend(outcome.latencies);
    }

    fn measured(&mut self) -> Measured {
        let [p50_ms, p99_ms] = [0.5, 0.99].map(|q| milliseconds(quantile(&mut self.latencies, q)));
        Measured {
            per_second: middle(&mut self.rates),
            p50_ms,
            p99_ms,
        }
    }
}
