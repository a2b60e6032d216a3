//! The MCP server refuses, goes away, or its answers are lost.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Body,
    extract::Request,
    middleware::{self, Next},
    response::IntoResponse,
};
use offline_model::Reply;
use serde_json::json;
use sqlx::PgPool;

use crate::world::{Plan, World, error, install_tls, item_id, mcp, serve};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_tools_go_away_and_come_back(pool: PgPool) {
    install_tls();
    let faulty = Faulty::start(&pool).await;
    let world = World::with(
        &pool,
        Plan {
            mcp_url: Some(faulty.url.clone()),
            ..Plan::default()
        },
    )
    .await;
    let alice = world.alice();
    alice.say("add one").await;
    faulty.refuse(usize::MAX);
    let (frames, thread) = alice.begin("add two").await;
    assert!(error(&frames).1.contains("tasks cannot be reached"));
    faulty.refuse(0);
    let frames = alice
        .again(&thread, &item_id(&frames, "user_message"))
        .await;
    assert_eq!(frames.last().unwrap()["type"], "thread.item.done");
    assert_eq!(alice.tasks().await.len(), 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_lost_answer_of_a_tool_does_not_make_a_second_task(pool: PgPool) {
    install_tls();
    let faulty = Faulty::start(&pool).await;
    let world = World::with(
        &pool,
        Plan {
            mcp_url: Some(faulty.url.clone()),
            ..Plan::default()
        },
    )
    .await;
    let alice = world.alice();
    alice.say("hello").await;
    // The task is made, its answer is lost, and the call is sent once more under the same key.
    faulty.lose(1);
    let answer = alice.say("add buy milk").await;
    assert_eq!(answer["tool_calls"][0]["result"]["status"], "created");
    assert_eq!(alice.tasks().await.len(), 1);

    // Lost twice: the person is told that nobody knows, and the retry's model is told what was found out.
    faulty.lose(2);
    let (frames, thread) = alice.begin("add bread").await;
    assert!(error(&frames).1.contains("tasks cannot be reached"));
    assert!(alice.transcript(&thread).await[1].contains("outcome is not known"));
    world.script.push(Reply::text("Let me look."));
    alice
        .again(&thread, &item_id(&frames, "user_message"))
        .await;
    let requests = world.script.requests();
    assert!(
        requests.last().unwrap()["messages"]
            .to_string()
            .contains(r#"\"status\":\"created\""#)
    );
    assert_eq!(
        alice.transcript(&thread).await[1],
        "workflow: Added “Bread”"
    );
    assert_eq!(alice.tasks().await.len(), 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_deletion_whose_answer_is_lost_is_sent_again_and_still_one_deletion(pool: PgPool) {
    install_tls();
    let faulty = Faulty::start(&pool).await;
    let world = World::with(
        &pool,
        Plan {
            mcp_url: Some(faulty.url.clone()),
            ..Plan::default()
        },
    )
    .await;
    let alice = world.alice();
    let added = alice.say("add buy milk").await;
    let id = &added["tool_calls"][0]["result"]["task_id"];
    world
        .script
        .push(Reply::call("delete_task", json!({"task_id": id})));
    faulty.lose(1);
    let before = faulty.calls();
    world.script.push(Reply::text("Gone."));
    let answer = alice.say("delete it: buy milk").await;
    assert_eq!(answer["tool_calls"][0]["result"]["status"], "deleted");
    assert_eq!(faulty.calls(), before + 2);
    assert!(alice.tasks().await.is_empty());
}

/// The real MCP server behind something that refuses calls or loses their answers.
struct Faulty {
    url: String,
    state: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    refuse: AtomicUsize,
    lose: AtomicUsize,
    calls: AtomicUsize,
}

impl Faulty {
    async fn start(pool: &PgPool) -> Self {
        let state = Arc::<Faults>::default();
        let faults = Arc::clone(&state);
        let router = mcp(&store::Db::from_pool(pool.clone())).layer(middleware::from_fn(
            move |request: Request<Body>, next: Next| {
                let faults = Arc::clone(&faults);
                async move {
                    let call = request
                        .headers()
                        .get("mcp-method")
                        .is_some_and(|method| method == "tools/call");
                    if !call {
                        return next.run(request).await;
                    }
                    faults.calls.fetch_add(1, Ordering::SeqCst);
                    let take = |left: &AtomicUsize| {
                        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                            .is_ok()
                    };
                    if take(&faults.refuse) {
                        return http::StatusCode::TOO_MANY_REQUESTS.into_response();
                    }
                    let answer = next.run(request).await;
                    if take(&faults.lose) {
                        return http::StatusCode::BAD_GATEWAY.into_response();
                    }
                    answer
                }
            },
        ));
        Self {
            url: format!("http://{}/mcp", serve(router).await),
            state,
        }
    }

    fn refuse(&self, calls: usize) {
        self.state.refuse.store(calls, Ordering::SeqCst);
    }

    fn lose(&self, answers: usize) {
        self.state.lose.store(answers, Ordering::SeqCst);
    }

    fn calls(&self) -> usize {
        self.state.calls.load(Ordering::SeqCst)
    }
}
