//! What is said about pods that are not well, from what `kubectl get` once printed about such pods.

use k8s_openapi::{
    api::batch::v1::JobCondition, apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp,
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Finding, Objects, find, slow, staying};
use crate::report::text;

const RELEASE: &str = "todo-chatbot";

fn recorded(text: &str) -> Objects {
    let list: Value = serde_json::from_str(text).unwrap();
    let items = list["items"].as_array().unwrap();
    Objects {
        pods: of_kind(items, "Pod"),
        deployments: of_kind(items, "Deployment"),
        jobs: of_kind(items, "Job"),
    }
}

fn of_kind<K: DeserializeOwned>(items: &[Value], kind: &str) -> Vec<K> {
    let items = items.iter().filter(|item| item["kind"] == kind);
    items
        .map(|item| serde_json::from_value(item.clone()).unwrap())
        .collect()
}

fn is_of_previous(finding: &Finding) -> bool {
    let log = finding.log.as_ref();
    log.is_some_and(|log| log.iter().any(|it| it == "--previous"))
}

fn found(text: &str) -> Vec<Finding> {
    find(&recorded(text), RELEASE)
}

#[test]
fn nothing_is_said_about_pods_that_are_well() {
    let objects = recorded(include_str!("../../tests/recorded/well.json"));
    assert!(staying(&objects.pods, RELEASE).count() > 2);
    assert_eq!(find(&objects, RELEASE), []);
    assert_eq!(slow(&objects.pods, RELEASE), Vec::<String>::new());
}

#[test]
fn a_migration_that_failed_twice_is_reported_once_with_each_container_and_its_log() {
    let found = found(include_str!("../../tests/recorded/migration.json"));
    let headlines: Vec<String> = found.iter().map(Finding::headline).collect();
    assert_eq!(
        headlines,
        [
            "pod todo-chatbot-migrate-6bxcl (container backend), and 1 more like it: it ended with exit code 1 (Error)",
            "pod todo-chatbot-migrate-6bxcl (container frontend), and 1 more like it: it ended with exit code 1 (Error)",
        ]
    );
    assert!(
        found
            .iter()
            .all(|finding| finding.migration && !is_of_previous(finding))
    );
}

#[test]
fn a_failed_try_is_forgiven_when_the_job_succeeded_after_it() {
    let mut objects = recorded(include_str!("../../tests/recorded/migration.json"));
    for job in &mut objects.jobs {
        job.status.get_or_insert_default().conditions = Some(vec![JobCondition {
            type_: "Complete".into(),
            status: "True".into(),
            ..JobCondition::default()
        }]);
    }
    assert_eq!(find(&objects, RELEASE), []);
}

#[test]
fn an_image_that_is_not_there_is_named_with_what_brings_it() {
    let found = found(include_str!("../../tests/recorded/image.json"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .reason
            .contains("image \"todo-backend:nope\" is not present"),
        "{}",
        found[0].reason
    );
    assert!(found[0].remedy.contains("minikube image load"));
}

#[test]
fn a_missing_key_of_a_secret_is_named_for_each_part_that_needs_it() {
    let found = found(include_str!("../../tests/recorded/missing-key.json"));
    let parts: Vec<&str> = found
        .iter()
        .map(|finding| finding.object.as_str())
        .collect();
    assert_eq!(
        parts,
        [
            "pod todo-chatbot-backend-7f94b58f84-npnnd (container backend)",
            "pod todo-chatbot-mcp-789b5c8bcb-q7kmg (container mcp)"
        ]
    );
    for finding in found {
        assert!(
            finding
                .reason
                .contains("couldn't find key MCP_API_KEY in Secret mk-fail/own"),
            "{}",
            finding.reason
        );
        assert!(finding.remedy.contains("secrets.keys"));
    }
}

#[test]
fn a_crash_tells_the_exit_code_and_too_little_memory_the_value_to_raise() {
    let found = found(include_str!("../../tests/recorded/crashing.json"));
    assert_eq!(
        found[0].reason,
        "it ended with exit code 2 (Error), again and again (3 restarts)"
    );
    assert_eq!(
        found[1].reason,
        "it ended with exit code 137 (OOMKilled), again and again (3 restarts)"
    );
    assert!(
        found[1]
            .remedy
            .contains("--set frontend.resources.limits.memory=")
    );
    // What runs for a moment between two crashes says nothing about the crash.
    assert!(found.iter().all(is_of_previous));
}

#[test]
fn a_pod_that_is_not_ready_shows_what_it_logs() {
    let found = found(include_str!("../../tests/recorded/not-ready.json"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].reason, "it runs, but does not call itself ready");
    assert!(found[0].log.is_some() && !is_of_previous(&found[0]));
    let objects = recorded(include_str!("../../tests/recorded/not-ready.json"));
    assert_eq!(
        slow(&objects.pods, RELEASE),
        ["backend: Running, not ready"]
    );
}

#[test]
fn a_pod_without_a_node_says_what_the_scheduler_says() {
    let found = found(include_str!("../../tests/recorded/unschedulable.json"));
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
    let found = found(include_str!("../../tests/recorded/refused.json"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].object, "deployment todo-chatbot-backend");
    assert!(
        found[0].reason.contains("violates PodSecurity"),
        "{}",
        found[0].reason
    );
}

#[test]
fn other_releases_and_pods_that_are_ending_are_left_alone() {
    let text = include_str!("../../tests/recorded/image.json");
    assert_eq!(find(&recorded(text), "another"), []);
    let mut objects = recorded(text);
    for pod in &mut objects.pods {
        pod.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
    }
    assert_eq!(slow(&objects.pods, RELEASE), Vec::<String>::new());
}

#[test]
fn a_report_shows_pod_reason_last_lines_and_what_to_do_about_the_cause_in_them() {
    let finding = found(include_str!("../../tests/recorded/migration.json")).remove(0);
    let log = "todo-backend: the database cannot be reached: SASL authentication failed\n";
    assert_eq!(
        text(&finding, log),
        "pod todo-chatbot-migrate-6bxcl (container backend), and 1 more like it: it ended with exit code 1 (Error)\n  \
         | todo-backend: the database cannot be reached: SASL authentication failed\n  \
         what to do: the database refuses the user or password in DATABASE_URL: correct them"
    );
}
