//! The MCP protocol around the tools.

use std::{borrow::Cow, panic::AssertUnwindSafe, time::Instant};

use axum::http::request::Parts;
use futures_util::FutureExt as _;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::tool::ToolCallContext,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestMethod,
        CompleteRequestParams, CompleteResult, CustomRequest, CustomResult, DiscoverResult,
        ErrorCode, GetPromptRequestParams, GetPromptResponse, InitializeRequestParams,
        InitializeResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
        ListToolsResult, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams,
        ReadResourceResponse, ServerConfig,
    },
    service::RequestContext,
    tool_handler,
};
use service::middleware;
use tokio_util::sync::CancellationToken;

use crate::{
    Principal, about,
    clock::Clock,
    failure::Failure,
    prompts, resources,
    tools::{ROUTER, Tools},
};

/// The tools change with a release only.
const TOOLS_FRESH_MS: u64 = 5 * 60 * 1000;

/// Methods whose parameters may be malformed.
const KNOWN_METHODS: [&str; 7] = [
    "initialize",
    "ping",
    "prompts/get",
    "resources/read",
    "server/discover",
    "tools/call",
    "tools/list",
];

#[tool_handler(router = ROUTER)]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        about::server(self.website())
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        context.peer.set_peer_info(request.clone());
        let mut result = self.negotiate_initialize(&request)?;
        result.instructions = Some(about::instructions(&Clock::of(&context)));
        Ok(result)
    }

    async fn discover(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        let mut result = DiscoverResult::from_server_info(versions, self.get_info());
        result.instructions = Some(about::instructions(&Clock::of(&context)));
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let call = Call::begin(&request.name, &context)?;
        if ROUTER
            .get(&request.name)
            .is_some_and(|tool| !call.caller.may_use(tool))
        {
            let refused = call.caller.refuse();
            call.end(&Err("insufficient_scope"));
            return Err(refused);
        }
        let disconnected = context.ct.clone();
        let answer = ROUTER.call(ToolCallContext::new(self, request, context));
        let answer = finished(answer, &disconnected).await;
        call.end(&answer);
        answer.unwrap_or_else(|_| Err(ErrorData::internal_error("the call did not finish", None)))
    }

    /// A client that asks for a version nobody knows, or for none, as older ones of Go do, is given the one that most clients
    /// know: it refuses a newer one.
    fn negotiate_initialize(
        &self,
        request: &InitializeRequestParams,
    ) -> Result<InitializeResult, ErrorData> {
        let asked = &request.protocol_version;
        let mut info = self.get_info();
        info.protocol_version = if !ProtocolVersion::KNOWN_VERSIONS.contains(asked) {
            ProtocolVersion::V_2025_06_18
        } else if asked.has_initialize() {
            asked.clone()
        } else {
            ProtocolVersion::LATEST_WITH_INITIALIZE
        };
        Ok(info)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let caller = Principal::of(&context)?;
        let all = ROUTER.list_all();
        let count = all.len();
        let allowed: Vec<_> = all
            .into_iter()
            .filter(|tool| caller.may_use(tool))
            .collect();
        // A list for some callers only must not be kept for all.
        let complete = allowed.len() == count;
        let mut result = ListToolsResult::with_all_items(allowed);
        (result.ttl_ms, result.cache_scope) = fresh(&context).unzip();
        if !complete && result.cache_scope.is_some() {
            result.cache_scope = Some(CacheScope::Private);
        }
        Ok(result)
    }

    /// rmcp takes a method that it knows, with parameters of another shape, for a method that it does not know.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(if KNOWN_METHODS.contains(&request.method.as_str()) {
            let message = format!("The params of {} are missing or malformed.", request.method);
            ErrorData::invalid_params(message, None)
        } else {
            ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None)
        })
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut result = ListPromptsResult::with_all_items(prompts::all());
        (result.ttl_ms, result.cache_scope) = fresh(&context).unzip();
        Ok(result)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let (caller, clock) = (Principal::of(&context)?, Clock::of(&context));
        let prompt = prompts::get(self.db(), &caller, &clock, &request.name).await?;
        Ok(prompt.into())
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let mut result = ListResourcesResult::with_all_items(resources::all());
        (result.ttl_ms, result.cache_scope) = fresh(&context).unzip();
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let mut result = ListResourceTemplatesResult::with_all_items(resources::templates());
        (result.ttl_ms, result.cache_scope) = fresh(&context).unzip();
        Ok(result)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let caller = Principal::of(&context)?;
        let resource = resources::read(self.db(), &caller, &request.uri).await?;
        Ok(resource.into())
    }

    // rmcp answers it with an empty list although the capability is not declared.
    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Err(ErrorData::method_not_found::<CompleteRequestMethod>())
    }
}

