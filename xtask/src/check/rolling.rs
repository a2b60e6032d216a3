//! Whether pods are replaced when a secret that they read changes, and only then.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{
    chart::{self, Chart},
    manifests::{self, Object},
    programs, promises,
    shapes::Shape,
};

/// Every secret that can be given, and two values for it. With all of them given, nothing is made up.
const SECRETS: [(&str, &str, &str); 8] = [
    ("databaseUrl", "postgres://a@one/a", "postgres://a@two/a"),
    (
        "databaseUrlDirect",
        "postgres://a@one/b",
        "postgres://a@two/b",
    ),
    (
        "frontendDatabaseUrl",
        "postgres://a@one/c",
        "postgres://a@two/c",
    ),
    (
        "betterAuthSecret",
        "one-auth-one-auth-one-auth-one-auth",
        "two-auth-two-auth-two-auth-two-auth",
    ),
    ("openaiApiKey", "sk-one", "sk-two"),
    ("fallbackApiKey", "sk-three", "sk-four"),
    (
        "mcpApiKey",
        "one-tool-one-tool-one-tool-one-tool",
        "two-tool-two-tool-two-tool-two-tool",
    ),
    (
        "mcpApiKeyPrevious",
        "one-past-one-past-one-past-one-past",
        "two-past-two-past-two-past-two-past",
    ),
];

/// The Deployments that a changed secret should have replaced and did not, or the other way round, as sentences.
///
/// # Errors
/// When the chart is not rendered.
pub fn broken(chart: &Chart<'_>) -> anyhow::Result<Vec<String>> {
    let Some(helm) = chart.helms().first() else {
        return Ok(Vec::new());
    };
    let [_, kubernetes] = chart.kubernetes()?;
    let shape = |changed: Option<&str>| Shape {
        name: changed.unwrap_or("all secrets given").to_owned(),
        file: chart.folder().join("values.yaml"),
        set: SECRETS
            .iter()
            .map(|(name, one, two)| {
                let value = if changed == Some(name) { two } else { one };
                format!("secrets.{name}={value}")
            })
            // Without a second model nobody reads its key.
            .chain(["openai.fallback.model=small".to_owned()])
            .collect(),
        api_versions: Vec::new(),
    };
    let commands = std::iter::once(None)
        .chain(SECRETS.iter().map(|(name, ..)| Some(*name)))
        .map(|changed| chart::template(helm, &chart.folder(), &shape(changed), &kubernetes));
    let mut renders = Vec::new();
    for output in programs::outputs(commands.collect())? {
        ensure!(output.status.success(), "{}", programs::said(&output));
        renders.push(manifests::objects(&String::from_utf8_lossy(
            &output.stdout,
        ))?);
    }
    let (plain, changed) = renders.split_first().context("nothing was rendered")?;
    let mut found = Vec::new();
    for ((name, ..), changed) in SECRETS.iter().zip(changed) {
        found.extend(unexpected(name, plain, changed));
    }
    Ok(found)
}

/// What should have changed with a secret and did not, or the other way round.
#[must_use]
pub fn unexpected(secret: &str, plain: &[Object], changed: &[Object]) -> Vec<String> {
    let keys: BTreeSet<String> = changed_keys(plain, changed);
    if keys.is_empty() {
        return vec![format!("secrets.{secret} does not reach the Secret")];
    }
    let after: BTreeMap<String, &Object> =
        changed.iter().map(|object| (object.id(), object)).collect();
    plain
        .iter()
        .filter(|object| object.kind() == "Deployment")
        .filter_map(|before| {
            let reads = reads(before).iter().any(|key| keys.contains(key));
            let template = |object: &Object| object.value.pointer("/spec/template").cloned();
            let replaced = after
                .get(&before.id())
                .is_none_or(|after| template(before) != template(after));
            let says = match (reads, replaced) {
                (true, false) => "reads it and keeps its old pods",
                (false, true) => "does not read it and gets new pods",
                _ => return None,
            };
            Some(format!(
                "when secrets.{secret} changes, {} {says}",
                before.id()
            ))
        })
        .collect()
}

fn changed_keys(plain: &[Object], changed: &[Object]) -> BTreeSet<String> {
    let data = |objects: &[Object]| -> BTreeMap<String, Value> {
        objects
            .iter()
            .filter(|object| object.kind() == "Secret")
            .filter_map(|object| object.value.get("data")?.as_object())
            .flatten()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let (before, after) = (data(plain), data(changed));
    after
        .into_iter()
        .filter(|(key, value)| before.get(key) != Some(value) && !is_certificate(key))
        .map(|(key, _)| key)
        .collect()
}

/// Certificates are signed anew by each render without a cluster.
fn is_certificate(key: &str) -> bool {
    ["ca.crt", "tls.crt", "tls.key"].contains(&key)
}

/// The keys of Secrets that the pods of a Deployment read.
fn reads(object: &Object) -> BTreeSet<String> {
    promises::pod(object)
        .into_iter()
        .flat_map(promises::containers)
        .filter_map(|container| container.get("env")?.as_array())
        .flatten()
        .filter_map(|variable| variable.pointer("/valueFrom/secretKeyRef/key")?.as_str())
        .map(ToOwned::to_owned)
        .collect()
}
