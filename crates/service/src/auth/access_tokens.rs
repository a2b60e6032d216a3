//! Access tokens of the frontend's authorization server (RFC 9068): what an app that a person connected sends.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::Deserialize;
use serde_json::Value;

use super::config::ConfigError;
use super::jwks::Jwks;
use super::token_cache::TokenCache;
use super::{LEEWAY_SECONDS, now, rules};
use crate::bearer::{MAX_TOKEN_BYTES, is_user_id};
use crate::principal::{Refused, Scopes};

/// Where access tokens come from and what they are for.
#[derive(Clone, Debug)]
pub struct AccessTokensConfig {
    /// `BETTER_AUTH_URL`; the keys are at `{auth_url}/api/auth/jwks`.
    pub auth_url: String,
    /// The authorization server, as tokens name it.
    pub issuer: String,
    /// The protected resource, as tokens name it.
    pub resource: String,
}

/// Checks access tokens; cheap to clone.
#[derive(Clone)]
pub struct AccessTokens {
    inner: Arc<Inner>,
}

struct Inner {
    jwks: Arc<Jwks>,
    rules: Validation,
    issuer: String,
    resource: String,
    /// Where a token may be good besides: its authorization server tells there whose it is.
    userinfo: String,
    cache: TokenCache<AccessToken>,
}

/// What an access token says.
#[derive(Clone)]
pub(crate) struct AccessToken {
    pub(crate) user_id: Arc<str>,
    pub(crate) client_id: Arc<str>,
    pub(crate) id: Option<Arc<str>>,
    pub(crate) scopes: Scopes,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: Audience,
    exp: u64,
    client_id: Option<String>,
    azp: Option<String>,
    jti: Option<String>,
    #[serde(default)]
    scope: String,
    /// Binds the token to a key of the client's, which a bearer does not prove to have.
    cnf: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// Whether a token says that it is an access token, which says nothing of its being a good one.
pub(crate) fn is_access_token(token: &str) -> bool {
    jsonwebtoken::decode_header(token).is_ok_and(|header| is_type(header.typ.as_deref()))
}

/// Whether this is the type of an access token (RFC 9068, section 2.1).
pub(super) fn is_type(typ: Option<&str>) -> bool {
    typ.is_some_and(|typ| {
        let typ = typ.to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ) == "at+jwt"
    })
}

impl AccessTokens {
    /// Fetches nothing yet.
    ///
    /// # Errors
    /// When the configuration cannot work.
    pub fn new(config: AccessTokensConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            inner: Arc::new(Inner {
                jwks: Arc::new(Jwks::new(&config.auth_url)?),
                rules: rules(Algorithm::EdDSA, Some(&config.issuer), None),
                userinfo: format!("{}/api/auth/oauth2/userinfo", config.issuer),
                issuer: config.issuer,
                resource: config.resource,
                cache: TokenCache::default(),
            }),
        })
    }

    /// The authorization server, as tokens name it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// The protected resource, as tokens name it.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.inner.resource
    }

    /// What a good token says.
    pub(crate) async fn verify(&self, token: &str) -> Result<AccessToken, Refused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refused::Invalid);
        }
        let inner = &self.inner;
        // Read before the check, as for the tokens of people.
        let edition = inner.jwks.edition();
        if let Some(known) = inner.cache.get(token, edition, now()) {
            return Ok(known);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|error| refuse(&error))?;
        let Header {
            alg: Algorithm::EdDSA,
            kid: Some(kid),
            ..
        } = header
        else {
            return Err(refuse(&"no key for this kind of token"));
        };
        let Some(key) = inner.jwks.key(&kid).await else {
            // A key that cannot be fetched now may be a good one.
            return Err(if inner.jwks.failing() {
                Refused::Unknown
            } else {
                refuse(&"unknown key")
            });
        };
        let decoded = jsonwebtoken::decode::<Claims>(token, &key, &inner.rules);
        let claims = decoded.map_err(|error| refuse(&error))?.claims;
        let until = claims.exp.saturating_add(LEEWAY_SECONDS);
        let says = inner.read(claims).map_err(|reason| refuse(&reason))?;
        inner.cache.insert(token, &says, edition, until);
        Ok(says)
    }
}

impl Inner {
    fn read(&self, claims: Claims) -> Result<AccessToken, &'static str> {
        let audiences = claims.aud.names();
        let is_ours = |name: &String| *name == self.resource;
        let fits = |name: &String| is_ours(name) || *name == self.userinfo;
        if !audiences.iter().any(is_ours) || !audiences.iter().all(fits) {
            return Err("for another audience");
        }
        if claims.cnf.is_some() {
            return Err("bound to a key");
        }
        if !is_user_id(&claims.sub) {
            return Err("no usable user id");
        }
        let client = claims.client_id.or(claims.azp).ok_or("no client")?;
        Ok(AccessToken {
            user_id: claims.sub.into(),
            client_id: client.into(),
            id: claims.jti.map(Into::into),
            scopes: Scopes::parse(&claims.scope),
        })
    }
}

fn refuse(reason: &impl std::fmt::Display) -> Refused {
    tracing::debug!(%reason, "access token refused");
    Refused::Invalid
}
