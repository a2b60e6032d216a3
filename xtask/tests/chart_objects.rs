//! What is found in rendered objects.

use serde_json::Value;
use xtask::check::{
    manifests::{Object, differences, objects},
    promises::{amount, broken},
    rolling::unexpected,
};

const POD: &str = r#"---
# Source: todo-chatbot/templates/backend/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: todo-backend}
spec:
  strategy: {rollingUpdate: {maxUnavailable: 0}}
  template:
    metadata: {annotations: {checksum/secret: abc}}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 45
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: backend
          livenessProbe: {httpGet: {path: /health}}
          env:
            - {name: DRAIN_DELAY, value: "5"}
            - {name: URL, valueFrom: {secretKeyRef: {name: secrets, key: DATABASE_URL}}}
          resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {cpu: 500m, memory: 512Mi}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
---
"#;

const SECRET: &str = r"---
apiVersion: v1
kind: Secret
metadata: {name: secrets}
data: {DATABASE_URL: cG9zdGdyZXM6Ly9odXNo, MCP_API_KEY: b25l}
";

#[expect(clippy::unwrap_used, reason = "the texts are this file's own")]
fn of(text: &str) -> Vec<Object> {
    objects(text).unwrap()
}

/// What is found after a change to a Deployment that keeps every promise.
fn found(from: &str, to: &str) -> Vec<String> {
    assert!(POD.contains(from), "{from}");
    broken(&of(&POD.replace(from, to)))
}

#[test]
fn documents_are_told_apart_and_comments_are_none() {
    let all = of(&format!("{POD}# only a comment\n---\n{SECRET}"));
    let ids: Vec<String> = all.iter().map(Object::id).collect();
    assert_eq!(ids, ["Deployment/todo-backend", "Secret/secrets"]);
}

#[test]
fn a_deployment_that_keeps_every_promise_is_left_alone() {
    assert_eq!(broken(&of(POD)), Vec::<String>::new());
}

#[test]
fn each_broken_promise_is_found() {
    for (from, to, sign) in [
        ("runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"),
        ("RuntimeDefault", "Unconfined", "seccompProfile"),
        (
            "automountServiceAccountToken: false",
            "x: y",
            "automountServiceAccountToken",
        ),
        (
            "enableServiceLinks: false",
            "hostNetwork: true",
            "hostNetwork",
        ),
        (
            "allowPrivilegeEscalation: false",
            "x: y",
            "allowPrivilegeEscalation",
        ),
        (
            "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: false",
            "readOnlyRootFilesystem",
        ),
        ("drop: [ALL]", "drop: [NET_RAW]", "capabilities"),
        (
            "cpu: 500m",
            "cpu: 501m",
            "resources.limits.cpu is more than 500",
        ),
        (
            "memory: 16Mi",
            "x: y",
            "resources.requests.memory is not given",
        ),
        ("{name: URL, ", "{name: DRAIN_DELAY, ", "DRAIN_DELAY twice"),
        ("path: /health", "path: /ready", "livenessProbe"),
        (
            "terminationGracePeriodSeconds: 45",
            "terminationGracePeriodSeconds: 5",
            "drain",
        ),
        ("maxUnavailable: 0", "maxUnavailable: 1", "maxUnavailable"),
        (
            "name: todo-backend",
            "name: a-name-that-no-service-could-ever-have-as-it-is-far-too-long-for-dns",
            "63",
        ),
    ] {
        let found = found(from, to);
        assert!(
            found.iter().any(|sentence| sentence.contains(sign)),
            "{to}: {found:?}"
        );
    }
}

#[test]
fn promises_hold_for_containers_before_the_pod_and_for_bare_pods() {
    let found = found("      containers:\n", "      initContainers:\n");
    assert_eq!(found, Vec::<String>::new());
    let text = POD.replace("      containers:\n", "      initContainers:\n");
    let found = broken(&of(&text.replace("drop: [ALL]", "drop: []")));
    assert_eq!(found.len(), 1, "{found:?}");
    let bare = "kind: Pod\nmetadata: {name: test}\nspec: {containers: [{name: a}]}";
    assert!(broken(&of(bare)).len() > 5);
}

#[test]
fn a_secret_that_is_told_elsewhere_is_found() {
    let told = "kind: ConfigMap\nmetadata: {name: settings}\ndata: {url: 'postgres://hush'}\n";
    let found = broken(&of(&format!("{SECRET}---\n{told}")));
    assert_eq!(
        found,
        ["ConfigMap/settings tells the DATABASE_URL of Secret/secrets"]
    );
}

#[test]
fn a_budget_for_a_single_pod_is_found() {
    let budget = "kind: PodDisruptionBudget\nmetadata: {name: todo-backend}\n";
    let one = format!("{POD}{budget}");
    assert_eq!(broken(&of(&one)).len(), 1);
    let two = one.replace("spec:\n  strategy", "spec:\n  replicas: 2\n  strategy");
    assert_eq!(broken(&of(&two)), Vec::<String>::new());
    let scaler = "---\nkind: HorizontalPodAutoscaler\nmetadata: {name: todo-backend}\nspec: {maxReplicas: 3}\n";
    assert_eq!(broken(&of(&format!("{one}{scaler}"))), Vec::<String>::new());
}

#[test]
fn quantities_are_compared_in_one_unit() {
    assert_eq!(amount("250m"), Some(250));
    assert_eq!(amount("1"), Some(1000));
    assert_eq!(amount("512Mi"), Some(512));
    assert_eq!(amount("1Gi"), Some(1024));
    assert_eq!(amount("much"), None);
}

#[test]
fn two_renders_may_differ_in_what_was_made_up_and_in_nothing_else() {
    let one = format!("{POD}{SECRET}");
    let made_up = one
        .replace("b25l", "dHdv")
        .replace("checksum/secret: abc", "checksum/secret: def");
    assert_eq!(differences(&of(&one), &of(&made_up)), Vec::<String>::new());

    let other = one.replace("cG9zdGdyZXM6Ly9odXNo", "dHdv");
    assert_eq!(
        differences(&of(&one), &of(&other)),
        ["Secret/secrets differs at /data/DATABASE_URL"]
    );
    assert_eq!(
        differences(&of(&one), &of(SECRET)),
        ["Deployment/todo-backend is only in one"]
    );
}

#[test]
fn pods_must_be_replaced_when_what_they_read_changes_and_only_then() {
    let before = format!("{POD}{SECRET}");
    let changed = before.replace("cG9zdGdyZXM6Ly9odXNo", "dHdv");
    let replaced = changed.replace("checksum/secret: abc", "checksum/secret: def");
    let check = |after: &str| unexpected("databaseUrl", &of(&before), &of(after));
    assert_eq!(check(&replaced), Vec::<String>::new());
    assert!(check(&changed)[0].contains("keeps its old pods"));
    assert!(check(&before)[0].contains("does not reach the Secret"));

    let unread = before
        .replace("b25l", "dHdv")
        .replace("checksum/secret: abc", "checksum/secret: def");
    let found = unexpected("mcpApiKey", &of(&before), &of(&unread));
    assert!(found[0].contains("gets new pods"), "{found:?}");
}

#[test]
fn numbers_stay_numbers() {
    let all = of("kind: Job\nmetadata: {name: a}\nspec: {backoffLimit: 0}");
    assert_eq!(
        all[0].value.pointer("/spec/backoffLimit"),
        Some(&Value::from(0))
    );
}
