//! PostgreSQL's own load generator, running the statements that the backend runs.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{programs::POOL, users::PEOPLE};

/// `store::tasks::list`: every task, by creation.
const LIST: &str = r#"select id, user_id, title, description, completed, created_at, updated_at,
    coalesce((select total from task_counts where user_id = $1), 0) as "listed!"
from tasks
where user_id = $1 and (created_at, id) < ($2, $3)
order by created_at desc, id desc limit $4"#;

/// `store::tasks::create`.
const CREATE: &str = "insert into tasks (user_id, title, description) values ($1, $2, $3)
returning id, user_id, title, description, completed, created_at, updated_at";

/// What a client does again and again.
#[derive(Clone, Copy)]
pub(crate) enum Script {
    List,
    Create,
}

/// The program, if there is one, and its scripts.
pub(crate) struct Pgbench {
    program: PathBuf,
    url: String,
    folder: TempDir,
}

impl Pgbench {
    pub(crate) fn new(program: &Path, url: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        for script in [Script::List, Script::Create] {
            std::fs::write(folder.path().join(script.file()), script.text())?;
        }
        Ok(Self {
            program: program.to_path_buf(),
            url: url.to_owned(),
            folder,
        })
    }

    /// Transactions a second over so many seconds, from as many connections as the backend has.
    pub(crate) async fn run(&self, script: Script, seconds: u64) -> anyhow::Result<f64> {
        let connections = POOL.to_string();
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
            .arg(format!("--client={connections}"))
            .arg(format!("--time={seconds}"))
            .args(script.variables())
            .arg("--file")
            .arg(self.folder.path().join(script.file()))
            .arg(&self.url)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .context("pgbench does not start")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench failed: {error}");
        let report = String::from_utf8_lossy(&output.stdout);
        rate(&report).with_context(|| format!("pgbench said nothing of its rate:\n{report}"))
    }
}

impl Script {
    fn file(self) -> &'static str {
        match self {
            Self::List => "list.sql",
            Self::Create => "create.sql",
        }
    }

    /// The statement, its parameters as variables: with `prepared` they are sent as parameters.
    fn text(self) -> String {
        let (statement, parameters): (_, &[&str]) = match self {
            Self::List => (LIST, &[":person", ":before", ":before_id", ":most"]),
            Self::Create => (CREATE, &[":person", ":title", ":description"]),
        };
        let mut text = format!("\\set person random(1, {PEOPLE})\n{statement};\n");
        for (number, parameter) in parameters.iter().enumerate() {
            text = text.replace(&format!("${}", number + 1), parameter);
        }
        text
    }

    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::List => &[
                "--define=before=9999-12-31 23:59:59+00",
                "--define=before_id=9223372036854775807",
                "--define=most=21",
            ],
            Self::Create => &["--define=title=Buy milk", "--define=description=two litres"],
        }
    }
}

fn rate(report: &str) -> Option<f64> {
    let line = report
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_statements_are_those_of_the_store() {
        let list = include_str!("../../../crates/store/src/tasks/list.rs");
        assert!(words(list).contains(&words(LIST)));
        let create = include_str!("../../../crates/store/src/tasks/create.rs");
        assert!(words(create).contains(&words(CREATE)));
    }

    #[test]
    fn parameters_become_variables() {
        assert!(Script::List.text().contains("< (:before, :before_id)"));
        assert!(!Script::Create.text().contains('$'));
    }

    #[test]
    fn the_rate_is_read_from_the_report() {
        let report =
            "latency average = 1.2 ms\ntps = 12345.678 (without initial connection time)\n";
        assert_eq!(rate(report), Some(12345.678));
        assert_eq!(rate(""), None);
    }
}
