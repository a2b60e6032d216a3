//! The backend's word to the MCP server on whose behalf it calls: a signed token for one user,
//! good for one minute, that proves knowledge of the shared key without sending it.

use std::fmt;

use hkdf::Hkdf;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::bearer::{MAX_TOKEN_BYTES, is_user_id};
use crate::principal::{Kind, Principal, Scopes};

const LABEL: &[u8] = b"mcp-user-assertion-v1";
const ISSUER: &str = "todo-backend";
const AUDIENCE: &str = "todo-mcp";
const SCOPE: &str = "tasks:read tasks:write";
const LIFETIME_SECONDS: u64 = 60;
const SKEW_SECONDS: u64 = 15;
const MIN_SECRET_BYTES: usize = 32;

/// The shared secret is shorter than 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key must be at least 32 bytes long")]
pub struct KeyTooShort;

/// The token is not a good assertion. The reason is in the debug log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid assertion")]
pub struct Refused;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: u64,
    exp: u64,
    jti: String,
    scope: String,
}

/// The signing key, derived from the secret that backend and MCP server share.
#[derive(Clone)]
pub struct AssertionKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl AssertionKey {
    /// Derives the key from `MCP_API_KEY`.
    ///
    /// # Errors
    /// When the secret is too short to be one.
    pub fn derive(secret: &SecretString) -> Result<Self, KeyTooShort> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyTooShort);
        }
        let mut key = [0; 32];
        // Fails only for outputs far longer than this.
        Hkdf::<Sha256>::new(None, secret)
            .expand(LABEL, &mut key)
            .map_err(|_| KeyTooShort)?;
        Ok(Self {
            encoding: EncodingKey::from_secret(&key),
            decoding: DecodingKey::from_secret(&key),
        })
    }

    /// A token that says the caller acts for `user`, for 60 seconds from now.
    #[must_use]
    pub fn mint(&self, user: &str) -> String {
        let iat = jsonwebtoken::get_current_timestamp();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_owned(),
            iat,
            exp: iat + LIFETIME_SECONDS,
            jti: Uuid::new_v4().to_string(),
            scope: SCOPE.to_owned(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding);
        token.unwrap_or_else(|error| {
            // Not reachable with a key of bytes; an empty token would be refused as any other.
            tracing::error!(%error, "an assertion could not be signed");
            String::new()
        })
    }
}

impl fmt::Debug for AssertionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AssertionKey(…)")
    }
}

/// What the MCP server accepts: the present key, and during a rotation the one before it.
#[derive(Clone, Debug)]
pub struct Assertions {
    current: AssertionKey,
    previous: Option<AssertionKey>,
}

impl Assertions {
    /// `previous` is the key that processes not restarted yet still sign with.
    #[must_use]
    pub fn new(current: AssertionKey, previous: Option<AssertionKey>) -> Self {
        Self { current, previous }
    }

    /// The principal an assertion speaks for.
    ///
    /// # Errors
    /// When the token is not one of ours, is for somebody else, is too old, or lives too long.
    pub fn verify(&self, token: &str) -> Result<Principal, Refused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refused);
        }
        let keys = [Some(&self.current), self.previous.as_ref()];
        let verified = keys
            .into_iter()
            .flatten()
            .find_map(|key| check(key, token).ok());
        verified.ok_or(Refused)
    }
}

fn check(key: &AssertionKey, token: &str) -> Result<Principal, Refused> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = SKEW_SECONDS;
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation)
        .map_err(|error| {
            tracing::debug!(reason = ?error.kind(), "assertion refused");
            Refused
        })?
        .claims;

    let now = jsonwebtoken::get_current_timestamp();
    let lifetime = claims.exp.checked_sub(claims.iat);
    let short_lived = lifetime.is_some_and(|seconds| seconds <= LIFETIME_SECONDS);
    if !short_lived || claims.iat > now + SKEW_SECONDS || !is_user_id(&claims.sub) {
        tracing::debug!(reason = "lifetime or user", "assertion refused");
        return Err(Refused);
    }
    Ok(Principal {
        user_id: claims.sub.into(),
        kind: Kind::Service,
        token_id: Some(claims.jti.into()),
        client: None,
        scopes: Scopes::parse(&claims.scope),
    })
}
