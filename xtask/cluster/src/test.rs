//! The tests on a cluster, and its measurement: `tests/system` against Minikube with the images of this checkout.

use std::{
    net::{SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;
use xtask::{binaries, browser, environment, node, processes, workspace::Workspace};

use crate::{
    args::Place,
    helm::CHART,
    images,
    minikube::{self, SEE_PODS},
    release::{Release, require_tools},
};

const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const CONTROLLER_LIMIT: Duration = Duration::from_mins(2);

/// Prepares the cluster and runs the tests.
pub fn run(workspace: &Workspace, no_build: bool, arguments: &[String]) -> anyhow::Result<()> {
    require_tools(true)?;
    node::install(workspace, browser::FOLDER)?;
    let chromium = match browser::chromium(workspace)? {
        Some(chromium) => chromium,
        None => playwrights_chromium(workspace)?,
    };
    // Of the whole workspace, as its libraries are built already for its other tests, with all their features.
    let test = ["test", "--locked", "--workspace", "--test", "cluster", "--"];
    let mut command = binaries::cargo(workspace, &test);
    command.args(arguments).env("PLAYWRIGHT_CHROMIUM", chromium);
    on_cluster(workspace, no_build, &mut command)
}

/// Prepares the cluster and measures.
pub fn bench(workspace: &Workspace, options: &[String]) -> anyhow::Result<()> {
    require_tools(true)?;
    let arguments = ["build", "--locked", "--release", "--package", "bench"];
    let mut build = binaries::cargo(workspace, &arguments);
    let what = "Building the load generator (minutes the first time)";
    processes::step(what, &mut build, &workspace.log("bench-build"))?;
    let bench = "bench --locked --profile dev -p system-tests --bench cluster --";
    let mut command = binaries::cargo(workspace, &bench.split(' ').collect::<Vec<_>>());
    let program = binaries::program(&workspace.target().join("release"), "bench");
    command.args(options).env("SYSTEM_TEST_BENCH", program);
    on_cluster(workspace, false, &mut command)
}

/// Runs a program of `tests/system` with what it needs to know.
fn on_cluster(workspace: &Workspace, no_build: bool, command: &mut Command) -> anyhow::Result<()> {
    let place = Place {
        namespace: "default".to_owned(),
        release: String::new(),
    };
    let release = Release::of(workspace, &place);
    release.start()?;
    let built = images::provide(workspace, &images::ALL, no_build)?;
    images::load(&release, &built)?;
    images::forget_older(&built)?;
    release.enable_ingress()?;
    release.enable("metrics-server")?;
    let node = release.ip()?;
    // The programs come to it within seconds; one that was switched on just now may take longer.
    let what = "Waiting for the Ingress controller";
    minikube::until(what, CONTROLLER_LIMIT, || {
        TcpStream::connect_timeout(&SocketAddr::new(node, 443), CONNECT_LIMIT)
            .with_context(|| format!("nothing answers at {node}:443: {SEE_PODS}"))
            .map(drop)
    })?;
    // Whatever cluster the user has chosen for other work, kubectl, Helm and the tests find this one alone.
    let kubeconfig = release.kubeconfig()?;
    environment::hide_from(command);
    command
        .envs(built.iter().map(|it| (it.image.variable(), it.name())))
        .env("SYSTEM_TEST_NODE_IP", node.to_string())
        .env("SYSTEM_TEST_CHART", workspace.root().join(CHART))
        .env("KUBECONFIG", kubeconfig.path());
    processes::run_attached(command)
}

/// Where Playwright has put the browser that it installed.
fn playwrights_chromium(workspace: &Workspace) -> anyhow::Result<String> {
    const ASK: &str = "import { chromium } from '@playwright/test'; process.stdout.write(chromium.executablePath())";
    let mut command = Command::new("node");
    command
        .args(["--input-type=module", "--eval", ASK])
        .current_dir(workspace.root().join(browser::FOLDER));
    processes::answer(&mut command)
}
