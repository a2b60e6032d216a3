//! What somebody sees who looks closely at an installation.

use anyhow::{Context as _, ensure};
use cluster::pods::name;
use k8s_openapi::api::core::v1::ResourceRequirements;
use system_tests::{
    pods,
    quantity::{cpu, memory},
    waiting::seconds,
};
use tokio::process::Command;

use super::{AUTH_SECRET, COMPONENTS, MCP_KEY, MODEL_KEY, Typed};

/// 70 % of 4 CPUs and 8 GB for all, 500m and 512Mi for each.
pub async fn bounds(typed: &mut Typed) -> anyhow::Result<()> {
    let (mut all_cpu, mut all_memory) = (0.0, 0.0);
    for component in COMPONENTS {
        for pod in typed.release.pods.serving(component).await? {
            let name = name(&pod).to_owned();
            let spec = pod.spec.context("no spec")?;
            let (mut one_cpu, mut one_memory) = (0.0, 0.0);
            for container in spec.containers {
                let asked = container.resources.unwrap_or_default();
                let ResourceRequirements {
                    limits, requests, ..
                } = asked;
                let (limits, requests) = (limits.unwrap_or_default(), requests.unwrap_or_default());
                ensure!(requests.len() >= 2, "{name} requests {requests:?}");
                one_cpu += cpu(limits.get("cpu").context("no CPU limit")?)?;
                one_memory += memory(limits.get("memory").context("no memory limit")?)?;
            }
            ensure!(one_cpu <= 0.5, "{name} may use {one_cpu} CPUs");
            ensure!(
                one_memory <= 512.0 * 1024.0 * 1024.0,
                "{name} may use {one_memory} bytes"
            );
            all_cpu += one_cpu;
            all_memory += one_memory;
        }
    }
    ensure!(
        all_cpu > 0.0 && all_cpu < 0.7 * 4.0,
        "all may use {all_cpu} CPUs"
    );
    ensure!(all_memory < 0.7 * 8e9, "all may use {all_memory} bytes");
    Ok(())
}

pub async fn logs(typed: &mut Typed) -> anyhow::Result<()> {
    typed.person.say("what is open?", None).await?;
    for component in COMPONENTS.into_iter().chain(["offline-model"]) {
        let line = format!("kubectl logs -l app.kubernetes.io/component={component} --tail=-1");
        let said = typed.typed(&line).await?;
        let lines = pods::json_lines(&said.stdout).context(component)?;
        ensure!(!lines.is_empty(), "{component} says nothing");
    }
    Ok(())
}

pub async fn secrets(typed: &mut Typed) -> anyhow::Result<()> {
    let password = typed.url.split([':', '@']).nth(2).context("no password")?;
    let secrets = [AUTH_SECRET, MCP_KEY, MODEL_KEY, password];
    let mut seen = vec![
        (
            "kubectl describe configmap".to_owned(),
            typed.typed("kubectl describe configmap").await?,
        ),
        (
            "helm get manifest".to_owned(),
            typed.typed("helm get manifest todo-chatbot").await?,
        ),
        (
            "kubectl get deployments".to_owned(),
            typed.typed("kubectl get deployments -o yaml").await?,
        ),
    ];
    let images = &typed.place.settings.images;
    for image in [
        &images.frontend,
        &images.backend,
        &images.mcp,
        &images.offline_model,
    ] {
        let line = format!(
            "docker history --no-trunc {}:{}",
            image.repository, image.tag
        );
        let said = typed.place.shell.typed(&line).await?.success()?;
        for word in [
            "SECRET=",
            "API_KEY=",
            "PASSWORD=",
            "DATABASE_URL=",
            "postgres://",
            "sk-",
        ] {
            ensure!(
                !said.text.contains(word),
                "`{line}` shows {word}:\n{}",
                said.text
            );
        }
        seen.push((line, said));
    }
    for (line, said) in seen {
        for secret in secrets {
            ensure!(
                !said.text.contains(secret),
                "`{line}` shows a secret:\n{}",
                said.text
            );
        }
    }
    Ok(())
}

/// Neither needs a cluster, so they get none.
pub async fn without_cluster(typed: &mut Typed) -> anyhow::Result<()> {
    let url = "secrets.databaseUrl=postgres://todo:todo@database/todo";
    for verb in [
        ["lint", "--strict"].as_slice(),
        &["template", "todo-chatbot"],
    ] {
        let mut command = Command::new("helm");
        command
            .args(verb)
            .args(["./helm/todo-chatbot", "--set", url]);
        command.env("KUBECONFIG", "/dev/null");
        typed
            .place
            .shell
            .command(command, seconds(60))
            .await?
            .success()?;
    }
    Ok(())
}
