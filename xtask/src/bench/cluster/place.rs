//! A namespace of the bench's own, with a database and the release in it, that goes away again.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};

use super::database;
use crate::{
    interruption,
    kubernetes::{
        certificate::Certificate,
        helm::Helm,
        images::Built,
        kubectl::Kubectl,
        minikube::Minikube,
        objects::{component, is_ending, label, list},
        trouble,
    },
    minikube::settings,
    processes, secrets,
    terminal::Step,
    workspace::Workspace,
};

/// The release's name.
pub(super) const RELEASE: &str = "todo-chatbot";
/// The name of its Ingress.
pub(super) const HOST: &str = "bench.todo.local";

const NAMESPACE: &str = "bench-todo-chatbot";
const LABEL: &str = "todo-chatbot/bench";
const INSTALL_LIMIT: Duration = Duration::from_mins(4);
const START_LIMIT: Duration = Duration::from_mins(3);
const END_LIMIT: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(500);

/// The namespace. Dropping it removes everything in it.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) minikube: &'a Minikube,
    pub(super) kubectl: Kubectl,
    /// The secret of people's tokens.
    pub(super) token_secret: String,
    /// The chart's values.
    pub(super) values: Value,
    /// The database's.
    pub(super) password: String,
    gone: bool,
}

impl<'a> Place<'a> {
    /// Makes it, and starts the database in it.
    pub(super) fn make(
        workspace: &'a Workspace,
        minikube: &'a Minikube,
        images: &[Built],
    ) -> anyhow::Result<Self> {
        let mut place = Self {
            workspace,
            minikube,
            kubectl: minikube.kubectl(NAMESPACE),
            token_secret: secrets::random()?,
            values: Value::Null,
            password: secrets::random()?,
            gone: true,
        };
        place.remove_leftover()?;
        place.kubectl.create(&json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": NAMESPACE,
                "labels": { LABEL: "true", "pod-security.kubernetes.io/enforce": "restricted" },
            },
        }))?;
        place.gone = false;
        place.values = place.first_values(images)?;
        database::start(&place, images)?;
        Ok(place)
    }

    /// Installs the release, or upgrades it to the values as they are now, and waits until everything is ready.
    pub(super) fn install(&self, what: &str) -> anyhow::Result<()> {
        let helm = Helm::find(self.kubectl.context(), NAMESPACE)?;
        let chart = self.workspace.root().join("helm").join("todo-chatbot");
        let values = chart.join("values-minikube.yaml");
        let mut command = helm.upgrade(RELEASE, &chart, &values, INSTALL_LIMIT, &[]);
        let log = self.minikube.logs().join("helm-bench.log");
        let mut step = Step::start(what);
        let ended = processes::run_watched(&mut command, &self.values.to_string(), &log, || {
            step.tick(String::new);
            Ok(())
        });
        match ended {
            Ok(status) if status.success() => {
                step.done("");
                Ok(())
            }
            Ok(_) => {
                step.failed();
                let said = processes::last_lines(&log, 10).unwrap_or_default();
                Err(anyhow!("helm: {said}\n{}", self.trouble()))
            }
            Err(error) => {
                step.failed();
                Err(error)
            }
        }
    }

    /// Waits until pods that were replaced are gone, so that nothing measured is theirs.
    pub(super) fn settle(&self) -> anyhow::Result<()> {
        let step = Step::start("Waiting for the replaced pods to end");
        let begun = Instant::now();
        loop {
            interruption::check()?;
            let pods = self.kubectl.get(&["pods"])?;
            if !list(&pods, "/items").any(is_ending) {
                step.done("");
                return Ok(());
            }
            if begun.elapsed() > END_LIMIT {
                step.failed();
                bail!("pods that were replaced do not end");
            }
            thread::sleep(POLL);
        }
    }

    /// The pods of the application and the database, by name, with the part that they are.
    pub(super) fn pods(&self) -> anyhow::Result<Vec<(String, String)>> {
        let pods = self.kubectl.get(&["pods"])?;
        Ok(list(&pods, "/items")
            .filter(|pod| !is_ending(pod) && !matches!(component(pod), "migrate" | "test"))
            .map(|pod| {
                let part = match component(pod) {
                    "" => "database",
                    part => part,
                };
                let name = crate::kubernetes::objects::name(pod);
                (name.to_owned(), part.to_owned())
            })
            .collect())
    }

    /// What the release's certificate is trusted by, as PEM.
    pub(super) fn authority(&self) -> anyhow::Result<String> {
        self.kubectl
            .find("secret", &format!("{RELEASE}-tls"))?
            .and_then(|secret| Certificate::of(&secret)?.authority)
            .context("the release has no certificate of its own making")
    }

    /// Removes everything, and waits until it is gone.
    pub(super) fn remove(mut self) -> anyhow::Result<()> {
        self.gone = true;
        self.delete("Removing what was measured")
    }

    fn delete(&self, what: &str) -> anyhow::Result<()> {
        let step = Step::start(what);
        let limit = format!("--timeout={}s", END_LIMIT.as_secs());
        let deleted = self
            .kubectl
            .run_for(
                &["delete", "namespace", NAMESPACE, &limit],
                None,
                END_LIMIT + Duration::from_secs(10),
            )
            .and_then(|answer| answer.success("kubectl"));
        match deleted {
            Ok(_) => step.done(""),
            Err(error) => {
                step.failed();
                return Err(error);
            }
        }
        Ok(())
    }

    /// What a run left that was killed.
    fn remove_leftover(&self) -> anyhow::Result<()> {
        let Some(namespace) = self.kubectl.find("namespace", NAMESPACE)? else {
            return Ok(());
        };
        if label(&namespace, LABEL) != "true" {
            bail!("there is a namespace {NAMESPACE} which this program did not make: remove it");
        }
        self.delete("Removing what an earlier run left")
    }

    fn first_values(&self, images: &[Built]) -> anyhow::Result<Value> {
        let mut values = json!({
            "secrets": {
                "databaseUrl": database::address(&self.password),
                "betterAuthSecret": self.token_secret,
                "mcpApiKey": secrets::random()?,
            },
            "ingress": { "host": HOST },
            // That of values-minikube.yaml may be in use by another release.
            "frontend": { "service": { "nodePort": null } },
            "offlineModel": { "enabled": true },
            // The model's own pauses are not what is measured.
            "openai": { "model": "offline+instant" },
            // One person stands for many.
            "chat": { "limits": { "requestsPerMinute": 0, "requestsPerDay": 0, "tokensPerMinute": 0, "tokensPerDay": 0 } },
        });
        settings::add_images(&mut values, images);
        settings::add_ingress_class(&mut values, &self.minikube.ingress_classes()?);
        Ok(values)
    }

    /// Waits until what was changed about these pods has arrived.
    pub(super) fn rolled_out(&self, what: &str) -> anyhow::Result<()> {
        let limit = format!("--timeout={}s", START_LIMIT.as_secs());
        self.kubectl
            .run_for(
                &["rollout", "status", what, &limit],
                None,
                START_LIMIT + Duration::from_secs(10),
            )?
            .success("kubectl")
            .map(drop)
    }

    /// What is wrong with the pods, as text.
    pub(super) fn trouble(&self) -> String {
        trouble::report(&self.kubectl, RELEASE).map_or_else(
            |error| format!("the pods cannot be looked at: {error:#}"),
            |reports| {
                let texts: Vec<String> = reports.iter().map(trouble::Report::text).collect();
                texts.join("\n\n")
            },
        )
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.gone {
            return;
        }
        // After an interruption too, and without waiting: the cluster goes on with it.
        let deleted = self
            .kubectl
            .command(&[
                "delete",
                "namespace",
                NAMESPACE,
                "--wait=false",
                "--request-timeout=20s",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !deleted.is_ok_and(|status| status.success()) {
            println!("The namespace {NAMESPACE} is left: `kubectl delete namespace {NAMESPACE}`");
        }
    }
}
