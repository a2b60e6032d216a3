//! A way to one certain pod, past every Service.

use std::net::SocketAddr;

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A port of this machine that leads into a pod for as long as this lives.
pub struct Forward {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Forward {
    /// Opens it.
    ///
    /// # Errors
    /// When there is no port to be had here.
    pub async fn open(pods: Api<Pod>, pod: &str, port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("no free port")?;
        let address = listener.local_addr()?;
        let pod = pod.to_owned();
        let serving = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (pods, pod) = (pods.clone(), pod.clone());
                tokio::spawn(async move {
                    if let Err(error) = pass(&pods, &pod, port, connection).await {
                        eprintln!("the way to {pod}:{port} broke: {error:#}");
                    }
                });
            }
        });
        Ok(Self { address, serving })
    }

    /// What a client calls.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(pods: &Api<Pod>, pod: &str, port: u16, mut here: TcpStream) -> anyhow::Result<()> {
    let mut forwarder = pods.portforward(pod, &[port]).await?;
    let mut there = forwarder.take_stream(port).context("no stream")?;
    // Either side may simply hang up.
    let _ = copy_bidirectional(&mut here, &mut there).await;
    Ok(())
}
