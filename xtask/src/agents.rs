//! The tests with other people's MCP clients: SDKs, command lines and assistants against the whole application.

use crate::{application, args::Test, browser, counting::Count, node, workspace::Workspace};

/// Where they are.
pub const FOLDER: &str = "tests/agents";
/// Packages of nearly a gigabyte.
const ASSISTANTS: &str = "tests/agents/assistants";

/// Runs and counts them; with `--long` the assistants as well.
///
/// # Errors
/// When the application or the tests cannot be built or started, or a test fails.
pub fn run(workspace: &Workspace, options: &Test, count: &mut Count) -> anyhow::Result<()> {
    node::install(workspace, FOLDER)?;
    if options.long {
        node::install(workspace, ASSISTANTS)?;
    }
    // Playwright's own is installed by the other folder's Playwright, whose version is the same.
    node::install(workspace, browser::FOLDER)?;
    let chromium = browser::chromium(workspace)?;
    application::for_tests(workspace, "agents-tests", |plan, _| {
        let mut command = browser::playwright(workspace, FOLDER, &["test", "--reporter=list"]);
        command
            .env("TODO_ORIGIN", plan.addresses.origin())
            .envs(chromium.map(|path| ("PLAYWRIGHT_CHROMIUM", path)));
        if options.long {
            let packages = workspace.root().join(ASSISTANTS).join("node_modules");
            command.env("ASSISTANTS", packages);
        }
        count.run(&mut command)
    })
}
