//! Requests through the Ingress, beside the same to the same program on this machine: sent by the program in
//! `tests/bench`.
//!
//! The interface: `bench compare --programs <folder> --host <name> --address <address> --authority <file>
//! --report <file> …` and `bench load --host <name> --address <address> --authority <file> --report <file>
//! --seconds <number>`, what is secret in the environment.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    database,
    place::{HOST, Place},
};
use crate::{
    args::MeasuredCluster,
    bench::report::Report,
    binaries,
    config::Config,
    kubernetes::{
        images::{Built, Image},
        objects::{list, number, text},
    },
    minikube::address,
    processes::{self, Running},
    terminal::Step,
    workspace::Workspace,
};

const LIMIT: Duration = Duration::from_mins(1);
/// Ends by itself if this program cannot end it.
const LONGEST_LOAD: &str = "600";

/// What sends the requests, and what it compares with.
#[derive(Debug)]
pub(super) struct Traffic {
    bench: PathBuf,
    programs: PathBuf,
    folder: TempDir,
}

impl Traffic {
    /// Builds the load generator, and takes the backend out of its image.
    pub(super) fn prepare(workspace: &Workspace, images: &[Built]) -> anyhow::Result<Self> {
        let bench = build(workspace)?;
        let folder = tempfile::tempdir()?;
        let programs = backend(images, folder.path())?;
        Ok(Self {
            bench,
            programs,
            folder,
        })
    }

    /// Keeps the cluster busy until it is dropped.
    pub(super) fn load(&self, place: &Place<'_>) -> anyhow::Result<Running> {
        let mut command = self.command(place, "load")?;
        command
            .args(["--seconds", LONGEST_LOAD, "--report"])
            .arg(self.load_report());
        let log = place.minikube.logs().join("bench-load.log");
        Running::start("the load", &mut command, &log)
    }

    /// Says what came of the load so far.
    pub(super) fn show_load(&self, report: &mut Report) -> anyhow::Result<()> {
        let outcome = fs::read_to_string(self.load_report()).context("no outcome of the load")?;
        let outcome: Value = serde_json::from_str(&outcome)?;
        let (mut answered, mut failed) = (Vec::new(), Vec::new());
        for kind in list(&outcome, "") {
            let request = text(kind, "/request");
            let rate = kind.pointer("/per_second").and_then(Value::as_f64);
            answered.push(format!("{request} {:.0}", rate.unwrap_or(f64::NAN)));
            let failures = number(kind, "/failed").unwrap_or_default();
            if failures > 0 {
                let of = failures + number(kind, "/answered").unwrap_or_default();
                let why = text(kind, "/failure");
                failed.push(format!("{failures} of {of} {request} ({why})"));
            }
        }
        report.told("that load: requests/s", answered.join(", "));
        if !failed.is_empty() {
            report.told("that load: failed", failed.join(", "));
        }
        Ok(())
    }

    fn load_report(&self) -> PathBuf {
        self.folder.path().join("load.json")
    }

    /// Sends the same requests here and there, in turns.
    pub(super) fn compare(
        &self,
        place: &Place<'_>,
        options: &MeasuredCluster,
        limits: &str,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let logs = place.minikube.logs();
        let outcome = self.folder.path().join("outcome.json");
        let database = database::address_from_here(place)?;
        let mut command = self.command(place, "compare")?;
        command
            .arg("--programs")
            .arg(&self.programs)
            .arg("--report")
            .arg(&outcome)
            .args(["--rounds", &options.rounds.to_string()])
            .args(["--seconds", &options.seconds.to_string()])
            .env("BENCH_DATABASE_URL", &database)
            .env("BENCH_CLUSTER_DATABASE_URL", &database);
        let mut step = Step::start(format!("Comparing with this machine, {limits}"));
        let compared = processes::run(&mut step, &mut command, &logs.join("bench-compare.log"));
        match compared {
            Ok(()) => step.done(""),
            Err(error) => {
                step.failed();
                return Err(error);
            }
        }
        let outcome = fs::read_to_string(outcome).context("no outcome")?;
        show(&serde_json::from_str(&outcome)?, limits, report);
        Ok(())
    }

