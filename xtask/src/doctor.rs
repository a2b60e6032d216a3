//! `cargo xtask doctor`: tries the model that `.env` or the environment names, else the offline one.

use crate::{
    application::{Application, Plan},
    binaries,
    config::Config,
    environment::{Addresses, Part, Settings},
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
    let settings = Settings {
        config: Config::load(workspace.root())?,
        database_url: String::new(),
        secrets: Secrets::kept_in(&workspace.data()?),
        addresses: Addresses::any(&mut Ports::default())?,
    };
    let plan = Plan {
        workspace,
        settings,
        programs: binaries::build(workspace, false)?,
        logs: workspace.target().join("xtask/doctor"),
        development: false,
    };
    let mut offline = None;
    if !plan.settings.config.has_model() {
        println!("No model is set in .env: the offline one is examined.");
        let start = |step: &mut _| Application::serve(&plan, &[Part::OfflineModel], step);
        offline = Some(terminal::step("Starting the offline model", start)?);
    }
    println!();
    let outcome = processes::run_attached(&mut plan.command(Part::Doctor, "doctor")?);
    drop(offline);
    outcome
}
