//! What each part is told by its environment.

use std::{collections::BTreeMap, process::Command};

use xtask::{
    config::{Config, Secrets},
    environment::{Addresses, Part, Plan},
    ports::Ports,
    workspace::Workspace,
};

/// The variables that are set, and removed, for a part.
fn given(config: &Config, part: Part) -> anyhow::Result<BTreeMap<String, Option<String>>> {
    let secrets = tempfile::tempdir()?;
    let plan = Plan {
        workspace: &Workspace::find()?,
        config: config.clone(),
        secrets: Secrets::kept_in(secrets.path()),
        database_url: "postgres://here".into(),
        addresses: Addresses::any(&mut Ports::default())?,
        programs: "programs".into(),
        logs: "logs".into(),
        development: false,
    };
    let mut command = Command::new("part");
    plan.give(part, &mut command)?;
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
fn the_mcp_server_is_at_the_address_of_the_pages() {
    let frontend = given(&Config::default(), Part::Frontend).unwrap();
    let origin = set(&frontend, "BETTER_AUTH_URL").unwrap();
    let public = format!("{origin}/mcp");
    assert_eq!(set(&frontend, "MCP_PUBLIC_URL"), Some(public.as_str()));
    assert!(set(&frontend, "MCP_SERVER_URL").is_some());

    let mcp = given(&Config::default(), Part::Mcp).unwrap();
    assert!(set(&mcp, "BETTER_AUTH_URL").is_some());
    assert!(set(&mcp, "MCP_PUBLIC_URL").unwrap().ends_with("/mcp"));
    assert!(set(&mcp, "PEER_URLS").unwrap().starts_with("127.0.0.1:"));
    assert_eq!(set(&mcp, "MCP_SERVER_URL"), None);
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
    let told = given(&theirs, Part::Backend).unwrap();
    assert_eq!(set(&told, "OPENAI_MODEL"), Some("theirs"));
    assert_eq!(set(&told, "OPENAI_BASE_URL"), None);
}
