//! `down`: uninstalls; with `--all`, removes everything that this program made.

use cluster::pods::label;
use k8s_openapi::api::core::v1::Namespace;
use xtask::{processes, terminal};

use crate::{database, kubectl::MADE_BY, release::Release};

/// Uninstalls.
pub fn run(release: &Release<'_>, all: bool) -> anyhow::Result<()> {
    release.require_running()?;
    let mut uninstall = release.helm(&["uninstall", release.name, "--ignore-not-found"]);
    // Helm names what it keeps.
    processes::run_attached(uninstall.args(["--wait", "--timeout=180s"]))?;
    if all {
        return remove_everything(release);
    }
    let [up, demo, all] = ["up", "demo", "down --all"].map(|it| release.again(it));
    println!(
        "Kept are also a database in the cluster with all that is in it, the images, and Minikube. `{up}` or `{demo}` brings everything back as it was; `{all}` removes the secrets and the database in the cluster too."
    );
    Ok(())
}

fn remove_everything(release: &Release<'_>) -> anyhow::Result<()> {
    terminal::step("Removing secrets and the database in the cluster", |_| {
        let of_database = format!("app.kubernetes.io/name={}", database::NAME);
        let stored = "statefulsets,services,networkpolicies,persistentvolumeclaims,secrets";
        let left = "jobs,pods,secrets,configmaps,serviceaccounts";
        for (kinds, labels) in [(stored, of_database), (left, release.labels())] {
            release.ask(&["delete", kinds, "--ignore-not-found", "--selector", &labels])?;
        }
        Ok(())
    })?;
    if let Some(reason) = keeps_namespace(release)? {
        println!("The namespace {} {reason}.", release.namespace);
    } else {
        terminal::step("Removing the namespace", |_| {
            release.ask(&[
                "delete",
                "namespace",
                release.namespace,
                "--ignore-not-found",
            ])
        })?;
    }
    println!(
        "Removed: the release, its secrets, and the database in the cluster. Minikube with its addons and images, an external database and the secrets in `.data` stay: `minikube delete{}` removes the first.",
        release.flag()
    );
    Ok(())
}

/// Only a namespace that this program made, and that nobody else uses, may go.
fn keeps_namespace(release: &Release<'_>) -> anyhow::Result<Option<String>> {
    let (by, us) = MADE_BY;
    let namespace = release.find::<Namespace>(release.namespace)?;
    if namespace.is_some_and(|namespace| label(&namespace, by) != us) {
        return Ok(Some("was there before, and stays".to_owned()));
    }
    let others = processes::answer(&mut release.helm(&["list", "--short"]))?;
    let others: Vec<&str> = others.lines().collect();
    Ok((!others.is_empty()).then(|| format!("stays: there is also {}", others.join(", "))))
}
