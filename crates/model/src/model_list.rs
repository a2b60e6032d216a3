//! A provider's list of models, and what it tells of one.

use serde_json::Value;

/// The list, in `OpenAI`'s form or a bare one.
#[derive(Debug)]
pub struct ModelList(Value);

/// How much a model reads and writes in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextSize {
    /// In tokens.
    pub tokens: u64,
    /// Whether it is the size that a server was started with, rather than what is known of the model.
    pub of_the_server: bool,
}

/// vLLM's name for the size that its server was started with, and LM Studio's.
const OF_THE_SERVER: [&str; 2] = ["max_model_len", "loaded_context_length"];
/// `OpenRouter`'s name for a model's size, Groq's and Mistral's.
const OF_THE_MODEL: [&str; 3] = ["context_length", "context_window", "max_context_length"];

impl ModelList {
    pub(crate) fn new(list: Value) -> Self {
        Self(list)
    }

    /// The models' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries().filter_map(name)
    }

    /// Whether a model is in the list.
    #[must_use]
    pub fn has(&self, model: &str) -> bool {
        self.names().any(|name| same(name, model))
    }

    /// How long a context the list tells for a model.
    #[must_use]
    pub fn context_of(&self, model: &str) -> Option<ContextSize> {
        let entry = self
            .entries()
            .find(|entry| name(entry).is_some_and(|name| same(name, model)))?;
        let told = |names: &[&str]| names.iter().find_map(|name| entry.get(name)?.as_u64());
        // llama.cpp's, where several answers at once share what it was started with.
        let of_a_slot = || entry.get("meta")?.get("n_ctx")?.as_u64();
        let of_the_server = of_a_slot().or_else(|| told(&OF_THE_SERVER));
        let tokens = of_the_server.or_else(|| told(&OF_THE_MODEL))?;
        (tokens > 0).then_some(ContextSize {
            tokens,
            of_the_server: of_the_server.is_some(),
        })
    }

    fn entries(&self) -> impl Iterator<Item = &Value> {
        let Self(list) = self;
        let entries = list.get("data").or_else(|| list.get("models"));
        entries.unwrap_or(list).as_array().into_iter().flatten()
    }
}

fn name(entry: &Value) -> Option<&str> {
    let name = entry.get("id").or_else(|| entry.get("name"));
    name.unwrap_or(entry).as_str()
}

/// Gemini lists `models/x` for `x`, Ollama `x:latest`.
fn same(listed: &str, model: &str) -> bool {
    let plain = |name: &str| {
        let name = name.strip_prefix("models/").unwrap_or(name);
        name.strip_suffix(":latest").unwrap_or(name).to_owned()
    };
    plain(listed) == plain(model)
}
