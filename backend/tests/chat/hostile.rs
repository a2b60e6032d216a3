//! Other people's things, and what no client of good will sends.

use offline_model::Reply;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{Person, World, error, input, item_id, shown};

const GONE: (&str, &str, bool) = ("custom", "This conversation no longer exists.", false);

async fn task(person: Person<'_>, title: &str) -> i64 {
    let made = person
        .post("/api/me/tasks")
        .json(&json!({ "title": title }));
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    made["id"].as_i64().unwrap()
}

/// A thread with a list of one task in it: its id, the list's id.
async fn with_list(world: &World, person: Person<'_>, task: i64) -> (String, String) {
    world
        .script
        .push(Reply::call("show_tasks", json!({ "task_ids": [task] })));
    world.script.push(Reply::text("There."));
    let (frames, thread) = person.begin("show my tasks").await;
    (thread, item_id(&frames, "widget"))
}

fn press(thread: &str, item: &str, deed: &str, task: i64) -> Value {
    json!({
        "thread_id": thread, "item_id": item,
        "action": { "type": deed, "payload": { "task_id": task } },
    })
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_button_reaches_nobody_elses_task_thread_or_list(pool: PgPool) {
    let world = World::start(&pool).await;
    let (alice, bob) = (world.alice(), world.user("bob"));
    let (hers, his) = (task(alice, "Hers").await, task(bob, "His").await);
    let (thread, list) = with_list(&world, alice, hers).await;
    let (bobs, bobs_list) = with_list(&world, bob, his).await;
    for deed in ["task.complete", "task.reopen", "task.delete"] {
        // Her list, his task.
        let params = press(&thread, &list, deed, his);
        let (status, answer) = alice
            .ask("threads.sync_custom_action", params.clone())
            .await;
        assert_eq!(status, 200, "{answer}");
        assert!(!answer.to_string().contains("His"), "{answer}");
        let frames = alice.stream("threads.custom_action", params).await;
        assert_eq!(frames[1]["message"], "This task no longer exists.");
        // His thread, and his list in hers.
        let params = press(&bobs, &bobs_list, deed, hers);
        assert_eq!(
            alice
                .ask("threads.sync_custom_action", params.clone())
                .await
                .0,
            404
        );
        assert_eq!(
            error(&alice.stream("threads.custom_action", params).await),
            GONE
        );
        let params = press(&thread, &bobs_list, deed, hers);
        assert_eq!(
            alice
                .ask("threads.sync_custom_action", params.clone())
                .await
                .0,
            404
        );
        assert_eq!(
            error(&alice.stream("threads.custom_action", params).await).0,
            "stream.error"
        );
    }
    for person in [alice, bob] {
        let (_, tasks) = person.get("/api/me/tasks").await;
        assert_eq!(tasks[0]["completed"], false);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_list_of_somebody_elses_tasks_is_not_shown(pool: PgPool) {
    let world = World::start(&pool).await;
    let his = task(world.user("bob"), "His secret").await;
    let hers = task(world.alice(), "Hers").await;
    world.script.push(Reply::call(
        "show_tasks",
        json!({ "task_ids": [his, hers] }),
    ));
    world.script.push(Reply::text("There."));
    let (frames, _) = world.alice().begin("show my tasks").await;
    assert!(!json!(frames).to_string().contains("secret"));
    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"].to_string();
    assert!(
        told.contains("not_found") && !told.contains("secret"),
        "{told}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn somebody_elses_question_cannot_be_answered(pool: PgPool) {
    let world = World::start(&pool).await;
    let (alice, bob) = (world.alice(), world.user("bob"));
    world.script.push(Reply::call(
        "ask_person",
        json!({"question": "Which?", "options": ["One", "Two"]}),
    ));
    let (frames, bobs) = bob.begin("do the thing").await;
    let question = item_id(&frames, "structured_input");
    let (_, hers) = alice.begin("hello").await;
    let answer = |thread: &str| json!({"thread_id": thread, "item_id": question, "input": {"status": "answered", "answers": {"q1": {"values": ["One"]}}}});
    assert_eq!(
        error(
            &alice
                .stream("threads.add_structured_input", answer(&bobs))
                .await
        ),
        GONE
    );
    let frames = alice
        .stream("threads.add_structured_input", answer(&hers))
        .await;
    assert_eq!(error(&frames).0, "custom");
    let (_, thread) = bob
        .ask("threads.get_by_id", json!({ "thread_id": bobs }))
        .await;
    let items = thread["items"]["data"].as_array().unwrap();
    assert_eq!(items.last().unwrap()["status"], "pending");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_mention_of_somebody_elses_task_is_only_a_word(pool: PgPool) {
    let world = World::start(&pool).await;
    let his = task(world.user("bob"), "His secret").await;
    world.script.push(Reply::text("I know of none."));
    let mut message = input("what is ");
    let tag = json!({"type": "input_tag", "id": format!("task_{his}"), "text": "that", "data": {}});
    message["content"].as_array_mut().unwrap().push(tag);
    world
        .alice()
        .stream("threads.create", json!({ "input": message }))
        .await;
    let told = world.script.requests()[0]["messages"].to_string();
    assert!(told.contains("what is @that"), "{told}");
    assert!(
        !told.contains("secret") && !told.contains("mentioned with @"),
        "{told}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_page_goes_on_after_an_item_that_is_gone_and_not_after_one_of_another_thread(
    pool: PgPool,
) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (frames, thread) = alice.begin("hello").await;
    let answer = item_id(&frames, "assistant_message");
    let question = item_id(&frames, "user_message");
    alice.add(&thread, "hello again").await;
    alice.again(&thread, &question).await;
    let page = json!({"thread_id": thread, "order": "asc", "after": answer});
    let (status, page) = alice.ask("items.list", page).await;
    assert_eq!(status, 200);
    assert_eq!(page["data"].as_array().unwrap().len(), 1, "{page}");
    assert!(shown(&page["data"][0]).starts_with("assistant_message"));
    let (_, other) = alice.begin("hello").await;
    for after in [&question, "x", "msg_0"] {
        let page = json!({"thread_id": other, "after": after});
        assert_eq!(alice.ask("items.list", page).await.0, 404, "{after}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_too_much_or_of_the_wrong_kind_is_refused_before_anything_happens(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let tag = |data: Value| json!({"input": {"content": [{"type": "input_tag", "id": "a", "text": "a", "data": data}], "attachments": [], "inference_options": {}}});
    let parts: Vec<Value> = (0..201)
        .map(|_| json!({"type": "input_text", "text": "a"}))
        .collect();
    let long = "x".repeat(10_001);
    for (operation, params) in [
        ("threads.create", tag(json!({"x": "y".repeat(70_000)}))),
        ("threads.create", tag(json!([1]))),
        (
            "threads.create",
            json!({"input": {"content": parts, "attachments": [], "inference_options": {}}}),
        ),
        (
            "threads.custom_action",
            json!({"thread_id": "thr_1", "item_id": 1, "action": {"type": "task.delete"}}),
        ),
        (
            "threads.custom_action",
            json!({"thread_id": "thr_1", "action": "task.delete"}),
        ),
        (
            "threads.sync_custom_action",
            press("thr_1", "msg_1", "task.explode", 1),
        ),
        (
            "threads.sync_custom_action",
            json!({"thread_id": "thr_1", "action": {"type": "task.delete", "payload": {"task_id": "1; drop table tasks"}}}),
        ),
        (
            "threads.sync_custom_action",
            json!({"thread_id": "thr_1", "action": {"type": "task.delete", "payload": [[1]]}}),
        ),
        (
            "threads.add_structured_input",
            json!({"thread_id": "thr_1", "item_id": "msg_1", "input": {"status": "maybe"}}),
        ),
        (
            "threads.add_structured_input",
            json!({"thread_id": "thr_1", "item_id": "msg_1", "input": {"answers": {"q1": {"values": [1]}}}}),
        ),
        (
            "threads.add_structured_input",
            json!({"thread_id": "thr_1", "item_id": "msg_1", "input": {"answers": {"q1": {"values": [long]}}}}),
        ),
        ("threads.add_client_tool_output", json!({"result": 1})),
        (
            "items.feedback",
            json!({"thread_id": "thr_1", "item_ids": "msg_1", "kind": "positive"}),
        ),
        (
            "items.feedback",
            json!({"thread_id": "thr_1", "item_ids": [], "kind": "so-so"}),
        ),
        (
            "attachments.create",
            json!({"name": "a", "size": -1, "mime_type": "b"}),
        ),
    ] {
        let (status, refusal) = alice.ask(operation, params.clone()).await;
        assert_eq!(status, 400, "{operation} {refusal}");
        assert!(refusal["message"].is_string());
    }
    for key in [json!(1), json!(""), json!("a b"), json!("x".repeat(256))] {
        let body = json!({"type": "threads.list", "params": {}, "metadata": {"turn_id": key}});
        let answer = alice.post("/api/chatkit").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{key}");
    }
    assert!(world.script.requests().is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_locked_thread_says_why_and_nothing_is_done_in_it(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let milk = task(alice, "Milk").await;
    let (thread, list) = with_list(&world, alice, milk).await;
    let before = world.script.requests().len();
    for status in ["locked", "closed"] {
        let changed: Vec<i64> = sqlx::query_scalar(
            "update conversations set status = $1, status_reason = 'Enough said.' returning id",
        )
        .bind(status)
        .fetch_all(&pool)
        .await
        .unwrap();
        assert_eq!(changed.len(), 1);
        let (_, shown) = alice
            .ask("threads.get_by_id", json!({ "thread_id": thread }))
            .await;
        assert_eq!(
            shown["status"],
            json!({"type": status, "reason": "Enough said."})
        );
        let said = ("custom", "Enough said.", false);
        assert_eq!(error(&alice.add(&thread, "hello").await), said);
        assert_eq!(error(&alice.again(&thread, "msg_1").await), said);
        let params = press(&thread, &list, "task.delete", milk);
        assert_eq!(
            error(&alice.stream("threads.custom_action", params.clone()).await),
            said
        );
        assert_eq!(
            alice.ask("threads.sync_custom_action", params).await,
            (
                reqwest::StatusCode::CONFLICT,
                json!({"message": "Enough said."})
            )
        );
        let params = json!({"thread_id": thread, "result": 1});
        assert_eq!(
            error(&alice.stream("threads.add_client_tool_output", params).await),
            said
        );
        let params = json!({"thread_id": thread, "item_id": list, "input": {"answers": {}}});
        assert_eq!(
            error(&alice.stream("threads.add_structured_input", params).await),
            said
        );
    }
    assert_eq!(world.script.requests().len(), before);
    assert_eq!(alice.tasks().await, ["Milk"]);
}
