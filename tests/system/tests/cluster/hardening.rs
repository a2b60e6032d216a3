//! What pods are not allowed to do.

use anyhow::{Context as _, bail, ensure};
use cluster::pods::name;
use k8s_openapi::api::core::v1::{Container, Namespace, Pod};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::json;
use system_tests::waiting::{seconds, until};

use crate::pair::Pair;

pub async fn restricted(pair: &mut Pair) -> anyhow::Result<()> {
    let namespaces = Api::<Namespace>::all(pair.place.client.clone());
    let namespace = namespaces.get(&pair.release.namespace).await?;
    let labels = namespace.metadata.labels.unwrap_or_default();
    let level = labels.get("pod-security.kubernetes.io/enforce");
    ensure!(level.is_some_and(|it| it == "restricted"), "{labels:?}");
    for component in ["frontend", "backend", "mcp", "offline-model"] {
        let pods = pair.release.pods.serving(component).await?;
        ensure!(pods.len() == 2, "{} of {component} are ready", pods.len());
        for pod in pods {
            let spec = pod.spec.as_ref().context("no spec")?;
            let token = spec.automount_service_account_token;
            ensure!(token == Some(false), "{} has a token", name(&pod));
            let account = spec.service_account_name.as_deref();
            ensure!(
                account.is_some_and(|it| it != "default"),
                "{} has the account {account:?}",
                name(&pod)
            );
        }
    }
    Ok(())
}

/// By what the pods are told to be, and by what the kernel says about the file systems of their processes: there is no shell
/// in them to try it with, so a container beside looks.
pub async fn read_only(pair: &mut Pair) -> anyhow::Result<()> {
    for component in ["frontend", "backend", "mcp", "offline-model"] {
        let pods = pair.release.pods.serving(component).await?;
        let pod = pods.first().with_context(|| format!("no {component}"))?;
        let containers = &pod.spec.as_ref().context("no spec")?.containers;
        for container in containers {
            told_to_be_read_only(container).with_context(|| name(pod).to_owned())?;
        }
        let target = containers.first().context("no container")?;
        let mounts = mounts_of(pair, pod, &target.name).await?;
        let root = mounts.lines().find_map(|line| {
            let mut fields = line.split(' ').skip(4);
            (fields.next() == Some("/")).then(|| fields.next().unwrap_or_default())
        });
        let options = root.with_context(|| format!("{component} has no root: {mounts}"))?;
        ensure!(
            options.split(',').any(|option| option == "ro"),
            "the root of {component} is mounted {options}"
        );
    }
    Ok(())
}

fn told_to_be_read_only(container: &Container) -> anyhow::Result<()> {
    let context = container.security_context.as_ref();
    let read_only = context.and_then(|it| it.read_only_root_filesystem);
    ensure!(
        read_only == Some(true),
        "{} may write its root",
        container.name
    );
    Ok(())
}

/// What the kernel says that a container's first process has mounted.
async fn mounts_of(pair: &Pair, pod: &Pod, container: &str) -> anyhow::Result<String> {
    let image = &pair.place.settings.images.database;
    let pods = pair.release.pods.api();
    let name = name(pod);
    let beside = json!({"spec": {"ephemeralContainers": [{
        "name": "looker",
        "image": format!("{}:{}", image.repository, image.tag),
        "imagePullPolicy": "IfNotPresent",
        "command": ["cat", "/proc/1/mountinfo"],
        "targetContainerName": container,
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": true,
            "runAsUser": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }]}});
    pods.patch_ephemeral_containers(name, &PatchParams::default(), &Patch::Strategic(&beside))
        .await?;
    let (said, _) = until("a look at the mounts", seconds(30), async || {
        let status = pods.get(name).await?.status.unwrap_or_default();
        let statuses = status.ephemeral_container_statuses.unwrap_or_default();
        let state = statuses.into_iter().find_map(|it| it.state);
        let Some(ended) = state.and_then(|it| it.terminated) else {
            bail!("it has not ended");
        };
        let asked = kube::api::LogParams {
            container: Some("looker".to_owned()),
            ..Default::default()
        };
        let log = pods.logs(name, &asked).await?;
        Ok((ended.exit_code, log))
    })
    .await?;
    let (code, log) = said;
    ensure!(code == 0, "the look at the mounts ended with {code}: {log}");
    Ok(log)
}
