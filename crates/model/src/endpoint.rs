//! A provider's address: what async-openai sends there, and the events that it makes of an answer.

use std::{collections::VecDeque, sync::Arc};

use async_openai::{Client, config::Config, error::OpenAIError, types::stream::StreamResponse};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, header};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{
    BadSetting, ModelError, ModelList, ModelSettings, RequestError, StepLimits, Wire,
    transport::{self, Ending, Noted},
};

/// Where a provider is and how it knows us.
#[derive(Debug)]
pub(crate) struct Endpoint {
    http: reqwest::Client,
    address: Arc<Address>,
    limits: StepLimits,
}

impl Endpoint {
    pub fn new(settings: &ModelSettings, limits: StepLimits) -> Result<Self, BadSetting> {
        // A redirect would take a conversation to somewhere that nobody has configured.
        let http = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            http,
            address: Arc::new(Address::new(settings)?),
            limits,
        })
    }

    /// The provider's host, by which it is told from others.
    pub fn host(&self) -> &str {
        self.address.base.host_str().unwrap_or_default()
    }

    /// Sends a request whose answer should be a stream.
    pub async fn stream(&self, wire: Wire, body: &Value) -> Result<Events, RequestError> {
        let noted = Noted::default();
        let client = self.client(&noted);
        let stream = match wire {
            Wire::Chat => client.chat().create_stream_byot(body).await?,
            Wire::Responses => client.responses().create_stream_byot(body).await?,
        };
        Ok(Events {
            stream,
            noted,
            joined: VecDeque::new(),
            marked: false,
        })
    }

    /// The provider's list of models.
    pub async fn models(&self) -> Result<ModelList, RequestError> {
        let client = self.client(&Noted::default());
        Ok(ModelList::new(client.models().list_byot().await?))
    }

    /// A client for one request: its transport tells how that one's answer ends.
    fn client(&self, noted: &Noted) -> Client<Arc<dyn Config>> {
        let address: Arc<dyn Config> = Arc::clone(&self.address) as _;
        let (http, limits, noted) = (self.http.clone(), self.limits, Arc::clone(noted));
        let service = tower::service_fn(move |request| {
            transport::send(http.clone(), limits, Arc::clone(&noted), request)
        });
        Client::build(self.http.clone(), address).with_http_service(service)
    }
}

/// The address, and the headers of every request.
#[derive(Debug)]
struct Address {
    base: Url,
    key: SecretString,
    headers: HeaderMap,
}

impl Address {
    fn new(settings: &ModelSettings) -> Result<Self, BadSetting> {
        let accepted = HeaderValue::from_static("text/event-stream, application/json");
        let mut headers = HeaderMap::from_iter([(header::ACCEPT, accepted)]);
        let key = settings.key()?;
        if !key.expose_secret().is_empty() {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))
                .map_err(|_| BadSetting::Key(settings.names.key))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        headers.extend(settings.headers.clone());
        Ok(Self {
            base: settings.address()?,
            key,
            headers,
        })
    }
}

/// In place of the crate's own, which reads the environment and has no room for a query in the address.
impl Config for Address {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        let mut url = self.base.clone();
        // Pushed as segments, so that a query in the address stays behind them.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(path.trim_start_matches('/').split('/'));
        }
        url.into()
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        self.base.as_str()
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}

/// The events of an answer. Dropping them closes the request upstream.
pub(crate) struct Events {
    stream: StreamResponse<Value>,
    noted: Noted,
    /// Those that came as one, and whether the mark of the end came with them.
    joined: VecDeque<Value>,
    marked: bool,
}

impl Events {
    /// The next event, or how they ended. Whatever is no object is passed over: keep-alives come in many forms.
    pub async fn next(&mut self) -> Result<Value, Ending> {
        loop {
            if let Some(event) = self.joined.pop_front() {
                return Ok(event);
            }
            if self.marked {
                return Err(Ending::Marked);
            }
            let ending = match self.stream.next().await {
                Some(Ok(event)) if event.is_object() => return Ok(event),
                Some(Err(OpenAIError::JSONDeserialize(_, text))) if !self.take_apart(&text) => {
                    return Err(Ending::Broken(ModelError::Nonsense));
                }
                Some(Ok(_) | Err(OpenAIError::JSONDeserialize(..))) => continue,
                Some(Err(_)) => Ending::Broken(ModelError::Nonsense),
                None => Ending::Marked,
            };
            return Err(self.noted.get().cloned().unwrap_or(ending));
        }
    }

    /// Some providers leave out the blank lines between events, which makes one of all. `false` when an object in it breaks
    /// off.
    fn take_apart(&mut self, text: &str) -> bool {
        for line in text.lines() {
            match serde_json::from_str::<Value>(line) {
                Ok(event) if event.is_object() => self.joined.push_back(event),
                Err(_) if line.starts_with('{') => return false,
                _ => self.marked |= line.trim() == "[DONE]",
            }
        }
        true
    }
}
