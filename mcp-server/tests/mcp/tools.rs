//! What each tool does and the exact shape of its answer.

use serde_json::{Value, json};
use sqlx::PgPool;
use store::Db;

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
            json!({ "task_id": id, "status": "created", "title": "Buy milk" })
        );

        let list = agent
            .call("list_tasks", json!({ "status": "pending" }))
            .await;
        let task = &list["tasks"][0];
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
            json!({ "task_id": id, "status": "updated", "title": "Buy oat milk" })
        );

        let summary = agent.call("task_summary", json!({})).await;
        let recent = json!([{ "id": id, "title": "Buy oat milk" }]);
        assert_eq!(
            summary,
            json!({ "total": 1, "pending": 1, "completed": 0, "recent": recent })
        );

        let completed = agent.call("complete_task", json!({ "task_id": id })).await;
        assert_eq!(
            completed,
            json!({ "task_id": id, "status": "completed", "title": "Buy oat milk" })
        );
        let summary = agent.call("task_summary", Value::Null).await;
        assert_eq!(
            summary,
            json!({ "total": 1, "pending": 0, "completed": 1, "recent": [] })
        );

        let deleted = agent.call("delete_task", json!({ "task_id": id })).await;
        assert_eq!(
            deleted,
            json!({ "task_id": id, "status": "deleted", "title": "Buy oat milk" })
        );
        let list = agent.call("list_tasks", Value::Null).await;
        assert_eq!(list, json!({ "tasks": [], "count": 0, "total": 0 }));
    }
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
        (json!({}), 100),
        (json!({ "limit": 2 }), 2),
        (json!({ "limit": 1000 }), 200),
        (json!({ "limit": 0 }), 1),
        (json!({ "limit": "7" }), 7),
    ] {
        let list = agent.call("list_tasks", arguments).await;
        assert_eq!(list["tasks"].as_array().unwrap().len(), count);
        assert_eq!(
            (&list["count"], &list["total"]),
            (&json!(count), &json!(250))
        );
        let note = format!("Only the newest {count} of 250 tasks are shown.");
        assert_eq!(list["note"], note);
    }
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
    for _ in 0..2 {
        let completed = agent.call("complete_task", json!({ "task_id": id })).await;
        assert_eq!(completed["status"], "completed");
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
async fn an_update_changes_what_is_given_and_empty_text_removes_a_description(pool: PgPool) {
    let [agent, _] = agents(pool).await;
    let id = agent.add("Buy milk").await;
    let description = async || {
        let list = agent.call("list_tasks", json!({})).await;
        list["tasks"][0].get("description").cloned()
    };
    for (change, expected) in [
        (json!({ "description": "2 l" }), Some(json!("2 l"))),
        (json!({ "title": "Milk" }), Some(json!("2 l"))),
        (
            json!({ "title": "Milk", "description": null }),
            Some(json!("2 l")),
        ),
        (json!({ "description": " " }), None),
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
