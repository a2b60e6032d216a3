//! PostgreSQL's own load generator, running the statements that the backend was seen to run.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{
    database::Database,
    load::{self, Requests},
    memory::processor_time,
    programs::Program,
    users::{self, PEOPLE},
};

/// What a client does again and again.
#[derive(Clone, Copy)]
pub(crate) enum Script {
    List,
    Create(Logged),
    Toggle(Logged),
}

/// Whether a change has its row in the log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logged {
    Yes,
    /// As the deletion of an account asks for it.
    No,
}

/// What came of a run.
pub(crate) struct Run {
    pub(crate) per_second: f64,
    pub(crate) transactions: f64,
    /// Processor time of the sessions that served it.
    pub(crate) database: Duration,
}

/// Processor times of sessions as last seen: nothing tells them once a process has ended.
#[derive(Default)]
struct Watch(HashMap<u32, Duration>);

/// Between two looks at processes that may end any moment.
const EACH: Duration = Duration::from_millis(20);

/// The program, and its scripts.
pub(crate) struct Pgbench {
    program: PathBuf,
    folder: TempDir,
}

impl Pgbench {
    /// Looks what the backend runs for these requests. None where pgbench is not installed.
    pub(crate) async fn find(
        program: &Path,
        database: &Database,
        backend: &Program,
        requests: impl IntoIterator<Item = (Script, &Requests)>,
    ) -> anyhow::Result<Option<Self>> {
        if std::process::Command::new(program)
            .arg("--version")
            .output()
            .is_err()
        {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        for (script, requests) in requests {
            let statement = script.seen(database, backend, requests).await?;
            std::fs::write(folder.path().join(script.file()), script.text(&statement))?;
        }
        Ok(Some(Self {
            program: program.to_path_buf(),
            folder,
        }))
    }

    /// Runs for so many seconds, from so many connections.
    pub(crate) async fn run(
        &self,
        script: Script,
        connections: usize,
        seconds: u64,
        database: &Database,
    ) -> anyhow::Result<Run> {
        let child = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
            .arg(format!("--client={connections}"))
            // More, in which it connects: that does not count among the transactions a second.
            .arg(format!(
                "--time={}",
                seconds + connections.div_ceil(16) as u64
            ))
            .args(script.variables())
            .arg("--file")
            .arg(self.folder.path().join(script.file()))
            .arg(database.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("pgbench does not start")?;
        let mut watch = Watch::default();
        let output = {
            let mut finished = std::pin::pin!(child.wait_with_output());
            loop {
                tokio::select! {
                    output = &mut finished => break output?,
                    () = tokio::time::sleep(EACH) => watch.look(connections, database).await?,
                }
            }
        };
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench failed: {error}");
        let report = String::from_utf8_lossy(&output.stdout);
        let of = |name| {
            let number = number_after(&report, name);
            number.with_context(|| format!("pgbench did not say {name:?}:\n{report}"))
        };
        let transactions = of("number of transactions actually processed: ")?;
        Ok(Run {
            // It tells none when the time was over before it had connected.
            per_second: if transactions > 0.0 {
                of("tps = ")?
            } else {
                0.0
            },
            transactions,
            database: watch.0.into_values().sum(),
        })
    }
}

impl Script {
    /// The statement that the backend runs for such a request.
    pub(crate) async fn seen(
        self,
        database: &Database,
        backend: &Program,
        requests: &Requests,
    ) -> anyhow::Result<String> {
        // Several at once: one connection goes on with the backend's announcement of a change.
        let server = backend.server();
        let ask = || load::until_answered(&server, requests);
        tokio::try_join!(ask(), ask(), ask(), ask())?;
        let statement = database.last_statement("todo-backend", self.pattern());
        statement.await
    }

    fn file(self) -> &'static str {
        match self {
            Self::List => "list.sql",
            Self::Create(Logged::Yes) => "create.sql",
            Self::Create(Logged::No) => "create-unlogged.sql",
            Self::Toggle(Logged::Yes) => "toggle.sql",
            Self::Toggle(Logged::No) => "toggle-unlogged.sql",
        }
    }

    /// What the statement is like (SQL's `like`).
    fn pattern(self) -> &'static str {
        match self {
            Self::List => "select %from tasks%limit%",
            Self::Create(_) => "insert into tasks%",
            Self::Toggle(_) => "update tasks set completed = not completed%",
        }
    }

