//! What a person lets programs do: their personal access tokens and the apps that they connected.
//!
//! The rows are the frontend's, in the tables that Better Auth's packages make. They are not in our migrations, so these
//! statements cannot be checked when this crate is built. Where a table or the right to read it is missing, there are no
//! such tokens.

use std::sync::{
    Once,
    atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, query, query_as};

use crate::{Db, Error};

/// A token that is enabled and not expired, of an account that is there. Its last use is told at most once a minute.
const PERSONAL_TOKEN: &str = r#"
select
    k.id, k."referenceId" as user_id, k.name, k.permissions, k."expiresAt" as expires_at,
    (k."lastRequest" is null or k."lastRequest" < now() - interval '1 minute') as use_is_untold
from apikey k join "user" u on u.id = k."referenceId"
where k.key = $1 and k.enabled and (k."expiresAt" is null or k."expiresAt" > now())
    and not exists (select from deleted_accounts d where d.account = account_hash(u.id))
"#;
const USED: &str = r#"
update apikey set "lastRequest" = now()
where id = $1 and "referenceId" = $2
    and ("lastRequest" is null or "lastRequest" < now() - interval '1 minute')
"#;
const GRANT: &str = r#"
select c.name as client
from "oauthConsent" g join "oauthClient" c on c."clientId" = g."clientId" join "user" u on u.id = g."userId"
where g."userId" = $1 and g."clientId" = $2 and c.disabled is not true
    and not exists (select from deleted_accounts d where d.account = account_hash(u.id))
limit 1
"#;

/// A personal access token that is good now.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PersonalToken {
    /// The id of its row.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// What the person called it.
    pub name: Option<String>,
    /// What it may do, as JSON.
    pub permissions: Option<String>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    use_is_untold: bool,
}

/// A person's consent to what an app may do.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Grant {
    /// The app's name.
    pub client: Option<String>,
}

/// The token of this hash; none when it is unknown, disabled or expired, or its owner is gone. That it is used is written
/// down afterwards, while the database is awake.
///
/// # Errors
/// When the database is away or busy.
pub async fn personal_token(db: &Db, hash: &str) -> Result<Option<PersonalToken>, Error> {
    static MISSING: Once = Once::new();
    let select = query_as::<_, PersonalToken>(PERSONAL_TOKEN).bind(hash);
    let found = db.run(async |c| select.fetch_optional(c).await).await;
    let found = unless_missing(found, &MISSING, "personal access tokens")?;
    if let Some(token) = found.as_ref().filter(|token| token.use_is_untold) {
        tokio::spawn(tell_use(
            db.clone(),
            token.id.clone(),
            token.user_id.clone(),
        ));
    }
    Ok(found)
}

/// A person's consent to an app, if it still stands.
///
/// # Errors
/// When the database is away or busy.
pub async fn grant(db: &Db, owner: &str, client: &str) -> Result<Option<Grant>, Error> {
    static MISSING: Once = Once::new();
    let select = query_as::<_, Grant>(GRANT).bind(owner).bind(client);
    let found = db.run(async |c| select.fetch_optional(c).await).await;
    unless_missing(found, &MISSING, "connected apps")
}

async fn tell_use(db: Db, id: String, owner: String) {
    static FAILED: AtomicBool = AtomicBool::new(false);
    let update = query(USED).bind(id).bind(owner);
    if let Err(error) = db.run(async |c| update.execute(c).await).await
        && !FAILED.swap(true, Ordering::Relaxed)
    {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(%error, cause, "the use of a personal access token was not written down");
    }
}

fn unless_missing<T>(
    found: Result<Option<T>, Error>,
    once: &Once,
    what: &str,
) -> Result<Option<T>, Error> {
    match found {
        Err(Error::Database(error)) if is_missing(&error) => {
            once.call_once(|| {
                tracing::warn!(%error, "there are no {what}: this database does not have their table for us");
            });
            Ok(None)
        }
        found => found,
    }
}

/// Whether a table, a column or the right to read it is missing (PostgreSQL, appendix A).
fn is_missing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["42P01", "42703", "42501", "3F000"].contains(&&*code))
}
