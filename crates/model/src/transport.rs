//! Sends what async-openai asks for, with a limit on every phase of the answer, and gives it only answers that it can
//! read: it loses the status of an error in another form than `OpenAI`'s, and logs what it cannot read.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_openai::middleware::HttpRequestFactory;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::Method;
use reqwest::{Body, Response};
use serde_json::{Deserializer, Value};
use tokio::time::{Instant, timeout_at};

use crate::{ModelError, RequestError, StepLimits};

/// A line is never longer in earnest; the last one of a Responses stream repeats the whole answer.
const LONGEST_LINE: usize = 4 * 1024 * 1024;
/// An answer is never longer in earnest, with its thoughts and with what is said around every word.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;

/// A stream may begin with one; the crate's reader of events panics there, with the beginning of the answer as its message.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With `[DONE]`.
    Marked,
    /// Without.
    Unmarked,
    Broken(ModelError),
}

/// How the bytes of a stream ended, handed past the crate, which keeps no more than the text of an error. Empty where it
/// stopped at `[DONE]` and left the rest unread.
pub(crate) type Noted = Arc<OnceLock<Ending>>;

/// Sends a request and passes on what is answered; how that ends is noted.
pub(crate) async fn send(
    http: reqwest::Client,
    limits: StepLimits,
    noted: Noted,
    request: HttpRequestFactory,
) -> Result<Response, RequestError> {
    let request = request.build().await?;
    let wants_stream = request.method() == Method::POST;
    let begin_by = Instant::now() + limits.connect + limits.first_byte;
    let response = match timeout_at(begin_by, http.execute(request)).await {
        Err(_) => return Err(ModelError::Busy.into()),
        Ok(Err(error)) => return Err(RequestError::unreachable(&error)),
        Ok(Ok(response)) if response.status().is_success() => response,
        Ok(Ok(response)) => return Err(RequestError::read(response).await),
    };
    let mut incoming = Incoming {
        response,
        begin_by: Some(begin_by),
        idle: limits.idle,
        line: 0,
        all: 0,
        over: false,
    };
    if !wants_stream {
        return Ok(answer(incoming.rest(Vec::new()).await?));
    }
    // What the answer calls itself is not to be relied on; how it begins is.
    let mut head = Vec::new();
    let first = loop {
        head.extend(incoming.piece().await?.ok_or(ModelError::Cut)?);
        if head.len() < BYTE_ORDER_MARK.len() {
            continue;
        }
        if head.starts_with(BYTE_ORDER_MARK) {
            head.drain(..BYTE_ORDER_MARK.len());
        }
        if let Some(first) = head.trim_ascii_start().first() {
            break *first;
        }
    };
    match first {
        // Not streamed but in one piece, or in lines of JSON, which is passed on as a stream of events.
        b'{' => {
            let body = incoming.rest(head).await?;
            let events = Deserializer::from_slice(&body).into_iter::<Value>();
            let events = events.map(|event| Ok(format!("data: {}\n\n", event?)));
            let events = events.collect::<Result<String, serde_json::Error>>();
            let events = events.map_err(|_| ModelError::Nonsense)?;
            Ok(answer(format!("{events}data: [DONE]\n\n")))
        }
        // The page of a proxy or of a web site, or a list of whatever.
        b'<' | b'[' => Err(ModelError::Nonsense.into()),
        _ => Ok(answer(Body::wrap_stream(incoming.stream(head, noted)))),
    }
}

fn answer(body: impl Into<Body>) -> Response {
    http::Response::new(body.into()).into()
}

/// An answer's bytes as they come, within their limits.
struct Incoming {
    response: Response,
    /// Until the first byte has come.
    begin_by: Option<Instant>,
    idle: Duration,
    /// Bytes of the line that has not ended yet.
    line: usize,
    all: usize,
    over: bool,
}

impl Incoming {
    async fn piece(&mut self) -> Result<Option<Bytes>, ModelError> {
        let begin_by = self.begin_by.take();
        let until = begin_by.unwrap_or_else(|| Instant::now() + self.idle);
        let piece = match timeout_at(until, self.response.chunk()).await {
            Err(_) if begin_by.is_some() => return Err(ModelError::Busy),
            Err(_) => return Err(ModelError::Slow),
            Ok(Err(_)) => return Err(ModelError::Cut),
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) if self.over => return Ok(None),
            // A blank line ends the last event, which not every provider does.
            Ok(Ok(None)) => {
                self.over = true;
                Bytes::from_static(b"\n\n")
            }
        };
        self.all += piece.len();
        let line_end = piece.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
        self.line = line_end.map_or(self.line + piece.len(), |end| piece.len() - end);
        if self.line > LONGEST_LINE || self.all > LONGEST_ANSWER {
            return Err(ModelError::TooLong);
        }
        Ok(Some(piece))
    }

    async fn rest(&mut self, mut body: Vec<u8>) -> Result<Vec<u8>, ModelError> {
        while let Some(piece) = self.piece().await? {
            body.extend(piece);
        }
        Ok(body)
    }

    /// The bytes, after those that were read already. Their end is noted before their reader hears of it.
    fn stream(self, head: Vec<u8>, noted: Noted) -> impl Stream<Item = Result<Bytes, ModelError>> {
        let begun = stream::once(async { Ok(Bytes::from(head)) });
        let rest = stream::unfold((self, noted), |(mut incoming, noted)| async {
            let piece = incoming.piece().await;
            let _ = match &piece {
                Ok(Some(_)) => Ok(()),
                Ok(None) => noted.set(Ending::Unmarked),
                Err(error) => noted.set(Ending::Broken(error.clone())),
            };
            Some((piece.transpose()?, (incoming, noted)))
        });
        begun.chain(rest)
    }
}
