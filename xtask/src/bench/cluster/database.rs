//! PostgreSQL in the bench's namespace.

use anyhow::{Context as _, bail};
use serde_json::json;

use super::place::Place;
use crate::{
    kubernetes::{
        images::{Built, Image},
        objects::number,
    },
    terminal::Step,
};

const NAME: &str = "todo-database";

/// Its address within the namespace.
pub(super) fn address(password: &str) -> String {
    format!("postgres://todo:{password}@{NAME}:5432/todo")
}

/// Starts it. It stands for an external one, and is not held back by the limit that is meant for demonstrations.
pub(super) fn start(place: &Place<'_>, images: &[Built]) -> anyhow::Result<()> {
    let file = place.workspace.root().join("helm/demo-database.yaml");
    let manifest = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let image = images.iter().find(|built| built.image == Image::Database);
    let image = image.context("no image of the database")?;
    let released = Image::Database.released();
    if !manifest.contains(&released) {
        bail!("helm/demo-database.yaml does not name the image {released}");
    }
    place.kubectl.create(&json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": NAME },
        "stringData": { "POSTGRES_PASSWORD": place.password },
    }))?;
    place
        .kubectl
        .apply(&manifest.replace(&released, &image.name()))?;
    let set = format!("statefulset/{NAME}");
    let no_limit =
        r#"[{"op":"remove","path":"/spec/template/spec/containers/0/resources/limits/cpu"}]"#;
    let service = format!("service/{NAME}");
    for arguments in [
        ["patch", &set, "--type=json", "--patch", no_limit].as_slice(),
        &[
            "patch",
            &service,
            "--patch",
            r#"{"spec":{"type":"NodePort"}}"#,
        ],
        // It lets in pods only.
        &["delete", "networkpolicy", NAME],
    ] {
        place.kubectl.text(arguments)?;
    }
    let step = Step::start("Starting a database in the cluster");
    match place.rolled_out(&set) {
        Ok(()) => step.done(""),
        Err(error) => {
            step.failed();
            return Err(error.context(place.trouble()));
        }
    }
    Ok(())
}

/// Where this machine reaches it: what is compared uses one and the same server.
pub(super) fn address_from_here(place: &Place<'_>) -> anyhow::Result<String> {
    let service = place.kubectl.get(&["service", NAME])?;
    let port = number(&service, "/spec/ports/0/nodePort").context("it has no port on the node")?;
    let (password, node) = (&place.password, place.minikube.ip()?);
    Ok(format!(
        "postgres://todo:{password}@{node}:{port}/todo?sslmode=disable"
    ))
}
