//! Tokens that the frontend signs: those that people's browsers send to the backend, and those that apps send to the MCP
//! server. Neither is taken for the other.

mod access_tokens;
mod config;
mod jwks;
mod token_cache;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Number, Value};

use crate::bearer::{MAX_TOKEN_BYTES, is_user_id};
pub(crate) use access_tokens::is_access_token;
pub use access_tokens::{AccessTokens, AccessTokensConfig};
pub use config::{ConfigError, UserTokensConfig};
use jwks::Jwks;
use token_cache::TokenCache;

const LEEWAY_SECONDS: u64 = 15;
/// How often to look whether keys can be fetched, while none ever were; the pause between attempts is longer.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// The token is not good. The reason is in the debug log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid token")]
pub struct Unauthorized;

/// Checks the tokens of people who signed in; cheap to clone. The key decides the algorithm, never the token's header.
#[derive(Clone)]
pub struct UserTokens {
    inner: Arc<Inner>,
}

struct Inner {
    jwks: Arc<Jwks>,
    secret: Option<DecodingKey>,
    eddsa: Validation,
    hs256: Validation,
    cache: TokenCache<Arc<str>>,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<Value>,
    user_id: Option<Value>,
    id: Option<Value>,
    exp: Option<Number>,
}

impl UserTokens {
    /// Fetches nothing yet.
    ///
    /// # Errors
    /// When the configuration cannot work.
    pub fn new(config: UserTokensConfig) -> Result<Self, ConfigError> {
        let UserTokensConfig {
            auth_url,
            hs256_secret,
            issuer,
            audience,
        } = config;
        let secret = hs256_secret
            .as_ref()
            .map(|secret| secret.expose_secret().as_bytes());
        if secret.is_some_and(<[u8]>::is_empty) {
            return Err(ConfigError::EmptySecret);
        }
        let rules = |algorithm| rules(algorithm, issuer.as_deref(), audience.as_deref());
        Ok(Self {
            inner: Arc::new(Inner {
                jwks: Arc::new(Jwks::new(&auth_url)?),
                secret: secret.map(DecodingKey::from_secret),
                eddsa: rules(Algorithm::EdDSA),
                hs256: rules(Algorithm::HS256),
                cache: TokenCache::default(),
            }),
        })
    }

    /// The user a token speaks for. Waits for the key set at most when the token's key is unknown.
    ///
    /// # Errors
    /// For every kind of bad token the same.
    pub async fn verify(&self, token: &str) -> Result<Arc<str>, Unauthorized> {
        let checked = self.check(token).await;
        checked.map_err(|reason| {
            tracing::debug!(reason, "token refused");
            Unauthorized
        })
    }

    async fn check(&self, token: &str) -> Result<Arc<str>, String> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err("too long".to_owned());
        }
        // Read before the check: a token verified under keys that change meanwhile must not be kept under the new ones.
        let edition = self.inner.jwks.edition();
        if let Some(id) = self.inner.cache.get(token, edition, now()) {
            return Ok(id);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|error| error.to_string())?;
        if access_tokens::is_type(header.typ.as_deref()) {
            return Err("made for the MCP server".to_owned());
        }
        // The header only says which key to try; each key then insists on its own algorithm.
        let (key, rules) = match header {
            Header {
                alg: Algorithm::EdDSA,
                kid: Some(kid),
                ..
            } => {
                let key = self.inner.jwks.key(&kid).await.ok_or("unknown key")?;
                (key, &self.inner.eddsa)
            }
            Header {
                alg: Algorithm::HS256,
                ..
            } => (
                self.inner.secret.clone().ok_or("no secret is set")?,
                &self.inner.hs256,
            ),
            _ => return Err("no key for this kind of token".to_owned()),
        };
        let decoded = jsonwebtoken::decode::<Claims>(token, &key, rules);
        let claims = decoded.map_err(|error| error.to_string())?.claims;
        let expiry = claims.exp.as_ref().and_then(Number::as_u64);
        let id: Arc<str> = user_id(claims).ok_or("no usable user id")?.into();
        if let Some(expiry) = expiry {
            let until = expiry.saturating_add(LEEWAY_SECONDS);
            self.inner.cache.insert(token, &id, edition, until);
        }
        Ok(id)
    }

    /// Whether tokens can be checked: an HS256 secret is set, or the key set was fetched once.
    /// While it never was, this sets off an attempt to fetch it, at most one a second.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.inner.secret.is_some() || self.inner.jwks.fetched_or_try()
    }

    /// Fetches the key set if it never was, so that the first request need not wait for it.
    pub async fn warm(&self) {
        self.inner.jwks.warm().await;
    }

    /// Fetches the key set as soon as the frontend answers, which may come up later than this process; returns when
    /// tokens can be checked. Afterwards nothing is asked without need.
    pub async fn await_keys(&self) {
        loop {
            self.warm().await;
            if self.inner.secret.is_some() || self.inner.jwks.fetched() {
                return;
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }
}

fn rules(algorithm: Algorithm, issuer: Option<&str>, audience: Option<&str>) -> Validation {
    let mut rules = Validation::new(algorithm);
    let mut required = vec!["exp"];
    rules.leeway = LEEWAY_SECONDS;
    rules.validate_nbf = true;
    if let Some(issuer) = issuer {
        rules.set_issuer(&[issuer]);
        required.push("iss");
    }
    if let Some(audience) = audience {
        rules.set_audience(&[audience]);
        required.push("aud");
    }
    rules.validate_aud = audience.is_some();
    rules.set_required_spec_claims(&required);
    rules
}

/// In seconds, as tokens tell time.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(u64::MAX, |now| now.as_secs())
}

fn user_id(claims: Claims) -> Option<String> {
    let id = match claims.sub.or(claims.user_id).or(claims.id)? {
        Value::String(text) => text,
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    is_user_id(&id).then_some(id)
}
