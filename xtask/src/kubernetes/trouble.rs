//! What is wrong in a namespace, as sentences: which pod, why, and what to do.

use serde_json::Value;

use super::objects::{
    component, condition, containers, is_ending, label, list, name, number, of_kind, text,
};

mod container;
mod report;

pub use report::{Report, model, report};

/// The kinds of objects to look at, as `kubectl get` takes them.
pub const KINDS: &str = "pods,deployments,statefulsets,jobs,events";

const DATABASE: &str = "todo-database";

/// Which output of a container tells more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// Of the one that is there.
    Current,
    /// Of the one before, which has ended.
    Previous,
}

/// Whom to ask for its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The container's port.
    pub port: u16,
    /// The path on it.
    pub path: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The object, such as `pod todo-chatbot-backend-5d8f`.
    pub object: String,
    /// The pod to read logs of, when there is one.
    pub pod: Option<String>,
    /// The container in it.
    pub container: Option<String>,
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub remedy: String,
    /// Which log tells more.
    pub log: Option<Log>,
    /// What to ask it.
    pub question: Option<Question>,
    /// Whether waiting will not help.
    pub hopeless: bool,
    /// The migrations, whose failures are mostly about the database.
    pub migration: bool,
    /// How many other pods have the same.
    pub others: usize,
}

impl Trouble {
    fn of(object: String) -> Self {
        Self {
            object,
            pod: None,
            container: None,
            reason: String::new(),
            remedy: String::new(),
            log: None,
            question: None,
            hopeless: false,
            migration: false,
            others: 0,
        }
    }

    /// The first line that is said about it.
    #[must_use]
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

/// What is wrong with the objects of a release and its demonstration database. Those that are only starting are not
/// among it.
#[must_use]
pub fn find(objects: &Value, release: &str) -> Vec<Trouble> {
    let mut found: Vec<(String, Trouble)> = Vec::new();
    for pod in pods(objects, release) {
        for trouble in of_pod(pod, objects) {
            let owner = text(pod, "/metadata/ownerReferences/0/name");
            let key = format!("{owner} {:?} {}", trouble.container, trouble.reason);
            match found.iter_mut().find(|(other, _)| *other == key) {
                Some((_, first)) => first.others += 1,
                None => found.push((key, trouble)),
            }
        }
    }
    let makers = of_kind(objects, "Deployment")
        .chain(of_kind(objects, "StatefulSet"))
        .chain(of_kind(objects, "Job"))
        .filter(|maker| is_ours(maker, release));
    for maker in makers {
        let explained = found.iter().any(|(key, _)| {
            key.split(' ')
                .next()
                .is_some_and(|owner| owner.starts_with(name(maker)))
        });
        if !explained && let Some(trouble) = of_maker(maker, objects) {
            found.push((String::new(), trouble));
        }
    }
    found.into_iter().map(|(_, trouble)| trouble).collect()
}

/// What is not ready yet, in a few words each.
#[must_use]
pub fn slow(objects: &Value, release: &str) -> Vec<String> {
    pods(objects, release)
        .filter(|pod| !is_done(pod) && !is_ready(pod))
        .map(|pod| format!("{}: {}", part(pod), container::state(pod)))
        .collect()
}

/// The pods of a release and its database that are to stay.
pub fn pods<'a>(objects: &'a Value, release: &'a str) -> impl Iterator<Item = &'a Value> {
    of_kind(objects, "Pod").filter(move |pod| {
        // A failed test tells about itself; a test pod serves nobody.
        is_ours(pod, release) && !is_ending(pod) && component(pod) != "test"
    })
}

/// Whether the pod answers requests.
#[must_use]
pub fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some()
}

/// Whether the pod has done what it was made for.
#[must_use]
pub fn is_done(pod: &Value) -> bool {
    text(pod, "/status/phase") == "Succeeded"
}

/// What people call the part that the pod belongs to.
#[must_use]
pub fn part(pod: &Value) -> &str {
    match component(pod) {
        "" => label(pod, "app.kubernetes.io/name"),
        part => part,
    }
}

fn is_ours(object: &Value, release: &str) -> bool {
    label(object, "app.kubernetes.io/instance") == release
        || label(object, "app.kubernetes.io/name") == DATABASE
}

