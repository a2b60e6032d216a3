//! A provider's error in words, with the setting to change.

use model::{ModelError, ModelSettings, RequestError, SettingNames};
use secrecy::{ExposeSecret, SecretString};

/// How much of a provider's own words is worth a line.
const SHOWN: usize = 200;

/// Says what an error means. Knows the secrets only to leave them out.
#[derive(Debug)]
pub(super) struct Advice {
    names: SettingNames,
    secrets: Vec<SecretString>,
}

impl Advice {
    pub fn new(settings: &ModelSettings) -> Self {
        let headers = settings.headers.values();
        let headers = headers.filter_map(|value| value.to_str().ok().map(SecretString::from));
        let key = settings.api_key.as_ref();
        let key = key.map(|key| SecretString::from(key.expose_secret().trim()));
        Self {
            names: settings.names,
            secrets: headers.chain(key).collect(),
        }
    }

    /// What happened, what the provider says about it, and what to change.
    pub fn about(&self, error: &RequestError) -> String {
        let said = self.quoted(error);
        format!("{}{said}. {}", error.kind, self.remedy(error))
    }

    fn remedy(&self, error: &RequestError) -> String {
        let SettingNames {
            address,
            key,
            model,
        } = self.names;
        match &error.kind {
            ModelError::Unreachable => format!("Check {address}, and whether its server runs."),
            ModelError::Busy => {
                "A slow model needs a longer LLM_FIRST_BYTE_TIMEOUT, one that is busy with other answers more room for \
                 several at once (llama.cpp: --parallel, Ollama: OLLAMA_NUM_PARALLEL)."
                    .to_owned()
            }
            ModelError::Slow => "A slow model needs a longer LLM_IDLE_TIMEOUT.".to_owned(),
            ModelError::Loading => "Wait until it is loaded, and try again.".to_owned(),
            ModelError::Unauthorized => format!("Set {key} to a key that may use the model."),
            ModelError::RateLimited { .. } | ModelError::Overloaded => {
                "Try again later; LLM_FALLBACK_MODEL names a model for such times.".to_owned()
            }
            ModelError::OutOfQuota => "Add credit at the provider.".to_owned(),
            ModelError::NoSuchModel => format!("Check {model}."),
            ModelError::NoTools => format!(
                "Choose {model} among those that can, or switch tools on in its server (llama.cpp: --jinja; vLLM: \
                 --enable-auto-tool-choice, --tool-call-parser)."
            ),
            ModelError::Refused(300..=399) => {
                format!("Set {address} to the address that it redirects to.")
            }
            ModelError::Refused(_)
                if error.mentions(&["tools"]) && error.mentions(&["reasoning_effort"]) =>
            {
                "Set LLM_WIRE=responses, or LLM_REASONING_EFFORT=none where the model knows it."
                    .to_owned()
            }
            ModelError::Refused(404) if !error.mentions(&["model"]) => format!(
                "Check {address}: it mostly ends in /v1. Check {model} and LLM_WIRE as well."
            ),
            ModelError::Refused(_) if error.mentions(&["model"]) => format!("Check {model}."),
            ModelError::Refused(_) => {
                format!("Check {model}, LLM_WIRE, LLM_EXTRA_PARAMS and LLM_REASONING_EFFORT.")
            }
            ModelError::ContextFull => format!("Give {model} a larger context."),
            ModelError::Nonsense => format!("Check {address}: no model answers there."),
            ModelError::Failed(_) | ModelError::Cut => {
                "Try again, and see the provider's status.".to_owned()
            }
            ModelError::TooLong | ModelError::Filtered | ModelError::Silent => {
                format!("Check {model}.")
            }
        }
    }

    /// The provider's own words, in bounds and without our secrets. The questions are the doctor's, so they quote
    /// nobody.
    pub fn quoted(&self, error: &RequestError) -> String {
        let mut text = error.text.clone();
        for secret in &self.secrets {
            if !secret.expose_secret().is_empty() {
                text = text.replace(secret.expose_secret(), "…");
            }
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        // What a stranger sent must not steer the terminal it is shown on.
        let text: String = words
            .join(" ")
            .chars()
            .filter(|c| !c.is_control())
            .take(SHOWN)
            .collect();
        match (error.code.as_str(), text.trim_end_matches('.')) {
            ("none", "") => String::new(),
            (code, "") => format!(" ({code})"),
            ("none", text) => format!(": “{text}”"),
            (code, text) => format!(" ({code}): “{text}”"),
        }
    }
}
