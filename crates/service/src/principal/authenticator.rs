use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::lookups::{LookupFailed, Lookups};
use super::recent::Recent;
use super::{Kind, Principal, Scopes, personal_token, shown_name};
use crate::assertion::{self, Assertions};
use crate::auth::{self, AccessTokens, Unauthorized, UserTokens};
use crate::problem::Problem;

/// How long an answer of the database is taken for true: what is taken back is refused everywhere within 30 seconds.
const RECHECK_AFTER: Duration = Duration::from_secs(20);
/// When to try again after the database did not answer, in seconds.
const RETRY_AFTER: u32 = 2;

/// Why there is no principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The credential is not good. The reason is in the debug log only.
    #[error("not a valid credential")]
    Invalid,
    /// Whether it is good cannot be found out now.
    #[error("the credential cannot be checked now")]
    Unknown,
}

impl From<Unauthorized> for Refused {
    fn from(_: Unauthorized) -> Self {
        Self::Invalid
    }
}

impl From<assertion::Refused> for Refused {
    fn from(_: assertion::Refused) -> Self {
        Self::Invalid
    }
}

impl From<LookupFailed> for Refused {
    fn from(_: LookupFailed) -> Self {
        Self::Unknown
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid => Self::unauthorized(),
            Refused::Unknown => {
                let detail = "Who you are cannot be checked now. Try again in a moment.";
                Self::unavailable(detail, RETRY_AFTER)
            }
        }
    }
}

/// Checks credentials: each process takes those that are made for it, and no other's. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

struct Inner {
    audience: Audience,
    lookups: Box<dyn Lookups>,
    /// By the token's hash.
    personal_tokens: Recent<String, Principal>,
    /// The client's name, by user and client id.
    grants: Recent<(Arc<str>, Arc<str>), Option<Arc<str>>>,
}

/// Whose tokens are taken, beside personal access tokens.
enum Audience {
    Backend(UserTokens),
    Mcp {
        assertions: Assertions,
        access_tokens: Option<AccessTokens>,
    },
}

impl Authenticator {
    /// For the backend: tokens of people who signed in, and personal access tokens.
    #[must_use]
    pub fn for_backend(tokens: UserTokens, lookups: impl Lookups) -> Self {
        Self::new(Audience::Backend(tokens), lookups)
    }

    /// For the MCP server: the backend's assertions, personal access tokens and, where there is an authorization server,
    /// its access tokens.
    #[must_use]
    pub fn for_mcp(
        assertions: Assertions,
        access_tokens: Option<AccessTokens>,
        lookups: impl Lookups,
    ) -> Self {
        let audience = Audience::Mcp {
            assertions,
            access_tokens,
        };
        Self::new(audience, lookups)
    }

    fn new(audience: Audience, lookups: impl Lookups) -> Self {
        Self(Arc::new(Inner {
            audience,
            lookups: Box::new(lookups),
            personal_tokens: Recent::new(RECHECK_AFTER),
            grants: Recent::new(RECHECK_AFTER),
        }))
    }

    /// The principal a credential speaks for.
    ///
    /// # Errors
    /// For every kind of bad credential the same.
    pub async fn authenticate(&self, credential: &str) -> Result<Principal, Refused> {
        if personal_token::is_meant(credential) {
            return self.personal_token(credential).await;
        }
        match &self.0.audience {
            Audience::Backend(tokens) => Ok(Principal::signed_in(tokens.verify(credential).await?)),
            Audience::Mcp {
                access_tokens: Some(access_tokens),
                ..
            } if auth::is_access_token(credential) => {
                self.access_token(access_tokens, credential).await
            }
            Audience::Mcp { assertions, .. } => Ok(assertions.verify(credential)?),
        }
    }

    async fn personal_token(&self, token: &str) -> Result<Principal, Refused> {
        let hash = personal_token::hash(token).ok_or(Refused::Invalid)?;
        if let Some(principal) = self.0.personal_tokens.get(&hash) {
            return Ok(principal);
        }
        let asked = Instant::now();
        let found = self.0.lookups.personal_token(&hash).await?;
        let found = found.ok_or(Refused::Invalid)?;
        let principal = Principal {
            user_id: found.user_id.into(),
            kind: Kind::PersonalToken,
            token_id: Some(found.id.into()),
            client: found.name.as_deref().and_then(shown_name),
            scopes: Scopes::stored(found.permissions.as_deref()),
        };
        // One that is about to expire is looked up each time.
        let margin = i64::try_from(RECHECK_AFTER.as_secs()).unwrap_or_default();
        if found.expires_at.is_none_or(|at| now() + margin < at) {
            self.0
                .personal_tokens
                .insert(hash, asked, principal.clone());
        }
        Ok(principal)
    }

    async fn access_token(
        &self,
        access_tokens: &AccessTokens,
        token: &str,
    ) -> Result<Principal, Refused> {
        let token = access_tokens.verify(token).await?;
        let parties = (Arc::clone(&token.user_id), Arc::clone(&token.client_id));
        let client = match self.0.grants.get(&parties) {
            Some(client) => client,
            None => {
                let asked = Instant::now();
                let grant = self.0.lookups.grant(&parties.0, &parties.1).await?;
                let client = grant.ok_or(Refused::Invalid)?.client;
                let client = client.as_deref().and_then(shown_name);
                self.0.grants.insert(parties, asked, client.clone());
                client
            }
        };
        Ok(Principal {
            user_id: token.user_id,
            kind: Kind::OAuth,
            token_id: token.id,
            client,
            scopes: token.scopes,
        })
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.map(|now| i64::try_from(now.as_secs()));
    seconds.map_or(0, |seconds| seconds.unwrap_or(i64::MAX))
}
