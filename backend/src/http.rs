//! Every route. One file a resource; each handler says who may call it and what it takes in its signature.

mod account;
mod caller;
mod chat;
mod chatkit;
mod conversations;
pub mod cors;
pub mod docs;
mod error;
mod events;
mod export;
mod ready;
pub mod tasks;
mod undo;
mod usage;

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use http::{HeaderValue, header::CACHE_CONTROL};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

pub use caller::Owner;
pub use error::ApiError;

use crate::state::AppState;

/// The version that `/health` and the OpenAPI document tell.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Every route that needs the state, with its description.
#[must_use]
pub fn routes() -> OpenApiRouter<AppState> {
    let mut routes = OpenApiRouter::with_openapi(Document::openapi())
        .merge(tasks::routes())
        .merge(undo::routes())
        .merge(events::routes())
        .merge(chat::routes())
        .merge(conversations::routes())
        .merge(export::routes())
        .merge(chatkit::routes())
        .merge(usage::routes())
        .merge(account::routes())
        .merge(ready::routes())
        .layer(from_fn(no_store));
    docs::describe(routes.get_openapi_mut());
    routes
}

/// What a person is answered is kept by nobody but that person's own program.
async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let cache_control = response.headers_mut().entry(CACHE_CONTROL);
    cache_control.or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether the process answers; touches nothing else.
pub fn health() -> Router {
    service::health::router(VERSION)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Todo",
        description = "Tasks by list or by chat. `{user_id}` is the caller's own id, or the word `me`. \
                       Every error is a problem document (RFC 9457).",
        license(name = "MIT", identifier = "MIT")
    ),
    components(schemas(error::ProblemBody)),
    security(("bearer" = [])),
    modifiers(&Bearer)
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The page's JWT, or a personal access token (`todo_pat_…`) that a person made in the settings. What \
                 reads needs the scope `tasks:read`, everything else `tasks:write`, which includes reading; the \
                 account, all data at once and the keys themselves are for the signed-in person alone.",
            ))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}
