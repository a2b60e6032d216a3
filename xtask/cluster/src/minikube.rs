//! `minikube`: starting it when it does not run, its addons, its address.

use std::{
    io::Write as _,
    net::IpAddr,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use k8s_openapi::api::networking::v1::IngressClass;
use tempfile::NamedTempFile;
use xtask::{interruption, processes, terminal};

use crate::release::{Release, require_tools};

const LIMIT: Duration = Duration::from_mins(1);
const ADDON_LIMIT: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_millis(500);
/// Where to look when what an addon brings does not appear.
pub const SEE_PODS: &str = "see `kubectl get pods --all-namespaces`";

impl Release<'_> {
    fn is_running(&self) -> anyhow::Result<bool> {
        // It ends with a number other than 0 for one that is stopped or does not exist. With several nodes the control
        // plane comes first.
        let states = "--format={{.Host}} {{.APIServer}} {{.Kubeconfig}}\n";
        let answer = processes::captured(&mut self.minikube(&["status", states]), "", LIMIT)?;
        Ok(answer.stdout.lines().next() == Some("Running Running Configured"))
    }

    /// Makes sure that Minikube runs, and says how to start it where it does not.
    pub fn require_running(&self) -> anyhow::Result<()> {
        require_tools(false)?;
        ensure!(
            self.is_running()?,
            "Minikube does not run: start it with `minikube start{}`, or let `cargo xtask minikube up` do it",
            self.flag()
        );
        Ok(())
    }

    /// How to name this cluster to `minikube` on a command line.
    pub fn flag(&self) -> String {
        match self.profile.as_str() {
            "minikube" => String::new(),
            profile => format!(" --profile {profile}"),
        }
    }

    /// Starts Minikube unless it runs. The cluster that the user works with already stays the chosen one.
    pub fn start(&self) -> anyhow::Result<()> {
        if self.is_running()? {
            return Ok(());
        }
        let mut start = self.minikube(&["start", "--interactive=false"]);
        let mut chosen = Command::new("kubectl");
        chosen.args(["config", "current-context"]);
        let chosen = processes::captured(&mut chosen, "", LIMIT)?.ok;
        start.args(chosen.then_some("--keep-context"));
        let what = "Starting Minikube (minutes the first time)";
        processes::step(what, &mut start, &self.workspace.log("minikube-start"))
            .context("Minikube does not start")
    }

    /// Switches an addon on; one that is on stays so. `kubectl top` and autoscaling need metrics-server.
    pub fn enable(&self, addon: &str) -> anyhow::Result<()> {
        let what = format!("Enabling Minikube's addon {addon}");
        let mut enable = self.minikube(&["addons", "enable", addon]);
        processes::step(&what, &mut enable, &self.workspace.log("minikube-addon"))
    }

    /// Switches an Ingress controller on, unless the cluster has one: Traefik where this Minikube has it, as
    /// ingress-nginx is retired.
    pub fn enable_ingress(&self) -> anyhow::Result<()> {
        let has_class = || anyhow::Ok(!self.list::<IngressClass>("")?.is_empty());
        if has_class()? {
            return Ok(());
        }
        let addons = processes::answer(&mut self.minikube(&["addons", "list", "--output=json"]))?;
        let has_traefik = addons.contains("\"traefik\"");
        self.enable(if has_traefik { "traefik" } else { "ingress" })?;
        until("Waiting for an IngressClass", ADDON_LIMIT, || {
            ensure!(has_class()?, "there is no IngressClass: {SEE_PODS}");
            Ok(())
        })
    }

    /// The node's address, as this machine sees it.
    pub fn ip(&self) -> anyhow::Result<IpAddr> {
        let ip = processes::answer(&mut self.minikube(&["ip"]))?;
        ip.trim().parse().context("Minikube's address")
    }

    /// A kubeconfig that knows this cluster alone, readable by nobody else; it goes when it is dropped.
    pub fn kubeconfig(&self) -> anyhow::Result<NamedTempFile> {
        let arguments = ["config", "view", "--raw", "--minify", "--flatten"];
        let config = processes::answer(&mut self.kubectl(&arguments))?;
        let mut file = NamedTempFile::new()?;
        file.write_all(config.as_bytes())?;
        Ok(file)
    }
}

/// Looks until all is well, or the time is up.
///
/// # Errors
/// What was last not well.
pub fn until(
    what: &str,
    limit: Duration,
    look: impl Fn() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    terminal::step(what, |step| {
        while let Err(missing) = look() {
            interruption::check()?;
            ensure!(begun.elapsed() < limit, missing);
            step.tick(String::new);
            thread::sleep(POLL);
        }
        Ok(())
    })
}
