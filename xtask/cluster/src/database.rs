//! The demonstration database in a namespace: `helm/demo-database.yaml`.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use k8s_openapi::api::{apps::v1::StatefulSet, core::v1::Secret};
use serde_json::json;
use xtask::{interruption, processes, secrets, terminal::Step};

use crate::{
    api::{Cluster, text},
    diagnosis::{self, Objects},
    images::{self, Built},
    minikube::ended,
    release::Release,
};

/// What its objects are called.
pub const NAME: &str = "todo-database";

const PASSWORD: &str = "POSTGRES_PASSWORD";
const LIMIT: Duration = Duration::from_mins(3);
const POLL: Duration = Duration::from_secs(1);

/// Its password, made the first time, and kept as long as what is stored there.
pub fn password(cluster: &Cluster) -> anyhow::Result<String> {
    if let Some(existing) = cluster.find::<Secret>(NAME)? {
        return text(&existing, PASSWORD).with_context(|| format!("the Secret {NAME} has no {PASSWORD}: remove it together with its database by `cargo xtask minikube down --all`"));
    }
    let password = secrets::random()?;
    cluster.create::<Secret>(json!({
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
    let mut apply = release.kubectl(&["apply", "--filename=-"]);
    processes::captured(&mut apply, Some(&manifest), LIMIT)?.success("kubectl")?;
    Ok(())
}

/// Waits until it answers as the manifest has it now.
pub fn wait(release: &Release<'_>) -> anyhow::Result<()> {
    let mut step = Step::start("Starting the database in the cluster");
    let done = wait_in(release, &mut step);
    ended(step, done)
}

fn wait_in(release: &Release<'_>, step: &mut Step) -> anyhow::Result<()> {
    let started = Instant::now();
    let Release { cluster, name, .. } = release;
    loop {
        interruption::check()?;
        let set = cluster.find::<StatefulSet>(NAME)?.unwrap_or_default();
        let status = set.status.unwrap_or_default();
        let is_current = status.observed_generation >= set.metadata.generation
            && status.current_revision == status.update_revision;
        if is_current && status.ready_replicas == Some(1) {
            return Ok(());
        }
        if started.elapsed() > LIMIT {
            bail!(
                "the database in the cluster is not ready after {} s\n{}",
                LIMIT.as_secs(),
                diagnosis::describe(cluster, name)
            );
        }
        let objects = Objects::of(cluster)?;
        step.tick(|| diagnosis::slow(&objects, name).join(", "));
        std::thread::sleep(POLL);
    }
}
