//! The programs of the working tree beside those of another revision, measured in turns within one run.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use self::report::{Report, Unit, Which};
use crate::{
    build::{self, Revision},
    config::Against,
    contenders::{self, WARM_UP},
    database::{self, Database},
    load, memory,
    pgbench::{Logged, Pgbench, Script},
    programs::{Backend, NAMES, POOL, Programs},
    rates::CLIENTS,
    sizes, start,
    statistics::{milliseconds, quantile},
    talk::{self, streams},
    users::{self, Make},
};

mod report;

const STARTS: usize = 15;
/// Chat turns of each in a round.
const TURNS: usize = 40;
/// What is asked, what pgbench does of it, and how it is answered.
const CASES: [(&str, Script, Make, u16); 3] = [
    ("list of 20", Script::List, users::list, 200),
    (
        "list of 20, browser's token",
        Script::List,
        users::list_as_browser,
        200,
    ),
    ("create", Script::Create(Logged::Yes), users::create, 201),
];

/// One of the two: its programs, and a database of its own, as their schemas differ.
struct Side {
    which: Which,
    programs: Programs,
    database: Database,
}

/// Builds, measures, and prints a table.
pub(crate) async fn measure(config: &Against) -> anyhow::Result<()> {
    let revision = Revision::find(&config.revision)?;
    let mut report = Report::new(&config.revision);
    if config.build_times {
        build_times(&revision, &mut report)?;
    }
    let before = revision.programs()?;
    let now = config.programs.folder()?;
    let sides = [
        Side::make(Which::Before, &before, config).await?,
        Side::make(Which::Now, &now, config).await?,
    ];
    sizes_and_starts(&sides, &mut report)?;
    idle_and_requests(&sides, config, &mut report).await?;
    chat_turns(&sides, config, &mut report).await?;
    open_turns(&sides, config, &mut report).await?;
    for side in sides {
        side.database.drop_it().await?;
    }
    println!("{report}");
    Ok(())
}

impl Side {
    async fn make(which: Which, folder: &Path, config: &Against) -> anyhow::Result<Self> {
        let name = format!("todo_bench_{which:?}").to_lowercase();
        let database = Database::create_named(&config.database_url, &name).await?;
        let programs = Programs::new(folder, database.url())?;
        programs.migrate()?;
        database::reseed(database.url()).await?;
        Ok(Self {
            which,
            programs,
            database,
        })
    }
}

/// Whoever comes second finds the machine as the first one left it, so they change places with every round.
fn in_turns<T>(round: usize, [before, now]: &[T; 2]) -> [&T; 2] {
    if round.is_multiple_of(2) {
        [before, now]
    } else {
        [now, before]
    }
}

/// Of a whole build into an empty folder, with the packages downloaded.
fn build_times(revision: &Revision, report: &mut Report) -> anyhow::Result<()> {
    let sources = [
        (Which::Before, revision.source()?),
        (Which::Now, build::root()),
    ];
    for (what, packages) in [
        ("the workspace", "--workspace"),
        ("xtask", "--package=xtask"),
    ] {
        for (which, source) in &sources {
            build::succeeds(build::cargo(source).args(["fetch", "--locked"]))?;
            let folder = tempfile::tempdir_in(build::target()?)?;
            let mut command = build::cargo(source);
            command
                .args(["build", "--locked", packages])
                .env("CARGO_TARGET_DIR", folder.path());
            let (begun, used) = (Instant::now(), memory::time_of_children());
            build::succeeds(&mut command)?;
            let name = format!("building {what} from nothing");
            report.add(*which, &name, Unit::Seconds, begun.elapsed().as_secs_f64());
            let used = memory::time_of_children().saturating_sub(used);
            let name = format!("{name}, processor time");
            report.add(*which, &name, Unit::Seconds, used.as_secs_f64());
        }
    }
    Ok(())
}

fn sizes_and_starts(sides: &[Side; 2], report: &mut Report) -> anyhow::Result<()> {
    for name in NAMES {
        for side in sides {
            let size = sizes::megabytes(&side.programs, name)?;
            report.add(
                side.which,
                &format!("size of {name}"),
                Unit::Megabytes,
                size,
            );
        }
    }
    for (name, start) in start::ALL {
        for round in 0..STARTS {
            for side in in_turns(round, sides) {
                let time = milliseconds(start(&side.programs)?.started_in);
                let name = format!("start to the first /health, {name}");
                report.add(side.which, &name, Unit::Milliseconds, time);
            }
        }
    }
    Ok(())
}

