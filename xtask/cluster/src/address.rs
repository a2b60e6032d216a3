//! Where people open the application, and what their machine must know for it.

use std::{
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::ensure;
use cluster::pods::{component, name};
use k8s_openapi::api::{core::v1::Service, networking::v1::Ingress};
use xtask::{
    interruption::{self, Interrupted},
    terminal,
};

use crate::release::Release;

const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const CONTROLLER_LIMIT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(500);

/// How the frontend is exposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    Ingress {
        /// The host that people type.
        host: String,
        /// The Secret with the certificate, when it is HTTPS.
        certificate: Option<String>,
    },
    /// By a port of the node.
    NodePort(i32),
    /// Only inside the cluster, by this Service and port.
    Inside(String, i32),
}

impl Exposure {
    /// That of a release, if it has a frontend.
    pub fn find(release: &Release<'_>) -> anyhow::Result<Option<Self>> {
        let (kubectl, labels) = (&release.kubectl, release.labels());
        Ok(Self::of(&kubectl.list(&labels)?, &kubectl.list(&labels)?))
    }

    fn of(ingresses: &[Ingress], services: &[Service]) -> Option<Self> {
        let exposed = ingresses.iter().find_map(|ingress| {
            let spec = ingress.spec.as_ref()?;
            let tls = spec.tls.iter().flatten().next();
            Some(Self::Ingress {
                host: spec.rules.as_ref()?.first()?.host.clone()?,
                certificate: tls.and_then(|tls| tls.secret_name.clone()),
            })
        });
        if exposed.is_some() {
            return exposed;
        }
        let mut services = services.iter();
        let service = services.find(|service| component(*service) == "frontend")?;
        let port = service.spec.as_ref()?.ports.as_ref()?.first()?;
        Some(match port.node_port {
            Some(node_port) => Self::NodePort(node_port),
            None => Self::Inside(name(service).to_owned(), port.port),
        })
    }

    /// What people type, with the node at this address.
    pub fn url(&self, node: &str) -> String {
        match self {
            Self::Ingress {
                host,
                certificate: Some(_),
            } => format!("https://{host}"),
            Self::Ingress { host, .. } => format!("http://{host}"),
            Self::NodePort(port) => format!("http://{node}:{port}"),
            Self::Inside(..) => "http://localhost:3000".into(),
        }
    }
}

/// The line that is missing in the hosts file, if the name does not lead to this address yet. This machine's own address
/// is as good as the node's where the node is this machine.
pub fn hosts_line(host: &str, address: IpAddr) -> Option<String> {
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

/// The controller of an addon that was enabled a moment ago may still be starting.
pub fn wait_for_controller(address: IpAddr, port: u16) -> anyhow::Result<()> {
    let started = Instant::now();
    let waited = terminal::step("Waiting for the Ingress controller", |step| {
        while !answers(address, port) {
            interruption::check()?;
            ensure!(
                started.elapsed() < CONTROLLER_LIMIT,
                "nothing answers at {address}:{port} yet: see `kubectl get pods --all-namespaces` for the Ingress controller"
            );
            step.tick(|| format!("{address}:{port}"));
            thread::sleep(POLL);
        }
        Ok(())
    });
    match waited {
        Err(error) if !error.is::<Interrupted>() => {
            println!("{} {error}", terminal::bold("note:"));
            Ok(())
        }
        waited => waited,
    }
}

/// The file in which this system keeps names of hosts.
pub fn hosts_file() -> &'static str {
    if cfg!(windows) {
        r"C:\Windows\System32\drivers\etc\hosts"
    } else {
        "/etc/hosts"
    }
}

/// The command with which this system's browsers come to trust the certificate in the file.
pub fn trust_command(host: &str, file: &Path) -> String {
    let file = file.display();
    if cfg!(windows) {
        format!("certutil -addstore -f ROOT {file}")
    } else if cfg!(target_os = "macos") {
        format!(
            "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {file}"
        )
    } else {
        format!("certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {host} -i {file}")
    }
}

#[cfg(test)]
mod tests;
