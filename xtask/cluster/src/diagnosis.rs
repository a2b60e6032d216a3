//! What is wrong in a namespace, as sentences: which pod, why, and what to do.

mod container;
mod finding;

use cluster::pods::{
    COMPONENT, INSTANCE, component, is_done, is_ending, is_ready, label, name, statuses,
};
use k8s_openapi::{
    Metadata,
    api::{apps::v1::Deployment, batch::v1::Job, core::v1::Pod},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

use serde::Deserialize;

use crate::{images, kubectl::Kubectl};

pub use finding::{Finding, Log};

/// Label with the name of what an object belongs to.
const NAME: &str = "app.kubernetes.io/name";

/// The objects of a namespace that tell what is wrong there.
#[derive(Debug, Default)]
pub struct Objects {
    pub pods: Vec<Pod>,
    pub deployments: Vec<Deployment>,
    pub jobs: Vec<Job>,
}

/// One of them, by its kind.
#[derive(Deserialize)]
#[serde(tag = "kind")]
enum Object {
    Pod(Box<Pod>),
    Deployment(Box<Deployment>),
    Job(Box<Job>),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct List {
    items: Vec<Object>,
}

impl Objects {
    /// Those that there are now.
    pub fn of(kubectl: &Kubectl) -> anyhow::Result<Self> {
        Ok(Self::read(&kubectl.get(&["pods,deployments,jobs"])?)?)
    }

    /// Those in a list as kubectl prints it.
    fn read(list: &str) -> serde_json::Result<Self> {
        let mut objects = Self::default();
        for object in serde_json::from_str::<List>(list)?.items {
            match object {
                Object::Pod(pod) => objects.pods.push(*pod),
                Object::Deployment(deployment) => objects.deployments.push(*deployment),
                Object::Job(job) => objects.jobs.push(*job),
                Object::Other => {}
            }
        }
        Ok(objects)
    }

    /// The pods of a release and its database that are to stay. A failed test tells about itself, and serves nobody.
    pub fn pods<'a>(&'a self, release: &'a str) -> impl Iterator<Item = &'a Pod> {
        let pods = self.pods.iter().filter(move |pod| is_ours(*pod, release));
        pods.filter(|pod| !is_ending(*pod) && component(*pod) != "test")
    }
}

fn is_ours<K: Metadata<Ty = ObjectMeta>>(object: &K, release: &str) -> bool {
    label(object, INSTANCE) == release || label(object, NAME) == images::DATABASE.repository
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
    // A Job's failed try does not matter once another one succeeded.
    let mut jobs = objects.jobs.iter();
    let completed = jobs.any(|job| name(job) == owner(pod) && of_job(job, "Complete").is_some());
    if is_done(pod) || completed {
        return Vec::new();
    }
    let object = format!("pod {}", name(pod));
    let status = pod.status.clone().unwrap_or_default();
    if status.reason.as_deref() == Some("Evicted") {
        let reason = format!(
            "the node threw it out: {}",
            status.message.unwrap_or_default()
        );
        return vec![Finding::of(
            object,
            reason,
            "make room on the node (`minikube ssh -- df -h /var`), or start Minikube with more memory",
        )];
    }
    let mut conditions = status.conditions.into_iter().flatten();
    if let Some(unscheduled) = conditions
        .find(|it| it.type_ == "PodScheduled" && it.reason.as_deref() == Some("Unschedulable"))
    {
        let message = unscheduled.message.unwrap_or_default();
        return vec![Finding::of(
            object,
            format!("no node has room for it: {message}"),
            "give Minikube more (`minikube stop`, `minikube start --cpus=4 --memory=8g`; where that is refused, `minikube delete` first), or ask for less with `resources` in the values",
        )];
    }
    let statuses = statuses(pod);
    statuses
        .filter_map(|status| container::finding(pod, status))
        .collect()
}

/// What became of pods that were never made or did not come to their end, by the name of what should have made them.
fn of_makers(objects: &Objects, release: &str) -> Vec<(String, Finding)> {
    let ours = |it: &&Deployment| is_ours(*it, release);
    let refused = objects.deployments.iter().filter(ours).filter_map(|it| {
        let mut conditions = it.status.as_ref()?.conditions.iter().flatten();
        let refused = conditions.find(|it| it.type_ == "ReplicaFailure" && it.status == "True")?;
        let message = refused.message.as_deref().unwrap_or_default();
        let finding = Finding::of(
            format!("deployment {}", name(it)),
            format!("its pods are refused: {message}"),
            "correct what the message names; quotas are those of `kubectl describe namespace`",
        );
        Some((name(it).to_owned(), finding))
    });
    let ours = |it: &&Job| is_ours(*it, release);
    let failed = objects.jobs.iter().filter(ours).filter_map(|it| {
        let (reason, message) = of_job(it, "Failed")?;
        let reason = match reason.as_str() {
            "DeadlineExceeded" => "it did not come to its end in time".to_owned(),
            _ => format!("it failed: {message}"),
        };
        let finding = Finding::of(
            format!("job {}", name(it)),
            reason,
            "see that the database answers from within the cluster, then try again",
        );
        Some((name(it).to_owned(), finding))
    });
    refused.chain(failed).collect()
}

/// Reason and message of a Job's condition, if it holds.
fn of_job(job: &Job, condition: &str) -> Option<(String, String)> {
    let mut conditions = job.status.as_ref()?.conditions.iter().flatten();
    let held = conditions.find(|it| it.type_ == condition && it.status == "True")?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Some((text(&held.reason), text(&held.message)))
}

#[cfg(test)]
mod tests;
