//! Requests a second, beside what others do of the same in the same rounds.

use anyhow::ensure;
use tempfile::NamedTempFile;

use crate::{
    client::Connection,
    config::{Config, Figures, Turns},
    contenders::{Asked, Contender, Setting, in_turns, requests},
    database::Database,
    pgbench::{Logged, Pgbench, Script},
    programs::{Backend, Program, Programs},
    python::{Python, Rival},
    statistics::{ratios, spread},
    table::{Goal, Table},
    users::{self, Make, People},
};

/// How many ask at once.
pub(crate) const CLIENTS: [usize; 2] = [16, 64];
/// How long a commit waits, in milliseconds: as on a disk of one's own, and as hosted storage lets it.
const DELAYS: [u32; 3] = [0, 1, 3];
/// One for each client, as pgbench has it.
const CONNECTIONS: (&str, &str) = ("DATABASE_POOL_SIZE", "64");
const PYTHON: &str = "Python";
const PGBENCH: &str = "pgbench";
const SILENT: &str = "pgbench without notify";

/// What pgbench runs of the backend's statements.
const SCRIPTS: [Script; 2] = [Script::List, Script::Create(Logged::Yes)];

/// Who can be asked.
struct Yard<'a> {
    turns: &'a Turns,
    programs: &'a Programs,
    database: &'a Database,
    backend: &'a Program,
    /// None where its packages cannot be had.
    python: Option<&'a Rival>,
    /// None where it is not installed.
    pgbench: Option<&'a Pgbench>,
}

/// Measures one of the parts of which this is.
pub(crate) async fn measure(
    part: Figures,
    config: &Config,
    programs: &Programs,
    database: &Database,
    python: &anyhow::Result<Python>,
    table: &mut Table,
) -> anyhow::Result<()> {
    let backend = programs.backend(&Backend {
        settings: vec![CONNECTIONS],
        ..Backend::default()
    })?;
    let python = match python {
        Ok(python) => Some(python.serve(programs, &config.database_url).await?),
        Err(error) => {
            table.note(format!("{part:?}, Python: skipped: {error:#}."));
            None
        }
    };
    let requests = [requests(users::list, 200)?, requests(users::create, 201)?];
    let asked = SCRIPTS.into_iter().zip(&requests);
    let pgbench = Pgbench::find(&config.pgbench, database, &backend, asked).await?;
    if pgbench.is_none() {
        table.note(format!(
            "{part:?}, pgbench: skipped: it is missing (Debian's postgresql-contrib has it)."
        ));
    }
    let yard = Yard {
        turns: &config.turns,
        programs,
        database,
        backend: &backend,
        python: python.as_ref(),
        pgbench: pgbench.as_ref(),
    };
    match part {
        Figures::List => list(&yard, table).await?,
        Figures::Mcp => mcp(&yard, table).await?,
        _ => {
            let name = "todo_bench_silent";
            let silent = Database::create_named(&config.database_url, name).await?;
            programs.migrate_at(silent.url())?;
            silent.silence().await?;
            silent.seed().await?;
            create(&yard, &silent, table).await?;
            silent.drop_it().await?;
        }
    }
    if let Some(Rival {
        backend,
        mcp,
        database,
    }) = python
    {
        drop((backend, mcp));
        database.drop_it().await?;
    }
    Ok(())
}

/// Writes of 1,000 people, with commits as slow as those of three kinds of storage.
async fn create(yard: &Yard<'_>, silent: &Database, table: &mut Table) -> anyhow::Result<()> {
    let mut contenders = yard.backends(users::create, 201);
    if let Some(pgbench) = yard.pgbench {
        let [_, script] = SCRIPTS;
        for (name, database) in [(SILENT, silent), (PGBENCH, yard.database)] {
            let asked = Asked::Pgbench {
                pgbench,
                script,
                database,
            };
            contenders.push(Contender::new(name, asked));
        }
    }
    let settings = DELAYS.map(|delay_ms| [1, 16, 64].map(|clients| Setting { delay_ms, clients }));
    in_turns(
        &mut contenders,
        settings.as_flattened(),
        yard.turns,
        yard.database,
    )
    .await?;
    let Some((ours, others)) = contenders.split_first() else {
        return Ok(());
    };
    for delay_ms in DELAYS {
        let what = format!("create at {delay_ms} ms");
        for clients in CLIENTS {
            for other in others {
                let goal = match (other.name, delay_ms, clients) {
                    (SILENT, ..) => Some(0.6),
                    (PYTHON, 1.., 16) => Some(8.0),
                    (PYTHON, ..) => Some(15.0),
                    _ => None,
                };
                ours.beside(other, &what, Setting { delay_ms, clients }, goal, table);
            }
        }
        let [one, many] = [1, 64].map(|clients| ours.rates(Setting { delay_ms, clients }));
        let ratios = ratios(&many, &one);
        let goal = (delay_ms == 3).then(|| Goal::at_least(20.0, &ratios));
        let shown = [many, one].map(|rates| spread(&rates, per_second));
        table.compared(
            &format!("{what}, 64 clients, against one"),
            shown,
            ratios,
            goal,
        );
    }
    Ok(())
}

