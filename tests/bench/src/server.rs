//! Where requests go: a program on this machine, or a host elsewhere over TLS.

use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::Context as _;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::either::Either;

/// A server.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Server {
    /// A program on this machine, spoken to in clear.
    pub(crate) fn here(port: u16) -> Self {
        Self {
            address: ([127, 0, 0, 1], port).into(),
            tls: None,
        }
    }

    /// A host at this address, over TLS; only the authority in this file (PEM) is trusted.
    pub(crate) fn trusting(
        authority: &Path,
        host: &str,
        address: SocketAddr,
    ) -> anyhow::Result<Self> {
        let name = ServerName::try_from(host.to_owned()).context("not the name of a host")?;
        let mut roots = RootCertStore::empty();
        let certificates = CertificateDer::pem_file_iter(authority)
            .with_context(|| format!("{} cannot be read", authority.display()))?;
        for certificate in certificates {
            roots.add(certificate.context("the authority's certificate")?)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            address,
            tls: Some((TlsConnector::from(Arc::new(config)), name)),
        })
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> anyhow::Result<Either<TcpStream, TlsStream<TcpStream>>> {
        let address = self.address;
        let stream = TcpStream::connect(address).await;
        let stream = stream.with_context(|| format!("nothing listens on {address}"))?;
        stream.set_nodelay(true)?;
        let Some((connector, name)) = &self.tls else {
            return Ok(Either::Left(stream));
        };
        let stream = connector.connect(name.clone(), stream).await;
        let stream = stream.with_context(|| format!("no TLS with {address}"))?;
        Ok(Either::Right(stream))
    }
}
