//! Whose a signature is. What one model wants back with its calls, another refuses.

use serde_json::{Value, json};

use crate::ToolCall;

const BY: &str = "by";
const SIGNATURE: &str = "signature";

/// A model at a provider on a wire, by which what it wants back is marked.
#[derive(Debug, Clone)]
pub(crate) struct ProviderId(String);

impl ProviderId {
    pub fn new(wire: &str, host: &str, model: &str) -> Self {
        Self(format!("{wire} {host} {model}"))
    }

    /// Marks what came with a call as ours.
    pub fn sign(&self, call: &mut ToolCall) {
        call.extra = call.extra.take().map(|signature| self.marked(&signature));
    }

    pub fn marked(&self, signature: &Value) -> Value {
        json!({ BY: self.0, SIGNATURE: signature })
    }

    /// What is to be given back with the call, when this model said it.
    pub fn signature<'a>(&self, call: &'a ToolCall) -> Option<&'a Value> {
        let extra = call.extra.as_ref()?;
        let ours = extra.get(BY)?.as_str()? == self.0;
        ours.then(|| extra.get(SIGNATURE))?
    }
}
