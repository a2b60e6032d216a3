//! The demonstration database in a namespace: `helm/demo-database.yaml`.

use std::fs;

use anyhow::{Context as _, ensure};
use k8s_openapi::api::core::v1::Secret;
use serde_json::json;
use xtask::{config, processes, terminal};

use crate::{
    images::{self, Built},
    kubectl::{Kubectl, text},
    release::Release,
    report,
};

/// What its objects are called.
pub const NAME: &str = images::DATABASE.repository;

const PASSWORD: &str = "POSTGRES_PASSWORD";

/// Its password, made the first time, and kept as long as what is stored there.
pub fn password(kubectl: &Kubectl) -> anyhow::Result<String> {
    if let Some(existing) = kubectl.find::<Secret>(NAME)? {
        return text(&existing, PASSWORD).with_context(|| format!("the Secret {NAME} has no {PASSWORD}: remove it together with its database by `cargo xtask minikube down --all`"));
    }
    let password = config::random()?;
    kubectl.create(&json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": NAME}},
        "stringData": {PASSWORD: password},
    }))?;
    Ok(password)
}

/// Its address within the namespace.
pub fn address(password: &str) -> String {
    format!("postgres://todo:{password}@{NAME}:5432/todo")
}

/// Applies its manifest with the image that was built.
pub fn apply(release: &Release<'_>, images: &[Built]) -> anyhow::Result<()> {
    let file = release.workspace.root().join("helm/demo-database.yaml");
    let manifest = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let mut images = images.iter();
    let image = images.find(|built| built.image == images::DATABASE);
    let image = image.context("there is no image of the database")?;
    let released = images::DATABASE.released();
    ensure!(
        manifest.contains(&released),
        "{} does not name the image {released}",
        file.display()
    );
    let manifest = manifest.replace(&released, &image.name());
    release.kubectl.apply(&manifest)
}

/// Waits until it answers as the manifest has it now.
pub fn wait(release: &Release<'_>) -> anyhow::Result<()> {
    let set = format!("statefulset/{NAME}");
    let arguments = ["rollout", "status", &set, "--timeout=180s"];
    let mut rollout = release.kubectl.command(&arguments);
    let log = release.minikube.log("database");
    terminal::step("Starting the database in the cluster", |step| {
        processes::run(step, &mut rollout, &log)
            .with_context(|| report::describe(&release.kubectl, release.name))
            .context("the database in the cluster is not ready")
    })
}
