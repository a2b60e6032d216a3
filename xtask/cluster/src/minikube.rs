//! `minikube`: starting it when it does not run, its addons, its address.

use std::{
    io::Write as _,
    net::IpAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use cluster::pods::name;
use k8s_openapi::api::networking::v1::IngressClass;
use serde_json::Value;
use tempfile::NamedTempFile;
use xtask::{
    config, interruption,
    processes::{self, Captured},
    terminal,
    workspace::Workspace,
};

use crate::kubectl::Kubectl;

const LIMIT: Duration = Duration::from_mins(1);
const ADDON_LIMIT: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_secs(1);
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

/// Minikube's cluster that this project uses.
#[derive(Debug, Clone)]
pub struct Minikube {
    /// Its profile, which is also its context in kubeconfig.
    pub profile: String,
    logs: PathBuf,
}

impl Minikube {
    /// The one that `MINIKUBE_PROFILE` names, or else Minikube's usual one.
    pub fn of_user(workspace: &Workspace) -> Self {
        Self {
            profile: config::variable("MINIKUBE_PROFILE").unwrap_or_else(|| "minikube".into()),
            logs: workspace.target().join("xtask"),
        }
    }

    /// Where the output of a command goes.
    pub fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("minikube");
        command.args(arguments).args(["--profile", &self.profile]);
        command
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Captured> {
        processes::captured(&mut self.command(arguments), None, LIMIT)
    }

    /// A namespace of it.
    pub fn kubectl(&self, namespace: &str) -> Kubectl {
        Kubectl {
            context: self.profile.clone(),
            namespace: namespace.to_owned(),
        }
    }

    fn is_running(&self) -> anyhow::Result<bool> {
        // It ends with a number other than 0 for one that is stopped or does not exist. With several nodes the control
        // plane comes first.
        let states = "--format={{.Host}} {{.APIServer}} {{.Kubeconfig}}\n";
        let answer = self.run(&["status", states])?.stdout;
        Ok(answer.lines().next() == Some("Running Running Configured"))
    }

    /// Makes sure that it runs, and says how to start it where it does not.
    pub fn require(&self) -> anyhow::Result<()> {
        if self.is_running()? {
            return Ok(());
        }
        bail!(
            "Minikube does not run: start it with `minikube start{}`, or let `cargo xtask minikube up` do it",
            self.flag()
        )
    }

    /// How to name this cluster to `minikube` on a command line.
    pub fn flag(&self) -> String {
        match self.profile.as_str() {
            "minikube" => String::new(),
            profile => format!(" --profile {profile}"),
        }
    }

    /// Starts it unless it runs. The cluster that the user works with already stays the chosen one.
    pub fn start(&self) -> anyhow::Result<()> {
        if self.is_running()? {
            return Ok(());
        }
        let mut start = self.command(&["start", "--interactive=false"]);
        let mut chosen = Command::new("kubectl");
        chosen.args(["config", "current-context"]);
        if processes::captured(&mut chosen, None, LIMIT)?
            .status
            .success()
        {
            start.arg("--keep-context");
        }
        let what = "Starting Minikube (minutes the first time)";
        step(what, &mut start, &self.log("minikube-start")).context("Minikube does not start")
    }

    /// Switches an Ingress controller on, unless the cluster has one: Traefik where this Minikube has it, as
    /// ingress-nginx is retired.
    pub fn enable_ingress(&self, kubectl: &Kubectl) -> anyhow::Result<()> {
        if !ingress_classes(kubectl)?.is_empty() {
            return Ok(());
        }
        let addons = self.run(&["addons", "list", "--output=json"])?.stdout;
        let has_traefik = addons.contains("\"traefik\"");
        let addon = if has_traefik { "traefik" } else { "ingress" };
        self.enable(addon)?;
        let enabled = Instant::now();
        while ingress_classes(kubectl)?.is_empty() {
            interruption::check()?;
            if enabled.elapsed() > ADDON_LIMIT {
                bail!(
                    "the addon {addon} was enabled, but there is no IngressClass: see `kubectl get pods --all-namespaces`"
                );
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// Switches an addon on; one that is on stays so. `kubectl top` and autoscaling need metrics-server.
    pub fn enable(&self, addon: &str) -> anyhow::Result<()> {
        let what = format!("Enabling Minikube's addon {addon}");
        let mut enable = self.command(&["addons", "enable", addon]);
        step(&what, &mut enable, &self.log("minikube-addon"))
    }

    /// The node's address, as this machine sees it.
    pub fn ip(&self) -> anyhow::Result<String> {
        let ip = self.run(&["ip"])?.success("minikube")?;
        Ok(ip.trim().to_owned())
    }

    /// Where this machine reaches the Ingress controller.
    pub fn ingress_ip(&self) -> anyhow::Result<IpAddr> {
        if self.needs_tunnel() {
            return Ok(IpAddr::from([127, 0, 0, 1]));
        }
        self.ip()?.parse().context("Minikube's address")
    }

    /// Whether the node is reached through `minikube tunnel` only: Docker Desktop hides its containers' addresses.
    pub fn needs_tunnel(&self) -> bool {
        if cfg!(target_os = "linux") {
            return false;
        }
        let Ok(profiles) = self.run(&["profile", "list", "--output=json"]) else {
            return false;
        };
        is_container(&profiles.stdout, &self.profile)
    }

    /// A kubeconfig that knows this cluster alone, readable by nobody else; it goes when it is dropped.
    pub fn kubeconfig(&self) -> anyhow::Result<NamedTempFile> {
        let arguments = ["config", "view", "--raw", "--minify", "--flatten"];
        let config = self.kubectl("default").run(&arguments)?;
        let mut file = NamedTempFile::new()?;
        file.write_all(config.as_bytes())?;
        Ok(file)
    }

    /// The names of the images on the node, without what is understood by itself.
    pub fn images(&self) -> anyhow::Result<Vec<String>> {
        let listed = self.run(&["image", "ls"])?.success("minikube")?;
        let short = |name: &str| {
            let name = name.trim().trim_start_matches("docker.io/library/");
            name.trim_start_matches("localhost/").to_owned()
        };
        Ok(listed.lines().map(short).collect())
    }
}

/// Whether the profile's node is a container, by what `minikube profile list` prints, perhaps before a notice.
fn is_container(profiles: &str, profile: &str) -> bool {
    let mut documents = serde_json::Deserializer::from_str(profiles).into_iter::<Value>();
    let profiles = documents.next().and_then(Result::ok).unwrap_or_default();
    let mut valid = profiles
        .get("valid")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let found = valid.find(|it| it.get("Name").is_some_and(|name| name == profile));
    let driver = found.and_then(|it| it.get("Config")?.get("Driver")?.as_str());
    matches!(driver, Some("docker" | "podman"))
}

/// Runs a command as a step that the user sees.
pub fn step(what: &str, command: &mut Command, log: &Path) -> anyhow::Result<()> {
    terminal::step(what, |step| processes::run(step, command, log))
}

/// The classes of Ingress that the cluster has: name, and whether it is the one for those that name none.
pub fn ingress_classes(kubectl: &Kubectl) -> anyhow::Result<Vec<(String, bool)>> {
    let classes = kubectl.list::<IngressClass>("")?.into_iter();
    let is_default = |class: &IngressClass| {
        let annotations = class.metadata.annotations.as_ref();
        annotations.is_some_and(|it| it.get(DEFAULT_CLASS).is_some_and(|it| it == "true"))
    };
    Ok(classes
        .map(|class| (name(&class).to_owned(), is_default(&class)))
        .collect())
}

#[cfg(test)]
mod tests;
