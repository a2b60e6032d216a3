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