async fn idle_and_requests(
    sides: &[Side; 2],
    config: &Against,
    report: &mut Report,
) -> anyhow::Result<()> {
    let [before, now] = sides;
    let backends = [
        (before, before.programs.backend(&Backend::default())?),
        (now, now.programs.backend(&Backend::default())?),
    ];
    let servers = [(before, before.programs.mcp()?), (now, now.programs.mcp()?)];
    for (name, programs) in [("todo-backend", &backends), ("todo-mcp", &servers)] {
        for (side, program) in programs {
            if let Some(size) = memory::idle(program).await? {
                let name = format!("idle memory of {name}");
                report.add(side.which, &name, Unit::Megabytes, size);
            }
        }
    }
    drop(servers);
    let cases = CASES.map(|(name, script, make, status)| {
        let requests = contenders::requests(make, status)?;
        anyhow::Ok((name, script, requests))
    });
    let cases = cases.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let asked = cases
        .iter()
        .map(|(_, script, requests)| (*script, requests));
    let [_, (_, backend)] = &backends;
    let pgbench = Pgbench::find(&config.pgbench, &now.database, backend, asked).await?;
    for (_, _, requests) in &cases {
        for (_, backend) in &backends {
            load::run(&backend.server(), requests, POOL, WARM_UP).await?;
        }
    }
    let seconds = config.seconds;
    let time = Duration::from_secs(seconds);
    for round in 0..usize::from(config.rounds) {
        for (case, script, requests) in &cases {
            let database = match &pgbench {
                Some(pgbench) => {
                    let run = pgbench.run(*script, POOL, seconds, &now.database).await?;
                    Some(run.per_second)
                }
                None => None,
            };
            for clients in CLIENTS {
                let name = format!("{case}, {clients} clients");
                for (side, backend) in in_turns(round, &backends) {
                    eprintln!("  round {}: {name}, {:?}", round + 1, side.which);
                    let (sample, mut latencies) =
                        contenders::sample(backend, requests, clients, time).await?;
                    let mut add = |what: &str, unit, value| {
                        report.add(side.which, &format!("{name}{what}"), unit, value);
                    };
                    let rate = sample.per_second;
                    add("", Unit::PerSecond, rate);
                    if let Some(database) = database {
                        add(", of pgbench", Unit::Share, rate / database);
                    }
                    let p99 = quantile(&mut latencies, 0.99);
                    add(", p99", Unit::Milliseconds, milliseconds(p99));
                    add(
                        ", backend's processor time",
                        Unit::Microseconds,
                        sample.cost,
                    );
                }
            }
        }
    }
    Ok(())
}

async fn chat_turns(
    sides: &[Side; 2],
    config: &Against,
    report: &mut Report,
) -> anyhow::Result<()> {
    for round in 0..usize::from(config.rounds) {
        for side in in_turns(round, sides) {
            let times = talk::turn::times(&side.programs, &side.database, TURNS).await?;
            for (what, time) in [
                ("to the first text", times.to_first),
                ("in all", times.in_all),
            ] {
                let name = format!("chat turn without the model, {what}");
                report.add(side.which, &name, Unit::Milliseconds, time);
            }
            let name = "chat turn, in the database";
            report.add(side.which, name, Unit::Milliseconds, times.in_database);
        }
    }
    Ok(())
}

async fn open_turns(
    sides: &[Side; 2],
    config: &Against,
    report: &mut Report,
) -> anyhow::Result<()> {
    for round in 0..usize::from(config.rounds) {
        for side in in_turns(round, sides) {
            eprintln!("  round {}: turns at once, {:?}", round + 1, side.which);
            let run = streams::run(&side.programs, config.streams).await?;
            let name = format!("{} turns at once, failed", config.streams);
            let failed = u32::try_from(run.failed())?;
            report.add(side.which, &name, Unit::Turns, failed.into());
            if let Some((before, during)) = run.memory {
                let name = format!("backend's memory with {} turns open", config.streams);
                report.add(side.which, &name, Unit::Megabytes, during);
                let each = (during - before) * 1_000.0 / f64::from(config.streams);
                report.add(side.which, "memory of an open turn", Unit::Kilobytes, each);
            }
        }
    }
    Ok(())
}
