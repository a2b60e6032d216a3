//! `down`: uninstalls; with `--all`, removes everything that this program made.

use std::time::Duration;

use cluster::pods::label;
use xtask::terminal;

use crate::{
    database,
    release::{MADE_BY, Release},
};

const LIMIT: Duration = Duration::from_mins(3);

/// Uninstalls.
pub fn run(release: &Release<'_>, all: bool) -> anyhow::Result<()> {
    terminal::step("Uninstalling", |_| {
        release.helm.uninstall(release.name, LIMIT)
    })?;
    if all {
        return remove_everything(release);
    }
    println!(
        "Kept: the secrets that what is stored was encrypted with, a database in the cluster with all that is in it, an external one, the images, and Minikube."
    );
    println!(
        "`{}` or `{}` brings everything back as it was; `{}` removes the secrets and the database in the cluster too.",
        release.again("up"),
        release.again("demo"),
        release.again("down --all")
    );
    Ok(())
}

fn remove_everything(release: &Release<'_>) -> anyhow::Result<()> {
    terminal::step("Removing secrets and the database in the cluster", |_| {
        let of_database = format!("app.kubernetes.io/name={}", database::NAME);
        let stored = "statefulsets,services,networkpolicies,persistentvolumeclaims,secrets";
        let left = "jobs,pods,secrets,configmaps,serviceaccounts";
        for (kinds, labels) in [(stored, of_database), (left, release.labels())] {
            release
                .kubectl
                .run(&["delete", kinds, "--ignore-not-found", "--selector", &labels])?;
        }
        Ok(())
    })?;
    let namespace = remove_namespace(release)?;
    println!(
        "Removed: the release, its secrets, and the database in the cluster{}.",
        if namespace { ", the namespace" } else { "" }
    );
    println!(
        "Minikube with its addons and images, an external database and the secrets in `.data` stay: `minikube delete{}` removes the first.",
        release.minikube.flag()
    );
    Ok(())
}

/// Only a namespace that this program made, and that nobody else uses.
fn remove_namespace(release: &Release<'_>) -> anyhow::Result<bool> {
    let wanted = release.kubectl.namespace.as_str();
    let (by, us) = MADE_BY;
    let Some(namespace) = release.kubectl.find_namespace()? else {
        return Ok(false);
    };
    if label(&namespace, by) != us {
        println!("The namespace {wanted} was there before, and stays.");
        return Ok(false);
    }
    let others = release.helm.releases()?;
    if !others.is_empty() {
        let others = others.join(", ");
        println!("The namespace {wanted} stays: there is also {others}.");
        return Ok(false);
    }
    terminal::step("Removing the namespace", |_| {
        release.kubectl.run(&["delete", "namespace", wanted])
    })?;
    Ok(true)
}
