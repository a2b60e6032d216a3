//! The browser tests: Playwright against the whole application, started like `up` does, on other ports and with a
//! database of its own.

use anyhow::Context as _;

use crate::{
    application::{Application, Plan},
    binaries,
    config::{self, Config},
    counting::Count,
    environment::{Addresses, Part, Settings},
    frontend, node,
    ports::Ports,
    postgres::{Purpose, Server},
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

/// Runs and counts them.
///
/// # Errors
/// When the application or the tests cannot be built or started, or a test fails.
pub fn run(workspace: &Workspace, count: &mut Count) -> anyhow::Result<()> {
    install(workspace)?;
    let chromium = chromium(workspace)?;
    let programs = binaries::build(workspace, false)?;
    frontend::build(workspace)?;

    let server = Server::temporary(workspace, Purpose::Test, "browser-tests")?;
    let secrets = tempfile::tempdir()?;
    // The offline model and nothing of the user's own, whatever `.env` says; and one person says a great deal.
    let config = Config::of([
        ("CHAT_REQUESTS_PER_MINUTE", "0"),
        ("CHAT_REQUESTS_PER_DAY", "0"),
        ("CHAT_TOKENS_PER_MINUTE", "0"),
        ("CHAT_TOKENS_PER_DAY", "0"),
    ]);
    let settings = Settings {
        config,
        database_url: server.url(),
        secrets: Secrets::kept_in(secrets.path()),
        addresses: Addresses::any(&mut Ports::default())?,
    };
    let widget = settings.addresses.of(Part::Widget);
    let mut command = playwright(workspace, &["test", "--reporter=list"]);
    command
        .env("BASE_URL", settings.addresses.origin())
        .env("WIDGET_URL", format!("http://localhost:{widget}"))
        .envs(chromium.map(|path| ("PLAYWRIGHT_CHROMIUM", path)));
    let plan = Plan {
        workspace,
        settings,
        programs,
        logs: workspace.target().join("xtask/browser-tests"),
        development: false,
    };
    let _application = Application::start(&plan)?;
    count.run(&mut command)
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
        terminal::step("Installing Chromium for the browser tests", |step| {
            let mut command = playwright(workspace, &["install", "chromium"]);
            processes::run(step, &mut command, &workspace.log("playwright-install"))
                .context(NO_BROWSER)
        })?;
    }
    Ok(chromium)
}

fn playwright(workspace: &Workspace, arguments: &[&str]) -> std::process::Command {
    let start = ["exec", "--no", "--", "playwright"];
    let mut command = node::npm(&workspace.browser_tests(), &start);
    command.args(arguments);
    command
}
