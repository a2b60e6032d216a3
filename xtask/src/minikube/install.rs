//! `up` and `demo`: everything from nothing to an address to open.

use std::time::Duration;

use anyhow::bail;
use serde_json::json;

use super::{
    MADE_BY, Place, database,
    settings::{self, Settings},
    summary, waiting,
};
use crate::{
    args::Install,
    config::Config,
    kubernetes::{
        images::{self, Image},
        objects::{list, secret},
        tools,
    },
    secrets::Secrets,
    terminal::{self, Step},
};

const LIMIT: Duration = Duration::from_mins(5);

/// With the user's own database.
pub fn up(place: &Place<'_>, options: &Install) -> anyhow::Result<()> {
    let config = Config::load(place.workspace.root())?;
    let own_secret = names_own_secret(&options.helm);
    // What is missing or noteworthy is said before minutes are spent.
    let settings = if own_secret {
        settings::without_secrets(&config)?
    } else {
        settings::of_user(&config, &|_: &str| Ok(String::new()))?
    };
    for note in &settings.notes {
        println!("{} {note}", terminal::bold("note:"));
    }
    let images = prepare(place, options, Image::APPLICATION)?;
    let settings = if own_secret {
        settings
    } else {
        settings::of_user(&config, &kept(place)?)?
    };
    install(place, options, settings, &images)
}

/// With a database in the cluster.
pub fn demo(place: &Place<'_>, options: &Install) -> anyhow::Result<()> {
    if names_own_secret(&options.helm) {
        bail!(
            "the demonstration makes its own secrets: leave `secrets.existingSecret` out, or use `cargo xtask minikube up`"
        );
    }
    let config = Config::load(place.workspace.root())?;
    let images = prepare(place, options, Image::ALL)?;
    let url = database::address(place)?;
    let settings = settings::demonstration(&config, &kept(place)?, &url)?;
    if let Some(image) = images.iter().find(|built| built.image == Image::Database) {
        database::start(place, image)?;
    }
    install(place, options, settings, &images)
}

fn names_own_secret(arguments: &[String]) -> bool {
    arguments
        .iter()
        .any(|argument| argument.contains("secrets.existingSecret="))
}

/// Cluster, images, Ingress controller, namespace.
fn prepare(
    place: &Place<'_>,
    options: &Install,
    images: &[Image],
) -> anyhow::Result<Vec<images::Built>> {
    tools::require_docker_engine()?;
    let helm = place.helm()?;
    place.minikube.start()?;
    if let Some(last) = helm.last(place.release)?
        && last.is_pending()
    {
        bail!(
            "revision {} of {} is {}: another helm is at work on it, or was killed. If none is, {}, and then run this again",
            last.number,
            place.release,
            last.status,
            place.way_out()?
        );
    }
    let built = if options.no_build {
        images::existing(images)?
    } else {
        images::build(place.workspace, images)?
    };
    images::load(&place.minikube, &built)?;
    place.minikube.enable_ingress()?;
    make_namespace(place)?;
    Ok(built)
}

fn make_namespace(place: &Place<'_>) -> anyhow::Result<()> {
    let name = place.kubectl.namespace();
    if place.kubectl.find("namespace", name)?.is_some() {
        return Ok(());
    }
    let (label, value) = MADE_BY;
    place.kubectl.create(&json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": {
                label: value,
                "pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/warn": "restricted",
            },
        },
    }))
}

/// The secrets for what the user did not set: those that the release has, or else this checkout's. A release that was
/// made by hand has others, under which people's sign-in keys are stored.
fn kept(place: &Place<'_>) -> anyhow::Result<impl Fn(&str) -> anyhow::Result<String> + use<>> {
    let existing = place.kubectl.get(&["secrets", &place.selector()])?;
    let own = Secrets::kept_in(&place.workspace.data()?);
    Ok(move |name: &str| {
        list(&existing, "/items")
            .find_map(|existing| secret(existing, name))
            .map_or_else(|| own.get(name), Ok)
    })
}

fn install(
    place: &Place<'_>,
    options: &Install,
    settings: Settings,
    images: &[images::Built],
) -> anyhow::Result<()> {
    let Settings {
        mut values, model, ..
    } = settings;
    settings::add_images(&mut values, images);
    settings::add_ingress_class(&mut values, &place.minikube.ingress_classes()?);
    let chart = place.chart();
    let mut command = place.helm()?.upgrade(
        place.release,
        &chart,
        &chart.join("values-minikube.yaml"),
        LIMIT,
        &options.helm,
    );
    let mut step = Step::start("Installing, and waiting until everything is ready");
    match waiting::upgrade(place, &mut command, &values.to_string(), &mut step) {
        Ok(()) => step.done(""),
        Err(error) => {
            step.failed();
            return Err(error);
        }
    }
    images::remove_older(&place.minikube, images)?;
    summary::print(place, &model)
}
