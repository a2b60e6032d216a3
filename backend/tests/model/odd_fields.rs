//! Answers with something odd in them, that is read all the same: calls that are melted or have lost something, fields of
//! other types, thoughts between the words.

use model::{ModelSettings, Wire};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    answer, at, failure,
    fake::{Answer, Fake, calls, delta, finish, response, text},
    world::World,
    world_of, world_with,
};

fn add(id: &str, arguments: impl Into<Value>) -> Value {
    json!({"index": 0, "id": id, "type": "function", "function": {"name": "add_task", "arguments": arguments.into()}})
}

/// The tasks after an answer with these pieces of calls, each list of them in a chunk of its own.
async fn tasks_after(pool: &PgPool, chunks: &[Value]) -> Vec<String> {
    let (world, fake) = world_with(pool).await;
    let mut events: Vec<Value> = chunks
        .iter()
        .map(|pieces| delta(json!({"tool_calls": pieces})))
        .collect();
    events.push(finish("tool_calls"));
    fake.push(Answer::events(&events));
    fake.push(text("Done."));
    assert_eq!(answer(&world).await, "Done.", "{chunks:?}");
    let tasks = world.alice().tasks().await;
    sqlx::raw_sql("delete from tasks")
        .execute(pool)
        .await
        .unwrap();
    tasks
}

