//! Pods: which there are, whether they are ready, what they logged, and how they end.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use cluster::pods::{is_ready, name};
use futures_util::future::join_all;
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::{
    Api, Client,
    api::{AttachParams, DeleteParams, EvictParams, ListParams, LogParams, Patch, PatchParams},
};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use crate::waiting::{seconds, until};

/// How long a rollout of one Deployment may take on a small machine that does other things too.
pub const ROLLOUT: Duration = seconds(180);

/// The pods and Deployments of one namespace.
#[derive(Clone)]
pub struct Pods {
    client: Client,
    namespace: String,
}

impl Pods {
    /// Of this namespace.
    #[must_use]
    pub fn of(client: &Client, namespace: &str) -> Self {
        Self {
            client: client.clone(),
            namespace: namespace.to_owned(),
        }
    }

    /// The API for pods.
    #[must_use]
    pub fn api(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// The API for Deployments.
    #[must_use]
    pub fn deployments(&self) -> Api<Deployment> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Those that serve, of one component; pods that are ending are none.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn serving(&self, component: &str) -> anyhow::Result<Vec<Pod>> {
        let all = self.labelled(component).await?;
        Ok(all.into_iter().filter(is_ready).collect())
    }

    /// Their names.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn names(&self, component: &str) -> anyhow::Result<Vec<String>> {
        let serving = self.serving(component).await?;
        Ok(serving.iter().map(|pod| name(pod).to_owned()).collect())
    }

