//! Reaching the MCP server, and why it could not be reached.

use std::time::Duration;

use rmcp::{
    RoleClient,
    model::ProtocolVersion,
    service::{
        ClientInitializeError, ClientLifecycleMode, ClientServiceExt, RunningService, ServiceError,
    },
    transport::{
        DynamicTransportError, StreamableHttpClientTransport,
        streamable_http_client::{StreamableHttpClientTransportConfig, StreamableHttpError},
    },
};
use tokio::time::timeout;

use super::signed::Signed;
use crate::healthcheck::innermost;

/// How long the handshake may take, and how long the list.
pub(super) const LIMIT: Duration = Duration::from_secs(5);
const CONCURRENT_CALLS: usize = 64;

pub(super) type Client = RunningService<RoleClient, ()>;

/// Why an MCP server gave no tools, in words for whoever runs it.
#[derive(Debug, thiserror::Error)]
pub enum NoTools {
    /// Nobody is there.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// Somebody is there, and says nothing.
    #[error("it did not answer within 5 seconds")]
    Slow,
    /// The two servers do not share the key.
    #[error("it refused the credentials: MCP_API_KEY is not the one it has")]
    Key,
    /// It does not answer to the name it was called by.
    #[error("it answered 403: its MCP_ALLOWED_HOSTS does not have the host name of this address")]
    Host,
    /// An answer that is none of an MCP server's.
    #[error("it answered {0}")]
    Status(u16),
    /// An answer that cannot be used.
    #[error("its answer cannot be used: {0}")]
    Protocol(String),
}

/// Connects, beginning with discovery.
pub(super) async fn connect(http: Signed, url: &str) -> Result<Client, NoTools> {
    let config = StreamableHttpClientTransportConfig::with_uri(url)
        .max_concurrent_requests(CONCURRENT_CALLS);
    let transport = StreamableHttpClientTransport::with_client(http, config);
    let lifecycle = ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    };
    timeout(LIMIT, ().serve_with_lifecycle(transport, lifecycle))
        .await
        .map_err(|_| NoTools::Slow)?
        .map_err(|error| match error {
            ClientInitializeError::TransportError { error, .. } => NoTools::from_transport(&error),
            error => NoTools::Protocol(error.to_string()),
        })
}

impl NoTools {
    pub(super) fn from_client(error: reqwest::Error) -> Self {
        Self::Unreachable(innermost(&error.without_url()))
    }

    pub(super) fn from_service(error: &ServiceError) -> Self {
        match error {
            ServiceError::TransportSend(error) => Self::from_transport(error),
            ServiceError::Timeout { .. } => Self::Slow,
            error => Self::Protocol(error.to_string()),
        }
    }

    fn from_transport(error: &DynamicTransportError) -> Self {
        type Cause = StreamableHttpError<reqwest::Error>;
        match error.error.downcast_ref::<Cause>() {
            Some(Cause::AuthRequired(_)) => Self::Key,
            Some(Cause::UnexpectedServerResponse(text)) if text.contains("Host header") => {
                Self::Host
            }
            Some(Cause::HttpStatus(status)) => Self::Status(status.status),
            Some(Cause::Client(error)) if error.is_timeout() => Self::Slow,
            Some(Cause::Client(error)) => Self::Unreachable(innermost(error)),
            _ => Self::Protocol(error.error.to_string()),
        }
    }
}
