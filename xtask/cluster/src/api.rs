//! The API server of one cluster, asked about one namespace. What kubectl has chosen for other work stays chosen.

use std::{fmt::Debug, time::Duration};

use anyhow::Context as _;
use http_body_util::BodyExt as _;
use k8s_openapi::{
    ByteString, NamespaceResourceScope,
    api::core::v1::{Namespace, Secret},
};
use kube::{
    Api, Client, Config, Resource,
    api::{ListParams, PostParams},
    client::Body,
    config::KubeConfigOptions,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::runtime::Runtime;

const LIMIT: Duration = Duration::from_secs(20);

/// Something that lives in a namespace.
pub trait Object:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Clone
    + Debug
    + Serialize
    + DeserializeOwned
{
}

impl<K> Object for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned
{
}

/// A namespace of a cluster.
pub struct Cluster {
    runtime: Runtime,
    pub client: Client,
    pub namespace: String,
}

impl Cluster {
    /// Connects to the cluster of this name in kubeconfig.
    pub fn connect(context: &str, namespace: &str) -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let options = KubeConfigOptions {
            context: Some(context.to_owned()),
            ..KubeConfigOptions::default()
        };
        let client = runtime.block_on(async {
            let mut config = Config::from_kubeconfig(&options).await?;
            config.connect_timeout = Some(Duration::from_secs(10));
            anyhow::Ok(Client::try_from(config)?)
        });
        Ok(Self {
            client: client
                .with_context(|| format!("kubeconfig has no usable cluster {context}"))?,
            runtime,
            namespace: namespace.to_owned(),
        })
    }

    /// Waits for what the API server answers, but not for ever.
    pub fn wait<T>(&self, answer: impl Future<Output = kube::Result<T>>) -> anyhow::Result<T> {
        let answer = async { tokio::time::timeout(LIMIT, answer).await };
        let answer = self.runtime.block_on(answer);
        Ok(answer.context("the API server does not answer")??)
    }

    pub fn api<K: Object>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// The objects with these labels; with none, all.
    pub fn list<K: Object>(&self, labels: &str) -> anyhow::Result<Vec<K>> {
        let listed = self.wait(self.api().list(&ListParams::default().labels(labels)));
        let kind = K::kind(&());
        let listed = listed.with_context(|| format!("cannot list objects of the kind {kind}"))?;
        Ok(listed.items)
    }

    /// One object, if it is there.
    pub fn find<K: Object>(&self, name: &str) -> anyhow::Result<Option<K>> {
        let found = self.wait(self.api::<K>().get_opt(name));
        found.with_context(|| format!("cannot look for {name}"))
    }

    /// Makes an object that is not there yet.
    pub fn create<K: Object>(&self, object: Value) -> anyhow::Result<()> {
        let object: K = serde_json::from_value(object)?;
        self.wait(self.api().create(&PostParams::default(), &object))?;
        Ok(())
    }

    pub fn find_namespace(&self) -> anyhow::Result<Option<Namespace>> {
        let namespaces = Api::<Namespace>::all(self.client.clone());
        self.wait(namespaces.get_opt(&self.namespace))
    }

    /// Makes the namespace, for pods that are allowed nothing.
    pub fn make_namespace(&self, (label, value): (&str, &str)) -> anyhow::Result<()> {
        let namespace = serde_json::from_value(serde_json::json!({"metadata": {
            "name": self.namespace,
            "labels": {
                label: value,
                "pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/warn": "restricted",
            },
        }}))?;
        let namespaces = Api::<Namespace>::all(self.client.clone());
        self.wait(namespaces.create(&PostParams::default(), &namespace))?;
        Ok(())
    }

    /// Status and text that the API server answers to a GET, whatever the status.
    pub fn get(&self, path: &str) -> anyhow::Result<(u16, String)> {
        let request = http::Request::get(path).body(Body::empty())?;
        self.wait(async {
            let answer = self.client.send(request).await?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await?.to_bytes();
            Ok((status, String::from_utf8_lossy(&body).into_owned()))
        })
    }
}

/// What a Secret holds under a key, if it holds any text there.
pub fn text(secret: &Secret, key: &str) -> Option<String> {
    let ByteString(bytes) = secret.data.as_ref()?.get(key)?;
    let text = String::from_utf8(bytes.clone()).ok()?;
    (!text.trim().is_empty()).then_some(text)
}
