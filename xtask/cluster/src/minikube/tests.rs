//! What Minikube prints.

use super::is_container;

#[test]
fn a_profiles_driver_is_read_also_before_a_notice() {
    let profiles = r#"{"invalid":[],"valid":[{"Name":"minikube","Config":{"Driver":"docker"}},{"Name":"other","Config":{"Driver":"vfkit"}}]}
* A newer minikube is out!"#;
    assert!(is_container(profiles, "minikube"));
    assert!(!is_container(profiles, "other"));
    assert!(!is_container(profiles, "unknown"));
    assert!(!is_container("* Nothing here", "minikube"));
}
