//! How to reach a model, as its operator says it, and what is wrong with what they said.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// Which model answers, and which one when the first cannot.
#[derive(Debug)]
pub struct ModelConfig {
    /// The one that answers.
    pub first: ModelSettings,
    /// The one that answers when the first cannot.
    pub second: Option<ModelSettings>,
}

/// A model at a provider.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// An OpenAI-compatible endpoint, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// The provider's key; local models need none.
    pub api_key: Option<SecretString>,
    /// The provider's name for the model.
    pub model: String,
    /// The protocol to speak; without one, Responses with `OpenAI` itself and with a provider that turns out to want it, else
    /// Chat Completions.
    pub wire: Option<Wire>,
    /// How hard the model should think, in the provider's words.
    pub reasoning_effort: Option<String>,
    /// The longest answer, in tokens; without one a quarter of a context that a local server tells, else the provider's own
    /// limit.
    pub max_tokens: Option<u32>,
    /// Sent with every request.
    pub headers: HeaderMap,
    /// Laid over every request's body; `null` takes a parameter out.
    pub params: Map<String, Value>,
    /// Whether streams are asked to end with the number of tokens (chat wire).
    pub stream_usage: bool,
    /// What the settings above are called where they are set.
    pub names: SettingNames,
}

/// What a model's settings are called, for sentences about them.
#[derive(Debug, Clone, Copy)]
pub struct SettingNames {
    /// The address.
    pub address: &'static str,
    /// The key.
    pub key: &'static str,
    /// The model.
    pub model: &'static str,
}

impl SettingNames {
    /// Those of the model that answers.
    pub const FIRST: Self = Self {
        address: "OPENAI_BASE_URL",
        key: "OPENAI_API_KEY",
        model: "OPENAI_MODEL",
    };
    /// Those of the one to fall back to.
    pub const SECOND: Self = Self {
        address: "LLM_FALLBACK_BASE_URL",
        key: "LLM_FALLBACK_API_KEY",
        model: "LLM_FALLBACK_MODEL",
    };
}

/// The protocol of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Chat Completions.
    Chat,
    /// Responses.
    Responses,
}

impl Wire {
    /// Its value in `LLM_WIRE`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
        }
    }
}

/// What is wrong with a model's settings. Never holds a key.
#[derive(Debug, thiserror::Error)]
pub enum BadSetting {
    /// As without any trusted certificate.
    #[error("the HTTP client of the model cannot be made")]
    Client(#[from] reqwest::Error),
    /// The setting that holds no address.
    #[error("{0} is not an http or https address")]
    Address(&'static str),
    /// A key with a line break in it, for example.
    #[error("{0} has characters that no key has")]
    Key(&'static str),
}

impl ModelSettings {
    /// A model at an address, everything else as it is without settings.
    #[must_use]
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            api_key: None,
            model: model.into(),
            wire: None,
            reasoning_effort: None,
            max_tokens: None,
            headers: HeaderMap::new(),
            params: Map::new(),
            stream_usage: true,
            names: SettingNames::FIRST,
        }
    }

    /// Another model to fall back to. What is set for this one's provider holds for it at the same address only: a key
    /// or a header is never shown to anybody else.
    #[must_use]
    pub fn second(
        &self,
        model: String,
        base_url: Option<String>,
        api_key: Option<SecretString>,
    ) -> Self {
        let mut second = match base_url {
            Some(url) => Self {
                names: SettingNames::SECOND,
                ..Self::new(url, model)
            },
            None => Self {
                model,
                ..self.clone()
            },
        };
        second.names.model = SettingNames::SECOND.model;
        if let Some(key) = api_key {
            second.api_key = Some(key);
            second.names.key = SettingNames::SECOND.key;
        }
        second
    }

    /// The address.
    ///
    /// # Errors
    /// When it is none.
    pub fn address(&self) -> Result<Url, BadSetting> {
        Url::parse(self.base_url.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or(BadSetting::Address(self.names.address))
    }

    /// The key without the blanks around it; empty for none.
    pub(crate) fn key(&self) -> Result<SecretString, BadSetting> {
        let key = self.api_key.as_ref().map_or("", |key| key.expose_secret());
        let key = key.trim();
        let good = key.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| SecretString::from(key))
            .ok_or(BadSetting::Key(self.names.key))
    }
}

/// A protocol, or none for the one that fits.
///
/// # Errors
/// What to write.
pub fn parse_wire(text: &str) -> Result<Option<Wire>, String> {
    match text.trim() {
        "" | "auto" => Ok(None),
        "chat" => Ok(Some(Wire::Chat)),
        "responses" => Ok(Some(Wire::Responses)),
        _ => Err("write auto, chat or responses".to_owned()),
    }
}

/// Headers from a JSON object of texts.
///
/// # Errors
/// What is wrong, without any value: it may be a secret.
pub fn parse_headers(text: &str) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in parse_object(text)? {
        let header = HeaderName::from_str(&name).map_err(|_| format!("{name:?} is no header"))?;
        let text = value
            .as_str()
            .ok_or_else(|| format!("the value of {name:?} is no text"))?;
        let mut value = HeaderValue::from_str(text)
            .map_err(|_| format!("the value of {name:?} cannot be sent"))?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    Ok(headers)
}

/// Parameters of a request from a JSON object.
///
/// # Errors
/// When it is none, or has what only the chat itself can say.
pub fn parse_params(text: &str) -> Result<Map<String, Value>, String> {
    let params = parse_object(text)?;
    for name in ["model", "messages", "input", "tools", "stream"] {
        if params.contains_key(name) {
            return Err(format!("{name:?} cannot be set here"));
        }
    }
    Ok(params)
}

fn parse_object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text)
        .map_err(|_| "write a JSON object, such as {\"name\": \"value\"}".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_header_is_said_without_its_value() {
        for (text, why) in [
            ("X-Title: secret", "JSON object"),
            (r#"{"a b": "secret"}"#, "a b"),
            (r#"{"x": ["secret"]}"#, "no text"),
            (r#"{"x": "secret\n"}"#, "cannot be sent"),
        ] {
            let error = parse_headers(text).unwrap_err();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn what_the_chat_itself_says_cannot_be_replaced() {
        assert!(parse_params(r#"{"temperature": 0.2}"#).is_ok());
        for name in ["model", "messages", "input", "tools", "stream"] {
            let error = parse_params(&format!("{{\"{name}\": 1}}")).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
    }
}
