//! Adds to what is wrong what the containers themselves say about it.

use std::{
    net::TcpListener,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{KINDS, Log, Question, Trouble, find};
use crate::{database, kubernetes::kubectl::Kubectl, readiness};

const LINES: &str = "--tail=10";
const FORWARD_LIMIT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);

/// One trouble, with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was found.
    pub trouble: Trouble,
    /// The last lines of its log.
    pub log: String,
    /// What it answered.
    pub answer: Option<String>,
}

impl Report {
    /// As it is shown to the user.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![self.trouble.headline()];
        let cause = cause(&self.log, self.trouble.migration);
        lines.extend(
            cause
                .is_none()
                .then_some(&self.answer)
                .and_then(Option::as_ref)
                .map(|answer| format!("  it answers: {answer}")),
        );
        lines.extend(self.log.lines().map(|line| format!("  | {line}")));
        let remedy = cause.unwrap_or(&self.trouble.remedy);
        lines.push(format!("  what to do: {remedy}"));
        lines.join("\n")
    }
}

/// Everything that is wrong with a release.
///
/// # Errors
/// When the cluster cannot be asked.
pub fn report(kubectl: &Kubectl, release: &str) -> anyhow::Result<Vec<Report>> {
    let objects = kubectl.get(&[KINDS])?;
    Ok(find(&objects, release)
        .into_iter()
        .map(|trouble| {
            let log = last_lines(kubectl, &trouble);
            let answer = ask(kubectl, &trouble);
            Report {
                trouble,
                log,
                answer,
            }
        })
        .collect())
}

fn last_lines(kubectl: &Kubectl, trouble: &Trouble) -> String {
    let (Some(pod), Some(log)) = (&trouble.pod, trouble.log) else {
        return String::new();
    };
    let mut arguments = vec!["logs", pod, LINES];
    match &trouble.container {
        Some(container) => arguments.extend(["--container", container]),
        None => arguments.push("--all-containers"),
    }
    if log == Log::Previous {
        arguments.push("--previous");
    }
    // One that has no log yet, or whose log is gone, has nothing to say.
    kubectl.text(&arguments).unwrap_or_default()
}

/// Asks the pod itself, as the kubelet does, which keeps the answer to itself.
fn ask(kubectl: &Kubectl, trouble: &Trouble) -> Option<String> {
    let Question { port, path } = trouble.question.as_ref()?;
    let local = TcpListener::bind("127.0.0.1:0")
        .ok()?
        .local_addr()
        .ok()?
        .port();
    let pod = format!("pod/{}", trouble.pod.as_ref()?);
    let forward = kubectl
        .command(&["port-forward", &pod, &format!("{local}:{port}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _forward = Forward(forward.ok()?);
    let started = Instant::now();
    while started.elapsed() < FORWARD_LIMIT {
        if let Ok((status, body)) = readiness::ask(local, path) {
            return Some(format!("{status} {body}"));
        }
        thread::sleep(POLL);
    }
    None
}

/// A `kubectl port-forward` for as long as it is needed.
struct Forward(Child);

impl Drop for Forward {
    fn drop(&mut self) {
        // One that ended by itself has ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What to do about the cause that the last lines name, if it is one that happens to many.
fn cause(log: &str, migration: bool) -> Option<&'static str> {
    if migration {
        return database::cause(log);
    }
    // A server has also other things to say, and others to reach.
    log.lines()
        .rev()
        .filter(|line| line.contains("database"))
        .find_map(database::cause)
}

/// What the backend's log says about the language model: only a conversation shows whether it works.
#[must_use]
pub fn model(log: &str) -> Option<&'static str> {
    log.lines().rev().find_map(|line| {
        [
            (
                "model_unauthorized",
                "the model provider refuses the key: correct OPENAI_API_KEY",
            ),
            (
                "model_quota",
                "the model provider says that the account has nothing left: look there",
            ),
            (
                "model_unreachable",
                "the model cannot be reached from within the cluster: check OPENAI_BASE_URL",
            ),
        ]
        .into_iter()
        .find_map(|(code, sentence)| line.contains(code).then_some(sentence))
    })
}
