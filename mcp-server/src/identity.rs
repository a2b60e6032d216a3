//! Who calls: settled before the MCP machinery sees the request, read by the tools as [`Principal`].

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderValue,
        header::{AUTHORIZATION, WWW_AUTHENTICATE},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use rmcp::{
    ErrorData, RoleServer,
    handler::server::common::{AsRequestContext, FromContextPart},
    service::RequestContext,
};
use service::{assertion::Assertions, bearer, middleware, problem::Problem};

/// The person whose tasks a request is about. It comes from the verified token and from nowhere else: no argument,
/// header, query or metadata can name another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The owner of the tasks.
    pub user_id: String,
    /// The name of the client that calls for them, as far as it is known.
    pub client: Option<String>,
}

/// Lets a request with a good assertion through as its [`Principal`]; answers 401 to every other.
pub(crate) async fn identify(
    State(assertions): State<Arc<Assertions>>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = bearer::token(request.headers());
    let Some(user_id) = token.and_then(|token| assertions.verify(token).ok()) else {
        return refused(request.headers().contains_key(AUTHORIZATION)).into_response();
    };
    // From here on nobody needs the token, so nobody can print it.
    request.headers_mut().remove(AUTHORIZATION);
    middleware::record_user(request.extensions(), &user_id);
    request.extensions_mut().insert(Principal {
        user_id,
        client: None,
    });
    next.run(request).await
}

/// The one 401; when there were credentials, the challenge says that they are what is wrong (RFC 6750).
fn refused(presented: bool) -> Problem {
    let problem = Problem::unauthorized();
    if presented {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        problem.header(WWW_AUTHENTICATE, challenge)
    } else {
        problem
    }
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
}

impl<C: AsRequestContext> FromContextPart<C> for Principal {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        Self::of(context.as_request_context())
    }
}
