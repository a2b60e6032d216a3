//! What the log of changes adds to a write: the same statement with its row and without, in turns, and beside a long log.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, query_scalar};

use crate::{
    config::Log,
    database::{self, Database},
    load::Requests,
    pgbench::{Logged, Pgbench, Run, Script},
    programs::{Backend, POOL, Programs},
    statistics::{median, middle},
    table::Table,
    users::{self, Make, PEOPLE, People},
};

/// A write that costs a quarter more.
const COST_GOAL: f64 = 1.25;
/// Beside a long log a write costs the same, but for what measuring is worth.
const LENGTH_GOAL: f64 = 1.2;
/// The lengths of the two logs.
const LENGTHS: [i32; 2] = [10, 10_000];
/// So many times that many writes: every tenth takes what is too old from the log.
const WRITES: usize = 200;
const TOGETHER: u32 = 10;
/// Before that every statement has been planned.
const WARM_UP: usize = 10;

/// A kind of write.
struct Case {
    name: &'static str,
    script: fn(Logged) -> Script,
    requests: Requests,
}

/// What came of it without its row and with it.
#[derive(Default)]
struct Rounds {
    runs: [Vec<Run>; 2],
}

pub(crate) async fn measure(config: &Log) -> anyhow::Result<Table> {
    let mut table = Table::new();
    let name = format!("todo_bench_log_{}", std::process::id());
    let database = Database::create_named(&config.database_url, &name).await?;
    let measured = all(config, &database, &mut table).await;
    database.drop_it().await?;
    measured.map(|()| table)
}

async fn all(config: &Log, database: &Database, table: &mut Table) -> anyhow::Result<()> {
    let programs = Programs::new(&config.programs.folder()?, database.url())?;
    programs.migrate()?;
    database.seed().await?;
    database.execute(&one_task_each()).await?;
    let backend = programs.backend(&Backend::default())?;
    for case in cases()? {
        let asked = [Logged::No, Logged::Yes].map(|logged| ((case.script)(logged), &case.requests));
        let pgbench = Pgbench::find(&config.pgbench, database, &backend, asked).await?;
        if let Some(pgbench) = pgbench {
            case.in_turns(config, &pgbench, database, table).await?;
        } else {
            table.note("No pgbench (Debian's postgresql-contrib has it): only single writes were measured.");
        }
        let statement = asked[1].0.seen(database, &backend, &case.requests).await?;
        case.beside_a_long_log(&statement, database, table).await?;
    }
    let (rounds, seconds) = (config.rounds, config.seconds);
    table.note(format!(
        "Log: each write is one statement, as the backend was seen to run it, by pgbench on {POOL} connections for {PEOPLE} people, \
         {rounds} rounds of {seconds} s without and with its row in turns; ratios are medians of the rounds. Processor time is \
         that of the sessions. Single writes do not wait for the disk: medians of {WRITES} times {TOGETHER}, in turns on one connection."
    ));
    Ok(())
}

fn cases() -> anyhow::Result<[Case; 2]> {
    let requests = |make: Make, status| {
        let by_person = People::default().all(make)?.into();
        anyhow::Ok(Requests { by_person, status })
    };
    Ok([
        Case {
            name: "create",
            script: Script::Create,
            requests: requests(users::create, 201)?,
        },
        Case {
            name: "update",
            script: Script::Toggle,
            requests: requests(users::toggle, 200)?,
        },
    ])
}

/// The tasks that are updated.
fn one_task_each() -> String {
    let id = users::task_id("n");
    format!(
        "insert into tasks (id, user_id, title, description)
         select {id}, n::text, 'Buy milk', 'two litres'
         from generate_series(1, {PEOPLE}) n, set_config('todo.origin', '{{\"unlogged\": true}}', true)"
    )
}

impl Case {
    async fn in_turns(
        &self,
        config: &Log,
        pgbench: &Pgbench,
        database: &Database,
        table: &mut Table,
    ) -> anyhow::Result<()> {
        database.execute("truncate task_changes").await?;
        let mut rounds = Rounds::default();
        for _ in 0..config.rounds {
            for (runs, logged) in rounds.runs.iter_mut().zip([Logged::No, Logged::Yes]) {
                let script = (self.script)(logged);
                runs.push(pgbench.run(script, POOL, config.seconds, database).await?);
            }
        }
        rounds.show(self.name, table);
        let size = "select to_jsonb(pg_total_relation_size('task_changes') / greatest(count(*), 1)) from task_changes";
        let size = database.value(size).await?;
        table.told(
            &format!("{}, size of its row in table and indexes", self.name),
            format!("{size} bytes"),
        );
        Ok(())
    }

