//! The demonstration database in the cluster.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use super::{Place, waiting};
use crate::{
    interruption,
    kubernetes::{
        images::{Built, Image},
        objects::{number, secret, text},
        trouble,
    },
    secrets,
    terminal::Step,
};

/// What its objects are called.
pub const NAME: &str = "todo-database";

const PASSWORD: &str = "POSTGRES_PASSWORD";
const LIMIT: Duration = Duration::from_mins(3);
const POLL: Duration = Duration::from_secs(1);

/// Its address within the namespace. The password is made the first time, and kept as long as what is stored there.
pub fn address(place: &Place<'_>) -> anyhow::Result<String> {
    let password = if let Some(existing) = place.kubectl.find("secret", NAME)? {
        secret(&existing, PASSWORD)
            .with_context(|| format!("the Secret {NAME} has no {PASSWORD}: remove it together with its database by `cargo xtask minikube down --all`"))?
    } else {
        let password = secrets::random()?;
        place.kubectl.create(&json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": NAME,
                "labels": { "app.kubernetes.io/name": NAME },
            },
            "stringData": { PASSWORD: password },
        }))?;
        password
    };
    Ok(format!("postgres://todo:{password}@{NAME}:5432/todo"))
}

/// Starts it with this image, and waits until it answers.
pub fn start(place: &Place<'_>, image: &Built) -> anyhow::Result<()> {
    let manifest = place.demo_database()?;
    let released = Image::Database.released();
    if !manifest.contains(&released) {
        bail!("helm/demo-database.yaml does not name the image {released}");
    }
    place
        .kubectl
        .apply(&manifest.replace(&released, &image.name()))?;
    let mut step = Step::start("Starting the database in the cluster");
    match wait(place, &mut step) {
        Ok(()) => step.done(""),
        Err(error) => {
            step.failed();
            return Err(error);
        }
    }
    Ok(())
}

fn wait(place: &Place<'_>, step: &mut Step) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        interruption::check()?;
        let set = place.kubectl.get(&["statefulset", NAME])?;
        let is_current = number(&set, "/status/observedGeneration")
            >= number(&set, "/metadata/generation")
            && text(&set, "/status/currentRevision") == text(&set, "/status/updateRevision");
        if is_current && number(&set, "/status/readyReplicas") == Some(1) {
            return Ok(());
        }
        if started.elapsed() > LIMIT {
            let found = waiting::describe(&place.kubectl, place.release);
            bail!(
                "the database in the cluster is not ready after {} s\n{found}",
                LIMIT.as_secs()
            );
        }
        let objects = place.kubectl.get(&[trouble::KINDS])?;
        step.tick(|| trouble::slow(&objects, place.release).join(", "));
        std::thread::sleep(POLL);
    }
}
