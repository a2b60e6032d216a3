//! What the user is told at the end: the address, and what the machine must know for it.

use std::{
    fs,
    net::IpAddr,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::{
    Place,
    address::{self, Exposure},
};
use crate::{
    config,
    interruption::{self, Interrupted},
    kubernetes::certificate::Certificate,
    processes,
    terminal::{self, Step},
};

const REACHABLE_LIMIT: Duration = Duration::from_mins(1);
const BACKEND_LIMIT: Duration = Duration::from_secs(15);
const CURL_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_CHARACTERS: usize = 200;
const POLL: Duration = Duration::from_millis(500);

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
        if wait_for_controller(reached, port)? {
            wait_for_backend(place, host, reached, port)?;
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

/// The controller of an addon that was enabled a moment ago may still be starting. Whether it is there in the end.
fn wait_for_controller(address: IpAddr, port: u16) -> anyhow::Result<bool> {
    if address::answers(address, port) {
        return Ok(true);
    }
    let mut step = Step::start("Waiting for the Ingress controller");
    let started = Instant::now();
    while started.elapsed() < REACHABLE_LIMIT {
        interruption::check()?;
        if address::answers(address, port) {
            step.done("");
            return Ok(true);
        }
        step.tick(|| format!("{address}:{port}"));
        thread::sleep(POLL);
    }
    step.failed();
    println!(
        "{} nothing answers at {address}:{port} yet: see `kubectl get pods --all-namespaces` for the Ingress controller",
        terminal::bold("note:")
    );
    Ok(false)
}

/// A controller hears of new pods a moment after they are ready. Until then the frontend gets the backend's requests.
fn wait_for_backend(
    place: &Place<'_>,
    host: &str,
    address: IpAddr,
    port: u16,
) -> anyhow::Result<()> {
    // This program speaks no TLS itself. Where there is no curl, the moment passes while the user reads.
    if config::program("curl").is_none() {
        return Ok(());
    }
    let mut step = Step::start("Waiting until the address leads to the application");
    let started = Instant::now();
    let answer = loop {
        let answer = through_ingress(host, address, port)?;
        if address::is_backend(&answer) {
            step.done("");
            return Ok(());
        }
        if started.elapsed() > BACKEND_LIMIT {
            break answer;
        }
        step.tick(|| host.to_owned());
        thread::sleep(POLL);
    };
    step.failed();
    let answer = match answer.trim() {
        "" => "nothing",
        answer => answer.lines().next().unwrap_or_default(),
    };
    println!(
        "{} the backend does not answer at {host} yet, but: {}; `{}` tells more",
        terminal::bold("note:"),
        answer.chars().take(ANSWER_CHARACTERS).collect::<String>(),
        place.again("status")
    );
    Ok(())
}

/// What is answered to the backend's health, whether this machine knows the host or not.
fn through_ingress(host: &str, address: IpAddr, port: u16) -> anyhow::Result<String> {
    let scheme = if port == 443 { "https" } else { "http" };
    let address = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    let mut command = Command::new("curl");
    command
        // Whether the certificate is good is another question.
        .args(["--silent", "--show-error", "--insecure", "--noproxy", "*"])
        .args(["--max-time", "3", "--resolve"])
        .arg(format!("{host}:{port}:{address}"))
        .arg(format!("{scheme}://{host}/api/health"));
    match processes::captured(&mut command, None, CURL_LIMIT) {
        Ok(answer) if answer.status.success() => Ok(answer.stdout),
        Ok(answer) => Ok(answer.complaint()),
        Err(error) if error.is::<Interrupted>() => Err(error),
        Err(error) => Ok(error.to_string()),
    }
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
