//! The commands that people have in their fingers, each as it is typed.

mod inspection;

use anyhow::{Context as _, ensure};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;
use system_tests::{
    cluster::Place,
    database::Database,
    node_ports::NodePorts,
    person::Person,
    pods::ROLLOUT,
    programs::Output,
    release::{NAME, Release},
    runner::{Group, Steps, Turn},
    scenario,
    site::Site,
    waiting::seconds,
};

const COMPONENTS: [&str; 3] = ["frontend", "backend", "mcp"];
const AUTH_SECRET: &str = "predecessors-auth-secret-predecessors-auth-secret";
const MCP_KEY: &str = "predecessors-mcp-key-predecessors-mcp-key";
const MODEL_KEY: &str = "sk-predecessors-model-key";

pub struct Typed {
    place: Place,
    release: Release,
    url: String,
    person: Person,
}

pub fn group() -> Group<Typed> {
    Group {
        name: "typed",
        turn: Turn::Shared,
        set_up,
        scenarios: vec![
            scenario!(60, "helm test passes", helm_test),
            scenario!(
                60,
                "helm lint and helm template work without a cluster",
                inspection::without_cluster
            ),
            scenario!(
                60,
                "all pods together and each alone stay within their bounds",
                inspection::bounds
            ),
            scenario!(
                60,
                "kubectl logs -l shows JSON lines of each component",
                inspection::logs
            ),
            scenario!(
                60,
                "no secret is in a ConfigMap, in the manifest or in the history of an image",
                inspection::secrets
            ),
            scenario!(
                300,
                "--reuse-values --set frontend.replicaCount=2",
                replica_count
            ),
            scenario!(
                300,
                "--set backend.resources.limits.memory=1Gi",
                memory_limit
            ),
            scenario!(
                300,
                "--set backend.env.MAX_CONVERSATION_HISTORY=100 arrives in the pods",
                environment
            ),
            scenario!(
                300,
                "--set frontend.service.nodePort=30080, and the backend's at 30081",
                node_ports
            ),
            scenario!(300, "helm rollback brings the revision before", rollback),
            scenario!(
                120,
                "kubectl scale --replicas=3 is ready within 90 s",
                scale
            ),
            scenario!(
                300,
                "after kubectl scale, Helm 4 names the conflict and --force-conflicts goes on",
                conflict
            ),
            scenario!(
                300,
                "helm uninstall and the same install again: the identical state",
                again
            ),
        ],
    }
}

fn set_up(place: Place) -> Steps<'static, Typed> {
    Box::pin(async move {
        let database = place.namespace("database").await?;
        let database = Database::deploy(&place, &database).await?;
        let url = database.url("todo");
        let namespace = place.reserve("todo-local");
        let values = json!({"offlineModel": {"enabled": true}});
        let release = Release::prepare(&place, &namespace, values)?;
        let installed = install(&place, &release, &url).await?;
        let address = format!("https://{}", release.host);
        ensure!(
            installed.text.contains(&address),
            "no address:\n{}",
            installed.text
        );
        let person = Person::sign_up(&release.site().await?).await?;
        Ok(Typed {
            place,
            release,
            url,
            person,
        })
    })
}

async fn install(place: &Place, release: &Release, url: &str) -> anyhow::Result<Output> {
    let (namespace, values) = (&release.namespace, release.values());
    let typed = format!(
        "helm install todo-chatbot ./helm/todo-chatbot --namespace {namespace} --create-namespace --values {values} \
         --set secrets.databaseUrl={url} --set secrets.frontendDatabaseUrl={url} --set secrets.betterAuthSecret={AUTH_SECRET} \
         --set secrets.openaiApiKey={MODEL_KEY} --set secrets.mcpApiKey={MCP_KEY} --wait"
    );
    place.shell.typed(&typed).await?.success()
}

impl Typed {
    async fn typed(&self, line: &str) -> anyhow::Result<Output> {
        let line = format!("{line} --namespace {}", self.release.namespace);
        self.place.shell.typed(&line).await?.success()
    }

    async fn upgrade(&self, options: &str) -> anyhow::Result<()> {
        let line =
            format!("helm upgrade todo-chatbot ./helm/todo-chatbot --reuse-values {options}");
        self.typed(&line).await?;
        self.release.pods.settled(ROLLOUT).await?;
        Ok(())
    }

    async fn backend(&self) -> anyhow::Result<Pod> {
        let pods = self.release.pods.serving("backend").await?;
        pods.into_iter().next().context("no backend is ready")
    }
}

async fn helm_test(typed: &mut Typed) -> anyhow::Result<()> {
    typed.typed("helm test todo-chatbot").await?;
    Ok(())
}

