use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::config::ConfigError;

const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const TOTAL_LIMIT: Duration = Duration::from_secs(5);
const BODY_LIMIT: usize = 64 * 1024;
const ED25519_BYTES: usize = 32;
/// Between two fetches, whoever asks for whatever key.
const PAUSE: Duration = Duration::from_mins(1);
/// While there is no key at all: at start the frontend may come up later than we do.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(1);

type Keys = HashMap<String, DecodingKey>;

/// The frontend's public keys, by `kid`, fetched when a token names one that is not known.
pub(super) struct Jwks {
    url: Url,
    client: Client,
    /// `None` until the first successful fetch.
    keys: RwLock<Option<Keys>>,
    edition: AtomicU64,
    /// Whether the last attempt failed.
    failing: AtomicBool,
    /// Held while fetching, so that one fetch serves all who wait: the end of the last attempt.
    last_attempt: Arc<Mutex<Option<Instant>>>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer was {0}")]
    Status(reqwest::StatusCode),
    #[error("the answer is larger than {BODY_LIMIT} bytes")]
    TooLarge,
    #[error("the answer is not a key set: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl Jwks {
    pub(super) fn new(auth_url: &str) -> Result<Self, ConfigError> {
        let base = Url::parse(auth_url).map_err(|_| ConfigError::Url)?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(ConfigError::Url);
        }
        let url = format!("{}/api/auth/jwks", auth_url.trim_end_matches('/'));
        let url = Url::parse(&url).map_err(|_| ConfigError::Url)?;
        let client = Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(TOTAL_LIMIT)
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .map_err(ConfigError::Client)?;
        Ok(Self {
            url,
            client,
            keys: RwLock::new(None),
            edition: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            last_attempt: Arc::default(),
        })
    }

    /// The key of that name, fetched anew if it is unknown and the last attempt is long enough ago.
    pub(super) async fn key(self: &Arc<Self>, kid: &str) -> Option<DecodingKey> {
        if let Some(key) = self.known(kid) {
            return Some(key);
        }
        self.refresh(|jwks| jwks.known(kid).is_some()).await;
        self.known(kid)
    }

    /// Another number after each fetch.
    pub(super) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// Whether there was ever an answer; if not, sets off an attempt and does not wait for it.
    pub(super) fn fetched_or_try(self: &Arc<Self>) -> bool {
        if self.fetched() {
            return true;
        }
        let jwks = Arc::clone(self);
        tokio::spawn(async move { jwks.warm().await });
        false
    }

    pub(super) async fn warm(self: &Arc<Self>) {
        self.refresh(Self::fetched).await;
    }

    /// Whether the last attempt to fetch keys failed.
    pub(super) fn failing(&self) -> bool {
        self.failing.load(Ordering::Acquire)
    }

    fn known(&self, kid: &str) -> Option<DecodingKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.as_ref()?.get(kid).cloned()
    }

    pub(super) fn fetched(&self) -> bool {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    fn pause(&self) -> Duration {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        match &*keys {
            Some(keys) if !keys.is_empty() => PAUSE,
            _ => PAUSE_WITHOUT_KEYS,
        }
    }

    async fn refresh(self: &Arc<Self>, satisfied: impl Fn(&Self) -> bool) {
        let mut last_attempt = Arc::clone(&self.last_attempt).lock_owned().await;
        let too_soon = last_attempt.is_some_and(|at| at.elapsed() < self.pause());
        if satisfied(self) || too_soon {
            return;
        }
        let jwks = Arc::clone(self);
        // A task of its own: a client that leaves while waiting must not undo the count.
        let attempt = tokio::spawn(async move {
            match jwks.fetch().await {
                Ok(keys) => {
                    if jwks.failing.swap(false, Ordering::AcqRel) {
                        tracing::info!(keys = keys.len(), "keys fetched");
                    }
                    *jwks.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(keys);
                    jwks.edition.fetch_add(1, Ordering::AcqRel);
                }
                // Said once, however often it is tried.
                Err(error) if jwks.failing.swap(true, Ordering::AcqRel) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "no keys fetched");
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "no keys fetched");
                }
            }
            *last_attempt = Some(Instant::now());
        });
        if let Err(error) = attempt.await {
            tracing::error!(%error, "fetching keys was cut off");
        }
    }

    async fn fetch(&self) -> Result<Keys, FetchError> {
        let mut response = self.client.get(self.url.clone()).send().await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let document: Document = serde_json::from_slice(&body)?;
        Ok(document.keys.into_iter().filter_map(usable).collect())
    }
}

/// A key of another kind, or one that is malformed, does not spoil the others.
fn usable(key: Value) -> Option<(String, DecodingKey)> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let ed25519 = matches!(
        &jwk.algorithm,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519
    );
    let for_eddsa = matches!(jwk.common.key_algorithm, None | Some(KeyAlgorithm::EdDSA));
    let for_signatures = matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    if !(ed25519 && for_eddsa && for_signatures) {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    // jsonwebtoken panics on a shorter key and cuts off a longer one.
    if key.try_get_as_bytes().ok()?.len() != ED25519_BYTES {
        return None;
    }
    Some((jwk.common.key_id?, key))
}
