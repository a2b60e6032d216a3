//! The cluster, and namespaces in it that go away again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, bail};
use k8s_openapi::{
    api::core::v1::Namespace,
    jiff::{SignedDuration, Timestamp},
};
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams, PostParams},
};
use serde_json::json;

use crate::{
    diagnosis,
    programs::Shell,
    settings::Settings,
    waiting::{seconds, until},
};

/// On every namespace of the tests, so that leftovers are found.
const LABEL: &str = "todo-chatbot/system-tests";
/// How long a namespace may take to go; pods in it have 45 seconds to end.
const GOING: Duration = seconds(120);
/// Longer than any run takes.
const LEFT_ALONE: SignedDuration = SignedDuration::from_hours(1);

/// One group's place in the cluster.
#[derive(Clone)]
pub struct Place {
    /// The way to the API server.
    pub client: Client,
    /// What is under test.
    pub settings: Arc<Settings>,
    /// Runs programs where a person would type them.
    pub shell: Shell,
    prefix: String,
    made: Arc<Mutex<Vec<String>>>,
}

impl Place {
    /// A place whose namespaces begin with `sys-` and these words.
    ///
    /// # Errors
    /// When there is no cluster to talk to.
    pub async fn new(settings: Arc<Settings>, run: &str, group: &str) -> anyhow::Result<Self> {
        let client = Client::try_default()
            .await
            .context("there is no cluster that kubectl would talk to")?;
        let shell = Shell::in_folder(&settings.workspace);
        Ok(Self {
            client,
            shell,
            settings,
            prefix: format!("sys-{run}-{group}"),
            made: Arc::default(),
        })
    }

    /// Makes a namespace that admits only pods that are allowed nothing, and that goes with the group.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn namespace(&self, suffix: &str) -> anyhow::Result<String> {
        let name = self.reserve(suffix);
        let namespace = serde_json::from_value(json!({
            "metadata": {
                "name": name,
                "labels": {
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                    LABEL: "true",
                },
            },
        }))?;
        let namespaces = Api::<Namespace>::all(self.client.clone());
        namespaces
            .create(&PostParams::default(), &namespace)
            .await
            .with_context(|| format!("namespace {name}"))?;
        Ok(name)
    }

    /// The name of a namespace that a command will make, and that goes with the group.
    #[must_use]
    pub fn reserve(&self, suffix: &str) -> String {
        let name = if suffix.is_empty() {
            self.prefix.clone()
        } else {
            format!("{}-{suffix}", self.prefix)
        };
        self.lock().push(name.clone());
        name
    }

    /// The namespaces made so far.
    #[must_use]
    pub fn namespaces(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// What there is to see in them, for somebody who wants to know what went wrong.
    pub async fn describe(&self) -> String {
        let mut text = String::new();
        for namespace in self.namespaces() {
            text.push_str(&diagnosis::describe(&self.client, &namespace).await);
        }
        text
    }

    /// Begins to remove one namespace and everything in it.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn drop_namespace(&self, name: &str) -> anyhow::Result<()> {
        delete(&self.client, name).await
    }

    /// Removes everything and waits until it is gone.
    ///
    /// # Errors
    /// When something stays.
    pub async fn clear(&self) -> anyhow::Result<()> {
        let names = self.namespaces();
        for name in &names {
            delete(&self.client, name).await?;
        }
        let namespaces = Api::<Namespace>::all(self.client.clone());
        for name in &names {
            until(
                &format!("namespace {name} goes"),
                GOING,
                async || match namespaces.get_opt(name).await? {
                    None => Ok(()),
                    Some(there) => bail!("it is {:?}", there.status.and_then(|it| it.phase)),
                },
            )
            .await?;
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn delete(client: &Client, name: &str) -> anyhow::Result<()> {
    let namespaces = Api::<Namespace>::all(client.clone());
    match namespaces.delete(name, &DeleteParams::default()).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => Ok(()),
        Err(error) => Err(error).with_context(|| format!("namespace {name} cannot be removed")),
    }
}

/// Removes what an earlier run left that was killed; a run that is still going on is left alone.
///
/// # Errors
/// When the cluster does not answer.
pub async fn remove_leftovers(client: &Client) -> anyhow::Result<()> {
    let namespaces = Api::<Namespace>::all(client.clone());
    let left = namespaces
        .list(&ListParams::default().labels(LABEL))
        .await
        .context("the cluster does not answer")?;
    let long_ago = Timestamp::now() - LEFT_ALONE;
    for namespace in left {
        let made = namespace.metadata.creation_timestamp;
        if made.is_some_and(|made| made.0 > long_ago) {
            continue;
        }
        let name = namespace.metadata.name.unwrap_or_default();
        eprintln!("removing namespace {name}, which an earlier run left");
        delete(client, &name).await?;
    }
    Ok(())
}
