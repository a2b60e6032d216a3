//! What the application takes on a cluster, and what the way into it costs: `cargo xtask bench cluster`, which prepares
//! Minikube and the images. In a namespace of its own, which is removed after.
//!
//! The requests are sent by the program in `tests/bench`: `bench load` keeps the cluster busy, `bench compare` asks the
//! same of it and of the very backend out of its image, on this machine.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use system_tests::{
    cluster::{Place, remove_leftovers},
    database::Database,
    release::{NAME, Release, merge},
    settings::Arguments,
    waiting::seconds,
};
use tokio::{process::Command, time::sleep};
use uuid::Uuid;

/// So long after a change metrics-server, which looks once a minute, has seen nothing but the quiet or the load.
const WINDOW: u64 = 120;

const ABOUT_LOAD: &str = "\
The load is 16 clients through the Ingress that send one request after the other: 8 list tasks, 4 create one, 2 chat, 2 open
the page to sign in. Each pod's limits keep it within its goal of 500m and 512 MiB.";

const ABOUT_WAY: &str = "\
Requests in the cluster go through TLS, the Ingress controller, the Service and the pod; here the same program out of the
same image is asked directly and in clear. Both use the PostgreSQL in the cluster, with 16 connections each. Taken in turns;
ratios are medians of the rounds. The chart allows the backend half a CPU: the first rows say what an installation gives,
those without the limit what the way costs.";

/// Measures the application on Minikube
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench cluster")]
struct Options {
    /// Rounds of load, each here and through the Ingress
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    rounds: u8,
    /// Seconds of each load in a round
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// The program that sends the requests
    #[arg(long, env = "SYSTEM_TEST_BENCH", hide = true)]
    program: PathBuf,
    /// What cargo tells every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// What came of one kind of request under load.
#[derive(Deserialize)]
struct Loaded {
    request: String,
    per_second: f64,
    failed: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ring = rustls::crypto::ring::default_provider().install_default();
    ring.map_err(|_| anyhow!("another TLS provider is installed already"))?;
    let options = Options::parse();
    let settings = Arguments::parse_from(["cluster"]).settings()?;
    let settings = settings.map_err(|missing| anyhow!("{missing} is not set"))?;
    let run = Uuid::new_v4().simple().to_string();
    let run = run.get(..6).context("an identifier")?;
    let place = Place::new(Arc::new(settings), run, "bench").await?;
    remove_leftovers(&place.client).await?;
    let measured = tokio::select! {
        measured = measure(&place, &options) => measured,
        told = told_to_stop() => told.and(Err(anyhow!("ended before it was done"))),
    };
    place.clear().await?;
    measured
}

/// By Ctrl-C, or by `cargo xtask`, which takes that over.
#[cfg(unix)]
async fn told_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn told_to_stop() -> anyhow::Result<()> {
    Ok(tokio::signal::ctrl_c().await?)
}

async fn measure(place: &Place, options: &Options) -> anyhow::Result<()> {
    let namespace = place.namespace("").await?;
    let password = Uuid::new_v4().to_string();
    let database = Database::deploy_with(place, &namespace, &password).await?;
    let here = open(place, &namespace, &password).await?;
    let token_secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let mut values = json!({
        "secrets": {"databaseUrl": database.url("todo"), "betterAuthSecret": token_secret},
        "offlineModel": {"enabled": true},
        // The model's own pauses are not what is measured.
        "openai": {"model": "offline+instant"},
    });

    let release = Release::prepare(place, &namespace, values.clone())?;
    let begun = Instant::now();
    release.install(&[]).await?;
    let took = begun.elapsed().as_secs_f64();
    println!("helm install to everything ready: {took:.1} s (goal: ≤ 20 s)");
    usage(place, &namespace, "idle").await?;

    // Signing up a thousand people would take longer than everything else: the bench signs people's tokens itself. And as
    // many connections as it gives the backend on this machine.
    let secret = json!({"name": format!("{NAME}-secrets"), "key": "BETTER_AUTH_SECRET"});
    let env = json!({"BETTER_AUTH_SECRET": {"valueFrom": {"secretKeyRef": secret}}});
    merge(
        &mut values,
        json!({"backend": {"databasePoolSize": 16, "env": env}}),
    );
    let release = upgrade(place, &namespace, &values).await?;
    let folder = tempfile::tempdir()?;
    let traffic = Traffic {
        place,
        options,
        folder: folder.path(),
        host: &release.host,
        token_secret: &token_secret,
    };
    tokio::fs::write(traffic.authority(), release.certificate("ca.crt").await?).await?;
    let report = folder.path().join("load.json");
    let mut load = traffic.command("load");
    load.args(["--seconds", "600", "--report"]).arg(&report);
    let mut load = load.spawn()?;
    usage(place, &namespace, "under load").await?;
    ensure!(load.try_wait()?.is_none(), "the load ended by itself");
    load.kill().await?;
    let report = tokio::fs::read(report).await?;
    for it in serde_json::from_slice::<Vec<Loaded>>(&report)? {
        let (request, rate, failed) = (it.request, it.per_second, it.failed);
        println!("that load: {request}: {rate:.0}/s, failed {failed}");
    }
    println!("{ABOUT_LOAD}");

    if !cfg!(target_os = "linux") {
        println!(
            "The program out of the image runs on Linux only, so nothing is compared with it."
        );
        return Ok(());
    }
    traffic.take_backend().await?;
    println!("\nBeside this machine, with the chart's limits:");
    traffic.compare(&here).await?;
    let no_limit = json!({"backend": {"resources": {"limits": {"cpu": null}}}});
    merge(&mut values, no_limit);
    upgrade(place, &namespace, &values).await?;
    usage(place, &namespace, "idle, no CPU limit").await?;
    println!("\nBeside this machine, without a CPU limit:");
    traffic.compare(&here).await?;
    println!("{ABOUT_WAY}");
    Ok(())
}

async fn upgrade(place: &Place, namespace: &str, values: &Value) -> anyhow::Result<Release> {
    let release = Release::prepare(place, namespace, values.clone())?;
    release.upgrade(&[]).await?;
    Ok(release)
}

/// What the pods take.
async fn usage(place: &Place, namespace: &str, when: &str) -> anyhow::Result<()> {
    eprintln!("measuring the pods for {WINDOW} s, {when}");
    sleep(seconds(WINDOW)).await;
    let top = ["top", "pods", "--no-headers", "--namespace", namespace];
    let pods = place.shell.run("kubectl", top).await?.success()?;
    for pod in pods.stdout.lines() {
        println!("{when}: {pod}");
    }
    Ok(())
}

/// Gives the database a port of the node, and takes the limit away that is meant for demonstrations: it stands for an
/// external one. What is compared uses one and the same server.
async fn open(place: &Place, namespace: &str, password: &str) -> anyhow::Result<String> {
    let container = json!({"name": "postgresql", "resources": {"limits": {"cpu": null}}});
    let no_limit = json!({"spec": {"template": {"spec": {"containers": [container]}}}});
    let node_port = json!({"spec": {"type": "NodePort"}});
    let kubectl = async |arguments: &[&str]| {
        let all = [&["--namespace", namespace], arguments].concat();
        place.shell.run("kubectl", all).await?.success()
    };
    for (object, patch) in [
        ("statefulset/todo-database", no_limit),
        ("service/todo-database", node_port),
    ] {
        kubectl(&["patch", object, "--patch", &patch.to_string()]).await?;
    }
    kubectl(&[
        "rollout",
        "status",
        "statefulset/todo-database",
        "--timeout=180s",
    ])
    .await?;
    let port = "--output=jsonpath={.spec.ports[0].nodePort}";
    let port = kubectl(&["get", "service/todo-database", port])
        .await?
        .stdout;
    let node = place.settings.node;
    Ok(format!(
        "postgres://todo:{password}@{node}:{port}/todo?sslmode=disable"
    ))
}

/// Requests through the Ingress.
struct Traffic<'a> {
    place: &'a Place,
    options: &'a Options,
    folder: &'a Path,
    host: &'a str,
    token_secret: &'a str,
}

