//! `minikube`: starting it when it does not run, its addons, its address.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tempfile::NamedTempFile;

use super::{
    kubectl::Kubectl,
    objects::{list, name, text},
};
use crate::{
    config, interruption,
    processes::{self, Captured},
    terminal::Step,
    workspace::Workspace,
};

const LIMIT: Duration = Duration::from_mins(1);
const ADDON_LIMIT: Duration = Duration::from_mins(5);
const ADDON_POLL: Duration = Duration::from_secs(1);

/// Minikube's cluster that this project uses.
#[derive(Debug, Clone)]
pub struct Minikube {
    profile: String,
    logs: PathBuf,
}

impl Minikube {
    /// The one that `MINIKUBE_PROFILE` names, or else Minikube's usual one.
    #[must_use]
    pub fn of_user(workspace: &Workspace) -> Self {
        Self {
            profile: config::variable("MINIKUBE_PROFILE").unwrap_or_else(|| "minikube".into()),
            logs: workspace.target().join("xtask"),
        }
    }

    /// Its profile, which is also its context in kubeconfig.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// Where the output of what it runs goes.
    #[must_use]
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// Asks it about a namespace.
    #[must_use]
    pub fn kubectl(&self, namespace: &str) -> Kubectl {
        Kubectl::new(&self.profile, namespace)
    }

    /// The command, for those who run it themselves.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("minikube");
        command.args(arguments).args(["--profile", &self.profile]);
        command
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Captured> {
        processes::captured(&mut self.command(arguments), None, LIMIT)
    }