    /// All of a component, whatever their state.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn labelled(&self, component: &str) -> anyhow::Result<Vec<Pod>> {
        let labels = format!("app.kubernetes.io/component={component}");
        let listed = self
            .api()
            .list(&ListParams::default().labels(&labels))
            .await;
        Ok(listed.context("pods cannot be listed")?.items)
    }

    /// All there are.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn all(&self) -> anyhow::Result<Vec<Pod>> {
        let listed = self.api().list(&ListParams::default()).await;
        Ok(listed.context("pods cannot be listed")?.items)
    }

    /// Waits until every Deployment has what it asks for, nothing more and nothing old.
    ///
    /// # Errors
    /// When that takes longer than `limit`.
    pub async fn settled(&self, limit: Duration) -> anyhow::Result<Duration> {
        let deployments = self.deployments();
        let ((), took) = until(
            "every Deployment is up to date and ready",
            limit,
            async || {
                let all = deployments.list(&ListParams::default()).await?;
                ensure!(!all.items.is_empty(), "there is none");
                all.items.iter().try_for_each(settled)
            },
        )
        .await?;
        Ok(took)
    }

    /// How often containers were restarted, over all pods.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn restarts(&self) -> anyhow::Result<i32> {
        let all = self.all().await?;
        let statuses = all.iter().filter_map(|pod| pod.status.as_ref());
        let containers = statuses.flat_map(|it| it.container_statuses.iter().flatten());
        Ok(containers.map(|it| it.restart_count).sum())
    }

    /// Deletes one serving pod of a component as `kubectl delete pod` does, and waits until another took its place.
    ///
    /// # Errors
    /// When there is none, or its place stays empty.
    pub async fn delete_one(&self, component: &str) -> anyhow::Result<()> {
        let victim = self.any(component).await?;
        self.api().delete(&victim, &DeleteParams::default()).await?;
        self.replaced(component, &victim).await
    }

    /// Evicts one serving pod of a component as `kubectl drain` does, and waits until another took its place.
    ///
    /// # Errors
    /// When its disruption budget does not allow it, or its place stays empty.
    pub async fn evict_one(&self, component: &str) -> anyhow::Result<()> {
        let victim = self.any(component).await?;
        let evicted = self.api().evict(&victim, &EvictParams::default()).await;
        evicted.with_context(|| format!("{victim} cannot be evicted"))?;
        self.replaced(component, &victim).await
    }

    /// Restarts a Deployment as `kubectl rollout restart` does, and waits until that is done.
    ///
    /// # Errors
    /// When it is not done in time.
    pub async fn restart(&self, deployment: &str) -> anyhow::Result<()> {
        let stamp = uuid::Uuid::new_v4().to_string();
        let annotations = json!({"kubectl.kubernetes.io/restartedAt": stamp});
        let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
        self.deployments()
            .patch(deployment, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .with_context(|| format!("{deployment} cannot be restarted"))?;
        self.settled(ROLLOUT).await?;
        Ok(())
    }

    /// What a pod's only container logged.
    ///
    /// # Errors
    /// When there is no log to be had.
    pub async fn log(&self, pod: &str) -> anyhow::Result<String> {
        let log = self.api().logs(pod, &LogParams::default()).await;
        log.with_context(|| format!("the log of {pod}"))
    }

    /// What all pods of a component logged, those included that ended a moment ago.
    ///
    /// # Errors
    /// When there is no log to be had.
    pub async fn logs(&self, component: &str) -> anyhow::Result<String> {
        let pods = self.labelled(component).await?;
        let logs = join_all(pods.iter().map(|pod| self.log(name(pod)))).await;
        Ok(logs
            .into_iter()
            .collect::<anyhow::Result<Vec<_>>>()?
            .concat())
    }

    /// Runs a program in a pod's container and gives what it wrote, and whether it ended well.
    ///
    /// # Errors
    /// When it cannot be started or takes too long.
    pub async fn exec(&self, pod: &str, command: &[&str]) -> anyhow::Result<(bool, String)> {
        let run = async {
            let streams = AttachParams::default().stdout(true).stderr(true);
            let mut process = self
                .api()
                .exec(pod, command.iter().copied(), &streams)
                .await?;
            let status = process.take_status().context("no status")?;
            let mut out = process.stdout().context("no output")?;
            let mut err = process.stderr().context("no errors")?;
            let (mut said, mut complained) = (String::new(), String::new());
            let (read, also, status) = tokio::join!(
                out.read_to_string(&mut said),
                err.read_to_string(&mut complained),
                status
            );
            read?;
            also?;
            let ok = status.is_some_and(|it| it.status.as_deref() == Some("Success"));
            anyhow::Ok((ok, said + &complained))
        };
        let done = tokio::time::timeout(seconds(60), run).await;
        let done = done.with_context(|| format!("{command:?} in {pod} takes too long"))?;
        done.with_context(|| format!("{command:?} in {pod}"))
    }

    async fn any(&self, component: &str) -> anyhow::Result<String> {
        let names = self.names(component).await?;
        let first = names.into_iter().next();
        first.with_context(|| format!("no pod of {component} is ready"))
    }

    async fn replaced(&self, component: &str, victim: &str) -> anyhow::Result<()> {
        until(
            &format!("another pod in place of {victim}"),
            ROLLOUT,
            async || {
                if self.api().get_opt(victim).await?.is_some() {
                    bail!("{victim} is still there");
                }
                let deployments = self.deployments();
                let all = deployments.list(&ListParams::default()).await?;
                let of = |it: &&Deployment| name(*it).ends_with(component);
                all.items.iter().filter(of).try_for_each(settled)
            },
        )
        .await?;
        Ok(())
    }
}

/// The lines of a log as JSON.
///
/// # Errors
/// When a line is not.
pub fn json_lines(log: &str) -> anyhow::Result<Vec<Value>> {
    let lines = log.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str(line).with_context(|| format!("not JSON: {line}")))
        .collect()
}

/// Whether a Deployment has what it asks for, nothing more and nothing old.
fn settled(deployment: &Deployment) -> anyhow::Result<()> {
    let name = name(deployment);
    let wanted = deployment.spec.as_ref().and_then(|it| it.replicas);
    let wanted = wanted.unwrap_or(1);
    let status = deployment.status.clone().unwrap_or_default();
    ensure!(
        status.observed_generation >= deployment.metadata.generation,
        "{name} has not been looked at yet"
    );
    let counts = [
        status.replicas,
        status.updated_replicas,
        status.ready_replicas,
        status.available_replicas,
    ]
    .map(Option::unwrap_or_default);
    let [there, new, ready, available] = counts;
    ensure!(
        counts.iter().all(|count| *count == wanted),
        "{name} wants {wanted}; there are {there}, new {new}, ready {ready}, available {available}"
    );
    Ok(())
}
