//! The objects of a namespace that tell what is wrong there.

use cluster::pods::{COMPONENT, INSTANCE, component, is_ending, label, name};
use k8s_openapi::{
    Metadata,
    api::{
        apps::v1::{Deployment, StatefulSet},
        batch::v1::Job,
        core::v1::{Event, Pod},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

use crate::{api::Cluster, database};

/// Label with the name of what an object belongs to.
const NAME: &str = "app.kubernetes.io/name";

/// All of them.
#[derive(Debug, Default)]
pub struct Objects {
    pub pods: Vec<Pod>,
    pub deployments: Vec<Deployment>,
    pub stateful_sets: Vec<StatefulSet>,
    pub jobs: Vec<Job>,
    pub events: Vec<Event>,
}

/// What makes pods.
#[derive(Debug)]
pub struct Maker {
    pub kind: &'static str,
    pub name: String,
    pub component: String,
    conditions: Vec<Condition>,
    pub wanted: i32,
    pub made: i32,
}

#[derive(Debug)]
pub struct Condition {
    kind: String,
    holds: bool,
    pub reason: String,
    pub message: String,
}

/// The conditions of the three kinds have the same fields in types of their own.
macro_rules! conditions {
    ($status:expr) => {
        $status
            .iter()
            .flat_map(|status| status.conditions.iter().flatten())
            .map(|it| Condition {
                kind: it.type_.clone(),
                holds: it.status == "True",
                reason: it.reason.clone().unwrap_or_default(),
                message: it.message.clone().unwrap_or_default(),
            })
            .collect()
    };
}

impl Objects {
    /// Those that there are now.
    pub fn of(cluster: &Cluster) -> anyhow::Result<Self> {
        Ok(Self {
            pods: cluster.list("")?,
            deployments: cluster.list("")?,
            stateful_sets: cluster.list("")?,
            jobs: cluster.list("")?,
            events: cluster.list("")?,
        })
    }

    /// The pods of a release and its database that are to stay. A failed test tells about itself, and serves nobody.
    pub fn pods<'a>(&'a self, release: &'a str) -> impl Iterator<Item = &'a Pod> {
        self.pods
            .iter()
            .filter(move |pod| is_ours(*pod, release) && !is_ending(*pod))
            .filter(|pod| component(*pod) != "test")
    }

    /// Whether there is a Job of this name that came to its end.
    pub fn has_completed(&self, job: &str) -> bool {
        self.jobs.iter().any(|it| {
            let conditions: Vec<Condition> = conditions!(it.status);
            let complete = |it: &Condition| it.kind == "Complete" && it.holds;
            name(it) == job && conditions.iter().any(complete)
        })
    }

    /// What makes the pods of a release and its database.
    pub fn makers(&self, release: &str) -> Vec<Maker> {
        let mut makers = Vec::new();
        for it in self.deployments.iter().filter(|it| is_ours(*it, release)) {
            let made = it.status.as_ref().and_then(|status| status.replicas);
            makers.push(Maker {
                conditions: conditions!(it.status),
                wanted: it.spec.as_ref().and_then(|it| it.replicas).unwrap_or(1),
                made: made.unwrap_or_default(),
                ..Maker::of("deployment", it)
            });
        }
        for it in self.stateful_sets.iter().filter(|it| is_ours(*it, release)) {
            makers.push(Maker {
                conditions: conditions!(it.status),
                wanted: it.spec.as_ref().and_then(|it| it.replicas).unwrap_or(1),
                made: it.status.as_ref().map_or(0, |status| status.replicas),
                ..Maker::of("statefulset", it)
            });
        }
        for it in self.jobs.iter().filter(|it| is_ours(*it, release)) {
            let status = it.status.clone().unwrap_or_default();
            makers.push(Maker {
                conditions: conditions!(it.status),
                made: status.active.unwrap_or_default() + status.succeeded.unwrap_or_default(),
                ..Maker::of("job", it)
            });
        }
        makers
    }
}

impl Maker {
    fn of<K: Metadata<Ty = ObjectMeta>>(kind: &'static str, object: &K) -> Self {
        Self {
            kind,
            name: name(object).to_owned(),
            component: component(object).to_owned(),
            conditions: Vec::new(),
            wanted: 1,
            made: 0,
        }
    }

    /// The condition of this type, if it holds.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        let mut conditions = self.conditions.iter();
        conditions.find(|condition| condition.kind == kind && condition.holds)
    }
}

/// What people call the part that the pod belongs to.
pub fn part(pod: &Pod) -> &str {
    match label(pod, COMPONENT) {
        "" => label(pod, NAME),
        part => part,
    }
}

fn is_ours<K: Metadata<Ty = ObjectMeta>>(object: &K, release: &str) -> bool {
    label(object, INSTANCE) == release || label(object, NAME) == database::NAME
}
