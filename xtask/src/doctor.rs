//! `cargo xtask doctor`: tries the model that `.env` or the environment names, else the offline one.

use crate::{
    application::{self, Application},
    binaries,
    config::{Config, Secrets},
    environment::{Addresses, Part, Plan},
    ports::Ports,
    processes, terminal,
    workspace::Workspace,
};

/// Builds the programs and lets the backend try the model; what it finds is printed as it comes.
///
/// # Errors
/// When something cannot be built or started, or does not fit.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let plan = Plan {
        workspace,
        config: Config::load(workspace.root())?,
        secrets: Secrets::kept_in(&workspace.data()?),
        database_url: String::new(),
        addresses: Addresses::any(&mut Ports::default())?,
        programs: binaries::build(workspace, false)?,
        logs: workspace.target().join("xtask/doctor"),
        development: false,
    };
    let mut offline = None;
    if !plan.config.has_model() {
        println!("No model is set in .env: the offline one is examined.");
        let start = |step: &mut _| Application::serve(&plan, &[Part::OfflineModel], step);
        offline = Some(terminal::step("Starting the offline model", start)?);
    }
    println!();
    let outcome =
        processes::run_attached(&mut application::command(&plan, Part::Backend, "doctor")?);
    drop(offline);
    outcome
}
