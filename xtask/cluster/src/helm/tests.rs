//! What Helm answers.

use super::*;

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
