//! The application on Minikube: what is worked out before and after the cluster is asked.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};
use xtask::{
    config::Config,
    kubernetes::{
        helm,
        images::{self, Built, Image},
        minikube, tools,
    },
    minikube::settings,
};

fn config(text: &str) -> anyhow::Result<Config> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(".env"), text)?;
    Config::read(&folder.path().join(".env"))
}

#[expect(clippy::unnecessary_wraps, reason = "as the real ones, which may fail")]
fn kept(name: &str) -> anyhow::Result<String> {
    Ok(format!("kept {name}"))
}

#[test]
fn without_a_database_one_sentence_says_where_to_write_it_and_what_needs_none() {
    let error = settings::of_user(&config("").unwrap(), &kept)
        .unwrap_err()
        .to_string();
    assert!(error.contains("`.env`"), "{error}");
    assert!(error.contains("cargo xtask minikube demo"), "{error}");
    assert_eq!(error.lines().count(), 1);
}

#[test]
fn what_the_user_set_becomes_the_charts_values() {
    let config = config(
        "DATABASE_URL=postgres://u:p@pooler.example.org/d\n\
         DATABASE_URL_DIRECT=postgres://u:p@direct.example.org/d\n\
         OPENAI_API_KEY=sk-1\nOPENAI_MODEL=m\nMCP_API_KEY=mine\nMAX_CONVERSATION_HISTORY=9\n\
         DATABASE_POOL_SIZE=3\nLOG_LEVEL=debug\n",
    )
    .unwrap();
    let settings = settings::of_user(&config, &kept).unwrap();
    assert_eq!(
        settings.values,
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
    assert_eq!(settings.notes, Vec::<String>::new());
}

#[test]
fn without_a_model_the_offline_one_is_switched_on_and_that_is_said() {
    let config = config("DATABASE_URL=postgres://u:p@db.example.org/d\n").unwrap();
    let settings = settings::of_user(&config, &kept).unwrap();
    assert_eq!(settings.values["offlineModel"]["enabled"], true);
    assert!(
        settings.notes[0].contains("offline model"),
        "{:?}",
        settings.notes
    );
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
        let config = config(&format!(
            "DATABASE_URL={url}\nOPENAI_BASE_URL=http://localhost:11434/v1\n"
        ))
        .unwrap();
        let settings = settings::of_user(&config, &kept).unwrap();
        assert_eq!(settings.values["secrets"]["databaseUrl"], translated);
        assert_eq!(
            settings.values["openai"]["baseUrl"],
            "http://host.minikube.internal:11434/v1"
        );
        let said = settings
            .notes
            .iter()
            .any(|note| note.starts_with("DATABASE_URL names "));
        assert_eq!(said, url != translated);
    }
}

