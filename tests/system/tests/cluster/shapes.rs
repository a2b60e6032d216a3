//! Each shape of the chart that `ci/` has, installed where only restricted pods are admitted.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use k8s_openapi::api::core::v1::{Secret, Service};
use kube::{Api, api::PostParams};
use serde_json::json;
use system_tests::{
    cluster::Place,
    database::Database,
    node_ports::NodePorts,
    release::Release,
    runner::{Group, Steps, Turn},
    scenario,
    waiting::seconds,
};
use tokio::process::Command;

/// What the URLs in `ci/` say.
const PASSWORD: &str = "todo";

pub struct Shapes {
    place: Place,
    database: Database,
    namespace: String,
    files: Vec<PathBuf>,
}

pub fn group() -> Group<Shapes> {
    Group {
        name: "shapes",
        turn: Turn::Shared,
        set_up,
        scenarios: vec![
            scenario!(
                600,
                "each shape that needs nothing else is admitted and becomes ready",
                installed
            ),
            scenario!(
                120,
                "each shape that needs more kinds than the cluster has is taken by its API server",
                dry_run
            ),
        ],
    }
}

fn set_up(place: Place) -> Steps<'static, Shapes> {
    Box::pin(async move {
        let namespace = place.namespace("database").await?;
        let database = Database::deploy_with(&place, &namespace, PASSWORD).await?;
        let mut files = Vec::new();
        for entry in std::fs::read_dir(place.settings.chart.join("ci"))? {
            files.push(entry?.path());
        }
        files.sort();
        Ok(Shapes {
            place,
            database,
            namespace,
            files,
        })
    })
}

/// Groups of kinds that a shape needs beyond Kubernetes' own, as its file says.
fn more_kinds(shape: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(shape)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("# api-versions:"));
    Ok(line
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect())
}

fn name(shape: &Path) -> String {
    let name = shape.file_name().unwrap_or_default().to_string_lossy();
    name.trim_end_matches("-values.yaml").to_owned()
}

async fn installed(shapes: &mut Shapes) -> anyhow::Result<()> {
    let mut count = 0;
    for shape in shapes.files.clone() {
        if !more_kinds(&shape)?.is_empty() {
            continue;
        }
        let begun = std::time::Instant::now();
        install(shapes, &shape)
            .await
            .with_context(|| name(&shape))?;
        println!(
            "  {} in {:.1} s",
            name(&shape),
            begun.elapsed().as_secs_f64()
        );
        count += 1;
    }
    ensure!(count > 0, "there is no such shape");
    Ok(())
}

async fn install(shapes: &Shapes, shape: &Path) -> anyhow::Result<()> {
    let place = &shapes.place;
    let namespace = place.namespace(&name(shape)).await?;
    let services = Api::<Service>::namespaced(place.client.clone(), &namespace);
    let address = format!("todo-database.{}.svc.cluster.local", shapes.namespace);
    let service = json!({
        "metadata": {"name": "todo-database"},
        "spec": {"type": "ExternalName", "externalName": address},
    });
    services
        .create(&PostParams::default(), &serde_json::from_value(service)?)
        .await?;
    let secrets = Api::<Secret>::namespaced(place.client.clone(), &namespace);
    let secret = json!({
        "metadata": {"name": "todo-credentials"},
        "stringData": {
            "database-url": "postgres://todo:todo@todo-database:5432/todo",
            "auth-secret": "of-the-users-own-of-the-users-own-of-the-users-own",
            "mcp-key": "of-the-users-own-of-the-users-own-of-the-users-own",
        },
    });
    secrets
        .create(&PostParams::default(), &serde_json::from_value(secret)?)
        .await?;
    let text = std::fs::read_to_string(shape)?;
    // Where nobody migrates, the shape before has.
    if !text.contains("migrations:\n  mode: none") {
        let empty = "drop schema public cascade; create schema public";
        shapes.database.psql("todo", empty).await?;
    }
    let release = Release::prepare(place, &namespace, json!({}))?;
    let ports = if text.contains("nodePort") {
        Some(NodePorts::take(&place.client).await?)
    } else {
        None
    };
    let file = shape.display().to_string();
    release.install(&["--values", &file]).await?;
    release.pods.settled(seconds(60)).await?;
    let restarts = release.pods.restarts().await?;
    ensure!(restarts == 0, "{restarts} restarts");
    if ports.is_some() {
        release.uninstall().await?;
    }
    place.drop_namespace(&namespace).await
}

async fn dry_run(shapes: &mut Shapes) -> anyhow::Result<()> {
    let place = &shapes.place;
    let namespace = place.namespace("dry").await?;
    let _ports = NodePorts::take(&place.client).await?;
    let mut count = 0;
    for shape in &shapes.files {
        let kinds = more_kinds(shape)?;
        if kinds.is_empty() {
            continue;
        }
        let mut render = Command::new("helm");
        render.args([
            "template",
            "todo-chatbot",
            "--namespace",
            &namespace,
            "--no-hooks",
        ]);
        render.arg(&place.settings.chart).arg("--values").arg(shape);
        for kind in &kinds {
            render.args(["--api-versions", kind]);
        }
        let rendered = place
            .shell
            .command(render, seconds(60))
            .await?
            .success()?
            .stdout;
        let known: Vec<&str> = rendered
            .split("\n---\n")
            .filter(|object| {
                !kinds
                    .iter()
                    .any(|kind| object.contains(&format!("apiVersion: {kind}")))
            })
            .collect();
        ensure!(
            known.len() > 5,
            "{} has only {} objects",
            name(shape),
            known.len()
        );
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), known.join("\n---\n"))?;
        let mut apply = Command::new("kubectl");
        apply.args([
            "apply",
            "--dry-run=server",
            "--validate=strict",
            "--namespace",
            &namespace,
        ]);
        apply.arg("--filename").arg(file.path());
        let said = place.shell.command(apply, seconds(60)).await?.success();
        let said = said.with_context(|| name(shape))?;
        if said.text.contains("would violate PodSecurity") {
            bail!("{}: {}", name(shape), said.text);
        }
        count += 1;
    }
    ensure!(count > 0, "there is no such shape");
    Ok(())
}
