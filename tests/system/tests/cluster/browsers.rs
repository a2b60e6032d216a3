//! The real browser, through the Ingress with TLS and through the node's port without.

use std::net::SocketAddr;

use anyhow::ensure;
use k8s_openapi::api::networking::v1::Ingress;
use kube::{Api, api::ListParams};
use serde_json::json;
use system_tests::{
    browser::Door,
    cluster::Place,
    database::Database,
    node_ports::{self, NodePorts},
    person::Person,
    release::Release,
    runner::{Group, Steps, Turn},
    scenario,
    site::Site,
};

/// The name that everybody types.
const HOST: &str = "todo.local";

pub struct Open {
    place: Place,
    release: Release,
    _ports: NodePorts,
}

pub fn group() -> Group<Open> {
    Group {
        name: "browsers",
        turn: Turn::Shared,
        set_up,
        scenarios: vec![
            scenario!(
                240,
                "the whole path in the browser at https://todo.local",
                ingress
            ),
            scenario!(
                60,
                "who signed up at the Ingress signs in at the node's port and finds the tasks",
                both
            ),
            scenario!(
                300,
                "without any Ingress and TLS, the whole path in the browser at http://NODE:30080",
                node_port
            ),
        ],
    }
}

fn set_up(place: Place) -> Steps<'static, Open> {
    Box::pin(async move {
        let ports = NodePorts::take(&place.client).await?;
        ensure!(
            !host_is_taken(&place).await?,
            "an Ingress of this cluster has the host {HOST} already: uninstall that release first"
        );
        let namespace = place.namespace("").await?;
        let database = Database::deploy(&place, &namespace).await?;
        let values = json!({
            "secrets": {"databaseUrl": database.url("todo")},
            "ingress": {"host": HOST},
            "frontend": {"service": {"nodePort": node_ports::FRONTEND}},
            "offlineModel": {"enabled": true},
        });
        let release = Release::prepare(&place, &namespace, values)?;
        release.install(&[]).await?;
        Ok(Open {
            place,
            release,
            _ports: ports,
        })
    })
}

async fn ingress(open: &mut Open) -> anyhow::Result<()> {
    let certificate = tempfile::NamedTempFile::new()?;
    tokio::fs::write(
        certificate.path(),
        open.release.certificate("tls.crt").await?,
    )
    .await?;
    let door = Door {
        origin: "https://todo.local",
        address: open.place.settings.node,
        certificate: Some(certificate.path()),
    };
    door.whole_path(&open.place).await?;
    Ok(())
}

async fn node_port(open: &mut Open) -> anyhow::Result<()> {
    let without = ["--reuse-values", "--set", "ingress.enabled=false"];
    open.release.upgrade(&without).await?;
    let address = SocketAddr::new(open.place.settings.node, node_ports::FRONTEND);
    let origin = format!("http://{address}");
    Door::to(&origin, address).whole_path(&open.place).await?;
    Ok(())
}

async fn both(open: &mut Open) -> anyhow::Result<()> {
    let robin = Person::sign_up(&open.release.site().await?).await?;
    robin.add("Written at the Ingress").await?;
    let node = SocketAddr::new(open.place.settings.node, node_ports::FRONTEND);
    let robin = robin
        .sign_in(&Site::plain(&format!("http://{node}"))?)
        .await?;
    let titles = robin.titles().await?;
    ensure!(titles == ["Written at the Ingress"], "{titles:?}");
    let answer = robin.say("what is open?", None).await?;
    ensure!(
        answer.to_string().contains("Written at the Ingress"),
        "{answer}"
    );
    Ok(())
}

async fn host_is_taken(place: &Place) -> anyhow::Result<bool> {
    let all = Api::<Ingress>::all(place.client.clone());
    let all = all.list(&ListParams::default()).await?;
    let rules = all
        .items
        .into_iter()
        .filter_map(|it| it.spec?.rules)
        .flatten();
    Ok(rules
        .into_iter()
        .any(|rule| rule.host.as_deref() == Some(HOST)))
}