    fn command(&self, place: &Place<'_>, task: &str) -> anyhow::Result<Command> {
        let authority = self.folder.path().join("authority.pem");
        fs::write(&authority, place.authority()?)?;
        let mut command = Command::new(&self.bench);
        for name in Config::names() {
            command.env_remove(name);
        }
        command
            .arg(task)
            .args(["--host", HOST, "--address", &ingress(place)?.to_string()])
            .arg("--authority")
            .arg(authority)
            .env("BENCH_TOKEN_SECRET", &place.token_secret);
        Ok(command)
    }
}

/// Where the Ingress controller listens.
fn ingress(place: &Place<'_>) -> anyhow::Result<SocketAddr> {
    let tunnel = place.minikube.needs_tunnel();
    let ip: IpAddr = if tunnel {
        IpAddr::from([127, 0, 0, 1])
    } else {
        let ip = place.minikube.ip()?;
        ip.parse()
            .with_context(|| format!("Minikube's address is no address: {ip}"))?
    };
    if !address::answers(ip, 443) {
        let remedy = if tunnel {
            format!(
                "leave `minikube tunnel{}` running in another terminal",
                place.minikube.flag()
            )
        } else {
            "see `kubectl get pods --all-namespaces` for the Ingress controller".to_owned()
        };
        bail!("nothing answers at {ip}:443: {remedy}");
    }
    Ok(SocketAddr::new(ip, 443))
}

fn build(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let mut step = Step::start("Building the load generator (minutes the first time)");
    let mut command = binaries::cargo(
        workspace,
        &["build", "--locked", "--release", "--package", "bench"],
    );
    let log = workspace.target().join("xtask").join("bench-build.log");
    match processes::run(&mut step, &mut command, &log) {
        Ok(()) => step.done(""),
        Err(error) => {
            step.failed();
            return Err(error);
        }
    }
    let folder = workspace.target().join("release");
    Ok(binaries::program(&folder, "bench"))
}

/// The folder with the very program that the image holds.
fn backend(images: &[Built], folder: &Path) -> anyhow::Result<PathBuf> {
    let image = images.iter().find(|built| built.image == Image::Backend);
    let image = image.context("no image of the backend")?.name();
    let container = docker(&["create", &image])?;
    let container = container.trim();
    let file = format!("{container}:/usr/local/bin/todo-backend");
    let copied = docker(&["cp", &file, &folder.display().to_string()]);
    docker(&["rm", container])?;
    copied?;
    Ok(folder.to_path_buf())
}

fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("docker");
    command.args(arguments);
    processes::captured(&mut command, None, LIMIT)?.success("docker")
}

fn show(outcome: &Value, limits: &str, report: &mut Report) {
    for case in list(outcome, "") {
        let clients = number(case, "/clients").unwrap_or_default();
        let plural = if clients == 1 { "" } else { "s" };
        let name = format!(
            "{}, {clients} client{plural}, {limits}",
            text(case, "/request")
        );
        let value = |pointer: &str| {
            let value = case.pointer(pointer).and_then(Value::as_f64);
            value.unwrap_or(f64::NAN)
        };
        report.told(
            &format!("{name}: requests/s"),
            format!(
                "{:.0}; here {:.0}; ratio {:.2}",
                value("/cluster/per_second"),
                value("/here/per_second"),
                value("/rate_ratio")
            ),
        );
        report.told(
            &format!("{name}: p50, p99"),
            format!(
                "{:.2}, {:.2} ms; here {:.2}, {:.2} ms",
                value("/cluster/p50_ms"),
                value("/cluster/p99_ms"),
                value("/here/p50_ms"),
                value("/here/p99_ms")
            ),
        );
    }
}