async fn replica_count(typed: &mut Typed) -> anyhow::Result<()> {
    typed.upgrade("--set frontend.replicaCount=2").await?;
    let ready = typed.release.pods.names("frontend").await?;
    ensure!(ready.len() == 2, "{ready:?}");
    Ok(())
}

async fn memory_limit(typed: &mut Typed) -> anyhow::Result<()> {
    typed
        .upgrade("--set backend.resources.limits.memory=1Gi")
        .await?;
    let spec = serde_json::to_value(typed.backend().await?.spec)?;
    let limit = spec.pointer("/containers/0/resources/limits/memory");
    ensure!(limit == Some(&json!("1Gi")), "{limit:?}");
    // What was set before is still so.
    let ready = typed.release.pods.names("frontend").await?;
    ensure!(ready.len() == 2, "{ready:?}");
    Ok(())
}

async fn environment(typed: &mut Typed) -> anyhow::Result<()> {
    typed
        .upgrade("--set backend.env.MAX_CONVERSATION_HISTORY=100")
        .await?;
    let spec = serde_json::to_value(typed.backend().await?.spec)?;
    let environment = spec
        .pointer("/containers/0/env")
        .and_then(|it| it.as_array());
    let set = json!({"name": "MAX_CONVERSATION_HISTORY", "value": "100"});
    ensure!(
        environment.is_some_and(|all| all.contains(&set)),
        "{environment:?}"
    );
    Ok(())
}

async fn node_ports(typed: &mut Typed) -> anyhow::Result<()> {
    let ports = NodePorts::take(&typed.place.client).await?;
    typed
        .upgrade("--set frontend.service.nodePort=30080")
        .await?;
    let backend = "--set backend.service.type=NodePort --set backend.service.nodePort=30081";
    typed.upgrade(backend).await?;
    let node = typed.place.settings.node;
    let site = Site::plain(&format!("http://{node}:30080"))?;
    let robin = typed.person.sign_in(&site).await?;
    robin.add("Through the node's port").await?;
    let backend = Site::plain(&format!("http://{node}:30081"))?;
    let titles = robin.at(&backend).titles().await?;
    ensure!(titles == ["Through the node's port"], "{titles:?}");
    let closed = "--set frontend.service.nodePort=null --set backend.service.nodePort=null --set backend.service.type=ClusterIP";
    typed.upgrade(closed).await?;
    drop(ports);
    Ok(())
}

async fn scale(typed: &mut Typed) -> anyhow::Result<()> {
    for component in COMPONENTS {
        typed
            .typed(&format!(
                "kubectl scale deployment/todo-chatbot-{component} --replicas=3"
            ))
            .await?;
    }
    let took = typed.release.pods.settled(seconds(90)).await?;
    println!(
        "  three of each were ready after {:.1} s",
        took.as_secs_f64()
    );
    for component in COMPONENTS {
        let ready = typed.release.pods.names(component).await?;
        ensure!(ready.len() == 3, "{ready:?}");
    }
    Ok(())
}

/// It keeps book of who set what; Helm 3 does not and goes on by itself.
async fn conflict(typed: &mut Typed) -> anyhow::Result<()> {
    let namespace = &typed.release.namespace;
    let line = format!(
        "helm upgrade todo-chatbot ./helm/todo-chatbot --reuse-values --namespace {namespace}"
    );
    let failed = typed.place.shell.typed(&line).await?.failure()?;
    let reason = ["conflict", "kubectl", ".spec.replicas"];
    ensure!(
        reason.iter().all(|word| failed.text.contains(word)),
        "{}",
        failed.text
    );
    typed.upgrade("--force-conflicts").await?;
    let ready = typed.release.pods.names("backend").await?;
    ensure!(ready.len() == 1, "{ready:?}");
    Ok(())
}

async fn rollback(typed: &mut Typed) -> anyhow::Result<()> {
    typed
        .upgrade("--set backend.env.MAX_CONVERSATION_HISTORY=101")
        .await?;
    typed.typed("helm rollback todo-chatbot").await?;
    typed.release.pods.settled(ROLLOUT).await?;
    let spec = serde_json::to_string(&typed.backend().await?.spec)?;
    ensure!(
        spec.contains(r#""value":"100""#) && !spec.contains(r#""value":"101""#),
        "{spec}"
    );
    Ok(())
}

async fn again(typed: &mut Typed) -> anyhow::Result<()> {
    let before = typed.release.secret(&format!("{NAME}-secrets")).await?;
    let titles = typed.person.titles().await?;
    typed.typed("helm uninstall todo-chatbot --wait").await?;
    install(&typed.place, &typed.release, &typed.url).await?;
    let after = typed.release.secret(&format!("{NAME}-secrets")).await?;
    ensure!(before == after, "other secrets");
    let robin = typed.person.sign_in(&typed.release.site().await?).await?;
    ensure!(robin.titles().await? == titles, "other tasks");
    Ok(())
}
