//! Where to get a token: the metadata of a protected resource (RFC 9728), and the challenges that lead there.

use std::sync::Arc;

use axum::{
    Json, Router,
    http::{
        HeaderValue, Uri,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
    routing::get,
};
use serde_json::json;
use service::{auth::AccessTokens, principal::Scope, problem::Problem};

const ROOT: &str = "/.well-known/oauth-protected-resource";
const OF_MCP: &str = "/.well-known/oauth-protected-resource/mcp";

/// The document at both of its addresses; without an authorization server there is none.
pub(crate) fn routes(tokens: Option<&AccessTokens>) -> Router {
    let Some(tokens) = tokens else {
        return Router::new();
    };
    let document = json!({
        "resource": tokens.resource(),
        "authorization_servers": [tokens.issuer()],
        "scopes_supported": ["tasks:read", "tasks:write"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Todo",
    });
    let document = get(move || {
        let document = document.clone();
        std::future::ready(([(CACHE_CONTROL, "public, max-age=300")], Json(document)))
    });
    Router::new()
        .route(ROOT, document.clone())
        .route(OF_MCP, document)
}

/// What is said to a caller whose credentials are missing or do not suffice.
#[derive(Debug)]
pub(crate) struct Challenges {
    /// The parameter that names the metadata.
    metadata: Option<String>,
}

impl Challenges {
    pub(crate) fn new(tokens: Option<&AccessTokens>) -> Arc<Self> {
        let origin = tokens.and_then(|tokens| origin(tokens.resource()));
        Arc::new(Self {
            metadata: origin.map(|origin| format!("resource_metadata=\"{origin}{OF_MCP}\"")),
        })
    }

    /// The one 401; when there were credentials, the challenge says that they are what is wrong (RFC 6750).
    pub(crate) fn unauthorized(&self, presented: bool) -> Problem {
        let error = presented.then(|| "error=\"invalid_token\"".to_owned());
        let metadata = self
            .metadata
            .as_ref()
            .map(|metadata| format!("{metadata}, scope=\"{}\"", Scope::Write.requested_as()));
        let parameters: Vec<String> = error.into_iter().chain(metadata).collect();
        let challenge = format!("Bearer {}", parameters.join(", "));
        let problem = Problem::unauthorized();
        match HeaderValue::from_str(challenge.trim_end()) {
            Ok(challenge) => problem.header(WWW_AUTHENTICATE, challenge),
            Err(_) => problem,
        }
    }

    /// The 403 for a scope that is too small.
    pub(crate) fn insufficient(&self, scope: Scope) -> Problem {
        Problem::insufficient_scope(scope, self.metadata.as_deref())
    }
}

fn origin(resource: &str) -> Option<String> {
    let uri: Uri = resource.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}
