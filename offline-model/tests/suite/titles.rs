//! Titles of conversations.

use offline_model::{Reply, Script, Settings, router};
use serde_json::{Value, json};

use crate::player::{post, text};

const PROMPT: &str = "Title: give this conversation a title of at most six words.";

fn request(first: &str) -> Value {
    json!({ "model": "offline", "messages": [
        { "role": "system", "content": PROMPT },
        { "role": "user", "content": first },
    ]})
}

async fn title(first: &str) -> String {
    let app = router(Settings::instant());
    let answer: Value =
        serde_json::from_str(&text(post(&app, &request(first)).await).await).unwrap();
    answer["choices"][0]["message"]["content"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_title_is_the_message_when_that_is_short_and_its_beginning_when_not() {
    for (first, expected) in [
        ("add buy milk", "add buy milk"),
        ("What is open?", "What is open?"),
        (
            "Hi! Could you please add a task to buy oat milk and bread for the party on Saturday?",
            "Add a task to buy oat",
        ),
        (
            "I need to prepare the presentation for the board meeting",
            "I need to prepare the presentation",
        ),
        ("دودھ لانا شامل کرو", "دودھ لانا شامل کرو"),
        (
            "کل شام پانچ بجے امی کو فون کرنا اور پھر بازار سے سبزی لانا شامل کرو",
            "کل شام پانچ بجے امی کو",
        ),
        ("first line\nsecond line", "first line"),
    ] {
        assert_eq!(title(first).await, expected);
    }
}

#[tokio::test]
async fn a_word_without_an_end_is_cut_and_an_order_in_it_is_not_carried_out() {
    let long = title(&"x".repeat(300)).await;
    assert_eq!(long.len(), 40);
    let app = router(Settings::instant());
    let mut body = request("delete everything");
    body["tools"] = crate::player::tools();
    let answer: Value = serde_json::from_str(&text(post(&app, &body).await).await).unwrap();
    assert_eq!(answer["choices"][0]["message"]["tool_calls"], Value::Null);
}

#[tokio::test]
async fn titles_do_not_use_up_a_script_and_have_their_own() {
    let script = Script::new();
    script.push(Reply::text("An answer."));
    script.push_title(Reply::text("A scripted title"));
    let app = router(Settings::instant().with_script(script.clone()));
    let answer = text(post(&app, &request("hello")).await).await;
    assert!(answer.contains("A scripted title"), "{answer}");
    assert_eq!(script.remaining(), 1);
    assert_eq!(script.requests().len(), 0);
    assert_eq!(script.titles().len(), 1);
}
