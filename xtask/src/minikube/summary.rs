//! What the user is told at the end: the address, and what the machine must know for it.

use std::{fs, net::IpAddr, path::PathBuf};

use anyhow::Context as _;

use super::{
    Place,
    address::{self, Exposure},
    reachable,
};
use crate::{kubernetes::certificate::Certificate, terminal};

/// Prints it.
pub fn print(place: &Place<'_>, model: &str) -> anyhow::Result<()> {
    let objects = place.kubectl.get(&[address::KINDS, &place.selector()])?;
    let exposure = Exposure::of(&objects).context("the release has no frontend")?;
    let node = place.minikube.ip()?;
    let lines = match &exposure {
        Exposure::Ingress {
            host,
            certificate,
            address,
        } => of_ingress(place, host, certificate.as_deref(), *address, &node)?,
        Exposure::NodePort(_) if place.minikube.needs_tunnel() => {
            vec![format!(
                "the node is hidden here; this opens a way to it: minikube service --namespace {} --url {}-frontend{}",
                place.kubectl.namespace(),
                place.release,
                place.minikube.flag()
            )]
        }
        Exposure::NodePort(_) => Vec::new(),
        Exposure::Inside { service, port } => vec![format!(
            "leave this running: kubectl --context {} --namespace {} port-forward service/{service} 3000:{port}",
            place.kubectl.context(),
            place.kubectl.namespace()
        )],
    };
    println!();
    println!("  namespace      {}", place.kubectl.namespace());
    println!("  model          {model}");
    println!("  state          {}", place.again("status"));
    println!("  logs           {}", place.again("logs --follow"));
    println!("  end            {}", place.again("down"));
    if !lines.is_empty() {
        println!();
        println!("Once, on this machine:");
        for line in lines {
            println!("  {line}");
        }
    }
    println!();
    println!("Open {}", terminal::bold(&exposure.url(&node)));
    Ok(())
}

fn of_ingress(
    place: &Place<'_>,
    host: &str,
    certificate: Option<&str>,
    address: Option<IpAddr>,
    node: &str,
) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    let tunnel = place.minikube.needs_tunnel();
    let reached = if tunnel {
        Some(IpAddr::from([127, 0, 0, 1]))
    } else {
        address.or_else(|| node.parse().ok())
    };
    let reached = reached.with_context(|| format!("Minikube's address is no address: {node}"))?;
    if tunnel {
        lines.push(format!(
            "leave this running in another terminal: minikube tunnel{}",
            place.minikube.flag()
        ));
    } else {
        let port = if certificate.is_some() { 443 } else { 80 };
        if reachable::wait_for_controller(reached, port)?
            && let Some(instead) = reachable::wait_for_backend(host, reached, port)?
        {
            println!(
                "{} the backend does not answer at {host} yet, but: {instead}; `{}` tells more",
                terminal::bold("note:"),
                place.again("status")
            );
        }
    }
    if let Some(line) = address::hosts_line(host, reached) {
        lines.push(format!(
            "add this line to {}: {line}",
            address::hosts_file()
        ));
    }
    if let Some(secret) = certificate
        && let Some(file) = save_authority(place, host, secret)?
    {
        lines.push(format!(
            "to trust the certificate: {}",
            address::trust_command(host, &file)
        ));
    }
    Ok(lines)
}

/// Writes what has to be trusted into a file, if there is anything.
fn save_authority(place: &Place<'_>, host: &str, secret: &str) -> anyhow::Result<Option<PathBuf>> {
    let authority = place
        .kubectl
        .find("secret", secret)?
        .and_then(|secret| Certificate::of(&secret))
        .and_then(|certificate| certificate.authority);
    let Some(authority) = authority else {
        return Ok(None);
    };
    let folder = place.workspace.data()?.join("certificates");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{host}.crt"));
    fs::write(&file, authority).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(Some(file))
}
