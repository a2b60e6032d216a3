//! The node ports 30080 and 30081, of which a cluster has one each.

use anyhow::ensure;
use k8s_openapi::api::core::v1::Service;
use kube::{Api, Client, api::ListParams};
use tokio::sync::{Mutex, MutexGuard};

/// The port of the frontend.
pub const FRONTEND: u16 = 30080;
/// The port of the backend.
pub const BACKEND: u16 = 30081;

static IN_USE: Mutex<()> = Mutex::const_new(());

/// Both ports for oneself, as long as this lives. The Services that use them must be gone before.
pub struct NodePorts {
    _guard: MutexGuard<'static, ()>,
}

impl NodePorts {
    /// Waits until no other scenario has them.
    ///
    /// # Errors
    /// When a Service has one that is none of these tests'.
    pub async fn take(client: &Client) -> anyhow::Result<Self> {
        let guard = IN_USE.lock().await;
        let services = Api::<Service>::all(client.clone());
        for service in services.list(&ListParams::default()).await? {
            let ports = service.spec.and_then(|it| it.ports).unwrap_or_default();
            for port in ports.into_iter().filter_map(|it| it.node_port) {
                let one = i32::from(FRONTEND) == port || i32::from(BACKEND) == port;
                let metadata = &service.metadata;
                ensure!(
                    !one,
                    "Service {} in namespace {} has the node's port {port}: uninstall that release first",
                    metadata.name.as_deref().unwrap_or_default(),
                    metadata.namespace.as_deref().unwrap_or_default()
                );
            }
        }
        Ok(Self { _guard: guard })
    }
}
