//! PostgreSQL inside the cluster, as `cargo xtask minikube demo` has it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use cluster::pods::is_ready;
use k8s_openapi::api::{apps::v1::StatefulSet, core::v1::Secret, networking::v1::NetworkPolicy};
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use serde_json::json;
use tokio::process::Command;
use uuid::Uuid;

use crate::{
    cluster::Place,
    pods::Pods,
    waiting::{seconds, until},
};

const NAME: &str = "todo-database";
const POD: &str = "todo-database-0";
const START: Duration = seconds(120);

/// A server with a namespace's name in its address.
#[derive(Clone)]
pub struct Database {
    place: Place,
    namespace: String,
    password: String,
}

impl Database {
    /// Deploys it and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn deploy(place: &Place, namespace: &str) -> anyhow::Result<Self> {
        Self::deploy_with(place, namespace, &Uuid::new_v4().to_string()).await
    }

    /// The same with a password that is known elsewhere.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn deploy_with(
        place: &Place,
        namespace: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let secrets = Api::<Secret>::namespaced(place.client.clone(), namespace);
        let secret =
            json!({"metadata": {"name": NAME}, "stringData": {"POSTGRES_PASSWORD": password}});
        secrets
            .create(&PostParams::default(), &serde_json::from_value(secret)?)
            .await
            .context("the database's Secret")?;

        let file = place.settings.workspace.join("helm/demo-database.yaml");
        let manifest = tokio::fs::read_to_string(&file)
            .await
            .with_context(|| file.display().to_string())?;
        let image = &place.settings.images.database;
        let manifest = with_image(&manifest, &format!("{}:{}", image.repository, image.tag))?;
        let copy = tempfile::NamedTempFile::new()?;
        tokio::fs::write(copy.path(), manifest).await?;
        let mut apply = Command::new("kubectl");
        apply.args(["apply", "--namespace", namespace, "--filename"]);
        apply.arg(copy.path());
        place.shell.command(apply, seconds(60)).await?.success()?;
        // It lets in pods of its own namespace; here, releases elsewhere are to reach it too, as an external one.
        let policies = Api::<NetworkPolicy>::namespaced(place.client.clone(), namespace);
        policies.delete(NAME, &DeleteParams::default()).await?;

        let database = Self {
            place: place.clone(),
            namespace: namespace.to_owned(),
            password: password.to_owned(),
        };
        database.answers().await?;
        Ok(database)
    }

    /// Its address for pods of any namespace.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        self.url_with(name, &self.password)
    }

    /// The same with a password that may be wrong.
    #[must_use]
    pub fn url_with(&self, name: &str, password: &str) -> String {
        let namespace = &self.namespace;
        format!("postgres://todo:{password}@{NAME}.{namespace}.svc:5432/{name}?sslmode=disable")
    }

    /// Makes a database and gives its URL.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn create(&self, name: &str) -> anyhow::Result<String> {
        self.psql("todo", &format!("create database {name}"))
            .await?;
        Ok(self.url(name))
    }

    /// Runs one statement in a database and gives its rows, fields between bars.
    ///
    /// # Errors
    /// When it fails.
    pub async fn psql(&self, database: &str, statement: &str) -> anyhow::Result<String> {
        let command = ["psql", "-U", "todo", "-d", database, "-XAtqc", statement];
        let (ok, said) = self.pods().exec(POD, &command).await?;
        ensure!(ok, "psql: {said}");
        Ok(said.trim().to_owned())
    }

    /// Takes it away; its data stays.
    ///
    /// # Errors
    /// When it does not go.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.scale(0).await?;
        let api = self.pods().api();
        until("the database is gone", START, async || {
            ensure!(api.get_opt(POD).await?.is_none(), "its pod is still there");
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Brings it back and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(&self) -> anyhow::Result<()> {
        self.scale(1).await?;
        self.answers().await
    }

    async fn scale(&self, replicas: u8) -> anyhow::Result<()> {
        let sets = Api::<StatefulSet>::namespaced(self.place.client.clone(), &self.namespace);
        let patch = json!({"spec": {"replicas": replicas}});
        sets.patch(NAME, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .context("the database's StatefulSet")?;
        Ok(())
    }

    async fn answers(&self) -> anyhow::Result<()> {
        until("the database answers", START, async || {
            let pod = self.pods().api().get_opt(POD).await?;
            ensure!(pod.as_ref().is_some_and(is_ready), "its pod is not ready");
            self.psql("todo", "select 1").await
        })
        .await?;
        Ok(())
    }

    fn pods(&self) -> Pods {
        Pods::of(&self.place.client, &self.namespace)
    }
}

/// The manifest with the image under test in place of the released one.
fn with_image(manifest: &str, image: &str) -> anyhow::Result<String> {
    let mut replaced = 0;
    let lines = manifest
        .lines()
        .map(|line| match line.split_once("image: ") {
            Some((before, named)) if named.contains(NAME) => {
                replaced += 1;
                format!("{before}image: {image}\n")
            }
            _ => format!("{line}\n"),
        });
    let manifest = lines.collect();
    ensure!(
        replaced > 0,
        "the database's manifest names no image `{NAME}`"
    );
    Ok(manifest)
}
