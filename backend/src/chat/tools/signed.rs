//! The HTTP client under the MCP client: adds to each request the proof of whom it is made for.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::stream::BoxStream;
use http::{HeaderName, HeaderValue};
use rmcp::{
    model::{ClientJsonRpcMessage, ClientRequest, GetExtensions, JsonRpcMessage},
    transport::streamable_http_client::{
        SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
    },
};
use service::{assertion::AssertionKey, middleware::REQUEST_ID};

/// Rides in a request's extensions, which are never sent.
#[derive(Debug, Clone)]
pub(super) struct ActingFor {
    pub user: String,
    /// The request of theirs that brought this one about.
    pub request_id: String,
}

/// The subject of requests that concern nobody: discovery and the list of tools.
const NOBODY: &str = "todo-backend";

#[derive(Debug, Clone)]
pub(super) struct Signed {
    http: reqwest::Client,
    key: Arc<AssertionKey>,
}

type Headers = HashMap<HeaderName, HeaderValue>;
type Failed = StreamableHttpError<reqwest::Error>;

impl Signed {
    pub fn new(key: AssertionKey) -> Result<Self, reqwest::Error> {
        // The short idle time lets connections move to new replicas.
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .pool_idle_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            http,
            key: Arc::new(key),
        })
    }

    /// The proof for a message, and its headers. Only discovery and lists may be asked for by nobody; everything else
    /// is for a person or is not sent at all.
    fn sign(
        &self,
        message: &ClientJsonRpcMessage,
        mut headers: Headers,
    ) -> Result<(String, Headers), Failed> {
        let user = match message {
            JsonRpcMessage::Request(request) => match &request.request {
                ClientRequest::CallToolRequest(call) => {
                    call.extensions().get::<ActingFor>().map(|acting| {
                        if let Ok(id) = HeaderValue::from_str(&acting.request_id) {
                            headers.insert(REQUEST_ID, id);
                        }
                        acting.user.as_str()
                    })
                }
                ClientRequest::DiscoverRequest(_) | ClientRequest::ListToolsRequest(_) => {
                    Some(NOBODY)
                }
                _ => None,
            },
            // A notification changes nothing: it cancels a request this client made.
            JsonRpcMessage::Notification(_) => Some(NOBODY),
            _ => None,
        };
        let user = user.ok_or(StreamableHttpError::UnexpectedServerResponse(
            "a request for nobody is not sent".into(),
        ))?;
        Ok((self.key.mint(user), headers))
    }
}

impl StreamableHttpClient for Signed {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let (assertion, headers) = self.sign(&message, headers)?;
        self.http
            .post_message(uri, message, session, Some(assertion), headers)
            .await
    }

    async fn post_message_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _: Option<String>,
        headers: Headers,
        limit: usize,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let (assertion, headers) = self.sign(&message, headers)?;
        self.http
            .post_message_with_max_sse_event_size(
                uri,
                message,
                session,
                Some(assertion),
                headers,
                limit,
            )
            .await
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        token: Option<String>,
        headers: Headers,
    ) -> Result<(), Failed> {
        self.http.delete_session(uri, session, token, headers).await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        token: Option<String>,
        headers: Headers,
    ) -> Result<BoxStream<'static, Result<sse_stream::Sse, SseError>>, Failed> {
        self.http
            .get_stream(uri, session, last_event, token, headers)
            .await
    }
}
