//! kube-score over every shape, with what it finds and we mean.

use std::{collections::BTreeMap, fs, process::Command};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{Verdict, chart::Chart, programs};
use crate::{config, terminal::Step};

/// Where the excuses are.
const EXCUSES: &str = "helm/policy-exceptions.yaml";

/// Checks that kube-score leaves out unless asked.
const OPTIONAL: [&str; 2] = ["container-ports-check", "container-seccomp-profile"];

/// The grade of a check that found nothing.
const PERFECT: i64 = 10;

/// A written reason why something that kube-score finds is as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    check: String,
    objects: Vec<String>,
}

/// What kube-score holds against an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of its check.
    pub check: String,
    /// `Kind/name`.
    pub object: String,
    /// In its words.
    pub says: String,
}

/// No finding without an excuse, and no excuse without a finding.
///
/// # Errors
/// With everything that was found.
pub fn check(chart: &Chart<'_>, _: &mut Step) -> Verdict {
    let Some(program) = config::program("kube-score") else {
        return Ok(Some(
            "left out, there is no `kube-score` (https://github.com/zegl/kube-score)".to_owned(),
        ));
    };
    let file = chart.workspace().root().join(EXCUSES);
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let excuses = excuses(&text).with_context(|| EXCUSES.to_owned())?;
    let [lowest, newest] = chart.kubernetes()?;
    let folder = chart
        .workspace()
        .target()
        .join("xtask")
        .join("chart")
        .join("shapes");
    fs::create_dir_all(&folder)?;
    let mut renders = BTreeMap::new();
    for render in chart.renders()? {
        if render.kubernetes == newest {
            renders.entry(&render.shape).or_insert(render);
        }
    }
    let mut commands = Vec::new();
    for (shape, render) in &renders {
        let texts: Vec<&str> = render
            .objects
            .iter()
            .map(|object| object.text.as_str())
            .collect();
        let file = folder.join(format!("{shape}.yaml"));
        fs::write(&file, texts.join("---\n"))?;
        let mut command = Command::new(&program);
        command
            .args([
                "score",
                "--output-format",
                "json",
                "--disable-ignore-checks-annotations",
            ])
            .arg(format!("--kubernetes-version=v{lowest}"))
            .args(
                OPTIONAL
                    .iter()
                    .flat_map(|name| ["--enable-optional-test", name]),
            )
            .arg(file);
        commands.push(command);
    }
    let outputs = programs::outputs(commands)?;
    let mut findings = BTreeMap::new();
    for (shape, output) in renders.keys().zip(&outputs) {
        let report: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("kube-score on {shape}: {}", programs::said(output)))?;
        for finding in found(&report) {
            findings
                .entry((finding.check.clone(), finding.object.clone()))
                .or_insert((*shape, finding));
        }
    }
    let all: Vec<Finding> = findings
        .values()
        .map(|(_, finding)| finding.clone())
        .collect();
    let unexcused = unexcused(&all, &excuses);
    let mut lines: Vec<String> = findings
        .values()
        .filter(|(_, finding)| unexcused.contains(finding))
        .map(|(shape, finding)| {
            format!(
                "{} of {} (shape {shape}): {}",
                finding.check, finding.object, finding.says
            )
        })
        .collect();
    if !lines.is_empty() {
        lines.push(format!(
            "Mend the chart, or write the reason into {EXCUSES}."
        ));
    }
    lines.extend(idle(&all, &excuses).iter().map(|excuse| {
        format!(
            "{EXCUSES}: nothing of {} is found at {} any more; remove the excuse",
            excuse.check,
            excuse.objects.join(", ")
        )
    }));
    ensure!(lines.is_empty(), "{}", lines.join("\n"));
    Ok(Some(format!(
        "{} shapes, {} checks excused in {EXCUSES}",
        renders.len(),
        excuses.len()
    )))
}

/// Reads the list of excuses. Each must have a reason.
///
/// # Errors
/// When it is not such a list.
pub fn excuses(text: &str) -> anyhow::Result<Vec<Excuse>> {
    let list: Vec<BTreeMap<String, Value>> =
        serde_saphyr::from_str(text).map_err(|error| anyhow::anyhow!("{error}"))?;
    list.iter()
        .map(|entry| {
            let word = |key: &str| {
                entry
                    .get(key)
                    .and_then(Value::as_str)
                    .map(str::trim)
                    .filter(|text| !text.is_empty())
                    .with_context(|| format!("an entry has no `{key}`: {entry:?}"))
            };
            word("reason")?;
            let objects = entry.get("objects").and_then(Value::as_array);
            Ok(Excuse {
                check: word("check")?.to_owned(),
                objects: objects
                    .with_context(|| format!("an entry has no list of `objects`: {entry:?}"))?
                    .iter()
                    .filter_map(Value::as_str)
                    .map(ToOwned::to_owned)
                    .collect(),
            })
        })
        .collect()
}

/// What a report of kube-score holds against the objects.
#[must_use]
pub fn found(report: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for object in report.as_array().into_iter().flatten() {
        let word = |path: &str| {
            object
                .pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let id = format!("{}/{}", word("/type_meta/kind"), word("/object_meta/name"));
        for check in object
            .get("checks")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let skipped = check.get("skipped").and_then(Value::as_bool) == Some(true);
            let grade = check.get("grade").and_then(Value::as_i64);
            let Some(name) = check.pointer("/check/id").and_then(Value::as_str) else {
                continue;
            };
            if skipped || grade == Some(PERFECT) {
                continue;
            }
            let comments = check.get("comments").and_then(Value::as_array);
            let says: Vec<String> = comments
                .into_iter()
                .flatten()
                .map(|comment| {
                    let part =
                        |key: &str| comment.get(key).and_then(Value::as_str).unwrap_or_default();
                    format!("{} {}", part("path"), part("summary"))
                        .trim()
                        .to_owned()
                })
                .collect();
            found.push(Finding {
                check: name.to_owned(),
                object: id.clone(),
                says: says.join("; "),
            });
        }
    }
    found
}

/// The findings that nobody excuses.
#[must_use]
pub fn unexcused(findings: &[Finding], excuses: &[Excuse]) -> Vec<Finding> {
    findings
        .iter()
        .filter(|finding| {
            !excuses
                .iter()
                .any(|excuse| covers(excuse, finding).is_some())
        })
        .cloned()
        .collect()
}

/// The excuses that excuse nothing; one with several patterns needs a finding for each.
#[must_use]
pub fn idle(findings: &[Finding], excuses: &[Excuse]) -> Vec<Excuse> {
    excuses
        .iter()
        .filter_map(|excuse| {
            let used: Vec<&str> = findings
                .iter()
                .filter_map(|finding| covers(excuse, finding))
                .collect();
            let objects: Vec<String> = excuse
                .objects
                .iter()
                .filter(|pattern| !used.contains(&pattern.as_str()))
                .cloned()
                .collect();
            (excuse.objects.is_empty() || !objects.is_empty()).then(|| Excuse {
                check: excuse.check.clone(),
                objects,
            })
        })
        .collect()
}

/// The pattern by which an excuse covers a finding.
fn covers<'a>(excuse: &'a Excuse, finding: &Finding) -> Option<&'a str> {
    if excuse.check != finding.check {
        return None;
    }
    excuse
        .objects
        .iter()
        .map(String::as_str)
        .find(|pattern| matches(pattern, &finding.object))
}

/// Whether a text is as a pattern in which `*` stands for anything.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let mut tails = text.char_indices().map(|(index, _)| text.split_at(index).1);
            tails.any(|tail| matches(rest, tail)) || matches(rest, "")
        }),
    }
}
