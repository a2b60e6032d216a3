//! Talking to models of many providers: a fake one speaks their dialects, and what people get is looked at.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

mod chat_dialects;
mod doctor;
mod fake;
mod fallback;
mod odd_answers;
mod odd_fields;
#[path = "../chat/outgoing.rs"]
mod outgoing;
mod patience;
mod refusals;
mod requests;
mod responses;
mod settings;
#[path = "../chat/world.rs"]
#[expect(dead_code, reason = "shared with the other tests of the chat")]
mod world;

use model::{ModelConfig, ModelSettings};
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    fake::Fake,
    world::{Plan, World},
};

/// The key that must never be seen anywhere else.
const KEY: &str = "sk-secret-for-tests";

/// A model at the fake provider.
fn at(fake: &Fake) -> ModelSettings {
    ModelSettings {
        api_key: Some(SecretString::from(KEY)),
        ..ModelSettings::new(fake.url(), "fake-1")
    }
}

/// A world whose model is one of the fake provider's.
async fn world_of(pool: &PgPool, first: ModelSettings) -> World {
    let plan = Plan {
        models: Some(ModelConfig {
            first,
            second: None,
        }),
        ..Plan::default()
    };
    World::with(pool, plan).await
}

/// A provider with a good answer for every way it may be asked.
async fn world_with(pool: &PgPool) -> (World, Fake) {
    let fake = Fake::start().await;
    (world_of(pool, at(&fake)).await, fake)
}

/// What `/chat` answers to a message that fails: the code and the sentence.
async fn failure(world: &World) -> (String, String) {
    let (status, problem) = world.alice().chat(json!({"message": "add milk"})).await;
    assert!(
        status.is_client_error() || status.is_server_error(),
        "{problem}"
    );
    let text = |name: &str| problem[name].as_str().unwrap().to_owned();
    (text("code"), text("detail"))
}

/// The answer to a message that is answered.
async fn answer(world: &World) -> String {
    let answer = world.alice().say("add milk and tea").await;
    answer["response"].as_str().unwrap().to_owned()
}

/// The last of a request's messages or items.
fn last(body: &Value, list: &str) -> Value {
    body[list].as_array().unwrap().last().unwrap().clone()
}
