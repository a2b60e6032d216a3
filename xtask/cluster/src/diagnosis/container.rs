//! What a container's status says.

use cluster::pods::{component, name, statuses};
use k8s_openapi::api::core::v1::{
    ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, Pod,
};

use super::finding::{Finding, Log};

/// What is wrong with one container, if anything is.
pub fn finding(pod: &Pod, status: &ContainerStatus) -> Option<Finding> {
    let container = status.name.as_str();
    let spec = pod.spec.as_ref();
    let count = spec.map_or(0, |spec| spec.containers.len());
    let base = Finding {
        object: format!("pod {}", name(pod)),
        pod: Some(name(pod).to_owned()),
        container: (count > 1 || container != component(pod)).then(|| container.to_owned()),
        migration: is_migration(pod) || container.starts_with("migrate"),
        ..Finding::default()
    };
    if let Some(waiting) = waiting(status) {
        return waits(base, status, waiting, pod);
    }
    if let Some(ended) = terminated(status) {
        return (ended.exit_code != 0).then(|| failed(base, Some(ended), component(pod)));
    }
    // One that runs before the others is never ready.
    let serves = spec.is_some_and(|spec| spec.containers.iter().any(|it| it.name == container));
    (serves && !status.ready && status.started == Some(true)).then(|| Finding {
        reason: "it runs, but does not call itself ready".into(),
        remedy: "correct what its last lines name; it becomes ready by itself then".into(),
        log: Some(Log::Current),
        ..base
    })
}

/// Why the container waits, if it does.
fn waiting(status: &ContainerStatus) -> Option<&ContainerStateWaiting> {
    status.state.as_ref()?.waiting.as_ref()
}

fn terminated(status: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    status.state.as_ref()?.terminated.as_ref()
}

fn waits(
    base: Finding,
    status: &ContainerStatus,
    waiting: &ContainerStateWaiting,
    pod: &Pod,
) -> Option<Finding> {
    let message = waiting.message.as_deref().unwrap_or_default();
    let image = &status.image;
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let (reason, remedy) = match waiting.reason.as_deref()? {
        "ImagePullBackOff" | "ErrImageNeverPull" | "ErrImagePull" => (
            format!("its image {image} is not on the node, and cannot be pulled: {message}"),
            "`cargo xtask minikube up` builds and loads the images; by hand, `minikube image load` with the name above".into(),
        ),
        "InvalidImageName" => (
            format!("its image's name is not valid: {message}"),
            "correct `image` in the values".into(),
        ),
        "CreateContainerConfigError" => (
            format!("what it is to be given is not there: {message}"),
            format!("make the Secret or add the key (`kubectl --namespace {namespace} get secrets`), or correct `secrets.existingSecret` and `secrets.keys` in the values"),
        ),
        reason @ ("CreateContainerError" | "RunContainerError") => (
            format!("it cannot be started ({reason}): {message}"),
            format!("see `kubectl --namespace {namespace} describe pod {}`", name(pod)),
        ),
        "CrashLoopBackOff" => {
            let restarts = status.restart_count;
            let last = status.last_state.as_ref().and_then(|it| it.terminated.as_ref());
            let failed = failed(base, last, component(pod));
            return Some(Finding {
                reason: format!("{}, again and again ({restarts} restarts)", failed.reason),
                log: Some(Log::Previous),
                ..failed
            });
        }
        _ => return None,
    };
    Some(Finding {
        reason,
        remedy,
        ..base
    })
}

fn failed(base: Finding, ended: Option<&ContainerStateTerminated>, part: &str) -> Finding {
    let killed = ended.is_some_and(|it| it.reason.as_deref() == Some("OOMKilled"));
    let (reason, remedy) = match ended.map(|it| it.exit_code) {
        _ if killed => (
            "it used more memory than it may and was killed".to_owned(),
            match part {
                "frontend" | "backend" | "mcp" => format!("raise its memory, such as `--set {part}.resources.limits.memory=512Mi`"),
                _ => "raise its memory".to_owned(),
            },
        ),
        Some(code) if base.migration => (
            format!("the migration failed (exit code {code})"),
            "correct what its last lines name, then run the same command again; nothing was changed halfway".to_owned(),
        ),
        Some(code) => (
            format!("it ended with exit code {code}"),
            "correct what its last lines name".to_owned(),
        ),
        None => ("it ended by itself".to_owned(), "see its last lines".to_owned()),
    };
    Finding {
        reason,
        remedy,
        log: Some(Log::Current),
        ..base
    }
}

/// What a pod that is not ready is doing, in a few words.
pub fn state(pod: &Pod) -> String {
    if statuses(pod).next().is_none() {
        let scheduled = pod.spec.as_ref().is_some_and(|it| it.node_name.is_some());
        return if scheduled {
            "is being made"
        } else {
            "waits for a node"
        }
        .to_owned();
    }
    for status in statuses(pod) {
        if let Some(waiting) = waiting(status) {
            return match waiting.reason.as_deref().unwrap_or_default() {
                "ContainerCreating" | "PodInitializing" | "" => "is being made".to_owned(),
                reason => reason.to_owned(),
            };
        }
        if terminated(status).is_some_and(|ended| ended.exit_code != 0) {
            return "failed".to_owned();
        }
    }
    let has_started =
        statuses(pod).all(|status| status.started == Some(true) || terminated(status).is_some());
    match (is_migration(pod), has_started) {
        (true, _) => "runs",
        (false, true) => "runs, not ready",
        (false, false) => "starts",
    }
    .to_owned()
}

/// Whether the pod runs migrations and nothing else.
fn is_migration(pod: &Pod) -> bool {
    component(pod) == "migrate"
}
