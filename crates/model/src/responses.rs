//! The Responses wire, used without state: nothing stays with the provider, and what a step of the
//! model left of its thoughts, encrypted, is given back with the results of its calls.

use serde_json::{Map, Value, json};

use crate::{
    Finish, ModelError, ModelMessage, RequestOptions, ToolCall, ToolSpec, Usage,
    answer::{Reading, Step},
    calls::{self, OpenCalls},
    json::{field, list, text as text_of, words},
    request_error::{failure, in_stream},
    request_options::ProviderId,
    shape::{is_object, this_turn},
    transport::Ending,
};

/// The longest `call_id` that is kept.
const LONGEST_ID: usize = 64;
/// What is kept of a step to be given back; more is left out, and the model thinks anew.
const LARGEST_REPLAY: usize = 256 * 1024;

/// The body of a request, but for what is the same on every wire.
pub(crate) fn request(
    messages: &[ModelMessage],
    tools: &[ToolSpec],
    options: &RequestOptions,
    provider: &ProviderId,
) -> Map<String, Value> {
    let input = input(messages, options, provider);
    let mut body = Map::from_iter([("input".to_owned(), input.into())]);
    if !tools.is_empty() {
        body.insert("tools".into(), tools.iter().map(wire_tool).collect());
    }
    if options.stateless {
        body.insert("store".into(), false.into());
    }
    if options.include {
        body.insert("include".into(), json!(["reasoning.encrypted_content"]));
    }
    if let Some(effort) = &options.effort {
        body.insert("reasoning".into(), json!({ "effort": effort }));
    }
    if let Some(most) = options.max_tokens {
        body.insert("max_output_tokens".into(), most.into());
    }
    body
}

fn input(messages: &[ModelMessage], options: &RequestOptions, provider: &ProviderId) -> Vec<Value> {
    let this_turn = this_turn(messages);
    let mut input = Vec::with_capacity(messages.len());
    for (position, message) in messages.iter().enumerate() {
        match message {
            ModelMessage::System(text) => input.push(said("system", text)),
            ModelMessage::User(text) => input.push(said("user", text)),
            ModelMessage::Assistant { text, calls } => {
                let items = calls.iter().find_map(|call| provider.signature(call));
                let items = items.and_then(Value::as_array);
                if let Some(items) = items.filter(|_| options.gives_back(position > this_turn)) {
                    input.extend(given_back(items, calls));
                    continue;
                }
                input.extend(text.iter().map(|text| said("assistant", text)));
                input.extend(calls.iter().map(wire_call));
            }
            ModelMessage::ToolResult { call_id, content } => input.push(json!({
                "type": "function_call_output", "call_id": call_id, "output": content,
            })),
        }
    }
    input
}

/// Some servers take an item for a call's output when it does not say that it is a message.
fn said(role: &str, text: &str) -> Value {
    json!({"type": "message", "role": role, "content": text})
}

/// What a step was made of, as it came but for the ids of its calls, by which their results are known, for arguments that are
/// none, which some servers refuse to read, and for the role of a message that has none.
fn given_back(items: &[Value], calls: &[ToolCall]) -> Vec<Value> {
    let mut items = items.to_vec();
    for fields in items.iter_mut().filter_map(Value::as_object_mut) {
        if fields.get("type").is_some_and(|kind| kind == "message") {
            fields.entry("role").or_insert_with(|| "assistant".into());
        }
    }
    let made = items.iter_mut().filter(|item| is_call(item));
    for (item, call) in made.zip(calls) {
        if let Some(fields) = item.as_object_mut() {
            fields.insert("call_id".to_owned(), call.id.as_str().into());
            let written = fields.get("arguments").and_then(Value::as_str);
            if !written.is_some_and(is_object) {
                fields.insert("arguments".to_owned(), call.arguments.as_str().into());
            }
        }
    }
    items
}

fn wire_call(call: &ToolCall) -> Value {
    json!({
        "type": "function_call",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    })
}

/// Not strict: that would demand closed schemas, which few tools have.
fn wire_tool(tool: &ToolSpec) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": false,
    })
}

/// A response while its events come.
pub(crate) struct ResponsesReading {
    provider: ProviderId,
    /// What the step is made of, as it came.
    items: Vec<Value>,
    /// The words and calls that came in pieces.
    text: String,
    pieces: OpenCalls,
}

impl ResponsesReading {
    pub fn of(provider: ProviderId) -> Self {
        Self {
            provider,
            items: Vec::new(),
            text: String::new(),
            pieces: OpenCalls::default(),
        }
    }

