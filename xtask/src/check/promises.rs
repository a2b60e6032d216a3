//! What every shape of the chart promises, whatever the values: looked for in the rendered objects themselves.

use std::collections::BTreeSet;

use anyhow::ensure;
use base64::{Engine as _, prelude::BASE64_STANDARD as STANDARD};
use serde_json::{Value, json};

use super::{Verdict, chart::Chart, manifests::Object, rolling};
use crate::terminal::Step;

/// What the assignment allows each pod.
const MOST_MILLICORES: u64 = 500;
const MOST_MEBIBYTES: u64 = 512;

/// Shorter values of Secrets are found by chance.
const SECRET: usize = 8;

/// The longest name of a Service, and of a label's value.
const LONGEST_NAME: usize = 63;

/// Every promise in every shape, and the replacement of pods when a secret changes.
///
/// # Errors
/// With every promise that is broken.
pub fn kept(chart: &Chart<'_>, _: &mut Step) -> Verdict {
    let mut found = BTreeSet::new();
    let renders = chart.renders()?;
    for render in renders {
        let broken = broken(&render.objects).into_iter();
        found.extend(broken.map(|sentence| format!("shape {}: {sentence}", render.shape)));
    }
    found.extend(broken(chart.beside()?));
    found.extend(rolling::broken(chart)?);
    let found: Vec<String> = found.into_iter().collect();
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(None)
}

/// The promises that the objects of one render break, as sentences.
#[must_use]
pub fn broken(objects: &[Object]) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects {
        let mut say = |sentence: String| found.push(format!("{} {sentence}", object.id()));
        if object.name().len() > LONGEST_NAME {
            say(format!("has a name of more than {LONGEST_NAME} characters"));
        }
        if let Some(pod) = pod(object) {
            restricted(pod, &mut say);
            for container in containers(pod) {
                let name = container.get("name").and_then(Value::as_str).unwrap_or("?");
                confined(name, container, &mut say);
                distinct_variables(name, container, &mut say);
                alive_without_database(name, container, &mut say);
            }
            drained(pod, &mut say);
        }
        if object.kind() == "Deployment" {
            let unavailable = object
                .value
                .pointer("/spec/strategy/rollingUpdate/maxUnavailable");
            if unavailable != Some(&json!(0)) {
                say(
                    "takes pods away before the new ones are ready: maxUnavailable must be 0"
                        .into(),
                );
            }
        }
    }
    found.extend(budgets(objects));
    found.extend(told(objects));
    found
}

/// The pod that an object is or makes.
#[must_use]
pub fn pod(object: &Object) -> Option<&Value> {
    match object.kind() {
        "Pod" => object.value.get("spec"),
        "Deployment" | "Job" | "StatefulSet" | "DaemonSet" => {
            object.value.pointer("/spec/template/spec")
        }
        _ => None,
    }
}

/// The containers of a pod, those before it included.
pub fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"]
        .into_iter()
        .filter_map(|list| pod.get(list)?.as_array())
        .flatten()
}

fn expect(value: &Value, path: &str, wanted: &Value, who: &str, say: &mut impl FnMut(String)) {
    let found = value.pointer(path);
    if found != Some(wanted) {
        let found = found.unwrap_or(&Value::Null);
        let name = path.trim_start_matches('/').replace('/', ".");
        say(format!("{who}{name} must be {wanted} and is {found}"));
    }
}

/// Pod Security "restricted", and no token.
fn restricted(pod: &Value, say: &mut impl FnMut(String)) {
    expect(pod, "/securityContext/runAsNonRoot", &json!(true), "", say);
    expect(
        pod,
        "/securityContext/seccompProfile/type",
        &json!("RuntimeDefault"),
        "",
        say,
    );
    expect(pod, "/automountServiceAccountToken", &json!(false), "", say);
    expect(pod, "/enableServiceLinks", &json!(false), "", say);
    for host in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod.get(host).is_some_and(|value| *value != json!(false)) {
            say(format!("must not have {host}"));
        }
    }
}

