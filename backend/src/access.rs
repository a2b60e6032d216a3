//! What the checks of credentials ask the database.

use service::principal::{Grant, LookupFailed, Lookups, Pending, PersonalToken};
use store::{Db, access};

/// Answers over the tables of this database.
#[derive(Debug, Clone)]
pub struct Access(pub Db);

impl Lookups for Access {
    fn personal_token<'a>(&'a self, hash: &'a str) -> Pending<'a, PersonalToken> {
        Box::pin(async move {
            let found = access::personal_token(&self.0, hash)
                .await
                .map_err(failed)?;
            Ok(found.map(|token| PersonalToken {
                id: token.id,
                user_id: token.user_id,
                name: token.name,
                permissions: token.permissions,
                expires_at: token.expires_at.map(|at| at.timestamp()),
            }))
        })
    }

    fn grant<'a>(&'a self, user: &'a str, client: &'a str) -> Pending<'a, Grant> {
        Box::pin(async move {
            let found = access::grant(&self.0, user, client).await.map_err(failed)?;
            Ok(found.map(|grant| Grant {
                client: grant.client,
            }))
        })
    }
}

fn failed(error: store::Error) -> LookupFailed {
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    tracing::warn!(%error, cause, "a credential could not be checked");
    LookupFailed
}
