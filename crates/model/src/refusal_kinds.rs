//! What a provider's refusal means, by the words that providers use: the same status stands for many things.

use crate::ModelError;

const TOO_LONG: &[&str] = &[
    "context length",
    "context_length",
    "context size",
    "context window",
    "context limit",
    "exceed_context",
    "maximum model length",
    "maximum prompt length",
    "range of input length",
    "input length exceeds",
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "too long to fit",
    "request too large",
    "request_too_large",
    "reduce the length",
    "too many tokens",
    "too many input tokens",
    "token length too long",
    "input token count",
    "model token limit",
    "large for model",
    "max_new_tokens",
    "tokens to keep",
];
const LOADING: &[&str] = &[
    "loading model",
    "is loading",
    "currently loading",
    "being loaded",
    "still loading",
];
const OVERLOADED: &[&str] = &[
    "overloaded",
    "over capacity",
    "at capacity",
    "no available capacity",
    "no slot",
    "too busy",
    "server busy",
    "server is busy",
];
const FILTERED: &[&str] = &[
    "content_filter",
    "content filter",
    "content_policy",
    "content policy",
    "content management policy",
    "moderation",
    "responsibleai",
    "safety system",
    "safety policy",
    "data_inspection_failed",
    "inappropriate content",
];
const USED_UP: &[&str] = &[
    "insufficient_quota",
    "insufficient quota",
    "insufficient_balance",
    "insufficient balance",
    "insufficient credit",
    "insufficient_credit",
    "credit balance",
    "exceeded your current quota",
    "billing",
    "not enough credit",
    "spending limit",
];
/// Beside these a quota is one of a minute.
const SOON: &[&str] = &["retry in", "try again in", "per minute"];
const TOOLS: &[&str] = &["tool", "function call"];
const WITHOUT: &[&str] = &[
    "not support",
    "n't support",
    "unsupported",
    "not enabled",
    "not available",
    "--jinja",
    "--enable-auto-tool-choice",
    "support tool use",
    "support tools",
    "unrecognized request argument",
];
/// What is refused then is how the tools are asked for, or how they were told of.
const ANOTHER_PARAMETER: &[&str] = &[
    "reasoning_effort",
    "single tool",
    "one tool call",
    "parallel",
    "multiple tool",
    "strict",
    "role",
    "stream_options",
];
const UNKNOWN: &[&str] = &[
    "not found",
    "not exist",
    "n't exist",
    "no such model",
    "unknown model",
    "invalid model",
    "valid model",
    "no model",
];

/// What a refusal is, where its words say more than its status.
pub(crate) fn named(status: u16, code: &str, text: &str) -> Option<ModelError> {
    let said = format!("{code} {text}").to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    // An error in a stream has no status of its own.
    let of_the_request = matches!(status, 200 | 400 | 403..=405 | 422 | 451 | 500 | 501);
    if status == 413 || matches!(status, 400 | 422 | 429 | 500) && says(TOO_LONG) {
        Some(ModelError::ContextFull)
    } else if status == 503 && says(LOADING) {
        Some(ModelError::Loading)
    } else if status == 529 || matches!(status, 200 | 424 | 429 | 500..=599) && says(OVERLOADED) {
        Some(ModelError::Overloaded)
    } else if matches!(status, 200 | 400 | 402 | 403 | 429) && says(USED_UP) && !says(SOON) {
        Some(ModelError::OutOfQuota)
    } else if of_the_request && says(FILTERED) {
        Some(ModelError::Filtered)
    } else if of_the_request && says(TOOLS) && says(WITHOUT) && !says(ANOTHER_PARAMETER) {
        Some(ModelError::NoTools)
    } else if code == "model_not_found" || of_the_request && says(&["model"]) && says(UNKNOWN) {
        Some(ModelError::NoSuchModel)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &[(u16, &str, &str, Option<ModelError>)] = &[
        (503, "503", "Loading model", Some(ModelError::Loading)),
        (
            503,
            "none",
            "Model m-1 is currently loading",
            Some(ModelError::Loading),
        ),
        (503, "none", "upstream connect error", None),
        (
            529,
            "overloaded_error",
            "Overloaded",
            Some(ModelError::Overloaded),
        ),
        (
            503,
            "none",
            "The engine is currently overloaded, please try again later",
            Some(ModelError::Overloaded),
        ),
        (
            200,
            "overloaded_error",
            "Overloaded",
            Some(ModelError::Overloaded),
        ),
        (
            429,
            "insufficient_quota",
            "You exceeded your current quota, please check your plan.",
            Some(ModelError::OutOfQuota),
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota. Please retry in 27.3s.",
            None,
        ),
        (
            400,
            "invalid_request_error",
            "Your credit balance is too low to access the API.",
            Some(ModelError::OutOfQuota),
        ),
        (
            400,
            "content_filter",
            "The response was filtered.",
            Some(ModelError::Filtered),
        ),
        (
            403,
            "403",
            "Your chosen model requires moderation and your input was flagged",
            Some(ModelError::Filtered),
        ),
        (
            400,
            "none",
            "registry.ollama.ai/library/m-1 does not support tools",
            Some(ModelError::NoTools),
        ),
        (
            500,
            "500",
            "tools param requires --jinja flag",
            Some(ModelError::NoTools),
        ),
        (
            404,
            "404",
            "No endpoints found that support tool use. Try disabling \"add_task\".",
            Some(ModelError::NoTools),
        ),
        (
            400,
            "BadRequestError",
            "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
            Some(ModelError::NoTools),
        ),
        (
            400,
            "none",
            "`tool calling` is not supported with this model",
            Some(ModelError::NoTools),
        ),
        (413, "none", "", Some(ModelError::ContextFull)),
        (
            400,
            "context_length_exceeded",
            "Please shorten it.",
            Some(ModelError::ContextFull),
        ),
        (
            429,
            "none",
            "Request too large for m-1 on tokens per minute",
            Some(ModelError::ContextFull),
        ),
        (
            400,
            "none",
            "Function tools with reasoning_effort are not supported for m-1",
            None,
        ),
        (
            400,
            "none",
            "This model only supports single tool-calls at once!",
            None,
        ),
        (
            400,
            "none",
            "Unexpected role 'user' after role 'tool'",
            None,
        ),
        (
            404,
            "model_not_found",
            "The model `m-1` does not exist or you do not have access to it.",
            Some(ModelError::NoSuchModel),
        ),
        (
            404,
            "none",
            "model \"m-1\" not found, try pulling it first",
            Some(ModelError::NoSuchModel),
        ),
        (
            400,
            "400",
            "m-1 is not a valid model ID",
            Some(ModelError::NoSuchModel),
        ),
        (
            400,
            "invalid_request_error",
            "Model Not Exist",
            Some(ModelError::NoSuchModel),
        ),
        (404, "none", "404 page not found", None),
        (400, "none", "messages must be a list", None),
    ];

    #[test]
    fn refusals_are_known_by_the_words_of_many_providers() {
        for (status, code, text, kind) in SAID {
            assert_eq!(named(*status, code, text), *kind, "{status} {code} {text}");
        }
    }
}
