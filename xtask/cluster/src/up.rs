//! `up` and `demo`: everything from nothing to an address to open.

use anyhow::{bail, ensure};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use serde_json::json;
use xtask::{
    config::{Config, Secrets},
    terminal,
};

use crate::{
    args::Install,
    database, images,
    kubectl::text,
    release::{Release, require_tools},
    settings::{self, Source},
};

/// Installs or upgrades, with the user's own database or with one in the cluster.
pub fn run(release: &Release<'_>, options: &Install, demo: bool) -> anyhow::Result<()> {
    require_tools(true)?;
    let workspace = release.workspace;
    let config = Config::load(workspace.root())?;
    let mut arguments = options.arguments.iter();
    let own = arguments.any(|argument| argument.contains("secrets.existingSecret="));
    ensure!(
        !(demo && own),
        "the demonstration makes its own secrets: leave `secrets.existingSecret` out, or use `cargo xtask minikube up`"
    );
    let source = match (demo, own) {
        (true, _) => Source::Demonstration,
        (_, true) => Source::OwnSecret,
        _ => Source::Settings,
    };
    // What is missing or noteworthy is said before minutes are spent.
    let (mut values, notes) = settings::work_out(&config, source)?;
    for note in notes {
        println!("{} {note}", terminal::bold("note:"));
    }
    release.start()?;
    if let Some(pending) = release.pending(&release.history()?) {
        bail!(pending);
    }
    let mut wanted = images::ALL.to_vec();
    wanted.retain(|image| demo || *image != images::DATABASE);
    let images = images::provide(workspace, &wanted, options.no_build)?;
    images::load(release, &images)?;
    release.enable_ingress()?;
    if release.find::<Namespace>(release.namespace)?.is_none() {
        release.make_namespace()?;
    }
    if demo {
        let url = database::start(release, &images)?;
        settings::merge(&mut values, json!({"secrets": {"databaseUrl": url}}));
    }
    if source != Source::OwnSecret {
        // What the user did not set is what the release has, or else this checkout's. A release that was made by hand has
        // others, under which people's sign-in keys are stored.
        let existing = release.list::<Secret>(&release.labels())?;
        let own = Secrets::kept_in(&workspace.data()?);
        settings::add_secrets(&mut values, |name| {
            let found = existing.iter().find_map(|secret| text(secret, name));
            found.map_or_else(|| own.get(name), Ok)
        })?;
    }
    settings::add_images(&mut values, &images);
    release.upgrade(&values, &options.arguments)?;
    images::forget_older(&images)?;
    println!("\n  state          {}", release.again("status"));
    println!("  logs           {}", release.again("logs --follow"));
    println!("  end            {}", release.again("down"));
    println!("\n{}", release.notes()?);
    Ok(())
}
