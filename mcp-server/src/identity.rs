//! Who calls: settled before the MCP machinery sees the request, read by the tools as [`Principal`].

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::{Request, State},
    http::{header::AUTHORIZATION, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use rmcp::{
    ErrorData, RoleServer,
    handler::server::common::{AsRequestContext, FromContextPart},
    model::Tool,
    service::RequestContext,
};
use service::{
    bearer, middleware,
    principal::{self, Authenticator, Refused, Scope},
};

use crate::metadata::Challenges;

/// Checks who calls.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) authenticator: Authenticator,
    pub(crate) challenges: Arc<Challenges>,
}

/// The caller of a tool.
#[derive(Debug, Clone)]
pub struct Principal {
    known: Arc<principal::Principal>,
    /// Set when a call was refused because of the scope: only the HTTP answer around the protocol's can say so.
    refused: Arc<AtomicBool>,
}

impl Deref for Principal {
    type Target = principal::Principal;

    fn deref(&self) -> &Self::Target {
        &self.known
    }
}

/// Lets a request with a good credential through as its [`Principal`]; answers 401 to every other, and 403 where the
/// credential's scope is too small.
pub(crate) async fn identify(
    State(identity): State<Identity>,
    mut request: Request,
    next: Next,
) -> Response {
    let challenges = &identity.challenges;
    let authenticated = match bearer::token(request.headers()) {
        Some(token) => identity.authenticator.authenticate(token).await,
        None => Err(Refused::Invalid),
    };
    let known = match authenticated {
        Ok(principal) => Arc::new(principal),
        Err(Refused::Invalid) => {
            let presented = request.headers().contains_key(AUTHORIZATION);
            return challenges.unauthorized(presented).into_response();
        }
        Err(refused) => return service::problem::Problem::from(refused).into_response(),
    };
    middleware::record_user(request.extensions(), &known.user_id);
    if !known.scopes.allow(Scope::Read) {
        return challenges.insufficient(Scope::Read).into_response();
    }
    // From here on nobody needs the token, so nobody can print it.
    request.headers_mut().remove(AUTHORIZATION);
    let refused = Arc::<AtomicBool>::default();
    request.extensions_mut().insert(Principal {
        known,
        refused: Arc::clone(&refused),
    });
    let response = next.run(request).await;
    if refused.load(Ordering::Relaxed) {
        return challenges.insufficient(Scope::Write).into_response();
    }
    response
}

impl Principal {
    /// Who made this request.
    pub(crate) fn of(context: &RequestContext<RoleServer>) -> Result<Self, ErrorData> {
        let parts = context.extensions.get::<Parts>();
        // The middleware makes absence impossible; should the wiring ever break, no call is served.
        parts
            .and_then(|parts| parts.extensions.get::<Self>())
            .cloned()
            .ok_or_else(|| ErrorData::internal_error("the caller is not known", None))
    }

    /// Whether the caller's scope allows a tool. One that does not say that it only reads, writes.
    pub(crate) fn may_use(&self, tool: &Tool) -> bool {
        let hints = tool.annotations.as_ref();
        let reads = hints.and_then(|hints| hints.read_only_hint) == Some(true);
        self.scopes
            .allow(if reads { Scope::Read } else { Scope::Write })
    }

    /// Refuses a call that the scope does not allow: the answer is HTTP 403, whatever stands in this error.
    pub(crate) fn refuse(&self) -> ErrorData {
        self.refused.store(true, Ordering::Relaxed);
        ErrorData::invalid_request("insufficient_scope", None)
    }
}

impl<C: AsRequestContext> FromContextPart<C> for Principal {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        Self::of(context.as_request_context())
    }
}
