//! `cargo xtask doctor`: tries the model that `.env` or the environment names, else the offline one.

use crate::{
    application::{Addresses, Application, Part, Plan},
    binaries::{self, Profile},
    config::Config,
    frontend,
    ports::Ports,
    processes,
    secrets::Secrets,
    terminal,
    workspace::Workspace,
};

/// Builds the programs and lets the backend try the model; what it finds is printed as it comes.
///
/// # Errors
/// When something cannot be built or started, or does not fit.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let config = Config::load(workspace.root())?;
    let plan = Plan {
        workspace,
        config: &config,
        programs: binaries::build(workspace, Profile::Development)?,
        database_url: String::new(),
        secrets: Secrets::kept_in(&workspace.data()?),
        addresses: Addresses::any(&mut Ports::default())?,
        logs: workspace.target().join("xtask").join("doctor"),
        frontend: frontend::Mode::Built,
    };
    std::fs::create_dir_all(&plan.logs)?;
    let mut offline = None;
    if !config.has_model() {
        println!("No model is set in .env: the offline one is examined.");
        let start = |step: &mut _| Application::serve(&plan, [Part::OfflineModel], step);
        offline = Some(terminal::step("Starting the offline model", start)?);
    }
    println!();
    let outcome = processes::run_attached(&mut plan.command(Part::Doctor, "doctor")?);
    drop(offline);
    outcome
}
