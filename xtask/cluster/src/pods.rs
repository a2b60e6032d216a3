//! What pods say about themselves.

use k8s_openapi::{
    Metadata,
    api::core::v1::{ContainerStatus, Pod, PodCondition},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

/// The label with the part of the application that an object belongs to.
pub const COMPONENT: &str = "app.kubernetes.io/component";
/// The label with the release that an object belongs to.
pub const INSTANCE: &str = "app.kubernetes.io/instance";

/// The object's name.
pub fn name<K: Metadata<Ty = ObjectMeta>>(object: &K) -> &str {
    object.metadata().name.as_deref().unwrap_or_default()
}

/// One of the object's labels; one that is not there is empty.
pub fn label<'a, K: Metadata<Ty = ObjectMeta>>(object: &'a K, label: &str) -> &'a str {
    let labels = object.metadata().labels.as_ref();
    labels
        .and_then(|labels| labels.get(label))
        .map_or("", String::as_str)
}

/// The part of the application that the object belongs to.
pub fn component<K: Metadata<Ty = ObjectMeta>>(object: &K) -> &str {
    label(object, COMPONENT)
}

/// Whether the object is being removed.
pub fn is_ending<K: Metadata<Ty = ObjectMeta>>(object: &K) -> bool {
    object.metadata().deletion_timestamp.is_some()
}

/// The statuses of a pod's containers, those that run before the others first.
pub fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| {
        let first = status.init_container_statuses.iter().flatten();
        first.chain(status.container_statuses.iter().flatten())
    })
}

/// Whether the pod serves: it is ready, and not ending.
#[must_use]
pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|it| it.conditions.iter());
    let ready = |it: &PodCondition| it.type_ == "Ready" && it.status == "True";
    conditions.flatten().any(ready) && !is_ending(pod)
}

/// Whether the pod has done what it was made for.
#[must_use]
pub fn is_done(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|it| it.phase.as_deref());
    phase == Some("Succeeded")
}
