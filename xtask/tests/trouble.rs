//! What is said about pods in trouble, from what `kubectl get` once printed about such pods.

use serde_json::{Value, json};
use xtask::kubernetes::trouble::{self, Log, Report, Trouble, model};

const RELEASE: &str = "todo-chatbot";

fn recorded(text: &str) -> Value {
    text.parse().unwrap_or_default()
}

fn found(text: &str) -> Vec<Trouble> {
    trouble::find(&recorded(text), RELEASE)
}

#[test]
fn nothing_is_said_about_pods_that_are_well() {
    let objects = recorded(include_str!("recorded/well.json"));
    assert!(trouble::pods(&objects, RELEASE).count() > 2);
    assert_eq!(trouble::find(&objects, RELEASE), []);
    assert_eq!(trouble::slow(&objects, RELEASE), Vec::<String>::new());
}

#[test]
fn a_migration_that_failed_twice_is_reported_once_with_each_container_and_its_log() {
    let found = found(include_str!("recorded/migration.json"));
    let headlines: Vec<String> = found.iter().map(Trouble::headline).collect();
    assert_eq!(
        headlines,
        [
            "pod todo-chatbot-migrate-6bxcl (container backend), and 1 more like it: the migration failed (exit code 1)",
            "pod todo-chatbot-migrate-6bxcl (container frontend), and 1 more like it: the migration failed (exit code 1)",
        ]
    );
    assert!(
        found
            .iter()
            .all(|trouble| trouble.migration && trouble.log == Some(Log::Current))
    );
}

#[test]
fn a_failed_try_is_forgiven_when_the_job_succeeded_after_it() {
    let mut objects = recorded(include_str!("recorded/migration.json"));
    for object in objects["items"].as_array_mut().unwrap() {
        if object["kind"] == "Job" {
            object["status"]["conditions"] = json!([{"type": "Complete", "status": "True"}]);
        }
    }
    assert_eq!(trouble::find(&objects, RELEASE), []);
}

#[test]
fn an_image_that_is_not_there_is_named_and_not_waited_for() {
    let found = found(include_str!("recorded/image.json"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .reason
            .starts_with("its image todo-backend:nope is not on the node"),
        "{}",
        found[0].reason
    );
    assert!(found[0].remedy.contains("minikube image load"));
    assert!(found[0].hopeless);
}

#[test]
fn a_missing_key_of_a_secret_is_named_for_each_part_that_needs_it() {
    let found = found(include_str!("recorded/missing-key.json"));
    let parts: Vec<&str> = found
        .iter()
        .map(|trouble| trouble.object.as_str())
        .collect();
    assert_eq!(
        parts,
        [
            "pod todo-chatbot-backend-7f94b58f84-npnnd",
            "pod todo-chatbot-mcp-789b5c8bcb-q7kmg"
        ]
    );
    for trouble in found {
        assert!(
            trouble
                .reason
                .contains("couldn't find key MCP_API_KEY in Secret mk-fail/own"),
            "{}",
            trouble.reason
        );
        assert!(trouble.remedy.contains("secrets.keys"));
        assert!(trouble.hopeless);
    }
}

#[test]
fn a_crash_tells_the_exit_code_and_too_little_memory_the_value_to_raise() {
    let found = found(include_str!("recorded/crashing.json"));
    assert_eq!(
        found[0].reason,
        "it ended with exit code 2, again and again (3 restarts)"
    );
    assert_eq!(
        found[1].reason,
        "it used more memory than it may and was killed, again and again (3 restarts)"
    );
    assert!(
        found[1]
            .remedy
            .contains("--set frontend.resources.limits.memory=")
    );
    // What runs for a moment between two crashes says nothing about the crash.
    assert!(
        found
            .iter()
            .all(|trouble| trouble.log == Some(Log::Previous))
    );
}

#[test]
fn a_pod_that_is_not_ready_is_asked_where_its_probe_asks() {
    let found = found(include_str!("recorded/not-ready.json"));
    assert_eq!(found.len(), 1);
    let question = found[0].question.as_ref().unwrap();
    assert_eq!((question.port, question.path.as_str()), (8000, "/ready"));
    assert!(!found[0].hopeless, "it may become ready by itself");
    let objects = recorded(include_str!("recorded/not-ready.json"));
    assert_eq!(
        trouble::slow(&objects, RELEASE),
        ["backend: runs, not ready"]
    );
}

#[test]
fn a_pod_without_a_node_says_what_the_scheduler_says() {
    let found = found(include_str!("recorded/unschedulable.json"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .reason
            .contains("0/1 nodes are available: 1 Insufficient cpu"),
        "{}",
        found[0].reason
    );
    assert!(found[0].remedy.contains("minikube start --cpus=4"));
}

#[test]
fn pods_that_were_never_made_are_explained_by_the_one_who_should_have_made_them() {
    let found = found(include_str!("recorded/refused.json"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].object, "deployment todo-chatbot-backend");
    assert!(
        found[0].reason.contains("violates PodSecurity"),
        "{}",
        found[0].reason
    );
    assert!(found[0].hopeless);
}

#[test]
fn other_releases_and_pods_that_are_ending_are_left_alone() {
    let text = include_str!("recorded/image.json");
    assert_eq!(trouble::find(&recorded(text), "another"), []);
    let mut objects = recorded(text);
    for object in objects["items"].as_array_mut().unwrap() {
        object["metadata"]["deletionTimestamp"] = "2026-11-21T09:00:00Z".into();
    }
    assert_eq!(trouble::slow(&objects, RELEASE), Vec::<String>::new());
}

#[test]
fn a_report_shows_pod_reason_last_lines_and_what_to_do_about_the_cause_in_them() {
    let trouble = found(include_str!("recorded/migration.json")).remove(0);
    let report = Report {
        trouble,
        log: "todo-backend: the database cannot be reached: SASL authentication failed\n".into(),
        answer: None,
    };
    assert_eq!(
        report.text(),
        "pod todo-chatbot-migrate-6bxcl (container backend), and 1 more like it: the migration failed (exit code 1)\n  \
         | todo-backend: the database cannot be reached: SASL authentication failed\n  \
         what to do: the database refuses the user or password in DATABASE_URL: correct them"
    );
}

#[test]
fn a_report_shows_what_a_pod_answers_that_is_not_ready() {
    let trouble = found(include_str!("recorded/not-ready.json")).remove(0);
    let report = Report {
        trouble,
        log: String::new(),
        answer: Some("503 {\"checks\":{\"auth_keys\":\"not fetched yet\"}}".into()),
    };
    let text = report.text();
    assert!(text.contains("  it answers: 503 {"), "{text}");
    assert!(text.contains("  what to do: "), "{text}");
}

#[test]
fn a_refused_model_key_is_found_in_the_backends_log() {
    let log = "{\"level\":\"WARN\",\"message\":\"a chat turn did not come to its end\",\"failure\":\"model_unauthorized\"}\n{\"message\":\"request\",\"status\":200}";
    assert!(model(log).unwrap().contains("OPENAI_API_KEY"));
    assert_eq!(model("{\"message\":\"request\",\"status\":200}"), None);
}
