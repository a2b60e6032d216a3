//! The other backends. Whoever wakes the database tells them, because their `LISTEN` went with its sleep.

use std::time::Duration;

use axum::{Router, extract::State, routing::post};
use http::StatusCode;
use store::{Db, events::TaskEvents};

/// How long a sibling may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// Replicas of one service; more would be a mistake in the configuration.
const PEERS_MAX: usize = 64;

/// Where the other backends are.
#[derive(Debug, Clone)]
pub struct Peers {
    client: reqwest::Client,
    addresses: Vec<String>,
}

impl Peers {
    /// `addresses` are `host:port` of private ports; a name with several addresses, such as a headless Service, is
    /// every one of them.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(addresses: Vec<String>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(ANSWER)
            .timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, addresses })
    }

    /// Tells the siblings each time this process wakes the database; never ends.
    pub async fn watch(self, db: Db) {
        loop {
            db.woken().await;
            self.tell().await;
        }
    }

    async fn tell(&self) {
        for name in &self.addresses {
            let Ok(found) = tokio::net::lookup_host(name.as_str()).await else {
                tracing::warn!(peer = %name, "this sibling has no address");
                continue;
            };
            for address in found.take(PEERS_MAX) {
                let told = self
                    .client
                    .post(format!("http://{address}/awake"))
                    .send()
                    .await;
                if let Err(error) = told {
                    tracing::debug!(%address, error = %error.without_url(), "a sibling did not answer");
                }
            }
        }
    }
}

/// What siblings call, on the private port only: it says that the database is awake, and does no harm when it is not
/// true, for whoever listens then merely wakes it.
pub fn private_router(events: TaskEvents) -> Router {
    Router::new()
        .route("/awake", post(awake))
        .with_state(events)
}

async fn awake(State(events): State<TaskEvents>) -> StatusCode {
    events.database_is_awake();
    StatusCode::NO_CONTENT
}
