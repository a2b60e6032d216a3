//! What is asked first whatever was said, and what comes of the answer.

use serde_json::json;
use sqlx::PgPool;

use crate::stage::Stage;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn yes_says_nothing_where_nothing_was_asked(pool: PgPool) {
    let stage = Stage::start(&pool).await;
    let person = stage.person();
    let task = stage.task(person, "Buy milk").await;
    stage.task(person, "Yes").await;
    let delete = [("delete_task", json!({ "task_id": task }))];
    for said in ["yes", "Yes, do it", "go on", "ہاں", "好的", "👍"] {
        let begun = stage.says(person, None, "hello", &[]).await;
        let answer = stage.says(person, begun.conversation, said, &delete).await;
        assert!(answer.asked, "{said}");
        // Nor what was asked elsewhere.
        let elsewhere = stage.says(person, None, said, &delete).await;
        assert!(elsewhere.asked, "{said}");
        assert_eq!(person.tasks().await.len(), 2);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_late_yes_makes_exactly_what_was_asked(pool: PgPool) {
    let stage = Stage::start(&pool).await;
    let person = stage.person();
    let (milk, rent) = (
        stage.task(person, "Buy milk").await,
        stage.task(person, "Pay rent").await,
    );
    let delete = |task: i64| [("delete_task", json!({ "task_id": task }))];
    let asked = stage
        .says(person, None, "what is left?", &delete(milk))
        .await;
    assert!(asked.asked);
    let statement = "update messages set created_at = created_at - interval '10 minutes'";
    sqlx::raw_sql(statement).execute(&pool).await.unwrap();
    // The model wants more because of it: that is asked anew.
    let answer = stage
        .says(person, asked.conversation, "yes", &delete(rent))
        .await;
    assert!(answer.asked);
    assert_eq!(person.tasks().await, ["Pay rent"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_the_last_exchange_changed_is_designated_and_nothing_from_before_it(pool: PgPool) {
    let stage = Stage::start(&pool).await;
    let person = stage.person();
    let old = stage.task(person, "Pay rent").await;
    let added = stage
        .says(
            person,
            None,
            "add honey",
            &[("add_task", json!({ "title": "Honey" }))],
        )
        .await;
    let honey = added.results[0]["task_id"].as_i64().unwrap();
    let complete = |task: i64| [("complete_task", json!({ "task_id": task }))];
    let answer = stage
        .says(person, added.conversation, "it is done", &complete(old))
        .await;
    assert!(answer.asked);
    // What was not agreed to was no change.
    let answer = stage
        .says(person, added.conversation, "it is done", &complete(honey))
        .await;
    assert!(answer.asked);
    let added = stage
        .says(
            person,
            None,
            "add bread",
            &[("add_task", json!({ "title": "Bread" }))],
        )
        .await;
    let bread = added.results[0]["task_id"].as_i64().unwrap();
    let answer = stage
        .says(person, added.conversation, "it is done", &complete(bread))
        .await;
    assert!(!answer.asked);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn more_than_five_changes_and_a_second_deletion_are_one_question(pool: PgPool) {
    let stage = Stage::start(&pool).await;
    let person = stage.person();
    let titles = ["Apples", "Bread", "Cheese", "Dates", "Eggs", "Flour"];
    let add = titles.map(|title| ("add_task", json!({ "title": title })));
    let said = format!("add {}", titles.join(", "));
    let answer = stage.says(person, None, &said, &add).await;
    assert!(
        answer
            .words
            .starts_with("Shall I do all of this: add “Apples”; add “Bread”;"),
        "{}",
        answer.words
    );
    stage.says(person, answer.conversation, "yes", &[]).await;
    assert_eq!(person.tasks().await, titles);
    let answer = stage.says(person, None, &said, &add[..5]).await;
    assert!(!answer.asked);
    // All of them are gone after one yes, and the next one is asked about again.
    let person = stage.person();
    let mut delete = Vec::new();
    for title in titles {
        delete.push((
            "delete_task",
            json!({ "task_id": stage.task(person, title).await }),
        ));
    }
    let said = format!("delete {}", titles.join(", "));
    let answer = stage.says(person, None, &said, &delete[..4]).await;
    assert!(
        answer.words.starts_with("Shall I delete these 4 tasks:"),
        "{}",
        answer.words
    );
    let answer = stage
        .says(person, answer.conversation, "yes", &delete[4..5])
        .await;
    assert!(answer.asked);
    assert_eq!(person.tasks().await, &titles[4..]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn undoing_needs_a_change_of_this_exchange_or_the_last(pool: PgPool) {
    let stage = Stage::start(&pool).await;
    let person = stage.person();
    let undo = |args: &serde_json::Value| [("undo", args.clone())];
    let answer = stage.says(person, None, "undo", &undo(&json!({}))).await;
    assert!(
        answer.words.starts_with("Shall I undo the last change?"),
        "{}",
        answer.words
    );
    let add = [
        ("add_task", json!({ "title": "Honey" })),
        ("add_task", json!({ "title": "Jam" })),
    ];
    for (args, made) in [
        (json!({}), true),
        (json!({ "undo_id": null }), true),
        (json!({ "undo_id": "that of the change" }), true),
        (json!({ "undo_id": "turn-1" }), false),
        (json!({ "undo_id": 1 }), false),
    ] {
        let added = stage.says(person, None, "add honey and jam", &add).await;
        // What is done in another conversation is not what "that" means here.
        let elsewhere = [("add_task", json!({ "title": "Elsewhere" }))];
        stage.says(person, None, "add elsewhere", &elsewhere).await;
        let args = match args["undo_id"].as_str() {
            Some(id) if id.contains(' ') => json!({ "undo_id": added.results[0]["undo_id"] }),
            _ => args,
        };
        let said = "no, take that back";
        let answer = stage
            .says(person, added.conversation, said, &undo(&args))
            .await;
        assert_eq!(!answer.asked, made, "{args}");
        if made {
            // Both, at once.
            assert_eq!(answer.results[0]["batch"], added.results[0]["undo_id"]);
            let restored = answer.results[0]["restored"].as_array().unwrap();
            assert_eq!(restored.len(), 2, "{args}");
        }
        let answer = stage.says(person, None, said, &undo(&args)).await;
        assert!(answer.asked, "{args}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_tool_that_nobody_has_thought_of_is_asked_about(pool: PgPool) {
    let stage = Stage::with_another_tool(&pool).await;
    let person = stage.person();
    let task = stage.task(person, "Buy milk").await;
    for args in [json!({}), json!({ "task_id": task })] {
        let answer = stage
            .says(person, None, "wipe buy milk", &[("wipe", args)])
            .await;
        assert!(
            answer.words.starts_with("Shall I use wipe on"),
            "{}",
            answer.words
        );
    }
}
