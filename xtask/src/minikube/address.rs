//! Where people open the application, and what their machine must know for it.

use std::{
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _},
    path::Path,
    time::Duration,
};

use serde_json::Value;

use crate::kubernetes::objects::{component, list, name, number, of_kind, text};

const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// The kinds of objects that decide about it, as `kubectl get` takes them.
pub const KINDS: &str = "ingresses,services";

/// How the frontend is exposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    /// By an Ingress.
    Ingress {
        /// The host that people type.
        host: String,
        /// The Secret with the certificate, when it is HTTPS.
        certificate: Option<String>,
        /// Where the controller says that it listens.
        address: Option<IpAddr>,
    },
    /// By a port of the node.
    NodePort(u16),
    /// Only inside the cluster, by this Service.
    Inside {
        /// Its name.
        service: String,
        /// Its port.
        port: u16,
    },
}

impl Exposure {
    /// Reads it from a release's Ingress and Services.
    #[must_use]
    pub fn of(objects: &Value) -> Option<Self> {
        let port = |value: Option<i64>| value.and_then(|port| u16::try_from(port).ok());
        let ingress = of_kind(objects, "Ingress")
            .find(|ingress| !text(ingress, "/spec/rules/0/host").is_empty());
        if let Some(ingress) = ingress {
            return Some(Self::Ingress {
                host: text(ingress, "/spec/rules/0/host").to_owned(),
                certificate: list(ingress, "/spec/tls")
                    .next()
                    .map(|tls| text(tls, "/secretName").to_owned()),
                address: text(ingress, "/status/loadBalancer/ingress/0/ip")
                    .parse()
                    .ok(),
            });
        }
        let service =
            of_kind(objects, "Service").find(|service| component(service) == "frontend")?;
        if let Some(node_port) = port(number(service, "/spec/ports/0/nodePort")) {
            return Some(Self::NodePort(node_port));
        }
        Some(Self::Inside {
            service: name(service).to_owned(),
            port: port(number(service, "/spec/ports/0/port"))?,
        })
    }

    /// What people type, with the node at this address.
    #[must_use]
    pub fn url(&self, node: &str) -> String {
        match self {
            Self::Ingress {
                host,
                certificate: Some(_),
                ..
            } => format!("https://{host}"),
            Self::Ingress { host, .. } => format!("http://{host}"),
            Self::NodePort(port) => format!("http://{node}:{port}"),
            Self::Inside { .. } => "http://localhost:3000".into(),
        }
    }
}

/// The line that is missing in the hosts file, if the name does not lead to this address yet.
#[must_use]
pub fn hosts_line(host: &str, address: IpAddr) -> Option<String> {
    let known = (host, 443_u16)
        .to_socket_addrs()
        .is_ok_and(|mut found| found.any(|found| leads_to(found.ip(), address)));
    (!known).then(|| format!("{address} {host}"))
}

/// This machine's own address is as good as the node's where the node is this machine.
fn leads_to(found: IpAddr, address: IpAddr) -> bool {
    found == address || (found.is_loopback() && address.is_loopback())
}

/// Whether something listens at the address.
#[must_use]
pub fn answers(address: IpAddr, port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::new(address, port), CONNECT_LIMIT).is_ok()
}

/// Whether an answer to `/api/health` is the backend's: the frontend answers there as well, without a version.
#[must_use]
pub fn is_backend(answer: &str) -> bool {
    serde_json::from_str::<Value>(answer).is_ok_and(|answer| answer.get("version").is_some())
}

/// The file in which this system keeps names of hosts.
#[must_use]
pub fn hosts_file() -> &'static str {
    if cfg!(windows) {
        r"C:\Windows\System32\drivers\etc\hosts"
    } else {
        "/etc/hosts"
    }
}

/// The command with which this system's browsers come to trust the certificate in the file.
#[must_use]
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
