//! From what the user set to the chart's values.

use serde_json::json;
use xtask::config::Config;

use super::*;
use crate::images::tests::named;

#[expect(clippy::unnecessary_wraps, reason = "as the real ones, which may fail")]
fn kept(name: &str) -> anyhow::Result<String> {
    Ok(format!("kept {name}"))
}

fn of_user(config: &Config) -> anyhow::Result<(Value, Vec<String>)> {
    let (mut values, notes) = work_out(config, Source::Settings)?;
    add_secrets(&mut values, kept)?;
    Ok((values, notes))
}

#[test]
fn without_a_database_one_sentence_says_where_to_write_it_and_what_needs_none() {
    let error = of_user(&Config::of([])).unwrap_err().to_string();
    assert!(error.contains("`.env`"), "{error}");
    assert!(error.contains("cargo xtask minikube demo"), "{error}");
    assert_eq!(error.lines().count(), 1);
}

#[test]
fn what_the_user_set_becomes_the_charts_values() {
    let config = Config::of([
        ("DATABASE_URL", "postgres://u:p@pooler.example.org/d"),
        ("DATABASE_URL_DIRECT", "postgres://u:p@direct.example.org/d"),
        ("OPENAI_API_KEY", "sk-1"),
        ("OPENAI_MODEL", "m"),
        ("MCP_API_KEY", "mine"),
        ("MAX_CONVERSATION_HISTORY", "9"),
        ("DATABASE_POOL_SIZE", "3"),
        ("LOG_LEVEL", "debug"),
    ]);
    let (values, notes) = of_user(&config).unwrap();
    assert_eq!(
        values,
        json!({
            "secrets": {
                "databaseUrl": "postgres://u:p@pooler.example.org/d",
                "databaseUrlDirect": "postgres://u:p@direct.example.org/d",
                "openaiApiKey": "sk-1",
                "betterAuthSecret": "kept BETTER_AUTH_SECRET",
                "mcpApiKey": "mine",
            },
            "openai": {"model": "m"},
            "offlineModel": {"enabled": false},
            "backend": {"databasePoolSize": 3, "env": {"MAX_CONVERSATION_HISTORY": "9"}},
            "logging": {"level": "debug"},
        })
    );
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn without_a_model_the_offline_one_is_switched_on_and_that_is_said() {
    let config = Config::of([("DATABASE_URL", "postgres://u:p@db.example.org/d")]);
    let (values, notes) = of_user(&config).unwrap();
    assert_eq!(values["offlineModel"]["enabled"], true);
    assert!(notes[0].contains("offline model"), "{notes:?}");
}

#[test]
fn localhost_is_translated_for_pods_and_that_is_said() {
    for (url, translated) in [
        (
            "postgres://localhost:localhost@localhost:5433/localhost?x=localhost",
            "postgres://localhost:localhost@host.minikube.internal:5433/localhost?x=localhost",
        ),
        (
            "postgres://u:p@127.0.0.1/d",
            "postgres://u:p@host.minikube.internal/d",
        ),
        (
            "postgres://u:p@[::1]:5432/d",
            "postgres://u:p@host.minikube.internal:5432/d",
        ),
        (
            "postgres://u:p@db.localhost.example/d",
            "postgres://u:p@db.localhost.example/d",
        ),
    ] {
        let config = Config::of([
            ("DATABASE_URL", url),
            ("OPENAI_BASE_URL", "http://localhost:11434/v1"),
        ]);
        let (values, notes) = of_user(&config).unwrap();
        assert_eq!(values["secrets"]["databaseUrl"], translated);
        assert_eq!(
            values["openai"]["baseUrl"],
            "http://host.minikube.internal:11434/v1"
        );
        let said = notes
            .iter()
            .any(|note| note.starts_with("DATABASE_URL names "));
        assert_eq!(said, url != translated);
    }
}

#[test]
fn what_is_no_address_is_refused_by_name_and_without_being_shown() {
    let config = Config::of([
        ("DATABASE_URL", "postgres://u:p@db.example.org/d"),
        ("DATABASE_URL_DIRECT", "hunter2"),
    ]);
    let error = format!("{:#}", of_user(&config).unwrap_err());
    assert!(
        error.starts_with("DATABASE_URL_DIRECT is not a database address"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn a_demonstration_needs_nothing_and_sends_nothing_to_a_provider() {
    let config = Config::of([
        ("DATABASE_URL", "postgres://u:p@db.example.org/d"),
        ("OPENAI_API_KEY", "sk-1"),
    ]);
    let (values, notes) = work_out(&config, Source::Demonstration).unwrap();
    assert_eq!(values, json!({"offlineModel": {"enabled": true}}));
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn images_are_named_by_content_where_the_chart_knows_them() {
    let built = ["todo-offline-model", "todo-database"].map(|repository| Built {
        image: named(repository),
        tag: "0.1.0-0123456789ab".into(),
    });
    let mut values = json!({"offlineModel": {"enabled": true}});
    add_images(&mut values, &built);
    assert_eq!(
        values,
        json!({"offlineModel": {"enabled": true, "image": {"tag": "0.1.0-0123456789ab"}}})
    );
}
