//! The tools of the MCP server, called for one person at a time over one long-lived client.

mod connect;
mod list;
mod signed;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rmcp::{
    RoleClient,
    model::{
        CallToolRequest, CallToolRequestParams, CallToolResult, ClientRequest, ContentBlock,
        ErrorCode, RequestMetaObject, ServerResult,
    },
    service::{Peer, PeerRequestOptions, ServiceError},
    transport::streamable_http_client::StreamableHttpError,
};
use serde_json::{Map, Value};
use service::assertion::AssertionKey;
use sha2::{Digest as _, Sha256};
use store::tools::{IDEMPOTENCY_KEY, TURN};
use tokio::{sync::Mutex, time::timeout};

pub use self::connect::NoTools;
pub(crate) use self::list::ToolList;
use self::{
    connect::{Client, LIMIT, connect},
    signed::{ActingFor, Signed},
};
use super::limits::Limits;

/// Tools change with a release of the MCP server, so a list may be this old.
const LIST_AGE: Duration = Duration::from_mins(1);
/// The longest name of a call that is used as it is.
const LONGEST_CALL_NAME: usize = 200;
const CONNECT_PAUSE: Duration = Duration::from_secs(1);

/// The MCP server as the turns see it.
pub(crate) struct Tools {
    http: Signed,
    url: String,
    limits: Limits,
    connection: Mutex<Connection>,
    list: Mutex<Option<(Instant, Arc<ToolList>)>>,
}

#[derive(Default)]
struct Connection {
    client: Option<Client>,
    failed: Option<Instant>,
}

/// A call as the MCP server gets it.
pub(crate) struct Invocation<'a> {
    pub user: &'a str,
    /// The person's request that brought it about.
    pub request_id: &'a str,
    pub tool: &'a str,
    pub args: Map<String, Value>,
    /// The same for the same call, however often it is sent.
    pub key: String,
    /// The turn, whose changes are undone together.
    pub turn: i64,
}

/// What a call is named to the MCP server: the same for the same call, however often it is sent.
pub(crate) fn call_key(round: i64, call: &str) -> String {
    // Names that a provider makes may be of any length, and a key may not.
    if call.len() <= LONGEST_CALL_NAME && call.is_ascii() {
        return format!("chat:{round}:{call}");
    }
    format!(
        "chat:{round}:{}",
        URL_SAFE_NO_PAD.encode(Sha256::digest(call))
    )
}

/// What a tool answered.
#[derive(Debug)]
pub(crate) struct ToolAnswer {
    pub failed: bool,
    pub result: Value,
}

impl ToolAnswer {
    pub fn refused(why: &str) -> Self {
        Self {
            failed: true,
            result: why.into(),
        }
    }
}

/// Why a tool did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ToolsError {
    /// It was certainly not applied.
    #[error("the MCP server cannot be reached")]
    Unreachable,
    /// It may have been applied.
    #[error("the MCP server's answer was lost")]
    Lost,
}

