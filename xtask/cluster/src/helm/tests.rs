//! What Helm is told, and what it answers.

use super::*;

#[test]
fn each_major_version_of_helm_is_told_what_it_understands() {
    assert_eq!(major("v3.22.0"), Some(3));
    assert_eq!(major("v4.3.1\n"), Some(4));
    assert_eq!(major("nonsense"), None);
    let flags = upgrade_flags(3);
    assert!(flags.contains(&"--wait") && flags.contains(&"--install"));
    assert!(!flags.iter().any(|flag| flag.contains("server-side")));
    assert!(upgrade_flags(4).contains(&"--force-conflicts"));
}

#[test]
fn the_way_back_leads_past_revisions_that_failed_to_the_newest_that_was_good() {
    let of = |statuses: &[&str]| {
        let history: Vec<String> = (1..)
            .zip(statuses)
            .map(|(number, status)| format!(r#"{{"revision":{number},"status":"{status}"}}"#))
            .collect();
        let history = format!("[{}]", history.join(","));
        let revisions: Vec<Revision> = serde_json::from_str(&history).unwrap();
        last_good(&revisions)
    };
    assert_eq!(of(&["superseded", "deployed", "failed", "failed"]), Some(2));
    assert_eq!(of(&["superseded", "superseded", "failed"]), Some(2));
    assert_eq!(of(&["failed", "pending-upgrade"]), None);
}

#[test]
fn a_revision_is_read_from_helms_history() {
    let history = r#"[{"revision":4,"updated":"2026-11-21T09:03:40Z","status":"pending-upgrade","chart":"todo-chatbot-0.1.0","app_version":"0.1.0","description":"Preparing upgrade"}]"#;
    let revisions: Vec<Revision> = serde_json::from_str(history).unwrap();
    assert_eq!((revisions[0].number, revisions[0].is_pending()), (4, true));
}
