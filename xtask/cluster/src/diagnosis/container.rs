//! What a container's status says.

use cluster::pods::{component, name};
use k8s_openapi::api::core::v1::{
    ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, Pod,
};

use super::Finding;

/// What is wrong with one container, if anything is.
pub fn finding(pod: &Pod, status: &ContainerStatus) -> Option<Finding> {
    let container = status.name.as_str();
    let mut serving = pod.spec.iter().flat_map(|spec| &spec.containers);
    let is_only = serving.clone().count() == 1 && container == component(pod);
    let (reason, remedy, log) = if let Some(waiting) = waiting(status) {
        waits(pod, status, waiting)?
    } else if let Some(ended) = status.state.as_ref()?.terminated.as_ref() {
        if ended.exit_code == 0 {
            return None;
        }
        let (reason, remedy) = failed(pod, status, Some(ended));
        (reason, remedy, Log::Current)
    } else if status.ready
        || status.started != Some(true)
        // One that runs before the others is never ready.
        || !serving.any(|it| it.name == container)
    {
        return None;
    } else {
        (
            "it runs, but does not call itself ready".to_owned(),
            "correct what its last lines name; it becomes ready by itself then".to_owned(),
            Log::Current,
        )
    };
    let arguments = [name(pod), "--container", container];
    let previous = (log == Log::Previous).then_some("--previous");
    let arguments = arguments.into_iter().chain(previous).map(str::to_owned);
    let shown = if is_only {
        String::new()
    } else {
        format!(" (container {container})")
    };
    Some(Finding {
        object: format!("pod {}{shown}", name(pod)),
        reason,
        remedy,
        log: (log != Log::None).then(|| arguments.collect()),
        migration: is_migration(pod, status),
        same: (String::new(), container.to_owned()),
        others: 0,
    })
}

/// Which output of the container tells more.
#[derive(PartialEq, Eq)]
enum Log {
    None,
    Current,
    /// Of the one before, which has ended.
    Previous,
}

/// Whether it is one that brings the database up to date.
fn is_migration(pod: &Pod, status: &ContainerStatus) -> bool {
    component(pod) == "migrate" || status.name.starts_with("migrate")
}

/// Why the container waits, if it does.
pub fn waiting(status: &ContainerStatus) -> Option<&ContainerStateWaiting> {
    status.state.as_ref()?.waiting.as_ref()
}

fn waits(
    pod: &Pod,
    status: &ContainerStatus,
    waiting: &ContainerStateWaiting,
) -> Option<(String, String, Log)> {
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
            let last = status.last_state.as_ref().and_then(|it| it.terminated.as_ref());
            let (reason, remedy) = failed(pod, status, last);
            let restarts = status.restart_count;
            let reason = format!("{reason}, again and again ({restarts} restarts)");
            return Some((reason, remedy, Log::Previous));
        }
        _ => return None,
    };
    Some((reason, remedy, Log::None))
}

fn failed(
    pod: &Pod,
    status: &ContainerStatus,
    ended: Option<&ContainerStateTerminated>,
) -> (String, String) {
    if ended.is_some_and(|it| it.reason.as_deref() == Some("OOMKilled")) {
        let remedy = match component(pod) {
            part @ ("frontend" | "backend" | "mcp") => {
                format!("raise its memory, such as `--set {part}.resources.limits.memory=512Mi`")
            }
            _ => "raise its memory".to_owned(),
        };
        let reason = "it used more memory than it may and was killed";
        return (reason.to_owned(), remedy);
    }
    let code = ended.map_or("unknown".to_owned(), |it| it.exit_code.to_string());
    if is_migration(pod, status) {
        return (
            format!("the migration failed (exit code {code})"),
            "correct what its last lines name, then run the same command again; nothing was changed halfway".to_owned(),
        );
    }
    (
        format!("it ended with exit code {code}"),
        "correct what its last lines name".to_owned(),
    )
}
