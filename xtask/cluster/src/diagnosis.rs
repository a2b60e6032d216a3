//! What is wrong in a namespace, as sentences: which pod, why, and what to do.

mod container;
mod report;

use cluster::pods::{
    COMPONENT, INSTANCE, component, is_done, is_ending, is_ready, label, name, statuses,
};
use k8s_openapi::{
    Metadata,
    api::{apps::v1::Deployment, batch::v1::Job, core::v1::Pod},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

use crate::{api::Cluster, database};

pub use report::{describe, model, report};

/// Label with the name of what an object belongs to.
const NAME: &str = "app.kubernetes.io/name";

/// The objects of a namespace that tell what is wrong there.
#[derive(Debug, Default)]
pub struct Objects {
    pub pods: Vec<Pod>,
    pub deployments: Vec<Deployment>,
    pub jobs: Vec<Job>,
}

impl Objects {
    /// Those that there are now.
    pub fn of(cluster: &Cluster) -> anyhow::Result<Self> {
        Ok(Self {
            pods: cluster.list("")?,
            deployments: cluster.list("")?,
            jobs: cluster.list("")?,
        })
    }

    /// The pods of a release and its database that are to stay. A failed test tells about itself, and serves nobody.
    pub fn pods<'a>(&'a self, release: &'a str) -> impl Iterator<Item = &'a Pod> {
        let pods = self.pods.iter().filter(move |pod| is_ours(*pod, release));
        pods.filter(|pod| !is_ending(*pod) && component(*pod) != "test")
    }
}

fn is_ours<K: Metadata<Ty = ObjectMeta>>(object: &K, release: &str) -> bool {
    label(object, INSTANCE) == release || label(object, NAME) == database::NAME
}

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
    for (maker, finding) in of_makers(objects, release) {
        if !found.iter().any(|(by, _)| by.starts_with(&maker)) {
            found.push((maker, finding));
        }
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// What is not ready yet, in a few words each.
pub fn slow(objects: &Objects, release: &str) -> Vec<String> {
    let pods = objects.pods(release);
    pods.filter(|pod| !is_done(pod) && !is_ready(pod))
        .map(|pod| {
            let part = match label(pod, COMPONENT) {
                "" => label(pod, NAME),
                part => part,
            };
            format!("{part}: {}", container::state(pod))
        })
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
    let mut jobs = objects.jobs.iter();
    let completed = jobs.any(|job| name(job) == owner(pod) && of_job(job, "Complete").is_some());
    if is_done(pod) || completed {
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
    let statuses = statuses(pod);
    statuses
        .filter_map(|status| container::finding(pod, status))
        .collect()
}

/// What became of pods that were never made or did not come to their end, by the name of what should have made them.
fn of_makers(objects: &Objects, release: &str) -> Vec<(String, Finding)> {
    let mut found = Vec::new();
    for deployment in objects
        .deployments
        .iter()
        .filter(|it| is_ours(*it, release))
    {
        let conditions = deployment
            .status
            .iter()
            .flat_map(|it| it.conditions.iter().flatten());
        let mut refused =
            conditions.filter(|it| it.type_ == "ReplicaFailure" && it.status == "True");
        if let Some(refused) = refused.next() {
            let name = name(deployment).to_owned();
            let message = refused.message.as_deref().unwrap_or_default();
            found.push((name.clone(), Finding {
                object: format!("deployment {name}"),
                reason: format!("its pods are refused: {message}"),
                remedy: "correct what the message names; quotas are those of `kubectl describe namespace`".into(),
                hopeless: true,
                ..Finding::default()
            }));
        }
    }
    for job in objects.jobs.iter().filter(|it| is_ours(*it, release)) {
        if let Some((reason, message)) = of_job(job, "Failed") {
            let name = name(job).to_owned();
            found.push((
                name.clone(),
                Finding {
                    object: format!("job {name}"),
                    reason: match reason.as_str() {
                        "DeadlineExceeded" => "it did not come to its end in time".to_owned(),
                        _ => format!("it failed: {message}"),
                    },
                    remedy: "see that the database answers from within the cluster, then try again"
                        .into(),
                    migration: component(job) == "migrate",
                    ..Finding::default()
                },
            ));
        }
    }
    found
}

/// Reason and message of a Job's condition, if it holds.
fn of_job(job: &Job, condition: &str) -> Option<(String, String)> {
    let mut conditions = job.status.as_ref()?.conditions.iter().flatten();
    let held = conditions.find(|it| it.type_ == condition && it.status == "True")?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Some((text(&held.reason), text(&held.message)))
}

/// Whether the pod runs migrations and nothing else.
fn is_migration(pod: &Pod) -> bool {
    component(pod) == "migrate"
}

#[cfg(test)]
mod tests;
