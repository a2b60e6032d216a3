//! A provider's address: sends it requests, with a limit on every phase of the answer.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use reqwest::{Method, RequestBuilder, Response, Url};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    ModelError, StepLimits,
    request_error::RequestError,
    settings::{BadSetting, ModelSettings},
    sse::{Decoder, Event},
};

/// An event is never longer in earnest; the last one of a Responses stream repeats the whole answer.
const LARGEST_EVENT: usize = 4 * 1024 * 1024;

/// Where a provider is and how it knows us.
#[derive(Debug)]
pub(crate) struct Endpoint {
    http: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    limits: StepLimits,
}

/// What a provider answers to a request for a stream.
#[derive(Debug)]
pub(crate) enum Answer {
    Stream(Box<Events>),
    /// The provider does not stream: everything in one piece.
    Whole(Value),
}

impl Endpoint {
    pub fn new(settings: &ModelSettings, limits: StepLimits) -> Result<Self, BadSetting> {
        let base = settings.address()?;
        let mut headers = HeaderMap::new();
        if let Some(key) = settings.key()? {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))
                .map_err(|_| BadSetting::Key(settings.names.key))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        headers.extend(settings.headers.clone());
        // A redirect would take a conversation to somewhere that nobody has configured.
        let http = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            http,
            base,
            headers,
            limits,
        })
    }

    /// The provider's host, by which it is told from others.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// Sends a request whose answer should be a stream.
    pub(crate) async fn post(&self, path: &[&str], body: Vec<u8>) -> Result<Answer, RequestError> {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/event-stream, application/json")
            .body(body);
        let begin_by = self.begin_by();
        let response = send(request, begin_by).await?;
        let mut events = self.events(response, begin_by);
        // What the answer calls itself is not to be relied on; how it begins is.
        let mut head = Vec::new();
        let first = loop {
            let Some(piece) = events.piece().await? else {
                return Err(ModelError::Cut.into());
            };
            head.extend_from_slice(piece.as_ref());
            if let Some(first) = head.trim_ascii_start().first() {
                break *first;
            }
        };
        match first {
            b'{' | b'[' => Ok(Answer::Whole(events.whole(head).await?)),
            // A proxy's or a web site's page.
            b'<' => Err(ModelError::Nonsense.into()),
            _ => {
                events.decoder.push(&head);
                Ok(Answer::Stream(Box::new(events)))
            }
        }
    }

    /// Asks for a document.
    pub(crate) async fn get(&self, path: &[&str]) -> Result<Value, RequestError> {
        let begin_by = self.begin_by();
        let response = send(self.request(Method::GET, path), begin_by).await?;
        Ok(self.events(response, begin_by).whole(Vec::new()).await?)
    }

    /// Asks for nothing but an answer, and gives the reason when none comes.
    pub(crate) async fn reach(&self) -> Result<(), reqwest::Error> {
        let limit = self.limits.connect + self.limits.first_byte;
        self.request(Method::GET, &["models"])
            .timeout(limit)
            .send()
            .await
            .map(drop)
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        // Pushed as segments, so that a query in the address stays behind them.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        self.http.request(method, url).headers(self.headers.clone())
    }

    fn events(&self, response: Response, begin_by: Instant) -> Events {
        Events {
            response,
            decoder: Decoder::default(),
            begin_by: Some(begin_by),
            idle: self.limits.idle,
        }
    }

    fn begin_by(&self) -> Instant {
        Instant::now() + self.limits.connect + self.limits.first_byte
    }
}

async fn send(request: RequestBuilder, begin_by: Instant) -> Result<Response, RequestError> {
    let response = match timeout_at(begin_by, request.send()).await {
        Err(_) => return Err(ModelError::Slow.into()),
        Ok(Err(_)) => return Err(ModelError::Unreachable.into()),
        Ok(Ok(response)) => response,
    };
    if response.status().is_success() {
        Ok(response)
    } else {
        Err(RequestError::read(response).await)
    }
}

/// The events of an answer.
#[derive(Debug)]
pub(crate) struct Events {
    response: Response,
    decoder: Decoder,
    /// Until its first byte has come.
    begin_by: Option<Instant>,
    idle: Duration,
}

impl Events {
    /// The next event; none at the end of the answer.
    pub async fn next(&mut self) -> Result<Option<Event>, ModelError> {
        loop {
            if let Some(event) = self.decoder.next() {
                return Ok(Some(event));
            }
            if self.decoder.held() > LARGEST_EVENT {
                return Err(ModelError::TooLong);
            }
            let Some(piece) = self.piece().await? else {
                self.decoder.finish();
                return Ok(self.decoder.next());
            };
            self.decoder.push(piece.as_ref());
        }
    }

    async fn whole(&mut self, mut body: Vec<u8>) -> Result<Value, ModelError> {
        while let Some(piece) = self.piece().await? {
            body.extend_from_slice(piece.as_ref());
            if body.len() > LARGEST_EVENT {
                return Err(ModelError::TooLong);
            }
        }
        serde_json::from_slice(&body).map_err(|_| ModelError::Nonsense)
    }

    async fn piece(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, ModelError> {
        let until = self
            .begin_by
            .take()
            .unwrap_or_else(|| Instant::now() + self.idle);
        match timeout_at(until, self.response.chunk()).await {
            Err(_) => Err(ModelError::Slow),
            Ok(Err(_)) => Err(ModelError::Cut),
            Ok(Ok(piece)) => Ok(piece),
        }
    }
}
