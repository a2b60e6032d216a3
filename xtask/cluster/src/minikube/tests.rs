//! What Minikube prints.

use super::*;

#[test]
fn what_minikube_says_is_understood_also_behind_its_notices() {
    let status = r#"{"Name":"minikube","Host":"Running","Kubelet":"Running","APIServer":"Running","Kubeconfig":"Configured","Worker":false}"#;
    assert!(is_running(status));
    assert!(is_running(&format!("[{status}]")));
    assert!(!is_running(&status.replace(
        "\"APIServer\":\"Running\"",
        "\"APIServer\":\"Stopped\""
    )));
    assert!(!is_running("* Profile \"minikube\" not found."));
    assert_eq!(ingress_addon(r#"{"ingress":{},"traefik":{}}"#), "traefik");
    assert_eq!(ingress_addon(r#"{"ingress":{}}"#), "ingress");
    let profiles = r#"{"invalid":[],"valid":[{"Name":"minikube","Config":{"Driver":"docker"}}]}
* A newer minikube is out!"#;
    assert_eq!(driver(profiles, "minikube").as_deref(), Some("docker"));
    assert_eq!(driver(profiles, "other"), None);
}