#[test]
fn what_is_no_address_is_refused_by_name_and_without_being_shown() {
    let config =
        config("DATABASE_URL=postgres://u:p@db.example.org/d\nDATABASE_URL_DIRECT=hunter2\n")
            .unwrap();
    let error = format!("{:#}", settings::of_user(&config, &kept).unwrap_err());
    assert!(
        error.starts_with("DATABASE_URL_DIRECT is not a database address"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn a_demonstration_needs_nothing_and_sends_nothing_to_a_provider() {
    let config =
        config("DATABASE_URL=postgres://u:p@db.example.org/d\nOPENAI_API_KEY=sk-1\n").unwrap();
    let settings =
        settings::demonstration(&config, &kept, "postgres://todo:x@todo-database:5432/todo")
            .unwrap();
    assert_eq!(settings.values["offlineModel"]["enabled"], true);
    assert_eq!(
        settings.values["secrets"]["databaseUrl"],
        "postgres://todo:x@todo-database:5432/todo"
    );
    assert_eq!(settings.values["secrets"]["openaiApiKey"], Value::Null);
}

#[test]
fn images_are_named_by_content_where_the_chart_knows_them() {
    let built = [Image::OfflineModel, Image::Database].map(|image| Built {
        image,
        tag: "0.1.0-0123456789ab".into(),
    });
    let mut values = json!({"offlineModel": {"enabled": true}});
    settings::add_images(&mut values, &built);
    assert_eq!(
        values,
        json!({"offlineModel": {"enabled": true, "image": {"tag": "0.1.0-0123456789ab"}}})
    );
}

#[test]
fn a_class_of_ingress_is_named_only_where_none_is_the_default() {
    let mut values = json!({});
    settings::add_ingress_class(&mut values, &[("traefik".into(), true)]);
    assert_eq!(values, json!({}));
    settings::add_ingress_class(&mut values, &[("nginx".into(), false)]);
    assert_eq!(values, json!({"ingress": {"className": "nginx"}}));
}

#[test]
fn a_tag_is_the_version_and_the_start_of_the_images_identity() {
    let id = "sha256:3eeda08d8b96f0a1b2c3";
    assert_eq!(
        images::content_tag("0.1.0", id).as_deref(),
        Some("0.1.0-3eeda08d8b96")
    );
    assert_eq!(images::content_tag("0.1.0", "sha256:3eed"), None);
    assert_eq!(images::content_tag("0.1.0", "no such image found"), None);
}

#[test]
fn only_images_that_the_node_does_not_have_are_brought_there() {
    let built = [Image::Backend, Image::Mcp].map(|image| Built {
        image,
        tag: "0.1.0-0123456789ab".into(),
    });
    let have = minikube::images(
        r#"[{"id":"sha256:1","repoDigests":[],"repoTags":["docker.io/library/todo-mcp:0.1.0-0123456789ab"],"size":"1"}]"#,
    );
    let missing: Vec<Image> = images::missing(&have, &built)
        .iter()
        .map(|built| built.image)
        .collect();
    assert_eq!(missing, [Image::Backend]);
}

#[test]
fn only_own_images_that_nobody_names_by_any_name_are_removed() {
    let old = |repository: &str| format!("docker.io/library/{repository}:0.1.0-0123456789ab");
    let pods = json!({"items": [
        {"spec": {"containers": [{"image": "todo-mcp:0.1.0-0123456789ab"}]}},
        {"spec": {"template": {"spec": {
            "containers": [{"image": "docker.io/library/todo-frontend:0.1.0-0123456789ab"}],
        }}}},
    ]});
    let images = [
        vec![old("todo-backend")],
        vec![old("todo-mcp")],
        vec![old("todo-frontend")],
        vec![old("somebody-elses")],
        vec!["docker.io/library/todo-backend:0.1.0".into()],
        vec![
            old("todo-offline-model"),
            "docker.io/library/todo-offline-model:0.1.0".into(),
        ],
    ];
    assert_eq!(
        images::removable(&images, &images::named_by(&pods)),
        [old("todo-backend")]
    );
    assert_eq!(
        images::removable(&images, &BTreeSet::new()),
        [old("todo-backend"), old("todo-mcp"), old("todo-frontend")]
    );
}

#[test]
fn each_major_version_of_helm_is_told_what_it_understands() {
    assert_eq!(helm::major("v3.22.0"), Some(3));
    assert_eq!(helm::major("v4.3.1\n"), Some(4));
    assert_eq!(helm::major("nonsense"), None);
    let flags = helm::upgrade_flags(3);
    assert!(flags.contains(&"--wait") && flags.contains(&"--install"));
    assert!(!flags.iter().any(|flag| flag.contains("server-side")));
    assert!(helm::upgrade_flags(4).contains(&"--force-conflicts"));
}

#[test]
fn the_last_revision_is_read_from_helms_history() {
    let history = r#"[{"revision":4,"updated":"2026-11-21T09:03:40Z","status":"pending-upgrade","chart":"todo-chatbot-0.1.0","app_version":"0.1.0","description":"Preparing upgrade"}]"#;
    let last = helm::last_revision(history).unwrap().unwrap();
    assert_eq!((last.number, last.is_pending()), (4, true));
    assert_eq!(helm::last_revision("[]").unwrap(), None);
    helm::last_revision("Error").unwrap_err();
}

#[test]
fn the_way_back_leads_past_revisions_that_failed_to_the_newest_that_was_good() {
    let of = |statuses: &[&str]| {
        let history: Vec<String> = (1..)
            .zip(statuses)
            .map(|(number, status)| format!(r#"{{"revision":{number},"status":"{status}"}}"#))
            .collect();
        let revisions = helm::revisions(&format!("[{}]", history.join(","))).unwrap();
        helm::last_good(&revisions)
    };
    assert_eq!(of(&["superseded", "deployed", "failed", "failed"]), Some(2));
    assert_eq!(of(&["superseded", "superseded", "failed"]), Some(2));
    assert_eq!(of(&["failed", "pending-upgrade"]), None);
}

#[test]
fn what_minikube_says_is_understood_also_behind_its_notices() {
    let status = r#"{"Name":"minikube","Host":"Running","Kubelet":"Running","APIServer":"Running","Kubeconfig":"Configured","Worker":false}"#;
    assert!(minikube::is_running(status));
    assert!(minikube::is_running(&format!("[{status}]")));
    assert!(!minikube::is_running(&status.replace(
        "\"APIServer\":\"Running\"",
        "\"APIServer\":\"Stopped\""
    )));
    assert!(!minikube::is_running("* Profile \"minikube\" not found."));
    assert_eq!(
        minikube::ingress_addon(r#"{"ingress":{},"traefik":{}}"#),
        "traefik"
    );
    assert_eq!(minikube::ingress_addon(r#"{"ingress":{}}"#), "ingress");
    let profiles = r#"{"invalid":[],"valid":[{"Name":"minikube","Config":{"Driver":"docker"}}]}
* A newer minikube is out!"#;
    assert_eq!(
        minikube::driver(profiles, "minikube").as_deref(),
        Some("docker")
    );
    assert_eq!(minikube::driver(profiles, "other"), None);
}

#[test]
fn a_missing_program_is_named_with_where_to_get_it() {
    let sentence = tools::missing(&tools::MINIKUBE);
    assert_eq!(
        sentence,
        "`minikube`, which runs the cluster, is not installed: get it from https://minikube.sigs.k8s.io/docs/start/"
    );
}
