//! The browser tests: Playwright against the whole application, started like `up` does, on other ports and with a
//! database of its own.

use std::{path::Path, process::ExitStatus};

use anyhow::Context as _;
use serde_json::Value;

use super::{Count, fresh_report, read_report, temporary_postgres};
use crate::{
    application::{Addresses, Application, Plan},
    binaries::{self, Profile},
    config::{self, Config},
    frontend, node,
    ports::Ports,
    processes,
    secrets::Secrets,
    terminal::Step,
    workspace::Workspace,
};

const NO_BROWSER: &str = "there is no Chromium for the browser tests: install one (on Debian `apt-get install chromium`), or set PLAYWRIGHT_CHROMIUM to the path of one";

/// Runs them.
///
/// # Errors
/// When the application or the tests cannot be built or started.
pub fn run(workspace: &Workspace) -> anyhow::Result<(Count, ExitStatus)> {
    let folder = workspace.browser_tests();
    let log = workspace
        .target()
        .join("xtask")
        .join("npm-browser-tests.log");
    node::install(&folder, "the browser tests' packages", &[], &log)?;
    let chromium = chromium(workspace, &folder)?;
    let programs = binaries::build(workspace, Profile::Development)?;
    frontend::install(workspace)?;
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
        frontend: frontend::Mode::Built,
    };
    let _application = Application::start(&plan)?;

    let report = fresh_report(workspace, "playwright.json")?;
    let mut command = node::npm(&folder, &["exec", "--no", "--", "playwright", "test"]);
    command
        .arg("--reporter=list,json")
        .env("BASE_URL", plan.addresses.origin())
        .env("WIDGET_URL", format!("http://localhost:{widget}"))
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report);
    if let Some(chromium) = chromium {
        command.env("PLAYWRIGHT_CHROMIUM", chromium);
    }
    let status = processes::run_shown(&mut command, |_| ())?;
    let number = |report: &Value, name: &str| {
        report
            .get("stats")
            .and_then(|stats| stats.get(name))
            .and_then(Value::as_u64)
            .unwrap_or(0)
    };
    let count = read_report(&report).map_or_else(Count::default, |report| Count {
        passed: number(&report, "expected") + number(&report, "flaky"),
        failed: number(&report, "unexpected"),
    });
    Ok((count, status))
}

/// The browser to use; none means the one that Playwright installs.
///
/// # Errors
/// When there is none and none can be installed.
pub fn chromium(workspace: &Workspace, folder: &Path) -> anyhow::Result<Option<String>> {
    if let Some(path) = config::variable("PLAYWRIGHT_CHROMIUM") {
        return Ok(Some(path));
    }
    // Debian's package; Playwright has no builds for some systems that do have one.
    if let Some(path) = config::program("chromium") {
        return Ok(Some(path.display().to_string()));
    }
    let mut step = Step::start("Installing Chromium for the browser tests");
    let mut command = node::npm(
        folder,
        &["exec", "--no", "--", "playwright", "install", "chromium"],
    );
    let log = workspace
        .target()
        .join("xtask")
        .join("playwright-install.log");
    match processes::run(&mut step, &mut command, &log).context(NO_BROWSER) {
        Ok(()) => step.done(""),
        Err(error) => {
            step.failed();
            return Err(error);
        }
    }
    Ok(None)
}
