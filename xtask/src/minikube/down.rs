//! `down`: uninstalls; with `--all`, removes everything that this program made.

use std::time::Duration;

use super::{MADE_BY, Place, database};
use crate::{
    args::Down,
    kubernetes::{
        images,
        objects::{label, list, name},
    },
    terminal::Step,
};

const LIMIT: Duration = Duration::from_mins(3);

/// Uninstalls.
pub fn run(place: &Place<'_>, options: &Down) -> anyhow::Result<()> {
    place.minikube.require()?;
    step("Uninstalling", || {
        place.helm()?.uninstall(place.release, LIMIT)
    })?;
    if options.all {
        remove_everything(place)
    } else {
        say_what_is_kept(place)
    }
}

fn say_what_is_kept(place: &Place<'_>) -> anyhow::Result<()> {
    let mut kept = Vec::new();
    let secrets = place.kubectl.get(&["secrets", &place.selector()])?;
    let names: Vec<&str> = list(&secrets, "/items").map(name).collect();
    if !names.is_empty() {
        kept.push(format!(
            "the secrets that what is stored was encrypted with ({})",
            names.join(", ")
        ));
    }
    let mut back = "up";
    if place.kubectl.find("statefulset", database::NAME)?.is_some() {
        back = "demo";
        kept.push("the database in the cluster, with all that is in it".into());
    }
    kept.push("an external database, the images, and Minikube".into());
    println!("Kept: {}.", kept.join("; "));
    println!(
        "`{}` brings everything back as it was; `{}` removes that too, but for the external database and Minikube.",
        place.again(back),
        place.again("down --all")
    );
    Ok(())
}

fn remove_everything(place: &Place<'_>) -> anyhow::Result<()> {
    step("Removing secrets and the database in the cluster", || {
        let limit = format!("--timeout={}s", LIMIT.as_secs());
        for (kinds, selector) in [
            (
                "statefulsets,services,networkpolicies,persistentvolumeclaims,secrets",
                format!("--selector=app.kubernetes.io/name={}", database::NAME),
            ),
            (
                "jobs,pods,secrets,configmaps,serviceaccounts",
                place.selector(),
            ),
        ] {
            place
                .kubectl
                .run_for(
                    &["delete", kinds, &selector, "--ignore-not-found", &limit],
                    None,
                    LIMIT + Duration::from_secs(10),
                )?
                .success("kubectl")?;
        }
        Ok(())
    })?;
    let namespace = remove_namespace(place)?;
    images::remove_older(&place.minikube, &[])?;
    println!(
        "Removed: the release, its secrets, the database in the cluster{}, and the images on the node that nothing else uses.",
        if namespace { ", the namespace" } else { "" }
    );
    println!(
        "Minikube, its addons, an external database and the secrets in `.data` stay: `minikube delete{}` removes the first two.",
        place.minikube.flag()
    );
    Ok(())
}

/// Only a namespace that this program made, and that nobody else uses.
fn remove_namespace(place: &Place<'_>) -> anyhow::Result<bool> {
    let wanted = place.kubectl.namespace();
    let (by, us) = MADE_BY;
    let Some(namespace) = place.kubectl.find("namespace", wanted)? else {
        return Ok(false);
    };
    if label(&namespace, by) != us {
        println!("The namespace {wanted} was there before, and stays.");
        return Ok(false);
    }
    let others = place.helm()?.releases()?;
    if !others.is_empty() {
        println!(
            "The namespace {wanted} stays: there is also {}.",
            others.join(", ")
        );
        return Ok(false);
    }
    step("Removing the namespace", || {
        place
            .kubectl
            .run_for(&["delete", "namespace", wanted], None, LIMIT)?
            .success("kubectl")
            .map(drop)
    })?;
    Ok(true)
}

fn step(what: &str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let step = Step::start(what);
    let result = work();
    match result {
        Ok(()) => step.done(""),
        Err(_) => step.failed(),
    }
    result
}