fn confined(name: &str, container: &Value, say: &mut impl FnMut(String)) {
    let who = format!("container {name}: ");
    for (path, wanted) in [
        ("/securityContext/allowPrivilegeEscalation", json!(false)),
        ("/securityContext/readOnlyRootFilesystem", json!(true)),
        ("/securityContext/capabilities/drop", json!(["ALL"])),
    ] {
        expect(container, path, &wanted, &who, say);
    }
    for kind in ["requests", "limits"] {
        for (resource, most) in [("cpu", MOST_MILLICORES), ("memory", MOST_MEBIBYTES)] {
            let path = format!("/resources/{kind}/{resource}");
            let given = container.pointer(&path).and_then(Value::as_str);
            match given.and_then(amount) {
                None => say(format!("{who}resources.{kind}.{resource} is not given")),
                Some(amount) if amount > most => say(format!(
                    "{who}resources.{kind}.{resource} is more than {most}"
                )),
                Some(_) => {}
            }
        }
    }
}

/// Thousandths of a processor, or mebibytes.
#[must_use]
pub fn amount(quantity: &str) -> Option<u64> {
    let digits = quantity.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    match quantity.strip_prefix(digits)? {
        "m" | "Mi" => Some(number),
        "" => number.checked_mul(1000),
        "Gi" => number.checked_mul(1024),
        _ => None,
    }
}

fn distinct_variables(name: &str, container: &Value, say: &mut impl FnMut(String)) {
    let mut seen = BTreeSet::new();
    let variables = container.get("env").and_then(Value::as_array);
    for variable in variables.into_iter().flatten() {
        let variable = variable.get("name").and_then(Value::as_str);
        if let Some(variable) = variable
            && !seen.insert(variable)
        {
            say(format!("container {name}: has {variable} twice"));
        }
    }
}

/// A pod that is restarted does not wake a database.
fn alive_without_database(name: &str, container: &Value, say: &mut impl FnMut(String)) {
    for probe in ["livenessProbe", "startupProbe"] {
        let path = format!("/{probe}/httpGet/path");
        let asked = container.pointer(&path).and_then(Value::as_str);
        if asked.is_some_and(|asked| asked.contains("ready")) {
            say(format!(
                "container {name}: its {probe} must not ask for the database"
            ));
        }
    }
}

/// Pods are not killed while they drain.
fn drained(pod: &Value, say: &mut impl FnMut(String)) {
    let grace = pod
        .get("terminationGracePeriodSeconds")
        .and_then(Value::as_u64);
    for container in containers(pod) {
        let variables = container.get("env").and_then(Value::as_array);
        let drain = variables
            .into_iter()
            .flatten()
            .find(|variable| variable.get("name") == Some(&json!("DRAIN_DELAY")))
            .and_then(|variable| variable.get("value")?.as_str()?.parse::<u64>().ok());
        if let Some(drain) = drain
            && grace.unwrap_or(30) <= drain
        {
            say(format!(
                "is killed before its {drain} seconds of drain are over"
            ));
        }
    }
}

/// What is in a Secret is nowhere else.
fn told(objects: &[Object]) -> Vec<String> {
    let (secrets, others): (Vec<&Object>, Vec<&Object>) =
        objects.iter().partition(|object| object.kind() == "Secret");
    let mut found = Vec::new();
    for secret in secrets {
        let data = secret.value.get("data").and_then(Value::as_object);
        for (key, value) in data.into_iter().flatten() {
            let Some(value) = value.as_str().and_then(|value| STANDARD.decode(value).ok()) else {
                found.push(format!("{} has a {key} that is not base64", secret.id()));
                continue;
            };
            let value = String::from_utf8_lossy(&value);
            let tells = |object: &&&Object| value.len() >= SECRET && object.text.contains(&*value);
            if let Some(object) = others.iter().find(tells) {
                found.push(format!(
                    "{} tells the {key} of {}",
                    object.id(),
                    secret.id()
                ));
            }
        }
    }
    found
}

/// A disruption budget of a single pod would block a node's drain for ever.
fn budgets(objects: &[Object]) -> Vec<String> {
    let most = |name: &str| -> u64 {
        let named = |kind: &str| {
            objects
                .iter()
                .find(|object| object.kind() == kind && object.name() == name)
        };
        named("HorizontalPodAutoscaler")
            .and_then(|scaler| scaler.value.pointer("/spec/maxReplicas"))
            .or_else(|| named("Deployment")?.value.pointer("/spec/replicas"))
            .and_then(Value::as_u64)
            .unwrap_or(1)
    };
    objects
        .iter()
        .filter(|object| object.kind() == "PodDisruptionBudget" && most(object.name()) < 2)
        .map(|object| format!("{} protects what is never more than one pod", object.id()))
        .collect()
}
