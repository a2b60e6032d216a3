//! What each tool does and the exact shape of its answer.

use serde_json::{Value, json};
use sqlx::PgPool;
use store::{
    Db,
    changes::{Author, Means},
    task::{NewTask, Title},
    tasks,
};

use crate::running::{Agent, Server};

/// Once with each of the two protocol eras.
async fn agents(pool: PgPool) -> [Agent; 2] {
    let server = Server::start(&Db::from_pool(pool)).await;
    [server.agent("ada").await, server.older_agent("ada").await]
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_tool_answers_in_the_official_shape_to_both_kinds_of_client(pool: PgPool) {
    for agent in agents(pool).await {
        let added = agent
            .call(
                "add_task",
                json!({ "title": " Buy milk ", "description": "2 l" }),
            )
            .await;
        let id = added["task_id"].as_i64().unwrap();
        assert_eq!(
            added,
            json!({
                "task_id": id, "status": "created", "title": "Buy milk", "undo_id": added["undo_id"],
                "task": added["task"],
            })
        );

        let list = agent
            .call(
                "list_tasks",
                json!({ "status": "pending", "details": true }),
            )
            .await;
        let task = &list["tasks"][0];
        assert_eq!(&added["task"], task);
        let got = agent.call("get_task", json!({ "task_id": id })).await;
        assert_eq!(got, json!({ "task": task }));
        let times = [&task["created_at"], &task["updated_at"]];
        assert!(
            times
                .iter()
                .all(|time| time.as_str().unwrap().ends_with('Z')),
            "{list}"
        );
        assert_eq!(
            list,
            json!({
                "tasks": [{
                    "id": id, "title": "Buy milk", "description": "2 l", "completed": false,
                    "created_at": times[0], "updated_at": times[1],
                }],
                "count": 1,
                "total": 1,
            })
        );

        let updated = agent
            .call(
                "update_task",
                json!({ "task_id": id, "title": "Buy oat milk" }),
            )
            .await;
        assert_eq!(
            updated,
            json!({
                "task_id": id, "status": "updated", "title": "Buy oat milk", "undo_id": updated["undo_id"],
                "changed": true, "task": updated["task"],
            })
        );
        assert_eq!(updated["task"]["title"], "Buy oat milk");

        let summary = agent.call("task_summary", json!({})).await;
        let recent = json!([{ "id": id, "title": "Buy oat milk" }]);
        assert_eq!(
            summary,
            json!({ "total": 1, "pending": 1, "completed": 0, "recent": recent })
        );

        let completed = agent.call("complete_task", json!({ "task_id": id })).await;
        assert_eq!(
            completed,
            json!({
                "task_id": id, "status": "completed", "title": "Buy oat milk", "undo_id": completed["undo_id"],
                "changed": true, "task": completed["task"],
            })
        );
        assert_eq!(completed["task"]["completed"], true);
        let summary = agent.call("task_summary", Value::Null).await;
        assert_eq!(
            summary,
            json!({ "total": 1, "pending": 0, "completed": 1, "recent": [] })
        );

        let deleted = agent.call("delete_task", json!({ "task_id": id })).await;
        assert_eq!(
            deleted,
            json!({ "task_id": id, "status": "deleted", "title": "Buy oat milk", "undo_id": deleted["undo_id"] })
        );
        let list = agent.call("list_tasks", Value::Null).await;
        assert_eq!(list, json!({ "tasks": [], "count": 0, "total": 0 }));

        let undone = agent.call("undo", json!({})).await;
        let restored = json!([{ "id": id, "title": "Buy oat milk" }]);
        assert_eq!(
            undone,
            json!({
                "batch": deleted["undo_id"], "undo_id": undone["undo_id"], "restored": restored, "refused": [],
            })
        );
        agent
            .call("undo", json!({ "undo_id": undone["undo_id"] }))
            .await;
        assert_eq!(agent.titles().await, Vec::<String>::new());
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn undo_takes_back_ones_own_last_change_or_the_one_that_is_named(pool: PgPool) {
    let [agent, _] = agents(pool.clone()).await;
    let db = Db::from_pool(pool);
    let nothing = agent.refusal("undo", json!({})).await;
    assert_eq!(nothing["code"], "not_found");
    let first = agent.call("add_task", json!({ "title": "One" })).await;
    agent.add("Two").await;
    // What is done on a page is not what an agent's "undo" means.
    let page = Author::new("ada", Means::Page);
    tasks::create(
        &db,
        page,
        &NewTask {
            title: Title::parse("Three").unwrap(),
            description: None,
        },
    )
    .await
    .unwrap();
    agent.call("undo", Value::Null).await;
    assert_eq!(agent.titles().await, ["Three", "One"]);
    let named = json!({ "undo_id": first["undo_id"] });
    let once = agent.call("undo", named.clone()).await;
    assert_eq!(once, agent.call("undo", named.clone()).await);
    assert_eq!(agent.titles().await, ["Three"]);
    for strange in ["turn-1", "x"] {
        let refused = agent.refusal("undo", json!({ "undo_id": strange })).await;
        assert_eq!(refused["code"], "not_found");
    }

    // What somebody changed since is named.
    let four = agent.call("add_task", json!({ "title": "Four" })).await;
    tasks::toggle(&db, "ada", four["task_id"].as_i64().unwrap())
        .await
        .unwrap();
    let refused = agent
        .refusal("undo", json!({ "undo_id": four["undo_id"] }))
        .await;
    assert_eq!(refused["code"], "conflict");
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("“Four” was changed since"),
        "{refused}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn calls_of_one_turn_of_the_chat_are_undone_together_and_once(pool: PgPool) {
    let [agent, older] = agents(pool).await;
    let turn = |key: &str| json!({ "todo/idempotencyKey": key, "todo/turn": 7 });
    for (title, key) in [("One", "a"), ("Two", "b")] {
        let added = agent
            .call_with_meta("add_task", json!({ "title": title }), turn(key))
            .await;
        assert_eq!(added["undo_id"], "turn-7");
    }
    agent.add("Three").await;
    let next = json!({ "todo/idempotencyKey": "c", "todo/turn": 8 });
    for agent in [&agent, &older] {
        let undone = agent.call_with_meta("undo", json!({}), next.clone()).await;
        assert_eq!(
            (&undone["batch"], &undone["undo_id"]),
            (&json!("turn-7"), &json!("turn-8"))
        );
        assert_eq!(undone["restored"].as_array().unwrap().len(), 2);
        assert_eq!(agent.titles().await, ["Three"]);
    }
    let refused = agent
        .refusal_with_meta("undo", json!({ "undo_id": "x" }), next)
        .await;
    assert_eq!(refused["code"], "conflict");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_list_can_be_of_all_pending_or_completed_tasks_newest_first(pool: PgPool) {
    let [agent, _] = agents(pool).await;
    let milk = agent.add("Buy milk").await;
    agent.add("Call Bob").await;
    agent
        .call("complete_task", json!({ "task_id": milk }))
        .await;

    for (arguments, expected) in [
        (json!({}), vec!["Call Bob", "Buy milk"]),
        (
            json!({ "status": null, "limit": null }),
            vec!["Call Bob", "Buy milk"],
        ),
        (json!({ "status": "all" }), vec!["Call Bob", "Buy milk"]),
        (json!({ "status": "pending" }), vec!["Call Bob"]),
        (json!({ "status": "completed" }), vec!["Buy milk"]),
    ] {
        let list = agent.call("list_tasks", arguments).await;
        let titles: Vec<_> = list["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| &t["title"])
            .collect();
        assert_eq!(titles, expected);
        assert_eq!(list["total"], expected.len());
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_long_list_is_cut_and_says_so(pool: PgPool) {
    sqlx::raw_sql(
        "insert into tasks (user_id, title) select 'ada', 'Task ' || n from generate_series(1, 250) n",
    )
    .execute(&pool)
    .await
    .unwrap();
    let [agent, _] = agents(pool).await;
    for (arguments, count) in [
        (json!({}), 50),
        (json!({ "limit": 2 }), 2),
        (json!({ "limit": 200 }), 200),
        (json!({ "limit": "7" }), 7),
    ] {
        let list = agent.call("list_tasks", arguments).await;
        assert_eq!(list["tasks"].as_array().unwrap().len(), count);
        assert_eq!(
            (&list["count"], &list["total"]),
            (&json!(count), &json!(250))
        );
        let note = format!("These are {count} of 250 tasks.");
        assert_eq!(list["note"], note);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_cursor_leads_through_all_of_a_long_list(pool: PgPool) {
    sqlx::raw_sql(
        "insert into tasks (user_id, title) select 'ada', 'Task ' || n from generate_series(1, 1006) n",
    )
    .execute(&pool)
    .await
    .unwrap();
    let [agent, _] = agents(pool).await;
    let mut ids = std::collections::HashSet::new();
    let mut arguments = json!({ "limit": 200, "query": "task" });
    for page in 1.. {
        let list = agent.call("list_tasks", arguments.clone()).await;
        assert_eq!(list["total"], 1006);
        let tasks = list["tasks"].as_array().unwrap();
        ids.extend(tasks.iter().map(|task| task["id"].as_i64().unwrap()));
        arguments["cursor"] = list["next_cursor"].clone();
        if list["next_cursor"].is_null() {
            assert_eq!((page, tasks.len()), (6, 6));
            break;
        }
    }
    assert_eq!(ids.len(), 1006);
    for bad in [json!("x"), json!("e30")] {
        let refused = agent.refusal("list_tasks", json!({ "cursor": bad })).await;
        assert_eq!(refused["code"], "invalid");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_task_is_found_by_words_of_its_title_or_description(pool: PgPool) {
    let [agent, _] = agents(pool).await;
    agent.add("Café in İstanbul").await;
    let described = json!({ "title": "Straße", "description": "naïve" });
    agent.call("add_task", described).await;
    for (words, title) in [
        ("istanbul CAFE", "Café in İstanbul"),
        ("strasse", "Straße"),
        ("nai\u{308}ve", "Straße"),
    ] {
        let list = agent.call("list_tasks", json!({ "query": words })).await;
        assert_eq!(
            (&list["total"], &list["count"]),
            (&json!(1), &json!(1)),
            "{words}"
        );
        assert_eq!(list["tasks"][0]["title"], title);
        assert!(list["tasks"][0].get("description").is_none(), "{list}");
    }
    let none = agent.call("list_tasks", json!({ "query": "milk%" })).await;
    assert_eq!(none["total"], 0);
    let refused = json!({ "query": "x".repeat(201) });
    assert_eq!(
        agent.refusal("list_tasks", refused).await["code"],
        "invalid"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_summary_names_the_five_newest_open_tasks(pool: PgPool) {
    let [agent, _] = agents(pool).await;
    for title in ["one", "two", "three", "four", "five", "six"] {
        agent.add(title).await;
    }
    let done = agent.add("seven").await;
    agent
        .call("complete_task", json!({ "task_id": done }))
        .await;

    let summary = agent.call("task_summary", json!({})).await;
    let recent: Vec<_> = summary["recent"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["title"])
        .collect();
    assert_eq!(recent, ["six", "five", "four", "three", "two"]);
    assert_eq!(
        (
            &summary["total"],
            &summary["pending"],
            &summary["completed"]
        ),
        (&json!(7), &json!(6), &json!(1))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn completing_twice_and_updating_twice_change_nothing_more(pool: PgPool) {
    let [agent, _] = agents(pool).await;
    let id = agent.add("Buy milk").await;
    for first in [true, false] {
        let completed = agent.call("complete_task", json!({ "task_id": id })).await;
        assert_eq!(
            (&completed["status"], &completed["changed"]),
            (&json!("completed"), &json!(first))
        );
        // There is nothing to take back where nothing changed.
        assert_eq!(completed.get("undo_id").is_some(), first);
        let updated = agent
            .call("update_task", json!({ "task_id": id, "title": "Buy rice" }))
            .await;
        assert_eq!(updated["title"], "Buy rice");
    }
    let list = agent
        .call("list_tasks", json!({ "status": "completed" }))
        .await;
    assert_eq!(list["tasks"][0]["title"], "Buy rice");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_update_changes_what_is_given_and_removes_what_is_to_be_cleared(pool: PgPool) {
    let [agent, _] = agents(pool).await;
    let id = agent.add("Buy milk").await;
    let description = async || {
        let list = agent.call("list_tasks", json!({ "details": true })).await;
        list["tasks"][0].get("description").cloned()
    };
    for (change, expected) in [
        (json!({ "description": "2 l" }), Some(json!("2 l"))),
        (json!({ "title": "Milk" }), Some(json!("2 l"))),
        (
            json!({ "title": "Milk", "description": null }),
            Some(json!("2 l")),
        ),
        (
            json!({ "title": "Milk", "description": " " }),
            Some(json!("2 l")),
        ),
        (
            json!({ "title": "Milk", "clear": null }),
            Some(json!("2 l")),
        ),
        (json!({ "clear": ["description"], "title": "" }), None),
    ] {
        let mut arguments = change;
        arguments["task_id"] = json!(id);
        agent.call("update_task", arguments).await;
        assert_eq!(description().await, expected);
    }
    assert_eq!(agent.titles().await, ["Milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn titles_may_hold_emoji_and_right_to_left_text(pool: PgPool) {
    let [agent, older] = agents(pool).await;
    let longest = "👩‍👩‍👧".chars().cycle().take(200).collect::<String>();
    for title in [
        "🥛 kaufen",
        "شراء الحليب",
        "קנה חלב",
        "買牛奶",
        "<b>&\"'\\",
        longest.as_str(),
    ] {
        for agent in [&agent, &older] {
            let added = agent.call("add_task", json!({ "title": title })).await;
            assert_eq!(added["title"], title);
            assert_eq!(agent.titles().await[0], title);
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_reopened_task_is_pending_again(pool: PgPool) {
    for agent in agents(pool).await {
        let id = agent.add("Buy milk").await;
        agent.call("complete_task", json!({ "task_id": id })).await;
        for first in [true, false] {
            let reopened = agent.call("reopen_task", json!({ "task_id": id })).await;
            assert_eq!(reopened["status"], "reopened");
            assert_eq!(
                (&reopened["changed"], &reopened["task"]["completed"]),
                (&json!(first), &json!(false))
            );
        }
        agent.call("delete_task", json!({ "task_id": id })).await;
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_list_may_be_ordered_by_title_and_hold_descriptions(pool: PgPool) {
    let [agent, _] = agents(pool).await;
    for title in ["Zoo", "école", "Apple"] {
        let new = json!({ "title": title, "description": "more" });
        agent.call("add_task", new).await;
    }
    let sorted = json!({ "sort": "title", "with_descriptions": true });
    let list = agent.call("list_tasks", sorted).await;
    let tasks = list["tasks"].as_array().unwrap().iter();
    let titles: Vec<_> = tasks.map(|task| &task["title"]).collect();
    assert_eq!(titles, ["Apple", "école", "Zoo"]);
    assert_eq!(list["tasks"][0]["description"], "more");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn answers_in_the_chat_are_short(pool: PgPool) {
    let [agent, _] = agents(pool).await;
    let meta = json!({ "todo/turn": 7 });
    let new = json!({ "title": "Buy milk" });
    let added = agent.call_with_meta("add_task", new, meta.clone()).await;
    let id = &added["task_id"];
    assert_eq!(
        added,
        json!({ "task_id": id, "status": "created", "title": "Buy milk", "undo_id": "turn-7" })
    );
    let done = agent
        .call_with_meta("complete_task", json!({ "task_id": id }), meta)
        .await;
    assert_eq!(
        done,
        json!({ "task_id": id, "status": "completed", "title": "Buy milk", "undo_id": "turn-7" })
    );
}
