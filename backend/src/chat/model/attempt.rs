//! Sends a request to the model's provider and says in our words why it was not accepted.
//!
//! It stands in for async-openai's own executor, which loses the status of errors it cannot parse,
//! backs off without a limit of ours and writes the provider's answer to the log.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use futures_util::StreamExt;
use http::{StatusCode, header};
use reqwest::Response;
use serde_json::Value;

use super::ModelError;

/// Nothing has been shown or done before the first byte of an answer, so these are safe to repeat.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];
/// A provider that asks for more patience than this gets none: the person is told instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
const ERROR_BODY_LIMIT: usize = 16 * 1024;

/// Executes requests with a small, bounded number of attempts.
#[derive(Debug, Clone)]
pub(super) struct Attempts(pub reqwest::Client);

impl tower::Service<HttpRequestFactory> for Attempts {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let http = self.0.clone();
        Box::pin(async move { send(&http, &request).await })
    }
}

async fn send(
    http: &reqwest::Client,
    request: &HttpRequestFactory,
) -> Result<Response, OpenAIError> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let failure = match http.execute(request.build().await?).await {
            Ok(response) if response.status().is_success() => return streamed(response),
            Ok(response) => refusal(response).await,
            Err(error) => transport(&error),
        };
        match pauses.next().zip(patience(&failure)) {
            Some((pause, asked)) => tokio::time::sleep(pause.max(asked)).await,
            None => return Err(boxed(failure)),
        }
    }
}

/// How long to wait at least before the same request may succeed; `None` when it will not.
fn patience(failure: &ModelError) -> Option<Duration> {
    match failure {
        ModelError::Unreachable | ModelError::Failed(_) => Some(Duration::ZERO),
        ModelError::RateLimited { retry_after } => {
            let asked = Duration::from_secs(u64::from(retry_after.unwrap_or(0)));
            (asked <= LONGEST_PAUSE).then_some(asked)
        }
        _ => None,
    }
}

fn streamed(response: Response) -> Result<Response, OpenAIError> {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        Ok(response)
    } else {
        Err(boxed(ModelError::Nonsense))
    }
}

fn transport(error: &reqwest::Error) -> ModelError {
    if error.is_connect() || !error.is_timeout() {
        ModelError::Unreachable
    } else {
        ModelError::Slow
    }
}

async fn refusal(response: Response) -> ModelError {
    let status = response.status();
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let code = error_code(response).await;
    tracing::warn!(
        model.status = status.as_u16(),
        model.code = code,
        "the model refused a request"
    );
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ModelError::Unauthorized,
        StatusCode::PAYMENT_REQUIRED => ModelError::OutOfQuota,
        StatusCode::TOO_MANY_REQUESTS if code == "insufficient_quota" => ModelError::OutOfQuota,
        StatusCode::TOO_MANY_REQUESTS => ModelError::RateLimited { retry_after },
        StatusCode::REQUEST_TIMEOUT => ModelError::Slow,
        status if status.is_server_error() => ModelError::Failed(status.as_u16()),
        status => ModelError::Refused(status.as_u16()),
    }
}

/// The provider's short name for what went wrong. Its prose is not read: it may quote the prompt.
async fn error_code(response: Response) -> String {
    let read = async {
        let mut body = Vec::new();
        let mut bytes = response.bytes_stream();
        while let Some(Ok(piece)) = bytes.next().await {
            body.extend_from_slice(&piece);
            if body.len() > ERROR_BODY_LIMIT {
                break;
            }
        }
        body
    };
    let body = tokio::time::timeout(Duration::from_secs(2), read)
        .await
        .unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    ["/error/code", "/error/type"]
        .iter()
        .filter_map(|path| body.pointer(path)?.as_str())
        .find(|code| {
            code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
        .unwrap_or("none")
        .to_owned()
}

fn boxed(error: ModelError) -> OpenAIError {
    OpenAIError::Boxed(Box::new(error))
}
