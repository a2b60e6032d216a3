//! Where people open the application, and what their machine must know for it.

use std::{
    fs,
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use cluster::pods::{component, name};
use k8s_openapi::api::{
    core::v1::{Secret, Service},
    networking::v1::Ingress,
};
use xtask::{interruption, terminal};

use crate::{
    kubectl::text,
    minikube::{SEE_PODS, until},
    release::Release,
};

const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const API_SERVER: u16 = 8443;
const CONTROLLER_LIMIT: Duration = Duration::from_mins(1);

/// How the frontend is exposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposure {
    /// What people type.
    pub url: String,
    /// The host of its Ingress, where it has one.
    pub host: Option<String>,
    /// The Secret with the certificate, where it is HTTPS.
    pub certificate: Option<String>,
    /// Where it is reached only inside the cluster: the Service and its port.
    inside: Option<(String, i32)>,
}

impl Exposure {
    /// That of a release, if it has a frontend.
    pub fn find(release: &Release<'_>) -> anyhow::Result<Option<Self>> {
        let labels = release.labels();
        let (ingresses, services) = (release.list(&labels)?, release.list(&labels)?);
        Ok(Self::of(&ingresses, &services, release.ip()?))
    }

    fn of(ingresses: &[Ingress], services: &[Service], node: IpAddr) -> Option<Self> {
        let by_ingress = ingresses.iter().find_map(|ingress| {
            let spec = ingress.spec.as_ref()?;
            let host = spec.rules.as_ref()?.first()?.host.clone()?;
            let tls = spec.tls.iter().flatten().next();
            let certificate = tls.and_then(|tls| tls.secret_name.clone());
            let scheme = if certificate.is_some() {
                "https"
            } else {
                "http"
            };
            Some(Self {
                url: format!("{scheme}://{host}"),
                host: Some(host),
                certificate,
                inside: None,
            })
        });
        by_ingress.or_else(|| {
            let mut services = services.iter();
            let service = services.find(|service| component(*service) == "frontend")?;
            let port = service.spec.as_ref()?.ports.as_ref()?.first()?;
            let inside = Some((name(service).to_owned(), port.port));
            Some(match port.node_port {
                Some(port) => Self {
                    url: format!("http://{node}:{port}"),
                    ..Self::default()
                },
                None => Self {
                    url: "http://localhost:3000".into(),
                    inside,
                    ..Self::default()
                },
            })
        })
    }

    /// What has to be done once on this machine, or to run meanwhile, for the way to lead there.
    pub fn to_do(&self, release: &Release<'_>) -> anyhow::Result<Vec<String>> {
        // Docker Desktop hides its containers' addresses.
        let (node, flag) = (release.ip()?, release.flag());
        let (namespace, tunnel) = (release.namespace, !answers(node, API_SERVER));
        if let Some((service, port)) = &self.inside {
            return Ok(vec![format!(
                "leave this running: kubectl --context {} --namespace {namespace} port-forward service/{service} 3000:{port}",
                release.profile
            )]);
        }
        let Some(host) = &self.host else {
            let way = format!(
                "the node is hidden here; this opens a way to it: minikube service --namespace {namespace} --url {}-frontend{flag}",
                release.name
            );
            return Ok(tunnel.then_some(way).into_iter().collect());
        };
        let mut lines = Vec::new();
        let mut reached = node;
        if tunnel {
            reached = IpAddr::from([127, 0, 0, 1]);
            lines.push(format!(
                "leave this running in another terminal: minikube tunnel{flag}"
            ));
        } else {
            wait_for_controller(node, if self.certificate.is_some() { 443 } else { 80 })?;
        }
        if let Some(line) = hosts_line(host, reached) {
            lines.push(format!("add this line to {}: {line}", hosts_file()));
        }
        if let Some(secret) = &self.certificate {
            lines.extend(trust(release, host, secret)?);
        }
        Ok(lines)
    }
}

/// The line that is missing in the hosts file, if the name does not lead to this address yet. This machine's own address
/// is as good as the node's where the node is this machine.
fn hosts_line(host: &str, address: IpAddr) -> Option<String> {
    let leads_there =
        |found: IpAddr| found == address || (found.is_loopback() && address.is_loopback());
    let known = (host, 443_u16)
        .to_socket_addrs()
        .is_ok_and(|mut found| found.any(|found| leads_there(found.ip())));
    (!known).then(|| format!("{address} {host}"))
}

/// Whether something listens at the address.
pub fn answers(address: IpAddr, port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::new(address, port), CONNECT_LIMIT).is_ok()
}

/// The controller of an addon that was enabled a moment ago may still be starting; one that takes longer is worth a note.
pub fn wait_for_controller(address: IpAddr, port: u16) -> anyhow::Result<()> {
    let waited = until(
        "Waiting for the Ingress controller",
        CONTROLLER_LIMIT,
        || {
            let answers = answers(address, port);
            ensure!(
                answers,
                "nothing answers at {address}:{port} yet: {SEE_PODS}"
            );
            Ok(())
        },
    );
    interruption::check()?;
    if let Err(late) = waited {
        println!("{} {late}", terminal::bold("note:"));
    }
    Ok(())
}

/// The file in which this system keeps names of hosts.
fn hosts_file() -> &'static str {
    if cfg!(windows) {
        r"C:\Windows\System32\drivers\etc\hosts"
    } else {
        "/etc/hosts"
    }
}

/// How this system's browsers come to trust the certificate in a Secret, when it was made in the cluster; what has to be
/// trusted is written into a file.
fn trust(release: &Release<'_>, host: &str, secret: &str) -> anyhow::Result<Option<String>> {
    let secret = release.find::<Secret>(secret)?;
    let Some(authority) = secret.and_then(|secret| text(&secret, "ca.crt")) else {
        return Ok(None);
    };
    let folder = release.workspace.data()?.join("certificates");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{host}.crt"));
    fs::write(&file, authority).with_context(|| format!("cannot write {}", file.display()))?;
    let file = file.display();
    Ok(Some(if cfg!(windows) {
        format!("to trust the certificate: certutil -addstore -f ROOT {file}")
    } else if cfg!(target_os = "macos") {
        format!(
            "to trust the certificate: sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {file}"
        )
    } else {
        format!(
            "to trust the certificate: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {host} -i {file}"
        )
    }))
}

#[cfg(test)]
mod tests;
