//! What each part is told by its environment.

use std::{collections::BTreeMap, process::Command};

use xtask::{
    application::{Addresses, Part, Plan},
    config::Config,
    environment,
    frontend::Mode,
    ports::Ports,
    secrets::Secrets,
    workspace::Workspace,
};

/// The variables that are set, and removed, for a part.
fn given(config: &Config, part: Part) -> anyhow::Result<BTreeMap<String, Option<String>>> {
    let workspace = Workspace::find()?;
    let secrets = tempfile::tempdir()?;
    let plan = Plan {
        workspace: &workspace,
        config,
        programs: "programs".into(),
        database_url: "postgres://here".into(),
        secrets: Secrets::kept_in(secrets.path()),
        addresses: Addresses::any(&mut Ports::default())?,
        logs: "logs".into(),
        frontend: Mode::Built,
    };
    let mut command = Command::new("part");
    environment::give(&plan, part, &mut command)?;
    let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
    let told = command
        .get_envs()
        .map(|(name, value)| (text(name), value.map(text)))
        .collect();
    Ok(told)
}

fn set<'a>(given: &'a BTreeMap<String, Option<String>>, name: &str) -> Option<&'a str> {
    given.get(name).map_or(Some("inherited"), Option::as_deref)
}

#[test]
fn a_part_is_told_what_it_reads_and_nothing_that_is_meant_for_another() {
    let config = Config::of([
        ("OPENAI_API_KEY", "the model's"),
        ("FRONTEND_DATABASE_URL", "postgres://people"),
        ("PORT", "1"),
    ]);
    let frontend = given(&config, Part::Frontend).unwrap();
    assert_eq!(set(&frontend, "OPENAI_API_KEY"), None);
    assert_eq!(set(&frontend, "MCP_API_KEY"), None);
    assert_eq!(
        set(&frontend, "FRONTEND_DATABASE_URL"),
        Some("postgres://people")
    );
    assert_eq!(set(&frontend, "DATABASE_URL"), Some("postgres://here"));
    assert_eq!(set(&frontend, "BETTER_AUTH_SECRET").map(str::len), Some(64));
    assert_ne!(set(&frontend, "PORT"), Some("1"));

    let mcp = given(&config, Part::Mcp).unwrap();
    assert_eq!(set(&mcp, "BETTER_AUTH_SECRET"), None);
    assert_eq!(set(&mcp, "MCP_API_KEY").map(str::len), Some(64));
    assert_eq!(set(&mcp, "LOG_FORMAT"), Some("text"));
}

#[test]
fn the_backend_speaks_to_the_offline_model_until_the_user_names_another() {
    let backend = given(&Config::of([("OPENAI_MODEL", "theirs")]), Part::Backend).unwrap();
    assert_eq!(set(&backend, "OPENAI_MODEL"), Some("offline"));
    assert!(
        set(&backend, "OPENAI_BASE_URL")
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );

    let theirs = Config::of([("OPENAI_MODEL", "theirs"), ("OPENAI_API_KEY", "key")]);
    for part in [Part::Backend, Part::Doctor] {
        let told = given(&theirs, part).unwrap();
        assert_eq!(set(&told, "OPENAI_MODEL"), Some("theirs"));
        assert_eq!(set(&told, "OPENAI_BASE_URL"), None);
    }
}
