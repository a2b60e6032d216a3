//! Where people open the application on Minikube.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Exposure, hosts_line};

fn parsed<K: DeserializeOwned>(objects: &[Value]) -> Vec<K> {
    let parsed = objects
        .iter()
        .map(|object| serde_json::from_value(object.clone()).unwrap());
    parsed.collect()
}

#[test]
fn the_address_follows_from_how_the_frontend_is_exposed() {
    let service = |spec: Value| {
        json!({"kind": "Service", "metadata": {
            "name": "todo-chatbot-frontend",
            "labels": {"app.kubernetes.io/component": "frontend"},
        }, "spec": {"ports": [spec]}})
    };
    let ingress = json!({"kind": "Ingress", "spec": {
        "rules": [{"host": "todo.local"}],
        "tls": [{"hosts": ["todo.local"], "secretName": "todo-chatbot-tls"}],
    }});
    let url = |ingresses: &[Value], service: Value| {
        let node = "192.168.49.2".parse().unwrap();
        let exposure = Exposure::of(&parsed(ingresses), &parsed(&[service]), node);
        exposure.unwrap().url
    };
    let node_port = service(json!({"port": 3000, "nodePort": 30080}));
    assert_eq!(url(&[ingress], node_port.clone()), "https://todo.local");
    assert_eq!(url(&[], node_port), "http://192.168.49.2:30080");
    assert_eq!(
        url(&[], service(json!({"port": 3000}))),
        "http://localhost:3000"
    );
    assert_eq!(Exposure::of(&[], &[], "::1".parse().unwrap()), None);
}

#[test]
fn a_line_for_the_hosts_file_is_asked_for_only_where_it_is_missing() {
    let local = "127.0.0.1".parse().unwrap();
    assert_eq!(hosts_line("localhost", local), None);
    assert_eq!(
        hosts_line("todo.invalid", local).as_deref(),
        Some("127.0.0.1 todo.invalid")
    );
}
