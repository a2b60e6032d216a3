//! A way to the application as a person has it: an address, a name server's answer, and a certificate to trust.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, redirect::Policy};

use crate::waiting::seconds;

/// Longer than a person waits; a turn of the chat is far quicker with the offline model.
const ANSWER: Duration = seconds(30);

/// Where people go.
#[derive(Debug, Clone)]
pub struct Site {
    /// Scheme, host and port, as browsers call it.
    pub origin: String,
    address: Option<SocketAddr>,
    authority: Option<Certificate>,
    client: Client,
}

impl Site {
    /// An address that needs nothing but itself.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn plain(origin: &str) -> anyhow::Result<Self> {
        Self::new(origin, None, None)
    }

    /// A name that only this client knows, at `address`, over HTTPS with only `authority` trusted.
    ///
    /// # Errors
    /// When the certificate is none.
    pub fn trusting(host: &str, address: SocketAddr, authority: &[u8]) -> anyhow::Result<Self> {
        let authority = Certificate::from_pem(authority).context("the authority's certificate")?;
        Self::new(&format!("https://{host}"), Some(address), Some(authority))
    }

    /// A name that only this client knows, at `address`, over plain HTTP.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn named(origin: &str, address: SocketAddr) -> anyhow::Result<Self> {
        Self::new(origin, Some(address), None)
    }

    fn new(
        origin: &str,
        address: Option<SocketAddr>,
        authority: Option<Certificate>,
    ) -> anyhow::Result<Self> {
        let mut site = Self {
            origin: origin.to_owned(),
            address,
            authority,
            client: bare().build()?,
        };
        site.client = site.client()?;
        Ok(site)
    }

    /// A client with connections of its own.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn client(&self) -> anyhow::Result<Client> {
        Ok(self.builder()?.timeout(ANSWER).build()?)
    }

    /// A client that makes a new connection for every request.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn fresh_client(&self) -> anyhow::Result<Client> {
        let builder = self.builder()?.timeout(ANSWER);
        Ok(builder.pool_max_idle_per_host(0).build()?)
    }

    /// A client for answers that do not end.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn streaming_client(&self) -> anyhow::Result<Client> {
        Ok(self.builder()?.read_timeout(seconds(60)).build()?)
    }

    /// A request of this method to a path.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// The whole address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    fn builder(&self) -> anyhow::Result<ClientBuilder> {
        let mut builder = bare();
        if let Some(address) = self.address {
            let url = reqwest::Url::parse(&self.origin)?;
            let host = url.host_str().context("an origin without a host")?;
            builder = builder.resolve(host, address);
        }
        if let Some(authority) = &self.authority {
            builder = builder.tls_certs_only([authority.clone()]);
        }
        Ok(builder)
    }
}

fn bare() -> ClientBuilder {
    Client::builder()
        .connect_timeout(seconds(10))
        .redirect(Policy::none())
        .no_proxy()
}
