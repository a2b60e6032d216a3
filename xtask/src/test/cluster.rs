//! The tests on a cluster: `tests/system` against Minikube with the images of this checkout.

use std::{
    path::Path,
    process::{Command, ExitStatus},
    time::Duration,
};

use super::{Count, browser, cargo_result};
use crate::{
    args::Test,
    binaries,
    config::Config,
    kubernetes::{
        images::{self, Image},
        minikube::Minikube,
        tools,
    },
    minikube::reachable,
    node, processes,
    workspace::Workspace,
};

const NODE_LIMIT: Duration = Duration::from_secs(30);

/// Prepares the cluster and runs them; what follows `--` on the command line goes to them.
///
/// # Errors
/// When the cluster, an image or the tests cannot be made ready.
pub fn run(workspace: &Workspace, options: &Test) -> anyhow::Result<(Count, ExitStatus)> {
    tools::require(&[tools::DOCKER, tools::MINIKUBE, tools::KUBECTL, tools::HELM])?;
    tools::require_docker_engine()?;
    let folder = workspace.browser_tests();
    let log = workspace
        .target()
        .join("xtask")
        .join("npm-browser-tests.log");
    node::install(&folder, "the browser tests' packages", &[], &log)?;
    let chromium = match browser::chromium(workspace, &folder)? {
        Some(chromium) => chromium,
        None => playwrights_chromium(&folder)?,
    };

    let minikube = Minikube::of_user(workspace);
    minikube.start()?;
    let built = if options.no_build {
        images::existing(Image::ALL)?
    } else {
        images::build(workspace, Image::ALL)?
    };
    images::load(&minikube, &built)?;
    images::remove_older(&minikube, &built)?;
    minikube.enable_ingress()?;
    minikube.enable_metrics()?;
    let node = minikube.ip()?;
    // The tests come to it within seconds; one that was switched on just now may take longer.
    reachable::wait_for_controller(node.parse()?, 443)?;

    // Whatever cluster the user has chosen for other work, kubectl, Helm and the tests find this one alone.
    let kubeconfig = minikube.kubeconfig()?;

    // Of the whole workspace, as its libraries are built already for its other tests, with all their features.
    let mut command = binaries::cargo(
        workspace,
        &["test", "--locked", "--workspace", "--test", "cluster"],
    );
    for name in Config::names() {
        command.env_remove(name);
    }
    for built in &built {
        command.env(variable(built.image), built.name());
    }
    command
        .env("SYSTEM_TEST_NODE_IP", &node)
        .env("PLAYWRIGHT_CHROMIUM", chromium)
        .env("KUBECONFIG", kubeconfig.path())
        .env(
            "SYSTEM_TEST_CHART",
            workspace.root().join("helm").join("todo-chatbot"),
        );
    if !options.arguments.is_empty() {
        command.arg("--").args(&options.arguments);
    }
    let mut count = Count::default();
    let status = processes::run_shown(&mut command, |line| {
        if let Some(one) = cargo_result(line) {
            count += one;
        }
    })?;
    Ok((count, status))
}

/// Where Playwright has put the browser that it installed.
fn playwrights_chromium(folder: &Path) -> anyhow::Result<String> {
    const ASK: &str = "import { chromium } from '@playwright/test'; process.stdout.write(chromium.executablePath())";
    let mut command = Command::new("node");
    command
        .args(["--input-type=module", "--eval", ASK])
        .current_dir(folder);
    processes::captured(&mut command, None, NODE_LIMIT)?.success("node")
}

/// How the tests are told an image's name.
fn variable(image: Image) -> &'static str {
    match image {
        Image::Backend => "SYSTEM_TEST_BACKEND_IMAGE",
        Image::Mcp => "SYSTEM_TEST_MCP_IMAGE",
        Image::OfflineModel => "SYSTEM_TEST_OFFLINE_MODEL_IMAGE",
        Image::Frontend => "SYSTEM_TEST_FRONTEND_IMAGE",
        Image::Database => "SYSTEM_TEST_DATABASE_IMAGE",
    }
}
