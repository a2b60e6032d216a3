//! What a person would look at first when something went wrong in a namespace.

use std::fmt::Write as _;

use cluster::pods::{is_ready, name, statuses};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::{
    Api, Client,
    api::{ListParams, LogParams},
};

const LAST_LINES: i64 = 25;
/// Of a pod that is well.
const FEW_LINES: i64 = 6;
const LAST_EVENTS: usize = 20;
/// Said about every pod that starts.
const ROUTINE: [&str; 5] = [
    "Scheduled",
    "Pulled",
    "Created",
    "Started",
    "SuccessfulCreate",
];

/// Pods and their states, the last events, and the last lines of every log.
pub async fn describe(client: &Client, namespace: &str) -> String {
    let mut text = format!("── namespace {namespace}\n");
    let pods = Api::<Pod>::namespaced(client.clone(), namespace);
    let all = match pods.list(&ListParams::default()).await {
        Ok(all) => all.items,
        Err(error) => return format!("{text}pods cannot be listed: {error}\n"),
    };
    for pod in &all {
        let _ = writeln!(text, "{}", state(pod));
    }
    events(client, namespace, &mut text).await;
    for pod in &all {
        for container in containers(pod) {
            for previous in [true, false] {
                if previous && restarts(pod, &container) == 0 {
                    continue;
                }
                let asked = LogParams {
                    container: Some(container.clone()),
                    previous,
                    tail_lines: Some(if is_ready(pod) { FEW_LINES } else { LAST_LINES }),
                    ..LogParams::default()
                };
                let log = pods.logs(name(pod), &asked).await;
                let log = log.unwrap_or_else(|error| format!("no log: {error}"));
                let which = if previous { ", before its restart" } else { "" };
                let _ = writeln!(
                    text,
                    "── log of {} {container}{which}\n{}",
                    name(pod),
                    log.trim_end()
                );
            }
        }
    }
    text
}

async fn events(client: &Client, namespace: &str, text: &mut String) {
    let events = Api::<Event>::namespaced(client.clone(), namespace);
    let Ok(mut all) = events.list(&ListParams::default()).await else {
        text.push_str("events cannot be listed\n");
        return;
    };
    let routine = |event: &Event| ROUTINE.contains(&event.reason.as_deref().unwrap_or_default());
    all.items.retain(|event| !routine(event));
    all.items.sort_by_key(|event| {
        let last = event.last_timestamp.as_ref().map(|time| time.0);
        last.or_else(|| event.event_time.as_ref().map(|time| time.0))
    });
    let skipped = all.items.len().saturating_sub(LAST_EVENTS);
    for event in all.items.into_iter().skip(skipped) {
        let _ = writeln!(
            text,
            "event: {} {}: {} {}",
            event.type_.unwrap_or_default(),
            event.involved_object.name.unwrap_or_default(),
            event.reason.unwrap_or_default(),
            event.message.unwrap_or_default().trim_end()
        );
    }
}

/// One line about a pod, with the reason where it is not well.
#[must_use]
pub fn state(pod: &Pod) -> String {
    let phase = pod.status.as_ref().and_then(|it| it.phase.clone());
    let mut line = format!(
        "pod {}: {}{}",
        name(pod),
        phase.unwrap_or_default(),
        if is_ready(pod) { ", ready" } else { "" }
    );
    for container in statuses(pod) {
        let state = container.state.as_ref();
        let waiting = state.and_then(|it| it.waiting.as_ref());
        let ended = state.and_then(|it| it.terminated.as_ref());
        let reason = waiting
            .map(|it| (it.reason.clone(), it.message.clone()))
            .or_else(|| ended.map(|it| (it.reason.clone(), it.message.clone())));
        let _ = write!(
            line,
            "; {} restarted {} times",
            container.name, container.restart_count
        );
        if let Some((reason, message)) = reason {
            let _ = write!(
                line,
                ", {} {}",
                reason.unwrap_or_default(),
                message.unwrap_or_default()
            );
        }
    }
    line
}

fn containers(pod: &Pod) -> Vec<String> {
    statuses(pod).map(|it| it.name.clone()).collect()
}

fn restarts(pod: &Pod, container: &str) -> i32 {
    statuses(pod)
        .filter(|it| it.name == container)
        .map(|it| it.restart_count)
        .sum()
}
