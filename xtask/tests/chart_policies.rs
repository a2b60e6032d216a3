//! Excuses for what the policy linter finds, and the smaller readings of the chart's files.

use serde_json::json;
use xtask::check::{
    chart::lowest_kubernetes,
    helm::major,
    policies::{Finding, excuses, found, idle, matches, unexcused},
    shapes::api_versions,
};

fn finding(check: &str, object: &str) -> Finding {
    Finding {
        check: check.to_owned(),
        object: object.to_owned(),
        says: String::new(),
    }
}

#[test]
fn a_finding_needs_an_excuse_for_its_check_and_its_object() {
    let excuses = excuses(
        "- {check: service-type, objects: [Service/*-frontend], reason: The way in without an Ingress.}",
    )
    .unwrap();
    let findings = [
        finding("service-type", "Service/todo-frontend"),
        finding("service-type", "Service/todo-mcp"),
        finding("other", "Service/todo-frontend"),
    ];
    assert_eq!(unexcused(&findings, &excuses), findings[1..]);
}

#[test]
fn an_excuse_that_excuses_nothing_any_more_is_found_pattern_by_pattern() {
    let excuses = excuses("- {check: a, objects: [Job/*, Pod/*], reason: Because.}").unwrap();
    let idle_after = |findings: &[Finding]| idle(findings, &excuses).len();
    assert_eq!(
        idle_after(&[finding("a", "Job/x"), finding("a", "Pod/x")]),
        0
    );
    assert_eq!(idle_after(&[finding("a", "Job/x")]), 1);
    assert_eq!(idle_after(&[]), 1);
}

#[test]
fn an_excuse_without_a_reason_is_none() {
    for text in [
        "- {check: a, objects: [x]}",
        "- {check: a, objects: [x], reason: ' '}",
        "- {check: a, reason: Because.}",
        "- {objects: [x], reason: Because.}",
    ] {
        assert!(excuses(text).is_err(), "{text}");
    }
}

#[test]
fn a_star_stands_for_anything() {
    for (pattern, text) in [
        ("Pod/*", "Pod/a"),
        ("*", ""),
        ("Pod/*-test-*", "Pod/todo-test-mcp"),
        ("Pod/a", "Pod/a"),
        ("*-acme", "NetworkPolicy/x-acme"),
    ] {
        assert!(matches(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in [
        ("Pod/*", "Job/a"),
        ("Pod/a", "Pod/ab"),
        ("*-acme", "x-acme-y"),
    ] {
        assert!(!matches(pattern, text), "{pattern} {text}");
    }
}

#[test]
fn what_was_skipped_or_found_perfect_is_no_finding() {
    let report = json!([{
        "type_meta": {"kind": "Pod"},
        "object_meta": {"name": "a"},
        "checks": [
            {"check": {"id": "fine"}, "grade": 10, "skipped": false, "comments": null},
            {"check": {"id": "left-out"}, "grade": 1, "skipped": true, "comments": null},
            {"check": {"id": "bad"}, "grade": 5, "skipped": false,
             "comments": [{"path": "x", "summary": "too much"}]}
        ]
    }]);
    let all = found(&report);
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].check.as_str(), all[0].object.as_str()),
        ("bad", "Pod/a")
    );
    assert_eq!(all[0].says, "x too much");
}

#[test]
fn a_helm_is_known_by_its_first_digit() {
    assert_eq!(major("v4.3.1+g1234\n"), Some(4));
    assert_eq!(major("v3.22.0"), Some(3));
    assert_eq!(major("WARNING: old"), None);
}

#[test]
fn the_chart_says_the_lowest_kubernetes() {
    let chart = "name: x\nkubeVersion: \">=1.30.0-0\"\n";
    assert_eq!(lowest_kubernetes(chart).as_deref(), Some("1.30"));
    assert_eq!(lowest_kubernetes("name: x\n"), None);
}

#[test]
fn a_values_file_says_what_the_cluster_must_offer() {
    let text = "# A shape.\n# api-versions: cert-manager.io/v1 monitoring.coreos.com/v1\na: b\n";
    assert_eq!(
        api_versions(text),
        ["cert-manager.io/v1", "monitoring.coreos.com/v1"]
    );
    assert_eq!(api_versions("a: b"), Vec::<String>::new());
}