/// How long a list of prompts or resources may be kept, where the protocol says so: as that of the tools, and by everybody.
fn fresh(context: &RequestContext<RoleServer>) -> Option<(u64, CacheScope)> {
    let version = context.protocol_version()?;
    (version >= ProtocolVersion::V_2026_07_28).then_some((TOOLS_FRESH_MS, CacheScope::Public))
}

type Answer = Result<CallToolResponse, ErrorData>;

/// The call's answer, or why there is none. Without this a tool that panics would never be answered at all.
async fn finished(
    call: impl Future<Output = Answer>,
    disconnected: &CancellationToken,
) -> Result<Answer, &'static str> {
    tokio::select! {
        biased;
        answer = AssertUnwindSafe(call).catch_unwind() => answer.map_err(|_| "panic"),
        // Nobody waits for the answer: give the connection back.
        () = disconnected.cancelled() => Err("cancelled"),
    }
}

/// One call of a tool, for the audit line and the metrics. It never sees arguments.
struct Call {
    caller: Principal,
    tool: Cow<'static, str>,
    request_id: String,
    started: Instant,
}

impl Call {
    fn begin(tool: &str, context: &RequestContext<RoleServer>) -> Result<Self, ErrorData> {
        let caller = Principal::of(context)?;
        let parts = context.extensions.get::<Parts>();
        let request_id = parts.map(|parts| middleware::request_id(&parts.extensions));
        let request_id = request_id.unwrap_or_default().to_owned();
        // A name that is no tool's comes from the caller and must not become a label.
        let tool = ROUTER
            .get(tool)
            .map_or(Cow::Borrowed("unknown"), |tool| tool.name.clone());
        Ok(Self {
            caller,
            tool,
            request_id,
            started: Instant::now(),
        })
    }

    fn end(self, answer: &Result<Answer, &'static str>) {
        let outcome = match answer {
            Ok(Ok(CallToolResponse::Complete(result))) => {
                Failure::code_in(result).unwrap_or(Cow::Borrowed("ok"))
            }
            Ok(Ok(_)) => Cow::Borrowed("ok"),
            Ok(Err(_)) => Cow::Borrowed("protocol_error"),
            Err(why) => Cow::Borrowed(*why),
        };
        let elapsed = self.started.elapsed();
        tracing::info!(
            user.id = %self.caller.user_id,
            caller.kind = ?self.caller.kind,
            token.id = self.caller.token_id.as_deref(),
            tool = %self.tool,
            outcome = %outcome,
            duration_ms = elapsed.as_secs_f64() * 1000.0,
            request_id = %self.request_id,
            "tool call",
        );
        let labels = [("tool", self.tool), ("outcome", outcome)];
        metrics::counter!("mcp_tool_calls_total", &labels).increment(1);
        metrics::histogram!("mcp_tool_call_duration_seconds", &labels)
            .record(elapsed.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_answer() -> Answer {
        Err(ErrorData::internal_error("", None))
    }

    #[tokio::test]
    async fn a_tool_that_panics_is_answered() {
        let call = async { if true { panic!("a bug") } else { no_answer() } };
        assert_eq!(
            finished(call, &CancellationToken::new()).await.unwrap_err(),
            "panic"
        );
    }

    #[tokio::test]
    async fn a_call_that_nobody_waits_for_is_dropped() {
        let disconnected = CancellationToken::new();
        disconnected.cancel();
        let dropped = finished(std::future::pending(), &disconnected).await;
        assert_eq!(dropped.unwrap_err(), "cancelled");
    }

    #[tokio::test]
    async fn an_answer_that_is_there_is_given_though_the_client_left() {
        let disconnected = CancellationToken::new();
        disconnected.cancel();
        assert!(finished(async { no_answer() }, &disconnected).await.is_ok());
    }
}
