//! The demonstration database in a namespace: `helm/demo-database.yaml`.

use std::fs;

use anyhow::{Context as _, ensure};
use k8s_openapi::api::core::v1::Secret;
use serde_json::json;
use xtask::{config, processes};

use crate::{
    images::{self, Built},
    kubectl::text,
    release::Release,
    report,
};

/// What its objects are called.
pub const NAME: &str = images::DATABASE.repository;

const PASSWORD: &str = "POSTGRES_PASSWORD";

/// Applies its manifest with the image that was built, waits until it answers as the manifest has it now, and gives its
/// address within the namespace.
pub fn start(release: &Release<'_>, images: &[Built]) -> anyhow::Result<String> {
    let password = password(release)?;
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
    release.hand("apply", &manifest.replace(&released, &image.name()))?;
    let set = format!("statefulset/{NAME}");
    let mut rollout = release.kubectl(&["rollout", "status", &set, "--timeout=180s"]);
    let log = release.workspace.log("database");
    processes::step("Starting the database in the cluster", &mut rollout, &log)
        .with_context(|| report::describe(release))
        .context("the database in the cluster is not ready")?;
    Ok(format!("postgres://todo:{password}@{NAME}:5432/todo"))
}

/// Its password, made the first time, and kept as long as what is stored there.
fn password(release: &Release<'_>) -> anyhow::Result<String> {
    if let Some(existing) = release.find::<Secret>(NAME)? {
        return text(&existing, PASSWORD).with_context(|| format!("the Secret {NAME} has no {PASSWORD}: remove it together with its database by `cargo xtask minikube down --all`"));
    }
    let password = config::random()?;
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": NAME}},
        "stringData": {PASSWORD: password},
    });
    release.hand("create", &secret.to_string())?;
    Ok(password)
}
