//! Requests through the Ingress, beside the same to the same program on this machine: sent by the program in
//! `tests/bench`.
//!
//! The interface: `bench compare --programs <folder> --host <name> --address <address> --authority <file> …` and `bench
//! load --host <name> --address <address> --authority <file> --report <file> --seconds <number>`, what is secret in the
//! environment.

use std::{fs, net::SocketAddr, path::PathBuf, process::Command};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tempfile::TempDir;
use xtask::{
    binaries, environment,
    processes::{self, Running},
    terminal,
    workspace::Workspace,
};

use super::place::{HOST, Place, RELEASE};
use crate::{
    address,
    args::MeasuredCluster,
    bench::report::Report,
    images::{BACKEND, Built, docker},
    minikube::step,
};

/// Ends by itself if this program cannot end it.
const LONGEST_LOAD: &str = "600";

/// What sends the requests, and the folder with what it compares with and what it reports.
pub struct Traffic {
    bench: PathBuf,
    folder: TempDir,
}

/// What came of one kind of request under load.
#[derive(Debug, Deserialize)]
struct Loaded {
    request: String,
    per_second: f64,
    failed: u64,
}

impl Traffic {
    /// Builds the load generator, and takes the very backend out of its image.
    pub fn prepare(workspace: &Workspace, images: &[Built]) -> anyhow::Result<Self> {
        let log = workspace.log("bench-build");
        let arguments = ["build", "--locked", "--release", "--package", "bench"];
        let mut build = binaries::cargo(workspace, &arguments);
        let what = "Building the load generator (minutes the first time)";
        step(what, &mut build, &log)?;
        let folder = tempfile::tempdir()?;
        let image = images.iter().find(|built| built.image == BACKEND);
        let image = image.context("no image of the backend")?.name();
        let container = docker(&["create", &image])?;
        let container = container.trim();
        let file = format!("{container}:/usr/local/bin/todo-backend");
        let copied = docker(&["cp", &file, &folder.path().display().to_string()]);
        docker(&["rm", container])?;
        copied?;
        Ok(Self {
            bench: binaries::program(&workspace.target().join("release"), "bench"),
            folder,
        })
    }

    /// Keeps the cluster busy until it is dropped.
    pub fn load(&self, place: &Place<'_>) -> anyhow::Result<Running> {
        let mut command = self.command(place, "load")?;
        command.args(["--seconds", LONGEST_LOAD, "--report"]);
        command.arg(self.report());
        let log = place.release.minikube.log("bench-load");
        Running::start("the load", &mut command, &log)
    }

    /// Says what came of the load so far.
    pub fn show_load(&self, report: &mut Report) -> anyhow::Result<()> {
        let outcome = fs::read_to_string(self.report()).context("no outcome of the load")?;
        for it in serde_json::from_str::<Vec<Loaded>>(&outcome)? {
            let told = format!("{:.0}, failed {}", it.per_second, it.failed);
            report.told(&format!("that load: {}/s", it.request), told);
        }
        Ok(())
    }

    /// Sends the same requests here and there, in turns, and shows the table that comes of it.
    pub fn compare(
        &self,
        place: &Place<'_>,
        options: &MeasuredCluster,
        limits: &str,
    ) -> anyhow::Result<()> {
        println!(
            "{}",
            terminal::bold(&format!("── beside this machine, {limits}"))
        );
        let mut command = self.command(place, "compare")?;
        command
            .arg("--programs")
            .arg(self.folder.path())
            .args(["--rounds", &options.rounds.to_string()])
            .args(["--seconds", &options.seconds.to_string()])
            .env("BENCH_DATABASE_URL", &place.database_url)
            .env("BENCH_CLUSTER_DATABASE_URL", &place.database_url);
        processes::run_attached(&mut command)
    }

    fn report(&self) -> PathBuf {
        self.folder.path().join("load.json")
    }

    fn command(&self, place: &Place<'_>, task: &str) -> anyhow::Result<Command> {
        let authority = place.release.authority(&format!("{RELEASE}-tls"))?;
        let authority = authority.context("the release has no certificate of its own making")?;
        let file = self.folder.path().join("authority.pem");
        fs::write(&file, authority)?;
        let mut command = Command::new(&self.bench);
        environment::hide_from(&mut command);
        command
            .arg(task)
            .args(["--host", HOST, "--address", &ingress(place)?.to_string()])
            .arg("--authority")
            .arg(file)
            .env("BENCH_TOKEN_SECRET", &place.token_secret);
        Ok(command)
    }
}

/// Where the Ingress controller listens.
fn ingress(place: &Place<'_>) -> anyhow::Result<SocketAddr> {
    let ip = place.release.minikube.ingress_ip()?;
    ensure!(
        address::answers(ip, 443),
        "nothing answers at {ip}:443: see `kubectl get pods --all-namespaces` for the Ingress controller; on macOS and Windows leave `minikube tunnel` running in another terminal"
    );
    Ok(SocketAddr::new(ip, 443))
}
