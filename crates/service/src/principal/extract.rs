//! Principals in handlers, and what their scopes allow.

use axum::extract::{FromRef, FromRequestParts};
use http::header::WWW_AUTHENTICATE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::{Authenticator, Principal, Refused, Scope};
use crate::bearer;
use crate::middleware;
use crate::problem::Problem;

impl Principal {
    /// Accepts a `{user_id}` path segment that is the caller's own id, or the word `me`.
    ///
    /// # Errors
    /// 403 for anybody else's.
    pub fn owns(&self, segment: &str) -> Result<(), Problem> {
        if segment == "me" || segment == &*self.user_id {
            Ok(())
        } else {
            Err(Problem::forbidden("This belongs to somebody else."))
        }
    }

    /// Whether the caller may do what needs this scope.
    ///
    /// # Errors
    /// 403 that names the scope.
    pub fn needs(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.allow(scope) {
            Ok(())
        } else {
            Err(Problem::insufficient_scope(scope, None))
        }
    }
}

impl Problem {
    /// 403: the credential is good but its scope too small (RFC 6750). `more` are further parameters of the challenge.
    #[must_use]
    pub fn insufficient_scope(scope: Scope, more: Option<&str>) -> Self {
        let scopes = scope.requested_as();
        let (separator, more) = more.map_or(("", ""), |more| (", ", more));
        let challenge =
            format!("Bearer error=\"insufficient_scope\", scope=\"{scopes}\"{separator}{more}");
        let detail = match scope {
            Scope::Read => "This key may not read tasks.",
            Scope::Write => "This key may only read.",
        };
        let problem = Self::new(StatusCode::FORBIDDEN, "insufficient_scope", detail);
        match HeaderValue::from_str(&challenge) {
            Ok(challenge) => problem.header(WWW_AUTHENTICATE, challenge),
            Err(_) => problem,
        }
    }
}

/// A handler that takes a principal is closed to everybody else: what is not a `GET` needs the scope to write.
impl<S: Send + Sync> FromRequestParts<S> for Principal
where
    Authenticator: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer::token(&parts.headers).ok_or(Refused::Invalid)?;
        let principal = Authenticator::from_ref(state).authenticate(token).await?;
        middleware::record_user(&parts.extensions, &principal.user_id);
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        principal.needs(if reads { Scope::Read } else { Scope::Write })?;
        Ok(principal)
    }
}
