//! Adds to what is wrong what the containers themselves say about it.

use crate::{
    diagnosis::{self, Finding, Objects},
    release::Release,
};

/// Everything that is wrong with a release, each as text.
pub fn report(release: &Release<'_>) -> anyhow::Result<Vec<String>> {
    let found = diagnosis::find(&Objects::of(release)?, release.name);
    let told = found.iter().map(|finding| {
        let log = finding.log.iter().flatten().map(String::as_str);
        let arguments: Vec<&str> = ["logs", "--tail=10"].into_iter().chain(log).collect();
        // One that has no log yet, or whose log is gone, has nothing to say.
        let log = finding
            .log
            .as_ref()
            .and_then(|_| release.ask(&arguments).ok());
        text(finding, &log.unwrap_or_default())
    });
    Ok(told.collect())
}

/// The same as one text.
pub fn describe(release: &Release<'_>) -> String {
    report(release).map_or_else(
        |error| format!("and the pods cannot be looked at: {error:#}"),
        |found| found.join("\n\n"),
    )
}

/// A finding as it is shown, with the last lines of its log.
pub fn text(finding: &Finding, log: &str) -> String {
    let mut lines = vec![finding.headline()];
    lines.extend(log.lines().map(|line| format!("  | {line}")));
    let remedy = cause(log, finding.migration).unwrap_or(&finding.remedy);
    lines.push(format!("  what to do: {remedy}"));
    lines.join("\n")
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

/// What the backend's log says about the language model, with what to do: only a conversation shows whether it works.
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
