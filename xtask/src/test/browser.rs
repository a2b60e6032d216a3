//! The browser tests: Playwright against the whole application, started like `up` does, on other ports and with a
//! database of its own.

use anyhow::Context as _;

use super::{Outcome, counted, temporary_postgres};
use crate::{
    application::{Addresses, Application, Plan},
    binaries::{self, Profile},
    config::{self, Config},
    frontend::{self, Mode},
    node,
    ports::Ports,
    processes,
    secrets::Secrets,
    terminal,
    workspace::Workspace,
};

const NO_BROWSER: &str = "there is no Chromium for the browser tests: install one (on Debian `apt-get install chromium`), or set PLAYWRIGHT_CHROMIUM to the path of one";

/// Installs the packages that the tests use.
///
/// # Errors
/// When npm fails.
pub fn install(workspace: &Workspace) -> anyhow::Result<()> {
    let folder = workspace.browser_tests();
    node::install(workspace, &folder, "the browser tests' packages")
}

/// Runs them.
///
/// # Errors
/// When the application or the tests cannot be built or started.
pub fn run(workspace: &Workspace) -> anyhow::Result<Outcome> {
    install(workspace)?;
    let chromium = chromium(workspace)?;
    let programs = binaries::build(workspace, Profile::Development)?;
    frontend::build(workspace)?;

    let server = temporary_postgres(workspace, "browser-tests")?;
    let secrets = tempfile::tempdir()?;
    // The offline model and nothing of the user's own, whatever `.env` says; and one person says a great deal.
    let config = Config::of([
        ("CHAT_REQUESTS_PER_MINUTE", "0"),
        ("CHAT_REQUESTS_PER_DAY", "0"),
        ("CHAT_TOKENS_PER_MINUTE", "0"),
        ("CHAT_TOKENS_PER_DAY", "0"),
    ]);
    let mut ports = Ports::default();
    let widget = ports.any()?;
    let plan = Plan {
        workspace,
        config: &config,
        programs,
        database_url: server.url(),
        secrets: Secrets::kept_in(secrets.path()),
        addresses: Addresses {
            widget: Some(widget),
            ..Addresses::any(&mut ports)?
        },
        logs: workspace.target().join("xtask").join("browser-tests"),
        frontend: Mode::Built,
    };
    let _application = Application::start(&plan)?;

    let arguments = [
        "exec",
        "--no",
        "--",
        "playwright",
        "test",
        "--reporter=list",
    ];
    let mut command = node::npm(&workspace.browser_tests(), &arguments);
    command
        .env("BASE_URL", plan.addresses.origin())
        .env("WIDGET_URL", format!("http://localhost:{widget}"))
        .envs(chromium.map(|path| ("PLAYWRIGHT_CHROMIUM", path)));
    counted(&mut command)
}

/// The browser to use; none means the one that Playwright installs.
///
/// # Errors
/// When there is none and none can be installed.
pub fn chromium(workspace: &Workspace) -> anyhow::Result<Option<String>> {
    // Debian's package; Playwright has no builds for some systems that do have one.
    let debians = || config::program("chromium").map(|path| path.display().to_string());
    if let Some(path) = config::variable("PLAYWRIGHT_CHROMIUM").or_else(debians) {
        return Ok(Some(path));
    }
    terminal::step("Installing Chromium for the browser tests", |step| {
        let arguments = ["exec", "--no", "--", "playwright", "install", "chromium"];
        let mut command = node::npm(&workspace.browser_tests(), &arguments);
        processes::run(step, &mut command, &workspace.log("playwright-install")).context(NO_BROWSER)
    })?;
    Ok(None)
}