fn of_pod(pod: &Value, objects: &Value) -> Vec<Trouble> {
    let object = format!("pod {}", name(pod));
    if is_done(pod) || is_superseded(pod, objects) {
        return Vec::new();
    }
    if text(pod, "/status/reason") == "Evicted" {
        return vec![Trouble {
            reason: format!("the node threw it out: {}", text(pod, "/status/message")),
            remedy: "make room on the node (`minikube ssh -- df -h /var`), or start Minikube with more memory".into(),
            ..Trouble::of(object)
        }];
    }
    if let Some(unscheduled) = list(pod, "/status/conditions").find(|condition| {
        text(condition, "/type") == "PodScheduled" && text(condition, "/reason") == "Unschedulable"
    }) {
        return vec![Trouble {
            reason: format!("no node has room for it: {}", text(unscheduled, "/message")),
            remedy: "give Minikube more (`minikube stop`, `minikube start --cpus=4 --memory=8g`; where that is refused, `minikube delete` first), or ask for less with `resources` in the values".into(),
            ..Trouble::of(object)
        }];
    }
    let mut found: Vec<Trouble> = containers(pod)
        .filter_map(|status| container::trouble(pod, status))
        .collect();
    if found.is_empty()
        && let Some(warning) = warning(pod, objects)
    {
        found.push(Trouble {
            reason: warning,
            remedy: format!("see `kubectl describe pod {}`", name(pod)),
            ..Trouble::of(object)
        });
    }
    found
}

/// A Job's failed try does not matter once another one succeeded.
fn is_superseded(pod: &Value, objects: &Value) -> bool {
    let owner = text(pod, "/metadata/ownerReferences/0/name");
    of_kind(objects, "Job").any(|job| name(job) == owner && condition(job, "Complete").is_some())
}

/// What keeps a pod's containers from being made: a volume that cannot be mounted, a network that cannot be set up.
fn warning(pod: &Value, objects: &Value) -> Option<String> {
    let waits =
        containers(pod).any(|status| status.pointer("/state/waiting").is_some()) && !is_ready(pod);
    if !waits {
        return None;
    }
    of_kind(objects, "Event")
        .filter(|event| {
            text(event, "/involvedObject/name") == name(pod)
                && text(event, "/type") == "Warning"
                && matches!(
                    text(event, "/reason"),
                    "FailedMount" | "FailedAttachVolume" | "FailedCreatePodSandBox"
                )
        })
        .last()
        .map(|event| text(event, "/message").to_owned())
}

/// Pods that were never made.
fn of_maker(maker: &Value, objects: &Value) -> Option<Trouble> {
    let object = format!("{} {}", text(maker, "/kind").to_lowercase(), name(maker));
    let migration = component(maker) == "migrate";
    if let Some(failure) = condition(maker, "ReplicaFailure") {
        return Some(Trouble {
            reason: format!("its pods are refused: {}", text(failure, "/message")),
            remedy:
                "correct what the message names; quotas are those of `kubectl describe namespace`"
                    .into(),
            hopeless: true,
            ..Trouble::of(object)
        });
    }
    if let Some(failure) = condition(maker, "Failed") {
        let reason = match text(failure, "/reason") {
            "DeadlineExceeded" => "it did not come to its end in time".to_owned(),
            _ => format!("it failed: {}", text(failure, "/message")),
        };
        return Some(Trouble {
            reason,
            remedy: "see that the database answers from within the cluster, then try again".into(),
            migration,
            ..Trouble::of(object)
        });
    }
    let wanted = number(maker, "/spec/replicas").unwrap_or(1);
    let made = number(maker, "/status/replicas").unwrap_or(0)
        + number(maker, "/status/active").unwrap_or(0)
        + number(maker, "/status/succeeded").unwrap_or(0);
    if wanted == 0 || made > 0 {
        return None;
    }
    let refused = of_kind(objects, "Event")
        .filter(|event| {
            text(event, "/reason") == "FailedCreate"
                && text(event, "/involvedObject/name").starts_with(name(maker))
        })
        .last()?;
    Some(Trouble {
        reason: format!("its pods are refused: {}", text(refused, "/message")),
        remedy: "correct what the message names".into(),
        migration,
        hopeless: true,
        ..Trouble::of(object)
    })
}