impl Tools {
    pub fn new(url: String, key: AssertionKey, limits: Limits) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: Signed::new(key)?,
            url,
            limits,
            connection: Mutex::default(),
            list: Mutex::default(),
        })
    }

    /// The tools there are. A list that cannot be renewed is used on.
    pub async fn list(&self) -> Result<Arc<ToolList>, ToolsError> {
        let mut known = self.list.lock().await;
        if let Some((_, list)) = known.as_ref().filter(|(read, _)| read.elapsed() < LIST_AGE) {
            return Ok(Arc::clone(list));
        }
        let list = match (self.read_list().await, known.take()) {
            (Ok(list), _) => Arc::new(list),
            (Err(_), Some((_, list))) => list,
            (Err(error), None) => return Err(error),
        };
        *known = Some((Instant::now(), Arc::clone(&list)));
        Ok(list)
    }

    async fn read_list(&self) -> Result<ToolList, ToolsError> {
        let peer = self.peer().await?;
        let tools = timeout(LIMIT, peer.list_all_tools()).await;
        match tools {
            Ok(Ok(tools)) => Ok(ToolList::new(tools)),
            Ok(Err(error)) => Err(self.refused(&error)),
            Err(_) => Err(ToolsError::Unreachable),
        }
    }

    /// Runs one tool. A repetition happens only where it cannot apply anything twice.
    pub async fn call(
        &self,
        list: &ToolList,
        request: &Invocation<'_>,
    ) -> Result<ToolAnswer, ToolsError> {
        let first = self.call_once(request).await;
        match first {
            Err(ToolsError::Unreachable) => {}
            Err(ToolsError::Lost) if list.repeatable(request.tool) => {}
            outcome => return outcome,
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
        let second = self.call_once(request).await;
        match (first, second) {
            // The first one may still have been applied.
            (Err(ToolsError::Lost), Err(_)) => Err(ToolsError::Lost),
            (_, second) => second,
        }
    }

    async fn call_once(&self, request: &Invocation<'_>) -> Result<ToolAnswer, ToolsError> {
        let peer = self.peer().await?;
        let mut params = CallToolRequestParams::new(request.tool.to_owned());
        params.arguments = Some(request.args.clone());
        let mut call = CallToolRequest::new(params);
        call.extensions.insert(ActingFor {
            user: request.user.to_owned(),
            request_id: request.request_id.to_owned(),
        });
        let mut meta = RequestMetaObject::new();
        meta.0.insert(
            IDEMPOTENCY_KEY.to_owned(),
            Value::String(request.key.clone()),
        );
        meta.0.insert(TURN.to_owned(), request.turn.into());
        // A request handle has no time limit of its own and is not cancelled by dropping it.
        let options = PeerRequestOptions::with_timeout(self.limits.tool_call).with_meta(meta);

        let call = ClientRequest::CallToolRequest(call);
        let answered = match peer.send_request_with_option(call, options).await {
            Ok(handle) => handle.await_response().await,
            Err(error) => Err(error),
        };
        match answered {
            Ok(ServerResult::CallToolResult(result)) => Ok(self.answer(result)),
            Ok(_) => Err(ToolsError::Lost),
            // A bug over there: what was done before it is not known.
            Err(ServiceError::McpError(error)) if error.code == ErrorCode::INTERNAL_ERROR => {
                Err(ToolsError::Lost)
            }
            // The server understood the request and refuses it: unknown tool, broken arguments.
            Err(ServiceError::McpError(error)) => {
                let why = format!("The tool could not be called: {}", error.message);
                Ok(ToolAnswer::refused(&why))
            }
            Err(error) => Err(self.refused(&error)),
        }
    }

    fn answer(&self, result: CallToolResult) -> ToolAnswer {
        let failed = result.is_error == Some(true);
        let value = result.structured_content.unwrap_or_else(|| {
            let text: Vec<&str> = result.content.iter().filter_map(text_of).collect();
            let text = text.join("\n");
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        });
        ToolAnswer {
            failed,
            result: bounded(value, self.limits.result_bytes),
        }
    }

    /// The connected client, connected anew when there is none yet.
    async fn peer(&self) -> Result<Peer<RoleClient>, ToolsError> {
        let mut connection = self.connection.lock().await;
        if let Some(client) = connection
            .client
            .as_ref()
            .filter(|client| !client.is_closed())
        {
            return Ok(client.peer().clone());
        }
        // Whoever waited for an attempt that failed does not start the next one at once.
        if connection
            .failed
            .is_some_and(|failed| failed.elapsed() < CONNECT_PAUSE)
        {
            return Err(ToolsError::Unreachable);
        }
        match connect(self.http.clone(), &self.url).await {
            Ok(connected) => Ok(connection.client.insert(connected).peer().clone()),
            Err(error) => {
                connection.failed = Some(Instant::now());
                tracing::warn!(mcp.url = self.url, error = %error, "no connection to the MCP server");
                Err(ToolsError::Unreachable)
            }
        }
    }

    fn refused(&self, error: &ServiceError) -> ToolsError {
        let cause = match error {
            ServiceError::TransportSend(error) => error
                .error
                .downcast_ref::<StreamableHttpError<reqwest::Error>>(),
            _ => None,
        };
        let (kind, outcome) = match cause {
            Some(StreamableHttpError::Client(error)) if error.is_connect() => {
                ("connect", ToolsError::Unreachable)
            }
            Some(
                StreamableHttpError::AuthRequired(_) | StreamableHttpError::InsufficientScope(_),
            ) => ("credentials", ToolsError::Unreachable),
            Some(StreamableHttpError::HttpStatus(status)) if status.status == 429 => {
                ("rate limit", ToolsError::Unreachable)
            }
            _ if matches!(error, ServiceError::Timeout { .. }) => ("timeout", ToolsError::Lost),
            _ => ("transport", ToolsError::Lost),
        };
        tracing::warn!(
            mcp.failure = kind,
            mcp.url = self.url,
            "the MCP server did not answer"
        );
        outcome
    }
}

/// The names of an MCP server's tools, asked for over a connection of its own, as a turn would ask. Touches no data.
///
/// # Errors
/// In words for whoever runs the servers.
pub async fn tool_names(mcp_url: &str, key: AssertionKey) -> Result<Vec<String>, NoTools> {
    let http = Signed::new(key).map_err(NoTools::from_client)?;
    let client = connect(http, mcp_url).await?;
    let tools = timeout(LIMIT, client.list_all_tools()).await;
    let tools = tools
        .map_err(|_| NoTools::Slow)?
        .map_err(|error| NoTools::from_service(&error))?;
    Ok(tools
        .into_iter()
        .map(|tool| tool.name.into_owned())
        .collect())
}

fn text_of(block: &ContentBlock) -> Option<&str> {
    match block {
        ContentBlock::Text(text) => Some(&text.text),
        _ => None,
    }
}

/// Results are stored and sent to the model again and again, so they have a size limit.
fn bounded(value: Value, limit: usize) -> Value {
    let text = match &value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    if text.len() <= limit {
        return value;
    }
    let cut = text
        .get(..text.floor_char_boundary(limit))
        .unwrap_or_default();
    Value::String(format!(
        "{cut}… (the rest is left out: the result is too long)"
    ))
}
