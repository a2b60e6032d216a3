//! What goes out to providers, and how it changes with what they refuse.

use model::{ModelSettings, Wire};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    answer, at, failure,
    fake::{Answer, Fake, add_milk, calls, delta, finish, said, text},
    last,
    outgoing::parts,
    world::World,
    world_of, world_with,
};

async fn say(world: &World, conversation: &Value, message: &str) -> Value {
    let body = json!({"conversation_id": conversation, "message": message});
    let (status, answer) = world.alice().chat(body).await;
    assert_eq!(status, 200, "{answer}");
    answer["conversation_id"].clone()
}

/// The messages of a request.
fn messages(body: &Value) -> Vec<Value> {
    body["messages"].as_array().unwrap().clone()
}

/// The person's words in a request.
fn asked(body: &Value) -> Vec<String> {
    let messages = messages(body);
    let asked = messages.iter().filter(|message| message["role"] == "user");
    asked.map(|message| parts(message).1.to_owned()).collect()
}

fn refused(message: &str) -> Answer {
    Answer::status(400, json!({"error": {"message": message, "code": 400}}))
}

/// A call after thoughts, as `DeepSeek` and `OpenRouter` stream them.
fn thought_call() -> Answer {
    let detail = |text: &str| json!({"type": "reasoning.text", "index": 0, "text": text});
    Answer::events(&[
        delta(json!({"reasoning_content": "The person "})),
        delta(
            json!({"reasoning_content": "is out of milk.", "reasoning_details": [detail("The person ")]}),
        ),
        delta(json!({"reasoning_details": [detail("is out of milk.")]})),
        delta(json!({"tool_calls": [add_milk("7")]})),
        finish("tool_calls"),
    ])
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn thoughts_go_back_with_their_call_within_the_turn_and_to_nobody_else(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(thought_call());
    fake.push(text("Added."));
    fake.push(text("Hello."));
    let conversation = say(&world, &Value::Null, "add milk").await;
    say(&world, &conversation, "hello").await;
    let requests = fake.asked();
    let call = messages(&requests[1].body)[2].clone();
    assert_eq!(call["reasoning_content"], "The person is out of milk.");
    assert_eq!(
        call["reasoning_details"],
        json!([{"type": "reasoning.text", "index": 0, "text": "The person is out of milk."}])
    );
    assert!(!requests[2].body.to_string().contains("out of milk"));
    let (_, shown) = world
        .alice()
        .get(&format!("/api/me/conversations/{conversation}/messages"))
        .await;
    let (_, export) = world.alice().get("/api/me/conversations/export").await;
    assert!(!format!("{shown}{export}").contains("out of milk"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn thoughts_of_older_turns_go_back_where_they_are_missed_and_none_where_they_are_refused(
    pool: PgPool,
) {
    for (refusal, kept) in [
        (
            "thinking is enabled but reasoning_content is missing in message 2",
            true,
        ),
        ("property reasoning_content is unsupported", false),
    ] {
        let (world, fake) = world_with(&pool).await;
        fake.push(thought_call());
        fake.push(text("Added."));
        let conversation = say(&world, &Value::Null, "add milk").await;
        fake.push(refused(refusal));
        fake.push(text("Hello."));
        say(&world, &conversation, "hello").await;
        assert_eq!(fake.last().to_string().contains("out of milk"), kept);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_ids_of_calls_are_ours_whatever_they_were(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let mut conversation = Value::Null;
    for id in [
        "7",
        "",
        "chatcmpl-tool-0123456789abcdef0123",
        "call_1",
        "call_1",
    ] {
        fake.push(calls(&[add_milk(id)]));
        fake.push(text("Added."));
        conversation = say(&world, &conversation, "add milk").await;
    }
    let messages = messages(&fake.last());
    let made = messages
        .iter()
        .filter_map(|message| message["tool_calls"][0]["id"].as_str());
    let made: Vec<&str> = made.collect();
    assert_eq!(
        made,
        [
            "call00001",
            "call00002",
            "call00003",
            "call00004",
            "call00005"
        ]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn two_calls_at_once_are_told_one_after_the_other_where_the_provider_refuses_them(
    pool: PgPool,
) {
    for status in [400, 500] {
        let (world, fake) = world_with(&pool).await;
        let tea = json!({"index": 1, "id": "b", "function": {"name": "add_task", "arguments": "{\"title\":\"Tea\"}"}});
        fake.push(calls(&[add_milk("a"), tea]));
        let body = json!({"error": {"message": "Jinja Exception: This model only supports single tool-calls at once!", "code": status}});
        let refusals = if status == 500 { 3 } else { 1 };
        for _ in 0..refusals {
            fake.push(Answer::status(status, &body));
        }
        fake.push(text("Both."));
        assert_eq!(answer(&world).await, "Both.");
        let roles: Vec<Value> = messages(&fake.last())
            .iter()
            .map(|message| message["role"].clone())
            .collect();
        assert_eq!(
            roles,
            ["system", "user", "assistant", "tool", "assistant", "tool"]
        );
        let before = fake.asked().len();
        fake.push(text("Hello."));
        answer(&world).await;
        assert_eq!(fake.asked().len(), before + 1, "it is known from then on");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_conversation_that_is_too_long_loses_whole_old_turns_and_the_limit_is_kept_to(
    pool: PgPool,
) {
    let openai = json!({"error": {"code": "context_length_exceeded", "type": "invalid_request_error",
        "message": "This model's maximum context length is 8192 tokens. However, your messages resulted in 9100 tokens."}});
    let llama = json!({"error": {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 9100, "n_ctx": 8192,
        "message": "the request exceeds the available context size, try increasing it"}});
    let vllm = json!({"object": "error", "code": 400,
        "message": "The prompt (total length 9100) is too long to fit into the model (context length 8192)."});
    let anthropic = json!({"error": {"type": "invalid_request_error", "message": "prompt is too long: 9100 tokens > 8192 maximum"}});
    let mistral = json!({"message": "Prompt contains 9100 tokens and 0 draft tokens, too large for model with 8192 maximum context length", "code": "3051"});
    let ollama = json!({"error": "the input length exceeds the context length"});
    for (status, refusal) in [
        (400, openai),
        (400, llama),
        (400, vllm),
        (400, anthropic),
        (422, mistral),
        (400, ollama),
        (413, json!("Payload Too Large")),
    ] {
        let (world, fake) = world_with(&pool).await;
        let mut conversation = Value::Null;
        for name in ["one", "two", "three"] {
            fake.push(text("Yes."));
            conversation = say(
                &world,
                &conversation,
                &format!("{name} {}", "long ".repeat(1900)),
            )
            .await;
        }
        fake.push(Answer::status(status, &refusal));
        fake.push(text("Yes."));
        say(&world, &conversation, "four").await;
        let kept = asked(&fake.last());
        assert!(
            (1..4).contains(&kept.len()) && kept.last().unwrap() == "four",
            "{refusal}"
        );
        assert!(!kept[0].starts_with("one"), "{refusal}");
        let before = fake.asked().len();
        fake.push(text("Yes."));
        say(&world, &conversation, "five").await;
        assert_eq!(fake.asked().len(), before + 1, "{refusal}");
        assert_eq!(asked(&fake.last())[..kept.len()], kept, "{refusal}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_context_that_a_provider_tells_is_kept_to_without_a_refusal(pool: PgPool) {
    for (told, longest) in [
        (
            json!({"meta": {"n_ctx": 4096, "n_ctx_train": 131_072}}),
            json!(1024),
        ),
        (json!({"max_model_len": 4096}), json!(1024)),
        (
            json!({"loaded_context_length": 4096, "max_context_length": 131_072}),
            json!(1024),
        ),
        // What is known of a model says nothing about the longest answer that its provider takes.
        (json!({"context_length": 4096}), Value::Null),
        (json!({"context_window": 4096}), Value::Null),
    ] {
        let (world, fake) = world_with(&pool).await;
        let mut entry = told.clone();
        entry["id"] = "fake-1".into();
        fake.list(&json!([{"id": "another", "max_model_len": 9}, entry]));
        let mut conversation = Value::Null;
        for name in ["one", "two", "three"] {
            fake.push(text("Yes."));
            let message = format!("{name} {}", "long ".repeat(400));
            conversation = say(&world, &conversation, &message).await;
        }
        assert_eq!(fake.asked().len(), 3, "{told}");
        let kept = asked(&fake.last());
        assert!(
            kept.len() < 3 && kept.last().unwrap().starts_with("three"),
            "{told}"
        );
        assert_eq!(fake.last()["max_tokens"], longest, "{told}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_result_that_is_too_long_alone_is_shortened_and_the_model_is_told(pool: PgPool) {
    let (world, _) = world_with(&pool).await;
    for number in 0..50 {
        let (status, task) = world
            .alice()
            .create(&format!("{number} {}", "paint the shed ".repeat(10)))
            .await;
        assert_eq!(status, 201, "{task}");
    }
    for told in [true, false] {
        let (world, fake) = world_with(&pool).await;
        fake.push(calls(&[json!({"index": 0, "id": "a", "type": "function",
            "function": {"name": "list_tasks", "arguments": "{}"}})]));
        if told {
            fake.list(&json!([{"id": "fake-1", "max_model_len": 4096}]));
        } else {
            for _ in 0..2 {
                fake.push(refused("the request exceeds the available context size"));
            }
        }
        fake.push(text("You have to paint a lot."));
        let (_, answer) = world
            .alice()
            .chat(json!({"message": "what is there to do?"}))
            .await;
        assert_eq!(answer["response"], "You have to paint a lot.", "{answer}");
        assert_eq!(
            answer["tool_calls"][0]["result"]["count"], 50,
            "the person's is whole"
        );
        let result = last(&fake.last(), "messages")["content"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            result.starts_with("{\"count\":50") && result.contains("cursor") && result.len() < 8192,
            "{result}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_message_that_is_too_long_alone_is_answered_by_a_sentence(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(refused(
        "This model's maximum context length is 2048 tokens.",
    ));
    let (code, sentence) = failure(&world).await;
    assert_eq!(code, "model_context_full");
    assert!(
        sentence.contains("too long") && sentence.contains("begin a new one"),
        "{sentence}"
    );
    assert_eq!(fake.asked().len(), 1, "the same is not asked again");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_longest_answer_is_said_by_the_name_that_the_provider_knows(pool: PgPool) {
    let limited = |fake: &Fake, wire| ModelSettings {
        max_tokens: Some(600),
        wire: Some(wire),
        ..at(fake)
    };
    let fake = Fake::start().await;
    let world = world_of(&pool, limited(&fake, Wire::Chat)).await;
    fake.push(text("One."));
    answer(&world).await;
    assert_eq!(fake.last()["max_tokens"], 600);
    fake.push(refused(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ));
    fake.push(text("Two."));
    answer(&world).await;
    let body = fake.last();
    assert_eq!(
        (&body["max_completion_tokens"], body.get("max_tokens")),
        (&json!(600), None)
    );
    drop(world);
    let fake = Fake::start().await;
    let world = world_of(&pool, limited(&fake, Wire::Responses)).await;
    fake.push(said("Three."));
    answer(&world).await;
    assert_eq!(fake.last()["max_output_tokens"], 600);
}
