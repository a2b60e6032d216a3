//! Waiting until the way through the Ingress is open.

use std::{
    net::IpAddr,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::address;
use crate::{
    config,
    interruption::{self, Interrupted},
    processes,
    terminal::{self, Step},
};

const CONTROLLER_LIMIT: Duration = Duration::from_mins(1);
const BACKEND_LIMIT: Duration = Duration::from_secs(15);
const CURL_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_CHARACTERS: usize = 200;
const POLL: Duration = Duration::from_millis(500);

/// The controller of an addon that was enabled a moment ago may still be starting. Whether it is there in the end.
pub fn wait_for_controller(address: IpAddr, port: u16) -> anyhow::Result<bool> {
    if address::answers(address, port) {
        return Ok(true);
    }
    let mut step = Step::start("Waiting for the Ingress controller");
    let started = Instant::now();
    while started.elapsed() < CONTROLLER_LIMIT {
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
/// Returns what answers in its place in the end.
pub fn wait_for_backend(host: &str, address: IpAddr, port: u16) -> anyhow::Result<Option<String>> {
    // This program speaks no TLS itself. Where there is no curl, the moment passes while the user reads.
    if config::program("curl").is_none() {
        return Ok(None);
    }
    let mut step = Step::start("Waiting until the address leads to the application");
    let started = Instant::now();
    let answer = loop {
        let answer = through_ingress(host, address, port)?;
        if address::is_backend(&answer) {
            step.done("");
            return Ok(None);
        }
        if started.elapsed() > BACKEND_LIMIT {
            break answer;
        }
        step.tick(|| host.to_owned());
        thread::sleep(POLL);
    };
    step.failed();
    Ok(Some(match answer.trim() {
        "" => "nothing".to_owned(),
        answer => answer
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(ANSWER_CHARACTERS)
            .collect(),
    }))
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