    /// The end, with the whole response as the provider sums it up.
    fn whole(&mut self, response: &Value, step: &mut Step) -> Result<(), ModelError> {
        let summary: Vec<Value> = list(response, "output").cloned().collect();
        // The words that did not come in pieces, or not all of them.
        let mut text: String = summary.iter().map(words_of).collect();
        if text.is_empty() {
            text = self.items.iter().map(words_of).collect();
        }
        let worth = |items: &[Value]| (items.iter().filter_map(call).count(), items.len());
        if worth(&summary) > worth(&self.items) {
            self.items = summary;
        }
        if text.len() > self.text.len() {
            match text.strip_prefix(&self.text) {
                Some(rest) => step.say(rest)?,
                None => step.say_instead(&text)?,
            }
        }
        step.end_text()?;
        let details = field(response, "incomplete_details").unwrap_or(&Value::Null);
        let finish = match text_of(details, "reason") {
            Some("content_filter") => return Err(ModelError::Filtered),
            Some(_) => Finish::Length,
            None if text_of(response, "status") == Some("incomplete") => Finish::Length,
            None => Finish::Whole,
        };
        let usage = Usage::read(response, ["input_tokens", "output_tokens"]);
        let calls = self.calls(step.limits.argument_bytes);
        step.end(calls, usage, finish)
    }

    /// The calls, the first of them with everything that has to be given back with their results.
    fn calls(&mut self, longest: usize) -> Result<Vec<ToolCall>, ModelError> {
        let drafts: Vec<ToolCall> = self.items.iter().filter_map(call).collect();
        if drafts.is_empty() {
            return std::mem::take(&mut self.pieces).finish();
        }
        let bytes = |call: &ToolCall| call.name.len() + call.arguments.len();
        if drafts.iter().map(bytes).sum::<usize>() > longest {
            return Err(ModelError::TooLong);
        }
        let count = drafts.len();
        let mut calls = calls::whole(drafts, LONGEST_ID)?;
        let items = Value::Array(std::mem::take(&mut self.items));
        // The items and the calls find each other by their place.
        if calls.len() == count
            && items.to_string().len() <= LARGEST_REPLAY
            && let Some(first) = calls.first_mut()
        {
            first.extra = Some(self.provider.mark(&items));
        }
        Ok(calls)
    }

    /// A piece of a call, which counts where no whole item comes.
    fn piece(&mut self, event: &Value, call: &Value, step: &Step) -> Result<(), ModelError> {
        let index = field(event, "output_index").cloned().unwrap_or_default();
        let piece = json!({
            "index": index,
            "id": field(call, "call_id"),
            "name": field(call, "name"),
            "arguments": field(call, "arguments").or_else(|| field(event, "delta")),
        });
        self.pieces.add(&piece, false, step.limits.argument_bytes)
    }
}

impl Reading for ResponsesReading {
    fn event(&mut self, event: &Value, step: &mut Step) -> Result<(), ModelError> {
        let response = field(event, "response").unwrap_or(event);
        if let Some(error) = in_stream(event).or_else(|| in_stream(response)) {
            return Err(error);
        }
        match text_of(event, "type").unwrap_or_default() {
            "response.output_text.delta" | "response.refusal.delta" => {
                let piece = words(event, "delta");
                self.text.push_str(&piece);
                step.say(&piece)
            }
            "response.output_item.added" => match field(event, "item") {
                Some(item) if is_call(item) => self.piece(event, item, step),
                _ => Ok(()),
            },
            "response.function_call_arguments.delta" => self.piece(event, &Value::Null, step),
            "response.output_item.done" => {
                let item = field(event, "item").filter(|item| {
                    let id = text_of(item, "id");
                    let same = |other: &Value| id.is_some() && text_of(other, "id") == id;
                    !self.items.iter().any(|other| same(other) || other == *item)
                });
                self.items.extend(item.cloned());
                Ok(())
            }
            // Its fields may stand in the event itself.
            "response.failed" | "error" => Err(failure(field(response, "error").unwrap_or(event))),
            "response.completed" | "response.incomplete" | "response.done" => {
                self.whole(response, step)
            }
            // An answer that was not streamed, or an end under another name.
            _ => match text_of(response, "status") {
                Some("completed" | "incomplete") if field(response, "output").is_some() => {
                    self.whole(response, step)
                }
                Some("failed") => Err(ModelError::Failed(200)),
                _ if response.get("output").is_some_and(Value::is_array)
                    && text_of(event, "type").is_none() =>
                {
                    self.whole(response, step)
                }
                _ => Ok(()),
            },
        }
    }

    fn end(&mut self, ending: Ending, step: &mut Step) -> Result<(), ModelError> {
        match ending {
            Ending::Marked
                if step.has_text() || !self.items.is_empty() || !self.pieces.is_empty() =>
            {
                self.whole(&Value::Null, step)
            }
            Ending::Marked | Ending::Unmarked => Err(ModelError::Cut),
            Ending::Broken(error) => Err(error),
        }
    }
}

fn is_call(item: &Value) -> bool {
    text_of(item, "type") == Some("function_call")
}

fn call(item: &Value) -> Option<ToolCall> {
    is_call(item).then(|| calls::draft(item, "call_id"))
}

fn words_of(item: &Value) -> String {
    if text_of(item, "type") == Some("message") {
        words(item, "content")
    } else {
        String::new()
    }
}
