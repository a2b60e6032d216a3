//! What a container's status says.

use serde_json::Value;

use super::{Log, Question, Trouble};
use crate::kubernetes::objects::{component, containers, list, name, number, text};

/// What is wrong with one container, if anything is.
pub fn trouble(pod: &Value, status: &Value) -> Option<Trouble> {
    let container = text(status, "/name");
    let base = Trouble {
        pod: Some(name(pod).to_owned()),
        container: (list(pod, "/spec/containers").count() > 1 || container != component(pod))
            .then(|| container.to_owned()),
        migration: component(pod) == "migrate" || container.starts_with("migrate"),
        ..Trouble::of(format!("pod {}", name(pod)))
    };
    if let Some(waiting) = status.pointer("/state/waiting") {
        return waits(base, status, waiting, pod);
    }
    if let Some(ended) = status.pointer("/state/terminated") {
        return (number(ended, "/exitCode") != Some(0))
            .then(|| failed(base, ended, component(pod)));
    }
    let is_ready = status.get("ready").and_then(Value::as_bool) == Some(true);
    let has_started = status.get("started").and_then(Value::as_bool) == Some(true);
    // One that runs before the others is never ready.
    let is_first = list(pod, "/status/initContainerStatuses").any(|first| first == status);
    if is_ready || !has_started || is_first {
        return None;
    }
    let question = question(pod, container);
    let path = question
        .as_ref()
        .map_or("its readiness probe", |question| question.path.as_str());
    Some(Trouble {
        reason: format!("it runs, but does not call itself ready ({path})"),
        remedy: "correct what its answer names; it becomes ready by itself then".into(),
        log: Some(Log::Current),
        question,
        ..base
    })
}

fn waits(base: Trouble, status: &Value, waiting: &Value, pod: &Value) -> Option<Trouble> {
    let message = text(waiting, "/message");
    let image = text(status, "/image");
    let namespace = text(pod, "/metadata/namespace");
    match text(waiting, "/reason") {
        "ImagePullBackOff" | "ErrImageNeverPull" | "ErrImagePull" => Some(Trouble {
            reason: format!("its image {image} is not on the node, and cannot be pulled: {message}"),
            remedy: "`cargo xtask minikube up` builds and loads the images; by hand, `minikube image load` with the name above".into(),
            hopeless: text(waiting, "/reason") != "ErrImagePull",
            ..base
        }),
        "InvalidImageName" => Some(Trouble {
            reason: format!("its image's name is not valid: {message}"),
            remedy: "correct `image` in the values".into(),
            hopeless: true,
            ..base
        }),
        "CreateContainerConfigError" => Some(Trouble {
            reason: format!("what it is to be given is not there: {message}"),
            remedy: format!(
                "make the Secret or add the key (`kubectl --namespace {namespace} get secrets`), or correct `secrets.existingSecret` and `secrets.keys` in the values"
            ),
            hopeless: true,
            ..base
        }),
        reason @ ("CreateContainerError" | "RunContainerError") => Some(Trouble {
            reason: format!("it cannot be started ({reason}): {message}"),
            remedy: format!("see `kubectl --namespace {namespace} describe pod {}`", name(pod)),
            hopeless: true,
            ..base
        }),
        "CrashLoopBackOff" => {
            let restarts = number(status, "/restartCount").unwrap_or_default();
            let last = status
                .pointer("/lastState/terminated")
                .unwrap_or(&Value::Null);
            let failed = failed(base, last, component(pod));
            Some(Trouble {
                reason: format!("{}, again and again ({restarts} restarts)", failed.reason),
                log: Some(Log::Previous),
                ..failed
            })
        }
        _ => None,
    }
}

fn failed(base: Trouble, ended: &Value, part: &str) -> Trouble {
    let (reason, remedy) = match (text(ended, "/reason"), number(ended, "/exitCode")) {
        ("OOMKilled", _) => (
            "it used more memory than it may and was killed".to_owned(),
            match part {
                "frontend" | "backend" | "mcp" => format!("raise its memory, such as `--set {part}.resources.limits.memory=512Mi`"),
                _ => "raise its memory".to_owned(),
            },
        ),
        (_, Some(code)) if base.migration => (
            format!("the migration failed (exit code {code})"),
            "correct what its last lines name, then run the same command again; nothing was changed halfway".to_owned(),
        ),
        (_, Some(code)) => (
            format!("it ended with exit code {code}"),
            "correct what its last lines name".to_owned(),
        ),
        _ => (
            "it ended by itself".to_owned(),
            "see its last lines".to_owned(),
        ),
    };
    Trouble {
        reason,
        remedy,
        log: Some(Log::Current),
        ..base
    }
}

/// Where its readiness is asked, when that is by HTTP.
fn question(pod: &Value, container: &str) -> Option<Question> {
    let spec = list(pod, "/spec/containers").find(|spec| text(spec, "/name") == container)?;
    let asked = spec.pointer("/readinessProbe/httpGet")?;
    let port = match asked.get("port")? {
        Value::String(named) => list(spec, "/ports")
            .find(|port| text(port, "/name") == named)
            .and_then(|port| number(port, "/containerPort"))?,
        port => port.as_i64()?,
    };
    Some(Question {
        port: port.try_into().ok()?,
        path: text(asked, "/path").to_owned(),
    })
}

/// What a pod that is not ready is doing, in a few words.
pub fn state(pod: &Value) -> String {
    if containers(pod).next().is_none() {
        let scheduled = !text(pod, "/spec/nodeName").is_empty();
        return if scheduled {
            "is being made"
        } else {
            "waits for a node"
        }
        .to_owned();
    }
    for status in containers(pod) {
        if let Some(waiting) = status.pointer("/state/waiting") {
            return match text(waiting, "/reason") {
                "ContainerCreating" | "PodInitializing" | "" => "is being made".to_owned(),
                reason => reason.to_owned(),
            };
        }
        if let Some(ended) = status.pointer("/state/terminated")
            && number(ended, "/exitCode") != Some(0)
        {
            return "failed".to_owned();
        }
    }
    if component(pod) == "migrate" {
        return "runs".to_owned();
    }
    let has_started = containers(pod).all(|status| {
        status.get("started").and_then(Value::as_bool) == Some(true)
            || status.pointer("/state/terminated").is_some()
    });
    if has_started {
        "runs, not ready".to_owned()
    } else {
        "starts".to_owned()
    }
}