    /// Writes for somebody with a short log and somebody with a long one, in turns.
    async fn beside_a_long_log(
        &self,
        statement: &str,
        database: &Database,
        table: &mut Table,
    ) -> anyhow::Result<()> {
        let mut connection = database.connect().await?;
        database::run(&mut connection, "set synchronous_commit = off".to_owned()).await?;
        for length in LENGTHS {
            database::run(&mut connection, with_a_log(length)).await?;
        }
        let mut times: [Vec<Duration>; 2] = Default::default();
        for number in 0..WARM_UP + WRITES {
            for (times, length) in times.iter_mut().zip(LENGTHS) {
                let begun = Instant::now();
                for one in 0..TOGETHER {
                    let batch = format!("{length}-{number}-{one}");
                    let written = self.write(statement, &mut connection, length, &batch);
                    written.await.context(self.name)?;
                }
                let took = begun.elapsed() / TOGETHER;
                if number >= WARM_UP {
                    times.push(took);
                }
            }
            database::run(&mut connection, shortened()).await?;
        }
        connection.close().await?;
        let [short, long] = times.map(|mut times| median(&mut times).as_secs_f64() * 1e6);
        let ratio = long / short;
        table.judged(
            &format!(
                "{}, with a log of {} against one of {}",
                self.name, LENGTHS[1], LENGTHS[0]
            ),
            format!("{ratio:.2} ({long:.0}, {short:.0} µs)"),
            &format!("≤ {LENGTH_GOAL}"),
            ratio <= LENGTH_GOAL,
        );
        Ok(())
    }

    async fn write(
        &self,
        statement: &str,
        connection: &mut PgConnection,
        length: i32,
        batch: &str,
    ) -> sqlx::Result<i64> {
        let origin = format!(r#"{{"means": "rest", "source": null, "batch": "{batch}"}}"#);
        let query = query_scalar::<_, i64>(AssertSqlSafe(statement.to_owned()));
        let query = query.bind(person(length));
        let query = match (self.script)(Logged::Yes) {
            Script::Toggle(_) => query.bind(-i64::from(length)),
            _ => query.bind("Buy milk").bind("two litres"),
        };
        query.bind(origin).fetch_one(connection).await
    }
}

/// Somebody with one task, whose id is the length below zero, and a log of this length.
fn with_a_log(length: i32) -> String {
    let person = person(length);
    format!(
        "select set_config('todo.origin', '{{\"unlogged\": true}}', false);
         delete from tasks where user_id = '{person}';
         insert into tasks (id, user_id, title) values (-{length}, '{person}', 'Buy milk');
         delete from task_changes where user_id = '{person}';
         insert into task_changes (user_id, number, task_id, batch, means, after)
         select t.user_id, n, t.id, md5(t.user_id || n), 'rest', logged_fields(t)
         from tasks t, generate_series(1, {length}) n where t.user_id = '{person}'"
    )
}

/// The short log stays short.
fn shortened() -> String {
    let [short, _] = LENGTHS;
    let person = person(short);
    format!("delete from task_changes where user_id = '{person}' and number > {short}")
}

fn person(length: i32) -> String {
    format!("with {length} changes")
}

impl Rounds {
    fn show(&self, name: &str, table: &mut Table) {
        let rate = |run: &Run| run.per_second;
        let cost = |run: &Run| run.database.as_secs_f64() * 1e6 / run.transactions.max(1.0);
        let [without, with] = self.middles(rate);
        let ratio = self.ratio(rate);
        let goal = 1.0 / COST_GOAL;
        table.judged(
            &format!("{name}, rate with its row against without"),
            format!("{ratio:.2} ({with:.0}, {without:.0} tps)"),
            &format!("≥ {goal:.2}"),
            ratio >= goal,
        );
        let [without, with] = self.middles(cost);
        let ratio = self.ratio(cost);
        table.judged(
            &format!("{name}, PostgreSQL's processor time with its row against without"),
            format!("{ratio:.2} ({with:.0}, {without:.0} µs)"),
            &format!("≤ {COST_GOAL}"),
            ratio <= COST_GOAL,
        );
    }

    fn middles(&self, of: fn(&Run) -> f64) -> [f64; 2] {
        self.runs
            .each_ref()
            .map(|runs| middle(&mut runs.iter().map(of).collect::<Vec<_>>()))
    }

    fn ratio(&self, of: fn(&Run) -> f64) -> f64 {
        let [without, with] = &self.runs;
        let rounds = without.iter().zip(with);
        let mut ratios: Vec<f64> = rounds.map(|(a, b)| of(b) / of(a)).collect();
        middle(&mut ratios)
    }
}
