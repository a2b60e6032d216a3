//! What is wrong in a namespace, as sentences: which pod, why, and what to do.

mod container;

use cluster::pods::{INSTANCE, component, is_done, is_ending, is_ready, label, name, statuses};
use k8s_openapi::{
    Metadata,
    api::{apps::v1::Deployment, batch::v1::Job, core::v1::Pod},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

use crate::{images, release::Release};

/// Label with the name of what an object belongs to.
const NAME: &str = "app.kubernetes.io/name";

const MORE_ROOM: &str =
    "make room on the node (`minikube ssh -- df -h /var`), or start Minikube with more memory";
const MORE_MINIKUBE: &str = "give Minikube more (`minikube stop`, `minikube start --cpus=4 --memory=8g`; where that is refused, `minikube delete` first), or ask for less with `resources` in the values";
const REFUSED: &str =
    "correct what the message names; quotas are those of `kubectl describe namespace`";
const FAILED: &str = "see that the database answers from within the cluster, then try again";

/// One thing that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Such as `pod todo-chatbot-backend-5d8f`.
    pub object: String,
    pub reason: String,
    pub remedy: String,
    /// What `kubectl logs` is told to show more, when there is more.
    pub log: Option<Vec<String>>,
    /// The migrations, whose failures are mostly about the database.
    pub migration: bool,
    /// What made the pod, or should have, and the container: pods that have the same are told of once.
    same: (String, String),
    /// How many other pods have the same.
    pub others: usize,
}

impl Finding {
    /// One that no log tells more about.
    fn of(kind: &str, name: &str, reason: String, remedy: &str) -> Self {
        Self {
            object: format!("{kind} {name}"),
            reason,
            remedy: remedy.to_owned(),
            same: (name.to_owned(), String::new()),
            ..Self::default()
        }
    }

    /// The first line that is said about it.
    pub fn headline(&self) -> String {
        let others = match self.others {
            0 => String::new(),
            others => format!(", and {others} more like it"),
        };
        format!("{}{others}: {}", self.object, self.reason)
    }
}

/// The objects of a namespace that tell what is wrong there.
#[derive(Debug, Default)]
pub struct Objects {
    pub pods: Vec<Pod>,
    pub deployments: Vec<Deployment>,
    pub jobs: Vec<Job>,
}

impl Objects {
    /// Those that there are now.
    pub fn of(release: &Release<'_>) -> anyhow::Result<Self> {
        Ok(Self {
            pods: release.list("")?,
            deployments: release.list("")?,
            jobs: release.list("")?,
        })
    }
}

/// The pods of a release and its database that are to stay. A failed test tells about itself, and serves nobody.
fn staying<'a>(pods: &'a [Pod], release: &'a str) -> impl Iterator<Item = &'a Pod> {
    let ours = pods.iter().filter(move |pod| is_ours(*pod, release));
    ours.filter(|pod| !is_ending(*pod) && component(*pod) != "test")
}

fn is_ours<K: Metadata<Ty = ObjectMeta>>(object: &K, release: &str) -> bool {
    label(object, INSTANCE) == release || label(object, NAME) == images::DATABASE.repository
}

/// What is wrong with a release and its demonstration database. What is only starting is not among it.
pub fn find(objects: &Objects, release: &str) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for finding in staying(&objects.pods, release).flat_map(|pod| of_pod(pod, objects)) {
        let is_same =
            |it: &&mut Finding| (&it.same, &it.reason) == (&finding.same, &finding.reason);
        match found.iter_mut().find(is_same) {
            Some(first) => first.others += 1,
            None => found.push(finding),
        }
    }
    for finding in of_makers(objects, release) {
        let of_its_pods = |it: &Finding| it.same.0.starts_with(&finding.same.0);
        if !found.iter().any(of_its_pods) {
            found.push(finding);
        }
    }
    found
}

/// What is not ready yet, in Kubernetes' words.
pub fn slow(pods: &[Pod], release: &str) -> Vec<String> {
    staying(pods, release)
        .filter(|pod| !is_done(pod) && !is_ready(pod))
        .map(|pod| {
            let part = match component(pod) {
                "" => label(pod, NAME),
                part => part,
            };
            let phase = pod.status.as_ref().and_then(|it| it.phase.as_deref());
            let waits = statuses(pod).find_map(|it| container::waiting(it)?.reason.as_deref());
            format!(
                "{part}: {}, not ready",
                waits.or(phase).unwrap_or("unknown")
            )
        })
        .collect()
}

/// The name of what made the pod.
fn owner(pod: &Pod) -> &str {
    let mut owners = pod.metadata.owner_references.iter().flatten();
    owners.next().map_or("", |owner| &owner.name)
}

fn of_pod(pod: &Pod, objects: &Objects) -> Vec<Finding> {
    // A Job's failed try does not matter once another one succeeded.
    let mut jobs = objects.jobs.iter();
    let completed = jobs.any(|job| name(job) == owner(pod) && of_job(job, "Complete").is_some());
    if is_done(pod) || completed {
        return Vec::new();
    }
    let of_pod = |reason, remedy| Finding {
        same: (owner(pod).to_owned(), String::new()),
        ..Finding::of("pod", name(pod), reason, remedy)
    };
    let status = pod.status.clone().unwrap_or_default();
    let message = |message: Option<String>| message.unwrap_or_default();
    if status.reason.as_deref() == Some("Evicted") {
        let reason = format!("the node threw it out: {}", message(status.message));
        return vec![of_pod(reason, MORE_ROOM)];
    }
    let mut conditions = status.conditions.into_iter().flatten();
    let unscheduled = conditions.find(|it| it.reason.as_deref() == Some("Unschedulable"));
    if let Some(unscheduled) = unscheduled {
        let reason = format!("no node has room for it: {}", message(unscheduled.message));
        return vec![of_pod(reason, MORE_MINIKUBE)];
    }
    statuses(pod)
        .filter_map(|status| container::finding(pod, status))
        .map(|finding| Finding {
            same: (owner(pod).to_owned(), finding.same.1),
            ..finding
        })
        .collect()
}

/// What became of pods that were never made or did not come to their end, told of what should have made them.
fn of_makers(objects: &Objects, release: &str) -> Vec<Finding> {
    let ours = |it: &&Deployment| is_ours(*it, release);
    let refused = objects.deployments.iter().filter(ours).filter_map(|it| {
        let mut conditions = it.status.as_ref()?.conditions.iter().flatten();
        let refused = conditions.find(|it| it.type_ == "ReplicaFailure" && it.status == "True")?;
        let message = refused.message.as_deref().unwrap_or_default();
        let reason = format!("its pods are refused: {message}");
        Some(Finding::of("deployment", name(it), reason, REFUSED))
    });
    let ours = |it: &&Job| is_ours(*it, release);
    let failed = objects.jobs.iter().filter(ours).filter_map(|it| {
        let message = of_job(it, "Failed")?;
        let reason = format!("it did not come to its end: {message}");
        Some(Finding::of("job", name(it), reason, FAILED))
    });
    refused.chain(failed).collect()
}

/// The message of a Job's condition, if it holds.
fn of_job<'a>(job: &'a Job, condition: &str) -> Option<&'a str> {
    let mut conditions = job.status.as_ref()?.conditions.iter().flatten();
    let held = conditions.find(|it| it.type_ == condition && it.status == "True")?;
    Some(held.message.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests;
