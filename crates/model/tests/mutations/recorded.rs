//! Answers as providers stream them, or in one piece, and what is said in them.

use model::Wire;
use serde_json::{Value, json};

/// An answer, and what it comes to.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub wire: Wire,
    pub events: Vec<Value>,
    /// In one piece, not as a stream.
    pub whole: bool,
    pub words: &'static str,
    pub calls: Vec<(&'static str, Value)>,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "reads better where it is called"
)]
fn chunk(delta: Value, finish: Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_795_000_000, "model": "m-1",
        "system_fingerprint": "fp_1", "service_tier": "default", "usage": null,
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]})
}

fn usage() -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_795_000_000, "model": "m-1", "choices": [],
        "usage": {"prompt_tokens": 812, "completion_tokens": 31, "total_tokens": 843,
            "prompt_tokens_details": {"cached_tokens": 700}}})
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "reads better where it is called"
)]
fn piece(fields: Value) -> Value {
    chunk(json!({"tool_calls": [fields]}), Value::Null)
}

fn say(words: &str) -> Value {
    chunk(json!({"content": words}), Value::Null)
}

fn two_calls() -> Vec<(&'static str, Value)> {
    let milk = json!({"title": "Milk", "tags": ["shop", "früh"], "priority": null});
    vec![("add_task", milk), ("complete_task", json!({"task_id": 7}))]
}

fn calls_in_pieces() -> Vec<Value> {
    vec![
        piece(
            json!({"index": 0, "id": "call_abc", "type": "function", "function": {"name": "add_task", "arguments": ""}}),
        ),
        piece(json!({"index": 0, "function": {"arguments": "{\"title\":\"Mi"}})),
        piece(json!({"index": 0, "function": {"arguments": "lk\",\"tags\":[\"shop\",\"frü"}})),
        piece(json!({"index": 0, "function": {"arguments": "h\"],\"priority\":null}"}})),
        piece(
            json!({"index": 1, "id": "call_def", "type": "function", "function": {"name": "complete_task", "arguments": ""}}),
        ),
        piece(json!({"index": 1, "function": {"arguments": "{\"task_id\":7}"}})),
        chunk(json!({}), "tool_calls".into()),
        usage(),
    ]
}

fn whole_calls() -> Value {
    json!([
        {"index": 0, "id": "a1", "type": "function", "extra_content": {"google": {"thought_signature": "c2ln"}},
            "function": {"name": "add_task",
                "arguments": "{\"title\":\"Milk\",\"tags\":[\"shop\",\"früh\"],\"priority\":null}"}},
        {"index": 0, "id": "b2", "type": "function", "function": {"name": "complete_task", "arguments": "{\"task_id\":7}"}},
    ])
}

fn response_item() -> [Value; 3] {
    let call = |id: &str, name: &str, arguments: &str| {
        json!({"id": format!("fc_{id}"), "type": "function_call", "status": "completed", "call_id": format!("call_{id}"),
            "name": name, "arguments": arguments})
    };
    [
        json!({"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAAA"}),
        call(
            "1",
            "add_task",
            "{\"title\":\"Milk\",\"tags\":[\"shop\",\"früh\"],\"priority\":null}",
        ),
        call("2", "complete_task", "{\"task_id\":7}"),
    ]
}

fn response(output: &[Value]) -> Value {
    json!({"id": "resp_1", "object": "response", "created_at": 1_795_000_000, "status": "completed", "error": null,
        "incomplete_details": null, "model": "m-1", "output": output, "parallel_tool_calls": true, "store": false,
        "usage": {"input_tokens": 812, "output_tokens": 31, "total_tokens": 843}})
}

fn message(words: &str) -> Value {
    json!({"id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "text": words, "annotations": [], "logprobs": []}]})
}

fn streamed(mut events: Vec<Value>, output: &[Value]) -> Vec<Value> {
    let begun = json!({"id": "resp_1", "object": "response", "status": "in_progress", "output": [], "error": null});
    events.insert(
        0,
        json!({"type": "response.created", "sequence_number": 0, "response": begun}),
    );
    events.push(
        json!({"type": "response.completed", "sequence_number": 99, "response": response(output)}),
    );
    events
}

fn done(place: usize, item: &Value) -> Value {
    json!({"type": "response.output_item.done", "sequence_number": 9, "output_index": place, "item": item})
}

/// All of them.
pub fn all() -> Vec<Recorded> {
    let chat = |events: Vec<Value>, words, calls| Recorded {
        wire: Wire::Chat,
        events,
        whole: false,
        words,
        calls,
    };
    let responses = |events: Vec<Value>, words, calls| Recorded {
        wire: Wire::Responses,
        ..chat(events, words, calls)
    };
    let role = || {
        chunk(
            json!({"role": "assistant", "content": "", "refusal": null}),
            Value::Null,
        )
    };
    let stop = || chunk(json!({}), "stop".into());
    let (hello, words) = (
        "Schöne Grüße 🥛, all 7 are done.",
        ["Schöne Gr", "üße 🥛, all", " 7 are done."],
    );
    let deltas = words.map(|delta| {
        json!({"type": "response.output_text.delta", "sequence_number": 4, "item_id": "msg_1", "output_index": 0,
            "content_index": 0, "delta": delta, "logprobs": [], "obfuscation": "x7"})
    });
    let items = response_item();
    let mut all = vec![
        chat(
            [vec![role()], words.map(say).to_vec(), vec![stop(), usage()]].concat(),
            hello,
            vec![],
        ),
        chat([vec![role()], calls_in_pieces()].concat(), "", two_calls()),
        chat(
            [vec![role(), say(hello)], calls_in_pieces()].concat(),
            hello,
            two_calls(),
        ),
        chat(
            vec![chunk(
                json!({"role": "assistant", "content": hello, "tool_calls": whole_calls()}),
                "stop".into(),
            )],
            hello,
            two_calls(),
        ),
        chat(
            vec![
                say("<thi"),
                say("nk>They say hello.</th"),
                say("ink>\n\n"),
                say(hello),
                stop(),
                usage(),
            ],
            hello,
            vec![],
        ),
        responses(
            streamed(
                [deltas.to_vec(), vec![done(0, &message(hello))]].concat(),
                &[message(hello)],
            ),
            hello,
            vec![],
        ),
        responses(
            streamed(
                items
                    .iter()
                    .enumerate()
                    .map(|(place, item)| done(place, item))
                    .collect(),
                &items,
            ),
            "",
            two_calls(),
        ),
    ];
    let completion = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": hello, "refusal": null,
            "tool_calls": whole_calls()}, "logprobs": null, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}});
    let in_one = |recorded: Recorded| Recorded {
        whole: true,
        ..recorded
    };
    all.push(in_one(chat(vec![completion], hello, two_calls())));
    let [thought, first, second] = items;
    let output = [thought, message(hello), first, second];
    all.push(in_one(responses(
        vec![response(&output)],
        hello,
        two_calls(),
    )));
    all
}