    /// Whether it runs.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn is_running(&self) -> anyhow::Result<bool> {
        // It ends with a number other than 0 for one that is stopped or does not exist.
        Ok(is_running(&self.run(&["status", "--output=json"])?.stdout))
    }

    /// Makes sure that it runs.
    ///
    /// # Errors
    /// One sentence that says how to start it.
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
    #[must_use]
    pub fn flag(&self) -> String {
        if self.profile == "minikube" {
            String::new()
        } else {
            format!(" --profile {}", self.profile)
        }
    }

    /// Starts it unless it runs.
    ///
    /// # Errors
    /// The end of what `minikube start` says when it fails.
    pub fn start(&self) -> anyhow::Result<()> {
        if self.is_running()? {
            return Ok(());
        }
        let mut command = self.command(&["start", "--interactive=false"]);
        if has_context()? {
            command.arg("--keep-context");
        }
        self.step(
            "Starting Minikube (minutes the first time)",
            &mut command,
            "minikube-start.log",
        )
        .context("Minikube does not start")
    }

    /// Switches an Ingress controller on, unless the cluster has one.
    ///
    /// # Errors
    /// The end of what `minikube addons enable` says when it fails.
    pub fn enable_ingress(&self) -> anyhow::Result<()> {
        if !self.ingress_classes()?.is_empty() {
            return Ok(());
        }
        let addon = ingress_addon(&self.run(&["addons", "list", "--output=json"])?.stdout);
        let mut command = self.command(&["addons", "enable", addon]);
        self.step(
            &format!("Enabling Minikube's addon {addon}"),
            &mut command,
            "minikube-ingress.log",
        )?;
        let enabled = Instant::now();
        while self.ingress_classes()?.is_empty() {
            interruption::check()?;
            if enabled.elapsed() > ADDON_LIMIT {
                bail!(
                    "the addon {addon} was enabled, but there is no IngressClass: see `kubectl get pods --all-namespaces`"
                );
            }
            std::thread::sleep(ADDON_POLL);
        }
        Ok(())
    }

    /// Switches metrics-server on, which `kubectl top` and autoscaling need.
    ///
    /// # Errors
    /// The end of what `minikube addons enable` says when it fails.
    pub fn enable_metrics(&self) -> anyhow::Result<()> {
        let metrics = "v1beta1.metrics.k8s.io";
        let kubectl = self.kubectl("kube-system");
        if kubectl.find("apiservice", metrics)?.is_some() {
            return Ok(());
        }
        self.step(
            "Enabling Minikube's addon metrics-server",
            &mut self.command(&["addons", "enable", "metrics-server"]),
            "minikube-metrics.log",
        )
    }

    /// The classes of Ingress that the cluster has: name, and whether it is the one for those that name none.
    ///
    /// # Errors
    /// What kubectl says when it fails.
    pub fn ingress_classes(&self) -> anyhow::Result<Vec<(String, bool)>> {
        let classes = self.kubectl("default").get(&["ingressclasses"])?;
        let default = "/metadata/annotations/ingressclass.kubernetes.io~1is-default-class";
        Ok(list(&classes, "/items")
            .map(|class| (name(class).to_owned(), text(class, default) == "true"))
            .collect())
    }

    /// The node's address, as this machine sees it.
    ///
    /// # Errors
    /// What Minikube says when it has none.
    pub fn ip(&self) -> anyhow::Result<String> {
        let ip = self.run(&["ip"])?.success("minikube")?;
        Ok(ip.trim().to_owned())
    }

    /// Whether the node is reached through `minikube tunnel` only: Docker Desktop hides its containers' addresses.
    #[must_use]
    pub fn needs_tunnel(&self) -> bool {
        if cfg!(target_os = "linux") {
            return false;
        }
        let profiles = self.run(&["profile", "list", "--output=json"]);
        profiles.is_ok_and(|profiles| {
            matches!(
                driver(&profiles.stdout, &self.profile).as_deref(),
                Some("docker" | "podman")
            )
        })
    }

    /// A kubeconfig that knows this cluster alone; it goes when it is dropped.
    ///
    /// # Errors
    /// What kubectl says when it fails.
    pub fn kubeconfig(&self) -> anyhow::Result<NamedTempFile> {
        let config =
            self.kubectl("default")
                .text(&["config", "view", "--raw", "--minify", "--flatten"])?;
        // No one else may read the file.
        let mut file = NamedTempFile::new()?;
        file.write_all(config.as_bytes())?;
        Ok(file)
    }

    /// The names of each image on the node: one image may have several.
    ///
    /// # Errors
    /// What Minikube says when it fails.
    pub fn images(&self) -> anyhow::Result<Vec<Vec<String>>> {
        let answer = self.run(&["image", "ls", "--format=json"])?;
        Ok(images(&answer.success("minikube")?))
    }

    /// Runs it as a step that the user sees.
    ///
    /// # Errors
    /// The end of what it says when it fails.
    pub fn step(&self, what: &str, command: &mut Command, log: &str) -> anyhow::Result<()> {
        let mut step = Step::start(what);
        match processes::run(&mut step, command, &self.logs.join(log)) {
            Ok(()) => step.done(""),
            Err(error) => {
                step.failed();
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Whether `minikube status --output=json` speaks of a cluster that can be used.
#[must_use]
pub fn is_running(status: &str) -> bool {
    let Some(status) = first_json(status) else {
        return false;
    };
    // With several nodes it is a list, the control plane first.
    let node = status.get(0).unwrap_or(&status);
    text(node, "/Host") == "Running"
        && text(node, "/APIServer") == "Running"
        && text(node, "/Kubeconfig") == "Configured"
}

/// The addon that brings an Ingress controller: Traefik where this Minikube has it, as ingress-nginx is retired.
#[must_use]
pub fn ingress_addon(addons: &str) -> &'static str {
    match first_json(addons) {
        Some(addons) if addons.get("traefik").is_some() => "traefik",
        _ => "ingress",
    }
}

/// The names of each image in what `minikube image ls --format=json` prints.
#[must_use]
pub fn images(list_of_images: &str) -> Vec<Vec<String>> {
    let images = first_json(list_of_images).unwrap_or_default();
    let images = images.as_array().into_iter().flatten();
    images
        .map(|image| {
            list(image, "/repoTags")
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect()
        })
        .collect()
}

/// The driver of a profile in what `minikube profile list --output=json` prints.
#[must_use]
pub fn driver(profiles: &str, profile: &str) -> Option<String> {
    let profiles = first_json(profiles)?;
    list(&profiles, "/valid")
        .find(|entry| text(entry, "/Name") == profile)
        .map(|entry| text(entry, "/Config/Driver").to_owned())
}

/// Minikube may print a notice about a newer version behind the document.
fn first_json(text: &str) -> Option<Value> {
    let start = text.find(['{', '['])?;
    serde_json::Deserializer::from_str(text.get(start..)?)
        .into_iter()
        .next()?
        .ok()
}

/// Whether the user works with some cluster already, which must then stay the chosen one.
fn has_context() -> anyhow::Result<bool> {
    let mut command = Command::new("kubectl");
    command.args(["config", "current-context"]);
    Ok(processes::captured(&mut command, None, LIMIT)?
        .status
        .success())
}
