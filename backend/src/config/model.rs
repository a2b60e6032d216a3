//! The variables that say which model answers, and how it is spoken to.

use std::time::Duration;

use anyhow::Context as _;
use clap::{ArgAction, Args, builder::BoolishValueParser};
use model::{
    ModelConfig, ModelSettings, SettingNames, StepLimits, parse_headers, parse_params, parse_wire,
};
use secrecy::{ExposeSecret as _, SecretString};

/// The model, and the one to fall back to.
#[derive(Debug, Args)]
pub(crate) struct ModelOptions {
    /// The model provider's OpenAI-compatible endpoint. Read from `OPENAI_BASE_URL`.
    #[arg(long, env, default_value = "https://api.openai.com/v1")]
    openai_base_url: String,
    /// The model provider's key; local models need none. Read from `OPENAI_API_KEY`.
    #[arg(long, env, hide_env_values = true)]
    openai_api_key: Option<SecretString>,
    /// The provider's name for the model. Read from `OPENAI_MODEL`.
    #[arg(long, env, default_value = "gpt-4.1-mini")]
    openai_model: String,
    /// The interface to speak: `chat`, `responses`, or `auto` for the one that fits. Read from `LLM_WIRE`.
    #[arg(long, env, default_value = "auto")]
    llm_wire: String,
    /// How hard the model should think, in the provider's words, such as `low` or `none`. Read from
    /// `LLM_REASONING_EFFORT`.
    #[arg(long, env)]
    llm_reasoning_effort: Option<String>,
    /// The longest answer, in tokens; 0 for a quarter of a context that a local server tells, else the provider's own
    /// limit. Read from `LLM_MAX_TOKENS`.
    #[arg(long, env, default_value_t = 0)]
    llm_max_tokens: u32,
    /// Headers for every request to the provider, as a JSON object. Read from `LLM_EXTRA_HEADERS`.
    #[arg(long, env, hide_env_values = true)]
    llm_extra_headers: Option<SecretString>,
    /// Parameters for every request to the provider, as a JSON object; `null` leaves one out. Read from
    /// `LLM_EXTRA_PARAMS`.
    #[arg(long, env, hide_env_values = true)]
    llm_extra_params: Option<SecretString>,
    /// Whether to ask for the number of tokens at the end of a stream. Read from `LLM_STREAM_USAGE`.
    #[arg(long, env, default_value_t = true, action = ArgAction::Set, value_parser = BoolishValueParser::new())]
    llm_stream_usage: bool,
    /// Seconds until the provider accepts a connection. Read from `LLM_CONNECT_TIMEOUT`.
    #[arg(long, env, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    llm_connect_timeout: u64,
    /// Seconds until the first byte of an answer [default: 100, or 45 where there is a second model]. Read from
    /// `LLM_FIRST_BYTE_TIMEOUT`.
    #[arg(long, env, value_parser = clap::value_parser!(u64).range(1..=600))]
    llm_first_byte_timeout: Option<u64>,
    /// Seconds of silence within an answer. Read from `LLM_IDLE_TIMEOUT`.
    #[arg(long, env, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
    llm_idle_timeout: u64,
    /// A second model, asked while the first cannot answer. Read from `LLM_FALLBACK_MODEL`.
    #[arg(long, env)]
    llm_fallback_model: Option<String>,
    /// The second model's endpoint; without it the first one's. Read from `LLM_FALLBACK_BASE_URL`.
    #[arg(long, env)]
    llm_fallback_base_url: Option<String>,
    /// The second model's key; without it the first one's, at the same address. Read from `LLM_FALLBACK_API_KEY`.
    #[arg(long, env, hide_env_values = true)]
    llm_fallback_api_key: Option<SecretString>,
}

impl ModelOptions {
    /// The limits of a step.
    pub(crate) fn limits(&self) -> StepLimits {
        // A turn has to have time left for the second model.
        let second = self.llm_fallback_model.as_deref().unwrap_or_default();
        let first_byte = if second.trim().is_empty() { 100 } else { 45 };
        StepLimits {
            connect: Duration::from_secs(self.llm_connect_timeout),
            first_byte: Duration::from_secs(self.llm_first_byte_timeout.unwrap_or(first_byte)),
            idle: Duration::from_secs(self.llm_idle_timeout),
            ..StepLimits::default()
        }
    }

    /// Whether only the model that comes with this product is asked, which nobody pays for.
    pub(crate) fn costs_nothing(&self) -> bool {
        let is_offline = |name: &str| name.split('+').next() == Some("offline");
        let fallback = self
            .llm_fallback_model
            .as_deref()
            .unwrap_or_default()
            .trim();
        is_offline(self.openai_model.trim()) && (fallback.is_empty() || is_offline(fallback))
    }

    /// The models.
    pub(crate) fn config(self) -> anyhow::Result<ModelConfig> {
        let first = ModelSettings {
            base_url: self.openai_base_url,
            api_key: self.openai_api_key.filter(is_set),
            model: self.openai_model,
            wire: parse_wire(&self.llm_wire)
                .map_err(anyhow::Error::msg)
                .context("LLM_WIRE")?,
            reasoning_effort: self.llm_reasoning_effort,
            max_tokens: Some(self.llm_max_tokens).filter(|most| *most > 0),
            headers: parsed("LLM_EXTRA_HEADERS", self.llm_extra_headers, parse_headers)?,
            params: parsed("LLM_EXTRA_PARAMS", self.llm_extra_params, parse_params)?,
            stream_usage: self.llm_stream_usage,
            names: SettingNames::FIRST,
        };
        let written = |text: Option<String>| {
            let text = text.map(|text| text.trim().to_owned());
            text.filter(|text| !text.is_empty())
        };
        let second = written(self.llm_fallback_model).map(|model| {
            let address = written(self.llm_fallback_base_url);
            first.second(model, address, self.llm_fallback_api_key.filter(is_set))
        });
        Ok(ModelConfig { first, second })
    }
}

/// What is written in a variable that may hold secrets: it is named, and never shown.
fn parsed<T: Default>(
    name: &'static str,
    text: Option<SecretString>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> anyhow::Result<T> {
    match text.filter(is_set) {
        None => Ok(T::default()),
        Some(text) => parse(text.expose_secret())
            .map_err(anyhow::Error::msg)
            .context(name),
    }
}

/// A chart writes a variable without a value as an empty one.
pub(super) fn is_set(secret: &SecretString) -> bool {
    !secret.expose_secret().trim().is_empty()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::ModelOptions;

    #[derive(Parser)]
    struct Given {
        #[command(flatten)]
        model: ModelOptions,
    }

    #[test]
    fn only_the_model_that_comes_with_the_product_costs_nothing() {
        for (model, fallback, free) in [
            ("offline", "", true),
            ("offline+slow", "offline", true),
            ("offline", "gpt-4.1-mini", false),
            ("gpt-4.1-mini", "offline", false),
            ("offline-model-of-another", "", false),
        ] {
            let given = [
                "todo",
                "--openai-model",
                model,
                "--llm-fallback-model",
                fallback,
            ];
            let given = Given::parse_from(given);
            assert_eq!(given.model.costs_nothing(), free, "{model} {fallback}");
        }
    }
}