impl Traffic<'_> {
    fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    fn command(&self, task: &str) -> Command {
        let mut command = Command::new(&self.options.program);
        let address = format!("{}:443", self.place.settings.node);
        command
            .args([task, "--host", self.host, "--address", &address])
            .arg("--authority")
            .arg(self.authority())
            .env("BENCH_TOKEN_SECRET", self.token_secret)
            .kill_on_drop(true);
        command
    }

    /// Takes the very backend out of its image.
    async fn take_backend(&self) -> anyhow::Result<()> {
        let shell = &self.place.shell;
        let image = &self.place.settings.images.backend;
        let image = format!("{}:{}", image.repository, image.tag);
        let container = shell.run("docker", ["create", &image]).await?.success()?;
        let container = container.stdout.trim();
        let file = format!("{container}:/usr/local/bin/todo-backend");
        let folder = self.folder.display().to_string();
        let copied = shell.run("docker", ["cp", &file, &folder]).await?;
        shell.run("docker", ["rm", container]).await?.success()?;
        copied.success()?;
        Ok(())
    }

    /// Sends the same requests here and there, in turns, and shows the table that comes of it.
    async fn compare(&self, database: &str) -> anyhow::Result<()> {
        let (rounds, seconds) = (self.options.rounds, self.options.seconds);
        let mut command = self.command("compare");
        command
            .arg("--programs")
            .arg(self.folder)
            .args(["--rounds", &rounds.to_string()])
            .args(["--seconds", &seconds.to_string()])
            .env("BENCH_DATABASE_URL", database)
            .env("BENCH_CLUSTER_DATABASE_URL", database);
        if !command.status().await?.success() {
            bail!("the comparison failed");
        }
        Ok(())
    }
}
