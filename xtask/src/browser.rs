//! The browser tests: Playwright against the whole application.

use std::process::Command;

use anyhow::Context as _;

use crate::{
    application, config,
    counting::Count,
    environment::{Part, Plan},
    node,
    processes::{self, Running},
    terminal,
    workspace::Workspace,
};

/// Where they are.
pub const FOLDER: &str = "tests/e2e";

const NO_BROWSER: &str = "there is no Chromium for the browser tests: install one (on Debian `apt-get install chromium`), or set PLAYWRIGHT_CHROMIUM to the path of one";

/// Runs and counts them.
///
/// # Errors
/// When the application or the tests cannot be built or started, or a test fails.
pub fn run(workspace: &Workspace, count: &mut Count) -> anyhow::Result<()> {
    node::install(workspace, FOLDER)?;
    let chromium = chromium(workspace)?;
    application::for_tests(workspace, "browser-tests", |plan, ports| {
        let widget = ports.any()?;
        let _widget = start_widget(plan, widget)?;
        let mut command = playwright(workspace, FOLDER, &["test", "--reporter=list"]);
        command
            .env("BASE_URL", plan.addresses.origin())
            .env("WIDGET_URL", format!("http://localhost:{widget}"))
            .envs(chromium.map(|path| ("PLAYWRIGHT_CHROMIUM", path)));
        count.run(&mut command)
    })
}

/// The same frontend once more, with OpenAI's chat configured.
fn start_widget(plan: &Plan<'_>, port: u16) -> anyhow::Result<Running> {
    let mut command = application::command(plan, Part::Frontend, "serve")?;
    command.env("CHATKIT_DOMAIN_KEY", "domain_pk_test");
    command.env("PORT", port.to_string());
    let log = plan.logs.join("frontend-widget.log");
    let mut widget = Running::start("frontend widget", &mut command, &log)?;
    terminal::step("Starting the second frontend", |step| {
        widget.wait_until_ready(step, || application::is_ready(port, "/api/health"))
    })?;
    Ok(widget)
}

/// The browser to use; none means the one that Playwright installs.
///
/// # Errors
/// When there is none and none can be installed.
pub fn chromium(workspace: &Workspace) -> anyhow::Result<Option<String>> {
    // Debian's package; Playwright has no builds for some systems that do have one.
    let debians = || config::program("chromium").map(|path| path.display().to_string());
    let chromium = config::variable("PLAYWRIGHT_CHROMIUM").or_else(debians);
    if chromium.is_none() {
        let what = "Installing Chromium for the browser tests";
        let mut command = playwright(workspace, FOLDER, &["install", "chromium"]);
        let log = workspace.log("playwright-install");
        processes::step(what, &mut command, &log).context(NO_BROWSER)?;
    }
    Ok(chromium)
}

/// The Playwright of a folder of the checkout.
#[must_use]
pub fn playwright(workspace: &Workspace, folder: &str, arguments: &[&str]) -> Command {
    let start = ["exec", "--no", "--", "playwright"];
    let mut command = node::npm(&workspace.root().join(folder), &start);
    command.args(arguments);
    command
}
