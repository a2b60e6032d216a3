//! The tests on a cluster: `tests/system` against Minikube with the images of this checkout.

use std::{path::Path, process::Command, time::Duration};

use xtask::{binaries, browser, environment, processes, workspace::Workspace};

use crate::{address, images, minikube::Minikube, tools};

const NODE_LIMIT: Duration = Duration::from_secs(30);

/// Prepares the cluster and runs them.
pub fn run(workspace: &Workspace, no_build: bool, arguments: &[String]) -> anyhow::Result<()> {
    tools::require_with_docker()?;
    browser::install(workspace)?;
    let chromium = match browser::chromium(workspace)? {
        Some(chromium) => chromium,
        None => playwrights_chromium(&workspace.browser_tests())?,
    };

    let minikube = Minikube::of_user(workspace);
    minikube.start()?;
    let built = images::provide(workspace, &images::ALL, no_build)?;
    images::load(&minikube, &built)?;
    images::forget_older(&built)?;
    minikube.enable_ingress(&minikube.kubectl("default"))?;
    minikube.enable("metrics-server")?;
    let node = minikube.ip()?;
    // The tests come to it within seconds; one that was switched on just now may take longer.
    address::wait_for_controller(node.parse()?, 443)?;
    // Whatever cluster the user has chosen for other work, kubectl, Helm and the tests find this one alone.
    let kubeconfig = minikube.kubeconfig()?;

    // Of the whole workspace, as its libraries are built already for its other tests, with all their features.
    let test = ["test", "--locked", "--workspace", "--test", "cluster"];
    let mut command = binaries::cargo(workspace, &test);
    environment::hide_from(&mut command);
    command
        .envs(built.iter().map(|it| (it.image.variable(), it.name())))
        .env("SYSTEM_TEST_NODE_IP", &node)
        .env(
            "SYSTEM_TEST_CHART",
            workspace.root().join("helm/todo-chatbot"),
        )
        .env("PLAYWRIGHT_CHROMIUM", chromium)
        .env("KUBECONFIG", kubeconfig.path());
    if !arguments.is_empty() {
        command.arg("--").args(arguments);
    }
    processes::run_attached(&mut command)
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