const MILK: &str = r#"{"title":"Milk"}"#;
const TEA: &str = r#"{"title":"Tea"}"#;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn calls_that_came_melted_are_taken_apart(pool: PgPool) {
    for chunks in [
        vec![json!([add("", MILK), add("", TEA)])],
        vec![json!([add("a", MILK), add("a", TEA)])],
        vec![json!([add("", MILK)]), json!([add("", TEA)])],
        vec![json!([add("a", format!("{MILK}{TEA}"))])],
        vec![
            json!([add("a", "{\"title\":\"Mi")]),
            json!([{"index": 0, "function": {"arguments": "lk\"}{\"title\":"}}]),
            json!([{"index": 0, "function": {"arguments": "\"Tea\"}"}}]),
        ],
        // The name in every piece, and an index that counts pieces.
        vec![
            json!([{"index": 0, "id": "a", "function": {"name": "add_task", "arguments": "{\"title\":"}}]),
            json!([{"index": 1, "id": "a", "function": {"name": "", "arguments": "\"Milk\"}"}}]),
            json!([{"index": 2, "id": "b", "function": {"name": "add_", "arguments": ""}}]),
            json!([{"index": 2, "id": "b", "function": {"name": "task", "arguments": "{\"title\":"}}]),
            json!([{"index": 2, "id": "b", "function": {"name": "add_task", "arguments": "\"Tea\"}"}}]),
        ],
    ] {
        assert_eq!(
            tasks_after(&pool, &chunks).await,
            ["Milk", "Tea"],
            "{chunks:?}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_call_that_comes_again_is_one_and_its_arguments_come_in_many_ways(pool: PgPool) {
    for chunks in [
        vec![json!([add("a", MILK)]), json!([add("a", MILK)])],
        vec![json!([add("a", json!({"title": "Milk"}))])],
        vec![json!(add("a", MILK))],
        vec![json!([add("a", json!(MILK).to_string())])],
        vec![
            json!([add("a", json!({}))]),
            json!([{"index": 0, "function": {"arguments": MILK}}]),
        ],
        vec![json!([add("a", format!("{MILK}}}\n"))])],
        vec![
            json!([{"id": 7, "index": "0", "type": 3, "function": {"name": "add_task", "arguments": MILK}}]),
        ],
    ] {
        assert_eq!(tasks_after(&pool, &chunks).await, ["Milk"], "{chunks:?}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_arguments_are_said_in_many_ways(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    for arguments in [
        json!("null"),
        json!(""),
        json!(null),
        json!({}),
        json!([]),
        json!("\"{}\""),
        json!("[]"),
    ] {
        let call = json!({"id": "a", "function": {"name": "list_tasks", "arguments": arguments}});
        fake.push(calls(&[call]));
        fake.push(text("Nothing."));
        let answer = world.alice().say("what is there?").await;
        assert_eq!(
            answer["tool_calls"][0]["args"],
            json!({}),
            "{arguments}: {answer}"
        );
        assert!(
            answer["tool_calls"][0]["result"]["tasks"].is_array(),
            "{arguments}: {answer}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_odd_field_costs_the_words(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let said = |choice: Value| json!({"choices": [choice]});
    let hello = || delta(json!({"role": 5, "content": "Hello."}));
    let odd_usage = |usage: Value| {
        Answer::events(&[
            hello(),
            finish("stop"),
            json!({"choices": [], "usage": usage}),
        ])
    };
    let one = |choice: Value| Answer::events(&[said(choice)]);
    let message = || json!({"role": "assistant", "content": "Hello."});
    for odd in [
        odd_usage(json!("")),
        odd_usage(json!([])),
        odd_usage(json!({"prompt_tokens": "12", "completion_tokens": {}})),
        one(json!({"delta": {"content": "Hello."}, "finish_reason": 0})),
        Answer::unfinished(&[said(
            json!({"delta": {"content": "Hello."}, "finish_reason": 0}),
        )]),
        one(json!({"delta": {}, "message": message(), "finish_reason": "stop"})),
        one(json!({"delta": message(), "message": message(), "finish_reason": "stop"})),
        Answer::events(&[
            hello(),
            said(json!({"delta": {}, "message": message(), "finish_reason": "stop"})),
        ]),
        Answer::events(&[
            json!({"choices": {"delta": {"content": ["Hel", {"text": {"value": "lo."}}]}}}),
        ]),
        Answer::events(&[
            hello(),
            json!({"error": {}, "choices": []}),
            json!({"error": ""}),
            finish("stop"),
        ]),
        Answer::events(&[
            hello(),
            delta(
                json!({"tool_calls": [{"index": 0, "id": "a", "function": {"arguments": "{}"}}]}),
            ),
            finish("stop"),
        ]),
        Answer::events(&[
            hello(),
            delta(json!({"tool_calls": "none", "function_call": []})),
            finish("tool_calls"),
        ]),
    ] {
        fake.push(odd.clone());
        assert_eq!(answer(&world).await, "Hello.", "{odd:?}");
    }
    // A call that nothing names, and no words.
    fake.push(calls(&[
        json!({"index": 0, "id": "a", "function": {"arguments": "{}"}}),
    ]));
    fake.push(calls(&[
        json!({"index": 0, "id": "a", "function": {"arguments": "{}"}}),
    ]));
    assert_eq!(failure(&world).await.0, "model_nonsense");
}

/// What is stored of the last answer.
async fn stored(world: &World, answer: &Value) -> String {
    let path = format!(
        "/api/me/conversations/{}/messages",
        answer["conversation_id"]
    );
    let (_, messages) = world.alice().get(&path).await;
    let said = messages.as_array().unwrap().iter().rev();
    let mut said = said.filter(|message| message["role"] == "assistant");
    said.next().unwrap()["content"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn thoughts_among_the_words_are_not_shown_and_not_stored(pool: PgPool) {
    for pieces in [
        vec!["<think>They greet.</think>\n\nHello."],
        vec!["<th", "ink>They", " greet.</thi", "nk>", "\n\nHel", "lo."],
        vec!["<thinking>They greet.</thinking>Hello."],
        vec!["[THINK]They greet.[/THINK]Hello."],
        vec!["They greet.", "</think>\n\n", "Hello."],
    ] {
        let (world, fake) = world_with(&pool).await;
        let pieces: Vec<Value> = pieces
            .into_iter()
            .map(|piece| delta(json!({"content": piece})))
            .collect();
        let events = || [pieces.clone(), vec![finish("stop")]].concat();
        fake.push(Answer::events(&events()));
        let said = world.alice().say("hi").await;
        assert_eq!(said["response"], "Hello.", "{pieces:?}");
        assert_eq!(stored(&world, &said).await, "Hello.", "{pieces:?}");
        // From the second answer on, nothing of them is shown before it is known that they are thoughts.
        fake.push(Answer::events(&events()));
        let (frames, _) = world.alice().begin("hi").await;
        let shown = Value::from(frames).to_string();
        assert!(shown.contains("Hello.") || shown.contains("Hel"), "{shown}");
        assert!(
            !shown.contains("greet") && !shown.contains("hink>"),
            "{shown}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_other_wire_is_read_with_the_same_tolerance(pool: PgPool) {
    let fake = Fake::start().await;
    let settings = ModelSettings {
        wire: Some(Wire::Responses),
        ..at(&fake)
    };
    let world = world_of(&pool, settings).await;
    let item = |id: Value, arguments: Value| json!({"type": "function_call", "call_id": id, "name": "add_task", "arguments": arguments});
    let done = |item: &Value| json!({"type": "response.output_item.done", "item": item});
    let milk = item(json!(7), json!({"title": "Milk"}));
    let tea = item(json!("b"), json!(json!(TEA).to_string()));
    // Repeated, and again in the summary; words only in part in pieces; thoughts in them.
    let words = json!({"type": "message", "content": [{"type": "output_text", "text": "<think>Hm.</think>Just a moment."}]});
    let begun = json!({"type": "response.output_text.delta", "delta": "<think>Hm.</think>Just"});
    fake.push(response(
        &[begun, done(&milk), done(&milk)],
        &[words, milk.clone(), tea],
    ));
    // Calls in pieces alone, and an end without a type.
    let pieces = [
        json!({"type": "response.output_item.added", "output_index": 0,
            "item": {"type": "function_call", "call_id": "c", "name": "list_tasks", "arguments": ""}}),
        json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{\"status\":"}),
        json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "\"all\"}"}),
        json!({"response": {"status": "completed", "output": [], "error": {}, "usage": "none"}}),
    ];
    fake.push(Answer::unfinished(&pieces));
    let whole = json!({"output": [{"type": "message", "content": "Done."}], "usage": []});
    fake.push(Answer::raw("application/json", whole.to_string()));
    let said = world.alice().say("add milk and tea").await;
    assert_eq!(said["response"], "Just a moment.\n\nDone.", "{said}");
    let made: Vec<&Value> = said["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| &call["tool"])
        .collect();
    assert_eq!(made, ["add_task", "add_task", "list_tasks"]);
    assert_eq!(world.alice().tasks().await, ["Milk", "Tea"]);
}
