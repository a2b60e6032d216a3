//! A namespace of the bench's own, with a database and the release in it, that goes away again.

use std::time::Duration;

use anyhow::ensure;
use cluster::pods::label;
use serde_json::{Value, json};
use xtask::{config, workspace::Workspace};

use crate::{
    database,
    images::Built,
    minikube::{Minikube, ingress_classes, step},
    release::Release,
    settings,
    upgrade::upgrade,
};

/// The release's name.
pub const RELEASE: &str = "todo-chatbot";
/// The name of its Ingress.
pub const HOST: &str = "bench.todo.local";

const NAMESPACE: &str = "bench-todo-chatbot";
const MADE_BY: (&str, &str) = ("todo-chatbot/bench", "true");
const INSTALL_LIMIT: Duration = Duration::from_mins(4);

/// The namespace. Dropping it begins to remove everything in it.
pub struct Place<'a> {
    pub release: Release<'a>,
    /// The secret of people's tokens.
    pub token_secret: String,
    /// The chart's values.
    pub values: Value,
    /// Where this machine reaches the database: what is compared uses one and the same server.
    pub database_url: String,
}

impl<'a> Place<'a> {
    /// Makes it, and starts the database in it.
    pub fn make(
        workspace: &'a Workspace,
        minikube: &'a Minikube,
        images: &[Built],
    ) -> anyhow::Result<Self> {
        let release = Release::find(workspace, minikube, NAMESPACE, RELEASE)?;
        let kubectl = &release.kubectl;
        minikube.enable_ingress(kubectl)?;
        minikube.enable("metrics-server")?;
        if let Some(left) = kubectl.find_namespace()? {
            ensure!(
                label(&left, MADE_BY.0) == MADE_BY.1,
                "there is a namespace {NAMESPACE} which this program did not make: remove it"
            );
            gone(&release, "Removing what an earlier run left")?;
        }
        kubectl.make_namespace(MADE_BY)?;
        let mut place = Self {
            release,
            token_secret: config::random()?,
            values: Value::Null,
            database_url: String::new(),
        };
        place.start_database(images)?;
        Ok(place)
    }

    /// It stands for an external one, and is not held back by the limit that is meant for demonstrations.
    fn start_database(&mut self, images: &[Built]) -> anyhow::Result<()> {
        let kubectl = &self.release.kubectl;
        let password = database::password(kubectl)?;
        database::apply(&self.release, images)?;
        let container = json!({"name": "postgresql", "resources": {"limits": {"cpu": null}}});
        let no_limit = json!({"spec": {"template": {"spec": {"containers": [container]}}}});
        let open = json!({"spec": {"type": "NodePort"}});
        for (kind, patch) in [("statefulset", no_limit), ("service", open)] {
            kubectl.run(&["patch", kind, database::NAME, "--patch", &patch.to_string()])?;
        }
        // It lets in pods only.
        kubectl.run(&["delete", "networkpolicy", database::NAME])?;
        database::wait(&self.release)?;

        let port = "--output=jsonpath={.spec.ports[0].nodePort}";
        let port = kubectl.run(&["get", "service", database::NAME, port])?;
        ensure!(!port.is_empty(), "the database has no port on the node");
        self.database_url = format!(
            "postgres://todo:{password}@{}:{port}/todo?sslmode=disable",
            self.release.minikube.ip()?
        );
        let mut values = json!({
            "secrets": {
                "databaseUrl": database::address(&password),
                "betterAuthSecret": self.token_secret,
                "mcpApiKey": config::random()?,
            },
            "ingress": {"host": HOST},
            // That of values-minikube.yaml may be in use by another release.
            "frontend": {"service": {"nodePort": null}},
            "offlineModel": {"enabled": true},
            // The model's own pauses are not what is measured.
            "openai": {"model": "offline+instant"},
            // One person stands for many.
            "chat": {"limits": {"requestsPerMinute": 0, "requestsPerDay": 0, "tokensPerMinute": 0, "tokensPerDay": 0}},
        });
        settings::add_images(&mut values, images);
        settings::add_ingress_class(&mut values, &ingress_classes(kubectl)?);
        self.values = values;
        Ok(())
    }

    /// Installs the release, or upgrades it to the values as they are now, and waits until everything is ready.
    pub fn install(&self, what: &str) -> anyhow::Result<()> {
        let release = &self.release;
        let command = release
            .helm
            .upgrade(RELEASE, &release.chart(), INSTALL_LIMIT);
        upgrade(release, what, command, &self.values)
    }

    /// Removes everything, and waits until it is gone.
    pub fn remove(&self) -> anyhow::Result<()> {
        gone(&self.release, "Removing what was measured")
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // After an interruption too, and without waiting: the cluster goes on with it.
        let arguments = [
            "delete",
            "namespace",
            NAMESPACE,
            "--ignore-not-found",
            "--wait=false",
        ];
        let mut delete = self.release.kubectl.command(&arguments);
        if !delete.status().is_ok_and(|status| status.success()) {
            println!("The namespace {NAMESPACE} is left: `kubectl delete namespace {NAMESPACE}`");
        }
    }
}

fn gone(release: &Release<'_>, what: &str) -> anyhow::Result<()> {
    let mut delete = release
        .kubectl
        .command(&["delete", "namespace", NAMESPACE, "--timeout=120s"]);
    step(what, &mut delete, &release.minikube.log("namespace"))
}