    /// The statement, its parameters as variables: with `prepared` they are sent as parameters.
    fn text(self, statement: &str) -> String {
        let parameters: &[&str] = match self {
            // The first page, by a statement for every page or by one of its own.
            Self::List if statement.contains("$4") => {
                &[":person", ":before", ":before_id", ":most"]
            }
            Self::List if statement.contains("$3") => &[":person", ":person", ":most"],
            Self::List => &[":person", ":most"],
            Self::Create(logged) => &[":person", ":title", ":description", logged.origin()],
            Self::Toggle(logged) => &[":person", ":task", logged.origin()],
        };
        let mut text = format!(
            "\\set person random(1, {PEOPLE})\n{}{statement};\n",
            self.more_variables()
        );
        for (number, parameter) in parameters.iter().enumerate() {
            text = text.replace(&format!("${}", number + 1), parameter);
        }
        text
    }

    /// What follows from the person, or is another each time.
    fn more_variables(self) -> String {
        let batch = "\\set batch random(1, 1000000000)\n";
        match self {
            Self::List => String::new(),
            Self::Create(_) => batch.to_owned(),
            Self::Toggle(_) => format!("{batch}\\set task {}\n", users::task_id(":person")),
        }
    }

    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::List => &[
                "--define=before=9999-12-31 23:59:59+00",
                "--define=before_id=9223372036854775807",
                "--define=most=21",
            ],
            Self::Create(_) => &["--define=title=Buy milk", "--define=description=two litres"],
            Self::Toggle(_) => &[],
        }
    }
}

impl Logged {
    /// Whose change it is, in a batch of its own, as an expression of SQL.
    fn origin(self) -> &'static str {
        match self {
            Self::Yes => {
                r#"'{"source": null, "means": "rest", "batch": "' || md5(:batch::text) || '"}'"#
            }
            Self::No => {
                r#"'{"source": null, "unlogged": true, "batch": "' || md5(:batch::text) || '"}'"#
            }
        }
    }
}

impl Watch {
    async fn look(&mut self, connections: usize, database: &Database) -> anyhow::Result<()> {
        let Self(sessions) = self;
        if sessions.len() < connections {
            let found = database.sessions_of("pgbench").await?;
            *sessions = found.into_iter().map(|id| (id, Duration::ZERO)).collect();
        }
        for (id, time) in sessions {
            *time = processor_time(*id).unwrap_or(*time);
        }
        Ok(())
    }
}

fn number_after(report: &str, name: &str) -> Option<f64> {
    let line = report.lines().find_map(|line| line.strip_prefix(name))?;
    line.split([' ', '/']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_variables() {
        let text = Script::List.text("select 1 where user_id = $1 and (a, id) < ($2, $3) limit $4");
        assert!(
            text.ends_with("user_id = :person and (a, id) < (:before, :before_id) limit :most;\n")
        );
        let text = Script::List.text("select $1 from tasks where user_id = $2 limit $3");
        assert!(text.ends_with("select :person from tasks where user_id = :person limit :most;\n"));
        let text = Script::List.text("select $1 from tasks where user_id = $1 limit $2");
        assert!(text.ends_with("select :person from tasks where user_id = :person limit :most;\n"));
    }

    #[test]
    fn each_change_is_a_batch_of_its_own_logged_or_not() {
        let statement =
            "insert into tasks select $1, $2, $3 from set_config('todo.origin', $4, true)";
        for (logged, key) in [(Logged::Yes, "means"), (Logged::No, "unlogged")] {
            let text = Script::Create(logged).text(statement);
            assert!(
                text.contains(":person, :title, :description from"),
                "{text}"
            );
            assert!(text.contains(key) && text.contains("md5(:batch"), "{text}");
            assert!(!text.contains('$'), "{text}");
        }
    }

    #[test]
    fn numbers_are_read_from_the_report() {
        let report =
            "latency average = 1.2 ms\ntps = 12345.678 (without initial connection time)\n";
        assert_eq!(number_after(report, "tps = "), Some(12345.678));
        assert_eq!(number_after("", "tps = "), None);
    }
}
