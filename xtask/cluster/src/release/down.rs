//! `down`: uninstalls; with `--all`, removes everything that this program made.

use std::time::Duration;

use kube::ResourceExt as _;
use xtask::{processes, terminal::Step};

use super::{MADE_BY, Release};
use crate::{
    database,
    minikube::{ended, step},
};

const LIMIT: Duration = Duration::from_mins(3);

/// Uninstalls.
pub fn run(release: &Release<'_>, all: bool) -> anyhow::Result<()> {
    let step = Step::start("Uninstalling");
    ended(step, release.helm.uninstall(release.name, LIMIT))?;
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
    let what = "Removing secrets and the database in the cluster";
    let step = Step::start(what);
    let of_database = format!("app.kubernetes.io/name={}", database::NAME);
    let removed = [
        (
            "statefulsets,services,networkpolicies,persistentvolumeclaims,secrets",
            of_database,
        ),
        (
            "jobs,pods,secrets,configmaps,serviceaccounts",
            release.labels(),
        ),
    ]
    .iter()
    .try_for_each(|(kinds, labels)| {
        let arguments = ["delete", kinds, "--ignore-not-found", "--selector", labels];
        let mut delete = release
            .minikube
            .kubectl(&release.cluster.namespace, &arguments);
        processes::captured(&mut delete, None, LIMIT)?.success("kubectl")?;
        Ok(())
    });
    ended(step, removed)?;
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
    let wanted = release.cluster.namespace.as_str();
    let (by, us) = MADE_BY;
    let Some(namespace) = release.cluster.find_namespace()? else {
        return Ok(false);
    };
    if namespace.labels().get(by).is_none_or(|by| by != us) {
        println!("The namespace {wanted} was there before, and stays.");
        return Ok(false);
    }
    let others = release.helm.releases()?;
    if !others.is_empty() {
        let others = others.join(", ");
        println!("The namespace {wanted} stays: there is also {others}.");
        return Ok(false);
    }
    let mut delete = release
        .minikube
        .kubectl(wanted, &["delete", "namespace", wanted]);
    let log = release.minikube.log("namespace");
    step("Removing the namespace", &mut delete, &log)?;
    Ok(true)
}
