//! What a container's status says.

use cluster::pods::{component, name};
use k8s_openapi::api::core::v1::{ContainerStateWaiting, ContainerStatus, Pod};

use super::Finding;

/// What to do about what Kubernetes names as the reason why a container does not run.
const REMEDIES: [(&str, &str); 8] = [
    ("ErrImagePull", IMAGE),
    ("ErrImageNeverPull", IMAGE),
    ("ImagePullBackOff", IMAGE),
    ("InvalidImageName", "correct `image` in the values"),
    ("CreateContainerConfigError", SECRET),
    ("CreateContainerError", DESCRIBE),
    ("RunContainerError", DESCRIBE),
    ("CrashLoopBackOff", "correct what its last lines name"),
];
const IMAGE: &str = "`cargo xtask minikube up` builds and loads the images; by hand, `minikube image load` with the name above";
const SECRET: &str = "make the Secret or add the key (`kubectl get secrets`), or correct `secrets.existingSecret` and `secrets.keys` in the values";
const DESCRIBE: &str = "see `kubectl describe pod`";
const MIGRATION: &str = "correct what its last lines name, then run the same command again; nothing was changed halfway";

/// What is wrong with one container, if anything is.
pub fn finding(pod: &Pod, status: &ContainerStatus) -> Option<Finding> {
    let container = status.name.as_str();
    let state = status.state.clone().unwrap_or_default();
    let waiting = waiting(status).and_then(|it| it.reason.as_deref());
    let is_crashing = waiting == Some("CrashLoopBackOff");
    let last = status.last_state.clone().filter(|_| is_crashing);
    let ended = last.unwrap_or_default().terminated.or(state.terminated);
    let ended = ended.filter(|it| is_crashing || it.exit_code != 0);
    let migration = component(pod) == "migrate" || container.starts_with("migrate");
    // One that runs before the others is never ready.
    let mut serving = pod.spec.iter().flat_map(|spec| &spec.containers);
    let serves = serving.any(|it| it.name == container);
    let (reason, remedy) = if let Some(ended) = &ended {
        let why = ended.reason.as_deref().unwrap_or("Error");
        let (code, restarts) = (ended.exit_code, status.restart_count);
        let again = is_crashing.then(|| format!(", again and again ({restarts} restarts)"));
        let reason = format!(
            "it ended with exit code {code} ({why}){}",
            again.unwrap_or_default()
        );
        let remedy = match component(pod) {
            part @ ("frontend" | "backend" | "mcp") if why == "OOMKilled" => {
                format!("raise its memory, such as `--set {part}.resources.limits.memory=512Mi`")
            }
            _ if why == "OOMKilled" => "raise its memory".to_owned(),
            _ if migration => MIGRATION.to_owned(),
            _ => "correct what its last lines name".to_owned(),
        };
        (reason, remedy)
    } else if let Some(waiting) = state.waiting {
        let why = waiting.reason.unwrap_or_default();
        let (_, remedy) = REMEDIES.iter().find(|(reason, _)| *reason == why)?;
        let message = waiting.message.unwrap_or_default();
        (format!("{why}: {message}"), (*remedy).to_owned())
    } else if serves && !status.ready && status.started == Some(true) {
        let remedy = "correct what its last lines name; it becomes ready by itself then";
        (
            "it runs, but does not call itself ready".to_owned(),
            remedy.to_owned(),
        )
    } else {
        return None;
    };
    let mut log = vec![name(pod).to_owned(), format!("--container={container}")];
    log.extend(is_crashing.then(|| "--previous".to_owned()));
    Some(Finding {
        object: format!("pod {} (container {container})", name(pod)),
        reason,
        remedy,
        log: (ended.is_some() || waiting.is_none()).then_some(log),
        migration,
        same: (String::new(), container.to_owned()),
        others: 0,
    })
}

/// Why the container waits, if it does.
pub fn waiting(status: &ContainerStatus) -> Option<&ContainerStateWaiting> {
    status.state.as_ref()?.waiting.as_ref()
}
