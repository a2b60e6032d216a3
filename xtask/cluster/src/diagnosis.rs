//! What is wrong in a namespace, as sentences: which pod, why, and what to do.

mod container;
mod objects;
mod report;
#[cfg(test)]
mod tests;

use cluster::pods::{component, is_done, is_ready, name, statuses};
use k8s_openapi::api::core::v1::{Event, Pod};

pub use objects::{Maker, Objects};
pub use report::{describe, model, report};

/// Which output of a container tells more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    Current,
    /// Of the one before, which has ended.
    Previous,
}

/// Where a container is asked for its readiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub port: u16,
    pub path: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Such as `pod todo-chatbot-backend-5d8f`.
    pub object: String,
    /// The pod to read logs of, when there is one, and the container in it.
    pub pod: Option<String>,
    pub container: Option<String>,
    pub reason: String,
    pub remedy: String,
    pub log: Option<Log>,
    pub probe: Option<Probe>,
    /// Whether waiting will not help.
    pub hopeless: bool,
    /// The migrations, whose failures are mostly about the database.
    pub migration: bool,
    /// How many other pods have the same.
    pub others: usize,
}

impl Finding {
    /// The first line that is said about it.
    pub fn headline(&self) -> String {
        let container = self
            .container
            .as_ref()
            .map(|container| format!(" (container {container})"))
            .unwrap_or_default();
        let others = match self.others {
            0 => String::new(),
            others => format!(", and {others} more like it"),
        };
        format!("{}{container}{others}: {}", self.object, self.reason)
    }
}

/// What is wrong with a release and its demonstration database. What is only starting is not among it.
pub fn find(objects: &Objects, release: &str) -> Vec<Finding> {
    let mut found: Vec<(String, Finding)> = Vec::new();
    for pod in objects.pods(release) {
        for finding in of_pod(pod, objects) {
            let same = found.iter_mut().find(|(by, first)| {
                by == owner(pod)
                    && (&first.container, &first.reason) == (&finding.container, &finding.reason)
            });
            match same {
                Some((_, first)) => first.others += 1,
                None => found.push((owner(pod).to_owned(), finding)),
            }
        }
    }
    for maker in objects.makers(release) {
        let explained = found.iter().any(|(by, _)| by.starts_with(&maker.name));
        if !explained && let Some(finding) = of_maker(&maker, &objects.events) {
            found.push((String::new(), finding));
        }
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// What is not ready yet, in a few words each.
pub fn slow(objects: &Objects, release: &str) -> Vec<String> {
    let pods = objects.pods(release);
    pods.filter(|pod| !is_done(pod) && !is_ready(pod))
        .map(|pod| format!("{}: {}", objects::part(pod), container::state(pod)))
        .collect()
}

fn owner(pod: &Pod) -> &str {
    let owners = pod.metadata.owner_references.iter().flatten();
    owners
        .map(|owner| owner.name.as_str())
        .next()
        .unwrap_or_default()
}

fn of_pod(pod: &Pod, objects: &Objects) -> Vec<Finding> {
    let base = Finding {
        object: format!("pod {}", name(pod)),
        ..Finding::default()
    };
    // A Job's failed try does not matter once another one succeeded.
    if is_done(pod) || objects.has_completed(owner(pod)) {
        return Vec::new();
    }
    let status = pod.status.clone().unwrap_or_default();
    if status.reason.as_deref() == Some("Evicted") {
        return vec![Finding {
            reason: format!("the node threw it out: {}", status.message.unwrap_or_default()),
            remedy: "make room on the node (`minikube ssh -- df -h /var`), or start Minikube with more memory".into(),
            ..base
        }];
    }
    let mut conditions = status.conditions.into_iter().flatten();
    if let Some(unscheduled) = conditions
        .find(|it| it.type_ == "PodScheduled" && it.reason.as_deref() == Some("Unschedulable"))
    {
        return vec![Finding {
            reason: format!("no node has room for it: {}", unscheduled.message.unwrap_or_default()),
            remedy: "give Minikube more (`minikube stop`, `minikube start --cpus=4 --memory=8g`; where that is refused, `minikube delete` first), or ask for less with `resources` in the values".into(),
            ..base
        }];
    }
    let found: Vec<Finding> = statuses(pod)
        .filter_map(|status| container::finding(pod, status))
        .collect();
    if !found.is_empty() {
        return found;
    }
    let Some(warning) = warning(pod, &objects.events) else {
        return Vec::new();
    };
    vec![Finding {
        reason: warning,
        remedy: format!("see `kubectl describe pod {}`", name(pod)),
        ..base
    }]
}

/// What keeps a pod's containers from being made: a volume that cannot be mounted, a network that cannot be set up.
fn warning(pod: &Pod, events: &[Event]) -> Option<String> {
    let waits = statuses(pod).any(|status| container::waiting(status).is_some());
    if !waits || is_ready(pod) {
        return None;
    }
    let reasons = [
        "FailedMount",
        "FailedAttachVolume",
        "FailedCreatePodSandBox",
    ];
    let event = events.iter().rev().find(|event| {
        event.involved_object.name.as_deref() == Some(name(pod))
            && event.type_.as_deref() == Some("Warning")
            && event
                .reason
                .as_deref()
                .is_some_and(|it| reasons.contains(&it))
    })?;
    event.message.clone()
}

/// Pods that were never made.
fn of_maker(maker: &Maker, events: &[Event]) -> Option<Finding> {
    let base = Finding {
        object: format!("{} {}", maker.kind, maker.name),
        migration: maker.component == "migrate",
        ..Finding::default()
    };
    if let Some(failure) = maker.condition("ReplicaFailure") {
        return Some(Finding {
            reason: format!("its pods are refused: {}", failure.message),
            remedy:
                "correct what the message names; quotas are those of `kubectl describe namespace`"
                    .into(),
            hopeless: true,
            ..base
        });
    }
    if let Some(failure) = maker.condition("Failed") {
        return Some(Finding {
            reason: match failure.reason.as_str() {
                "DeadlineExceeded" => "it did not come to its end in time".to_owned(),
                _ => format!("it failed: {}", failure.message),
            },
            remedy: "see that the database answers from within the cluster, then try again".into(),
            ..base
        });
    }
    if maker.wanted == 0 || maker.made > 0 {
        return None;
    }
    let refused = events.iter().rev().find(|event| {
        let object = event.involved_object.name.as_deref().unwrap_or_default();
        event.reason.as_deref() == Some("FailedCreate") && object.starts_with(&maker.name)
    })?;
    Some(Finding {
        reason: format!(
            "its pods are refused: {}",
            refused.message.as_deref().unwrap_or_default()
        ),
        remedy: "correct what the message names".into(),
        hopeless: true,
        ..base
    })
}

/// Whether the pod runs migrations and nothing else.
fn is_migration(pod: &Pod) -> bool {
    component(pod) == "migrate"
}
