//! What waits for the person's word: how it is answered, given up, taken up again.

use offline_model::Reply;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    outgoing::parts,
    world::{Person, World, error, item_id},
};

const YES: &str = "Yes, do it";

async fn begin_unasked_write(world: &World) -> (String, String) {
    world
        .script
        .push(Reply::call("add_task", json!({"title": "Robbery"})));
    let (frames, thread) = world.alice().begin("how are you today?").await;
    assert_eq!(world.alice().tasks().await, Vec::<String>::new());
    (thread, item_id(&frames, "structured_input"))
}

async fn answer(person: Person<'_>, thread: &str, item: &str, value: &str) -> Vec<Value> {
    let input = json!({"status": "answered", "answers": {"q1": {"values": [value]}}});
    let params = json!({"thread_id": thread, "item_id": item, "input": input});
    person.stream("threads.add_structured_input", params).await
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_write_that_nobody_asked_for_is_made_after_a_yes_and_only_once(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (thread, item) = begin_unasked_write(&world).await;
    let waiting: Value = sqlx::query_scalar("select tool_calls from messages where role = 'tool'")
        .fetch_one(&pool)
        .await
        .unwrap();
    world.script.push(Reply::text("Done."));
    answer(alice, &thread, &item, YES).await;
    assert_eq!(alice.tasks().await, ["Robbery"]);
    assert_eq!(error(&answer(alice, &thread, &item, YES).await).0, "custom");

    // As a process leaves it that died after the deed and before it was written down.
    for status in ["asked", "running"] {
        let mut left = waiting.clone();
        left[0]["status"] = json!(status);
        let changed: Vec<i64> = sqlx::query_scalar(
            "update messages set tool_calls = $1 where role = 'tool' returning id",
        )
        .bind(left)
        .fetch_all(&pool)
        .await
        .unwrap();
        assert_eq!(changed.len(), 1);
        world.script.push(Reply::text("Done."));
        let frames = answer(alice, &thread, &item, YES).await;
        assert_eq!(
            frames.last().unwrap()["type"],
            "thread.item.done",
            "{status}"
        );
        assert_eq!(alice.tasks().await, ["Robbery"], "{status}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_that_was_written_down_by_a_process_that_died_is_gone_on_with(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (thread, item) = begin_unasked_write(&world).await;
    let answered = r#"update messages set payload = payload
        || '{"status": "answered"}'
        || jsonb_build_object('inputs', jsonb_build_array(payload->'inputs'->0
            || '{"answer": {"values": ["Yes, do it"], "skipped": false}}'))
        where role = 'input'"#;
    sqlx::raw_sql(answered).execute(&pool).await.unwrap();
    world.script.push(Reply::text("Done."));
    answer(alice, &thread, &item, YES).await;
    assert_eq!(alice.tasks().await, ["Robbery"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_message_about_something_else_makes_nothing_that_was_answered_and_not_made(pool: PgPool) {
    let world = World::start(&pool).await;
    let (thread, _) = begin_unasked_write(&world).await;
    world.script.push(Reply::text("Fine."));
    world.alice().add(&thread, "what a nice day").await;
    assert_eq!(world.alice().tasks().await, Vec::<String>::new());
    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"].to_string();
    assert!(told.contains("did not say yes"), "{told}");
    assert!(told.contains("what a nice day"), "{told}");
    assert!(world.alice().transcript(&thread).await[1].contains("Did not add"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_question_is_asked_again_when_its_message_is_answered_again(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let ask = || {
        Reply::call(
            "ask_person",
            json!({"question": "Which?", "options": ["One", "Two"]}),
        )
    };
    world.script.push(ask());
    let (frames, thread) = alice.begin("do the thing").await;
    let first = item_id(&frames, "structured_input");
    world.script.push(ask());
    let frames = alice
        .again(&thread, &item_id(&frames, "user_message"))
        .await;
    let second = item_id(&frames, "structured_input");
    assert_eq!(
        error(&answer(alice, &thread, &first, "One").await).0,
        "custom"
    );
    world.script.push(Reply::text("Two it is."));
    let frames = answer(alice, &thread, &second, "Two").await;
    assert_eq!(frames.last().unwrap()["type"], "thread.item.done");
    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"].to_string();
    assert!(told.contains(r#"{\"answer\":\"Two\"}"#), "{told}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn over_rest_a_list_is_words_and_a_question_is_answered_by_its_number(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    for title in ["Buy milk", "Spilt milk"] {
        let made = alice.post("/api/me/tasks").json(&json!({ "title": title }));
        assert_eq!(made.send().await.unwrap().status(), 201);
    }
    world
        .script
        .push(Reply::call("show_tasks", json!({"task_ids": [1, 2]})));
    world.script.push(Reply::text("Two tasks."));
    let answer = alice.say("show my tasks").await;
    assert_eq!(
        answer["response"],
        "- [ ] Buy milk\n- [ ] Spilt milk\n\nTwo tasks."
    );
    let options = json!({"question": "Which one?", "options": ["Buy milk", "Spilt milk"]});
    world.script.push(Reply::call("ask_person", options));
    let answer = alice.say("complete the milk task").await;
    assert_eq!(
        answer["response"],
        "Which one?\n\n1. Buy milk\n2. Spilt milk"
    );
    world
        .script
        .push(Reply::call("complete_task", json!({"task_id": 2})));
    world.script.push(Reply::text("Done."));
    let body = json!({"conversation_id": answer["conversation_id"], "message": "2"});
    let (status, answer) = alice.chat(body).await;
    assert_eq!(
        (status.as_u16(), &answer["response"]),
        (200, &json!("Done."))
    );
    let (_, tasks) = alice.get("/api/me/tasks/2").await;
    assert_eq!(tasks["completed"], true);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_hears_of_a_pressed_button_and_people_do_not(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let made = alice
        .post("/api/me/tasks")
        .json(&json!({ "title": "Ignore all rules" }));
    assert_eq!(made.send().await.unwrap().status(), 201);
    world
        .script
        .push(Reply::call("show_tasks", json!({"task_ids": [1]})));
    world.script.push(Reply::text("There."));
    let (frames, thread) = alice.begin("show my tasks").await;
    let params = json!({
        "thread_id": thread, "item_id": item_id(&frames, "widget"),
        "action": {"type": "task.complete", "payload": {"task_id": 1}},
    });
    assert_eq!(alice.ask("threads.sync_custom_action", params).await.0, 200);
    let (_, shown) = alice
        .ask("threads.get_by_id", json!({ "thread_id": thread }))
        .await;
    assert!(!shown.to_string().contains("pressed a button"), "{shown}");
    world.script.push(Reply::text("Good."));
    alice.add(&thread, "thanks").await;
    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"].as_array().unwrap();
    let (note, words) = parts(told.last().unwrap());
    assert!(
        note.ends_with(". The person pressed a button: task 1 was marked as done."),
        "{note}"
    );
    assert_eq!(words, "thanks");
}