/// First pages.
async fn list(yard: &Yard<'_>, table: &mut Table) -> anyhow::Result<()> {
    let mut contenders = yard.backends(users::list, 200);
    let (program, _body) = yard.server_from_memory().await?;
    let asked = Asked::Program {
        program: &program,
        make: users::list,
        status: 200,
    };
    contenders.insert(1, Contender::new("the same bytes from memory", asked));
    if let Some(pgbench) = yard.pgbench {
        let ([script, _], database) = (SCRIPTS, yard.database);
        let asked = Asked::Pgbench {
            pgbench,
            script,
            database,
        };
        contenders.push(Contender::new(PGBENCH, asked));
    }
    let settings = CLIENTS.map(|clients| Setting {
        delay_ms: 0,
        clients,
    });
    in_turns(&mut contenders, &settings, yard.turns, yard.database).await?;
    let [ours, memory, ..] = &*contenders else {
        return Ok(());
    };
    for setting in settings {
        for other in contenders.iter().skip(1) {
            let goal = match other.name {
                PYTHON => Some(25.0),
                PGBENCH => Some(0.6),
                _ => None,
            };
            ours.beside(other, "list of 20", setting, goal, table);
        }
        let [cost, least] = [ours, memory].map(|contender| contender.costs(setting));
        let Goal(goal, met) = Goal::at_most(85.0, &cost);
        let goal = Goal(format!("{goal} µs"), met);
        let ratios = ratios(&cost, &least);
        let shown = [cost, least].map(|costs| spread(&costs, |cost| format!("{cost:.0} µs")));
        let clients = setting.clients;
        let name = format!("list of 20, {clients} clients, processor time against memory's");
        table.compared(&name, shown, ratios, Some(goal));
    }
    Ok(())
}

/// Calls of the MCP server's tools, by each kind of credential.
async fn mcp(yard: &Yard<'_>, table: &mut Table) -> anyhow::Result<()> {
    yard.database.let_programs_in().await?;
    let program = yard.programs.mcp()?;
    let tools: [(&str, [Make; 4]); 2] = [
        (
            "add_task",
            [
                users::add_by_tool,
                users::add_by_key,
                users::add_by_app,
                users::add_by_tool_of_python,
            ],
        ),
        (
            "list_tasks",
            [
                users::list_by_tool,
                users::list_by_key,
                users::list_by_app,
                users::list_by_tool_of_python,
            ],
        ),
    ];
    for (tool, [by_backend, by_key, by_app, make_python]) in tools {
        let mut programs = vec![
            ("the backend's assertion", &program, by_backend),
            ("a key", &program, by_key),
            ("an access token", &program, by_app),
        ];
        let ours = programs.len();
        programs.extend(yard.python.map(|rival| (PYTHON, &rival.mcp, make_python)));
        let mut contenders = Vec::new();
        for (name, program, make) in programs {
            let mut connection = Connection::open(&program.server()).await?;
            let answer = connection
                .exchange(&make(&People::default(), "1")?, 200)
                .await?;
            let answer = String::from_utf8_lossy(answer);
            ensure!(
                !answer.contains("\"isError\":true") && !answer.contains("\"error\""),
                "{answer}"
            );
            let asked = Asked::Program {
                program,
                make,
                status: 200,
            };
            contenders.push(Contender::new(name, asked));
        }
        let setting = Setting {
            delay_ms: 0,
            clients: 16,
        };
        in_turns(&mut contenders, &[setting], yard.turns, yard.database).await?;
        let (ours, python) = contenders.split_at(ours);
        for contender in ours {
            let what = format!("tools/call {tool} with {}", contender.name);
            let costs = spread(&contender.costs(setting), |cost| format!("{cost:.0} µs"));
            table.told(&format!("{what}, processor time"), costs);
            match python.first() {
                Some(python) => contender.beside(python, &what, setting, Some(15.0), table),
                None => table.told(&what, spread(&contender.rates(setting), per_second)),
            }
        }
    }
    Ok(())
}

impl<'a> Yard<'a> {
    fn backends(&self, make: Make, status: u16) -> Vec<Contender<'a>> {
        let asked = |program| Asked::Program {
            program,
            make,
            status,
        };
        let mut contenders = vec![Contender::new("todo-backend", asked(self.backend))];
        let python = self.python.map(|rival| &rival.backend);
        contenders.extend(python.map(|python| Contender::new(PYTHON, asked(python))));
        contenders
    }

    /// A server that has one list in memory, which stays in the file as long as it is kept.
    async fn server_from_memory(&self) -> anyhow::Result<(Program, NamedTempFile)> {
        let mut connection = Connection::open(&self.backend.server()).await?;
        let list = users::list(&People::default(), "1")?;
        let body = NamedTempFile::new()?;
        std::fs::write(body.path(), connection.exchange(&list, 200).await?)?;
        let mut command = self.programs.pinned(&std::env::current_exe()?);
        command.arg("fixed").arg("--body").arg(body.path());
        let program = self
            .programs
            .launch("fixed", command, None, |command, port| {
                command.env("PORT", port.to_string());
            })?;
        Ok((program, body))
    }
}

fn per_second(rate: f64) -> String {
    format!("{rate:.0}/s")
}
