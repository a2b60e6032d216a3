//! `up` and `demo`: everything from nothing to an address to open.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1::Secret;
use serde_json::json;
use xtask::{
    config::{Config, Secrets},
    terminal,
    workspace::Workspace,
};

use crate::{
    address::{self, Exposure},
    args::{self, Install},
    database, images,
    kubectl::text,
    minikube::{Minikube, ingress_classes},
    release::{MADE_BY, Release},
    settings::{self, Source},
    tools,
    upgrade::upgrade,
};

const LIMIT: Duration = Duration::from_mins(5);

/// Installs or upgrades, with the user's own database or with one in the cluster.
pub fn run(
    workspace: &Workspace,
    minikube: &Minikube,
    place: &args::Minikube,
    options: &Install,
    demo: bool,
) -> anyhow::Result<()> {
    tools::require_with_docker()?;
    let config = Config::load(workspace.root())?;
    let mut arguments = options.helm.iter();
    let own = arguments.any(|argument| argument.contains("secrets.existingSecret="));
    let source = match (demo, own) {
        (true, true) => bail!(
            "the demonstration makes its own secrets: leave `secrets.existingSecret` out, or use `cargo xtask minikube up`"
        ),
        (true, false) => Source::Demonstration,
        (false, true) => Source::OwnSecret,
        (false, false) => Source::Settings,
    };
    // What is missing or noteworthy is said before minutes are spent.
    let mut settings = settings::work_out(&config, source)?;
    for note in settings.notes {
        println!("{} {note}", terminal::bold("note:"));
    }
    minikube.start()?;
    let release = Release::find(workspace, minikube, &place.namespace, &place.release)?;
    refuse_pending(&release)?;
    let mut wanted = images::ALL.to_vec();
    wanted.retain(|image| demo || image.value.is_some());
    let images = images::provide(workspace, &wanted, options.no_build)?;
    images::load(minikube, &images)?;
    let kubectl = &release.kubectl;
    minikube.enable_ingress(kubectl)?;
    if kubectl.find_namespace()?.is_none() {
        kubectl.make_namespace(MADE_BY)?;
    }
    let values = &mut settings.values;
    if demo {
        let url = database::address(&database::password(kubectl)?);
        settings::merge(values, json!({"secrets": {"databaseUrl": url}}));
        database::apply(&release, &images)?;
        database::wait(&release)?;
    }
    if source != Source::OwnSecret {
        settings::add_secrets(values, kept(&release)?)?;
    }
    settings::add_images(values, &images);
    settings::add_ingress_class(values, &ingress_classes(kubectl)?);
    let mut command = release.helm.upgrade(release.name, &release.chart(), LIMIT);
    command.args(&options.helm);
    let what = "Installing, and waiting until everything is ready";
    upgrade(&release, what, command, values)?;
    images::forget_older(&images)?;
    summarise(&release, &settings.model)
}

fn refuse_pending(release: &Release<'_>) -> anyhow::Result<()> {
    let history = release.history()?;
    if let Some(last) = history.last()
        && last.is_pending()
    {
        bail!(
            "revision {} of {} is {}: another helm is at work on it, or was killed. If none is, {}, and then run this again",
            last.number,
            release.name,
            last.status,
            release.way_out(&history)
        );
    }
    Ok(())
}

/// The secrets for what the user did not set: those that the release has, or else this checkout's. A release that was
/// made by hand has others, under which people's sign-in keys are stored.
fn kept(release: &Release<'_>) -> anyhow::Result<impl Fn(&str) -> anyhow::Result<String> + use<>> {
    let existing = release.kubectl.list::<Secret>(&release.labels())?;
    let own = Secrets::kept_in(&release.workspace.data()?);
    Ok(move |name: &str| {
        let found = existing.iter().find_map(|secret| text(secret, name));
        found.map_or_else(|| own.get(name), Ok)
    })
}

/// Prints the address, and what the machine must know for it.
fn summarise(release: &Release<'_>, model: &str) -> anyhow::Result<()> {
    let exposure = Exposure::find(release)?.context("the release has no frontend")?;
    let minikube = release.minikube;
    let (namespace, node) = (&release.kubectl.namespace, minikube.ip()?);
    let lines = match &exposure {
        Exposure::Ingress { host, certificate } => {
            of_ingress(release, host, certificate.as_deref())?
        }
        Exposure::NodePort(_) if minikube.needs_tunnel() => {
            vec![format!(
                "the node is hidden here; this opens a way to it: minikube service --namespace {namespace} --url {}-frontend{}",
                release.name,
                minikube.flag()
            )]
        }
        Exposure::NodePort(_) => Vec::new(),
        Exposure::Inside(service, port) => vec![format!(
            "leave this running: kubectl --context {} --namespace {namespace} port-forward service/{service} 3000:{port}",
            minikube.profile
        )],
    };
    println!();
    println!("  namespace      {namespace}");
    println!("  model          {model}");
    println!("  state          {}", release.again("status"));
    println!("  logs           {}", release.again("logs --follow"));
    println!("  end            {}", release.again("down"));
    if !lines.is_empty() {
        println!("\nOnce, on this machine:");
        for line in lines {
            println!("  {line}");
        }
    }
    println!("\nOpen {}", terminal::bold(&exposure.url(&node)));
    Ok(())
}

fn of_ingress(
    release: &Release<'_>,
    host: &str,
    certificate: Option<&str>,
) -> anyhow::Result<Vec<String>> {
    let minikube = release.minikube;
    let reached = minikube.ingress_ip()?;
    let mut lines = Vec::new();
    if minikube.needs_tunnel() {
        lines.push(format!(
            "leave this running in another terminal: minikube tunnel{}",
            minikube.flag()
        ));
    } else {
        address::wait_for_controller(reached, if certificate.is_some() { 443 } else { 80 })?;
    }
    if let Some(line) = address::hosts_line(host, reached) {
        lines.push(format!(
            "add this line to {}: {line}",
            address::hosts_file()
        ));
    }
    if let Some(secret) = certificate
        && let Some(file) = save_authority(release, host, secret)?
    {
        lines.push(format!(
            "to trust the certificate: {}",
            address::trust_command(host, &file)
        ));
    }
    Ok(lines)
}

/// Writes what has to be trusted into a file, if there is anything.
fn save_authority(
    release: &Release<'_>,
    host: &str,
    secret: &str,
) -> anyhow::Result<Option<PathBuf>> {
    let Some(authority) = release.authority(secret)? else {
        return Ok(None);
    };
    let folder = release.workspace.data()?.join("certificates");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{host}.crt"));
    fs::write(&file, authority).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(Some(file))
}
