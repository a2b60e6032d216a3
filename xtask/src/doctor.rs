//! `cargo xtask doctor`: tries the model that `.env` or the environment names, else the offline one.

use std::{
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    application::environment,
    binaries::{self, Profile},
    config::Config,
    interruption,
    ports::Ports,
    processes::{Ending, Running},
    readiness,
    terminal::Reported,
    workspace::Workspace,
};

const READY_LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// Builds the programs and lets the backend try the model; what it finds is printed as it comes.
///
/// # Errors
/// When something cannot be built or started, or does not fit.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let config = Config::load(workspace.root())?;
    let programs = binaries::build(workspace, Profile::Development)?;
    let logs = workspace.data()?.join("logs");
    std::fs::create_dir_all(&logs)?;

    let mut offline = None;
    let port = Ports::default().any()?;
    if !environment::has_model(&config) {
        println!("No model is set in .env: the offline one is examined.");
        let mut model = Command::new(binaries::program(&programs, "todo-offline-model"));
        model.arg("serve").current_dir(&logs);
        environment::offline_model(&config, port, &mut model);
        let log = logs.join("offline-model-doctor.log");
        let started = Running::start("the offline model", &mut model, &log, Ending::Terminate)?;
        ready(offline.insert(started), port)?;
    }
    let mut command = Command::new(binaries::program(&programs, "todo-backend"));
    // Away from the root, whose `.env` is for this program to read.
    command
        .arg("doctor")
        .current_dir(&logs)
        .stdin(Stdio::null());
    environment::doctor(&config, port, &mut command);
    println!();
    let status = command.status().context("cannot start the backend")?;
    drop(offline);
    interruption::check()?;
    if status.success() {
        Ok(())
    } else {
        Err(Reported.into())
    }
}

fn ready(model: &mut Running, port: u16) -> anyhow::Result<()> {
    let started = Instant::now();
    while !matches!(readiness::ask(port, "/health"), Ok((200, _))) {
        model.must_run()?;
        interruption::check()?;
        if started.elapsed() > READY_LIMIT {
            bail!(
                "the offline model was not ready in time; its log is {}",
                model.log().display()
            );
        }
        thread::sleep(POLL);
    }
    Ok(())
}
