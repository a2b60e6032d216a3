//! Who is asked the same as another, in turns, and what came of it round by round.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    config::Turns,
    database::Database,
    load::{self, Requests},
    memory::processor_time,
    pgbench::{Pgbench, Script},
    programs::Program,
    statistics::{ratios, spread},
    table::{Goal, Table},
    users::{Make, People},
};

/// For so long a program is asked before anything is measured.
pub(crate) const WARM_UP: Duration = Duration::from_millis(1_500);

/// Who is asked, and what.
pub(crate) enum Asked<'a> {
    /// A program, by each of the people.
    Program {
        program: &'a Program,
        make: Make,
        status: u16,
    },
    /// The database itself.
    Pgbench {
        pgbench: &'a Pgbench,
        script: Script,
        database: &'a Database,
    },
}

/// Under which conditions: how many ask at once, and how long a commit waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Setting {
    pub(crate) delay_ms: u32,
    pub(crate) clients: usize,
}

/// One of those that are compared.
pub(crate) struct Contender<'a> {
    pub(crate) name: &'static str,
    asked: Asked<'a>,
    rounds: BTreeMap<Setting, Vec<Sample>>,
}

/// What came of one load.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    /// Of the program, in microseconds of processor time a request.
    pub(crate) cost: f64,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(name: &'static str, asked: Asked<'a>) -> Self {
        let rounds = BTreeMap::new();
        Self {
            name,
            asked,
            rounds,
        }
    }

    async fn warm_up(&self) -> anyhow::Result<()> {
        if let Asked::Program {
            program,
            make,
            status,
        } = self.asked
        {
            let requests = requests(make, status)?;
            load::until_answered(&program.server(), &requests).await?;
            // More and more at once: each new connection to the database costs, and no request waits long for one.
            for clients in (8..=64).step_by(8) {
                load::run(&program.server(), &requests, clients, WARM_UP / 8).await?;
            }
        }
        Ok(())
    }

    async fn round(&mut self, setting: Setting, seconds: u64) -> anyhow::Result<()> {
        let sample = match &self.asked {
            Asked::Program {
                program,
                make,
                status,
            } => {
                // Made anew each time, since some tokens live for a minute.
                let requests = requests(*make, *status)?;
                let time = Duration::from_secs(seconds);
                sample(program, &requests, setting.clients, time).await?.0
            }
            Asked::Pgbench {
                pgbench,
                script,
                database,
            } => {
                let run = pgbench
                    .run(*script, setting.clients, seconds, database)
                    .await?;
                let per_second = run.per_second;
                Sample {
                    per_second,
                    cost: 0.0,
                }
            }
        };
        let Setting { delay_ms, clients } = setting;
        eprintln!(
            "    {}, {clients} clients, {delay_ms} ms: {:.0}/s",
            self.name, sample.per_second
        );
        self.rounds.entry(setting).or_default().push(sample);
        Ok(())
    }

    /// Requests a second, of each round.
    pub(crate) fn rates(&self, setting: Setting) -> Vec<f64> {
        self.each(setting, |sample| sample.per_second)
    }

    /// Microseconds of the program's processor a request, of each round.
    pub(crate) fn costs(&self, setting: Setting) -> Vec<f64> {
        self.each(setting, |sample| sample.cost)
    }

    fn each(&self, setting: Setting, of: fn(&Sample) -> f64) -> Vec<f64> {
        let rounds = self.rounds.get(&setting).into_iter().flatten();
        rounds.map(of).collect()
    }

    /// A row with the rates of this one and of another.
    pub(crate) fn beside(
        &self,
        other: &Self,
        what: &str,
        setting: Setting,
        goal: Option<f64>,
        table: &mut Table,
    ) {
        let (ours, theirs) = (self.rates(setting), other.rates(setting));
        let ratios = ratios(&ours, &theirs);
        let goal = goal.map(|goal| Goal::at_least(goal, &ratios));
        let shown = [ours, theirs].map(|rates| spread(&rates, |rate| format!("{rate:.0}/s")));
        let clients = setting.clients;
        let name = format!("{what}, {clients} clients, against {}", other.name);
        table.compared(&name, shown, ratios, goal);
    }
}

/// Loads a program for so long.
pub(crate) async fn sample(
    program: &Program,
    requests: &Requests,
    clients: usize,
    time: Duration,
) -> anyhow::Result<(Sample, Vec<Duration>)> {
    let used = || processor_time(program.id()).unwrap_or_default();
    let before = used();
    let outcome = load::run(&program.server(), requests, clients, time).await?;
    let used = used().saturating_sub(before);
    let answered = f64::from(u32::try_from(outcome.latencies.len())?);
    let sample = Sample {
        per_second: outcome.per_second,
        cost: used.as_secs_f64() * 1e6 / answered.max(1.0),
    };
    Ok((sample, outcome.latencies))
}

/// One request of each of the people.
pub(crate) fn requests(make: Make, status: u16) -> anyhow::Result<Requests> {
    let by_person = People::default().all(make)?.into();
    Ok(Requests { by_person, status })
}

/// Asks all of them under all conditions, round by round; a single client only the first of them.
pub(crate) async fn in_turns(
    contenders: &mut [Contender<'_>],
    settings: &[Setting],
    turns: &Turns,
    database: &Database,
) -> anyhow::Result<()> {
    for contender in &*contenders {
        contender.warm_up().await?;
    }
    let mut delay_ms = 0;
    for round in 0..turns.rounds {
        eprintln!("  round {} of {}", round + 1, turns.rounds);
        for setting in settings {
            if setting.delay_ms != delay_ms {
                delay_ms = setting.delay_ms;
                database.delay_commits(delay_ms).await?;
            }
            let count = if setting.clients == 1 {
                1
            } else {
                contenders.len()
            };
            // Whoever comes next finds the machine as the one before left it, so each begins once.
            for turn in 0..count {
                let next = (turn + usize::from(round)) % count;
                if let Some(contender) = contenders.get_mut(next) {
                    contender.round(*setting, turns.seconds).await?;
                }
            }
        }
    }
    if delay_ms > 0 {
        database.delay_commits(0).await?;
    }
    Ok(())
}
