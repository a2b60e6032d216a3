//! Adds to what is wrong what the containers themselves say about it.

use k8s_openapi::api::core::v1::Pod;
use kube::api::LogParams;

use super::{Finding, Log, Objects, Probe, find};
use crate::api::Cluster;

const LAST_LINES: i64 = 10;
const ANSWER_CHARACTERS: usize = 300;

/// Everything that is wrong with a release, each as text.
pub fn report(cluster: &Cluster, release: &str) -> anyhow::Result<Vec<String>> {
    let found = find(&Objects::of(cluster)?, release);
    Ok(found
        .iter()
        .map(|finding| {
            let answer = ask(cluster, finding);
            text(finding, &last_lines(cluster, finding), answer.as_deref())
        })
        .collect())
}

/// The same as one text.
pub fn describe(cluster: &Cluster, release: &str) -> String {
    report(cluster, release).map_or_else(
        |error| format!("and the pods cannot be looked at: {error:#}"),
        |found| found.join("\n\n"),
    )
}

/// A finding as it is shown, with the last lines of its log and what it answered.
pub fn text(finding: &Finding, log: &str, answer: Option<&str>) -> String {
    let mut lines = vec![finding.headline()];
    let cause = cause(log, finding.migration);
    if let (None, Some(answer)) = (cause, answer) {
        lines.push(format!("  it answers: {answer}"));
    }
    lines.extend(log.lines().map(|line| format!("  | {line}")));
    let remedy = cause.unwrap_or(&finding.remedy);
    lines.push(format!("  what to do: {remedy}"));
    lines.join("\n")
}

/// One that has no log yet, or whose log is gone, has nothing to say.
fn last_lines(cluster: &Cluster, finding: &Finding) -> String {
    let (Some(pod), Some(log)) = (&finding.pod, finding.log) else {
        return String::new();
    };
    let asked = LogParams {
        container: finding.container.clone(),
        previous: log == Log::Previous,
        tail_lines: Some(LAST_LINES),
        ..LogParams::default()
    };
    let log = cluster.wait(cluster.api::<Pod>().logs(pod, &asked));
    log.unwrap_or_default()
}

/// Asks the pod itself, as the kubelet does, which keeps the answer to itself.
fn ask(cluster: &Cluster, finding: &Finding) -> Option<String> {
    let Probe { port, path } = finding.probe.as_ref()?;
    let (namespace, pod) = (&cluster.namespace, finding.pod.as_ref()?);
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}:{port}/proxy{path}");
    let (status, body) = cluster.get(&path).ok()?;
    let body: String = body.trim().chars().take(ANSWER_CHARACTERS).collect();
    Some(format!("{status} {body}"))
}

/// What to do about the cause that the last lines name, if it is one that happens to many.
fn cause(log: &str, migration: bool) -> Option<&'static str> {
    if migration {
        return xtask::database::cause(log);
    }
    // A server has also other things to say, and others to reach.
    let mut lines = log.lines().rev().filter(|line| line.contains("database"));
    lines.find_map(xtask::database::cause)
}

/// What the backend's log says about the language model: only a conversation shows whether it works.
pub fn model(log: &str) -> Option<&'static str> {
    const CODES: [(&str, &str); 3] = [
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
    ];
    log.lines().rev().find_map(|line| {
        let mut codes = CODES.into_iter();
        codes.find_map(|(code, sentence)| line.contains(code).then_some(sentence))
    })
}
