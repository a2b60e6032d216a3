//! Dates and times in words, against the clock in the prompt.

use crate::player::{Chat, SATURDAY};
use serde_json::Value;

/// The title and description of the task that a sentence adds.
async fn added(now: &str, sentence: &str) -> (String, String) {
    let mut chat = Chat::at(now, &[]);
    let turn = chat.say(sentence).await;
    let task = chat
        .tasks
        .first()
        .unwrap_or_else(|| panic!("{sentence:?}: {turn:?}"));
    let text = |field: &str| task[field].as_str().unwrap_or_default().to_owned();
    (text("title"), text("description"))
}

async fn check(now: &str, table: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (sentence, title, due) in table {
        let expected = if due.is_empty() {
            String::new()
        } else {
            format!("Due {due}")
        };
        let found = added(now, sentence).await;
        if (found.0.as_str(), found.1.as_str()) != (*title, expected.as_str()) {
            wrong.push(format!("{sentence:?}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{now}\n{}", wrong.join("\n"));
}

const MILK: &str = "Buy milk";

/// Sentence, title, and when it is due.
#[rustfmt::skip]
const DATES: &[(&str, &str, &str)] = &[
    ("add buy milk tomorrow at 5pm", MILK, "Sunday, 22 November 2026, 17:00"),
    ("tomorrow I need to buy milk", MILK, "Sunday, 22 November 2026"),
    ("On Friday at 5 remind me to buy milk", MILK, "Friday, 27 November 2026, 17:00"),
    ("add buy milk tomorrow", MILK, "Sunday, 22 November 2026"),
    ("remind me tomorrow to buy milk", MILK, "Sunday, 22 November 2026"),
    ("add buy milk today", MILK, "Saturday, 21 November 2026"),
    ("add buy milk the day after tomorrow", MILK, "Monday, 23 November 2026"),
    ("add buy milk at 5", MILK, "Saturday, 21 November 2026, 17:00"),
    ("add buy milk at 4", MILK, "Sunday, 22 November 2026, 16:00"),
    ("add buy milk at 9", MILK, "Sunday, 22 November 2026, 09:00"),
    ("add buy milk today at 9", MILK, "Saturday, 21 November 2026, 21:00"),
    ("add buy milk at 17:30", MILK, "Saturday, 21 November 2026, 17:30"),
    ("add buy milk at 5:30pm", MILK, "Saturday, 21 November 2026, 17:30"),
    ("add buy milk at 7 am", MILK, "Sunday, 22 November 2026, 07:00"),
    ("add buy milk at 5 o'clock", MILK, "Saturday, 21 November 2026, 17:00"),
    ("add buy milk at noon", MILK, "Sunday, 22 November 2026, 12:00"),
    ("add buy milk at midnight", MILK, "Sunday, 22 November 2026, 00:00"),
    ("add buy milk tonight", MILK, "Saturday, 21 November 2026, 20:00"),
    ("add buy milk tonight at 9", MILK, "Saturday, 21 November 2026, 21:00"),
    ("add buy milk tonight at 1", MILK, "Sunday, 22 November 2026, 01:00"),
    ("add buy milk this evening", MILK, "Saturday, 21 November 2026, 19:00"),
    ("add buy milk tomorrow morning", MILK, "Sunday, 22 November 2026, 09:00"),
    ("add buy milk tomorrow morning at 8", MILK, "Sunday, 22 November 2026, 08:00"),
    ("add buy milk at 8 in the evening", MILK, "Saturday, 21 November 2026, 20:00"),
    ("add buy milk on Friday", MILK, "Friday, 27 November 2026"),
    ("add buy milk Friday", MILK, "Friday, 27 November 2026"),
    ("add buy milk by friday at 6pm", MILK, "Friday, 27 November 2026, 18:00"),
    ("add buy milk next Friday", MILK, "Friday, 27 November 2026"),
    ("add buy milk this Sunday", MILK, "Sunday, 22 November 2026"),
    ("add buy milk on Saturday", MILK, "Saturday, 28 November 2026"),
    ("add buy milk in two weeks", MILK, "Saturday, 5 December 2026"),
    ("add buy milk in 3 days", MILK, "Tuesday, 24 November 2026"),
    ("add buy milk two days from now", MILK, "Monday, 23 November 2026"),
    ("add buy milk in an hour", MILK, "Saturday, 21 November 2026, 17:04"),
    ("add buy milk in half an hour", MILK, "Saturday, 21 November 2026, 16:34"),
    ("add buy milk in 20 minutes", MILK, "Saturday, 21 November 2026, 16:24"),
    ("add buy milk next week", MILK, "Monday, 23 November 2026"),
    ("add buy milk next month", MILK, "Tuesday, 1 December 2026"),
    ("add buy milk next year", MILK, "Friday, 1 January 2027"),
    ("add buy milk in a month", MILK, "Monday, 21 December 2026"),
    ("add buy milk on 3 December", MILK, "Thursday, 3 December 2026"),
    ("add buy milk on December 3rd", MILK, "Thursday, 3 December 2026"),
    ("add buy milk on the 3rd of December at 10", MILK, "Thursday, 3 December 2026, 10:00"),
    ("add buy milk on 3 March", MILK, "Wednesday, 3 March 2027"),
    ("add buy milk on 3 March 2028", MILK, "Friday, 3 March 2028"),
    ("add buy milk on the 5th", MILK, "Saturday, 5 December 2026"),
    ("add buy milk on 2026-12-24", MILK, "Thursday, 24 December 2026"),
    ("add buy milk by the end of the month", MILK, "Monday, 30 November 2026"),
    ("add buy milk by the end of next month", MILK, "Thursday, 31 December 2026"),
    ("add buy milk by the end of the week", MILK, "Sunday, 22 November 2026"),
    ("add buy milk by the end of the year", MILK, "Thursday, 31 December 2026"),
    ("I have to pay the rent by Friday!", "Pay the rent", "Friday, 27 November 2026"),
    ("add call mom tomorrow, at 5", "Call mom", "Sunday, 22 November 2026, 17:00"),
    ("add buy milk tomorrow at 5pm, high priority", "Buy milk, high priority", "Sunday, 22 November 2026, 17:00"),
    ("add meet Anna at 5 with the papers", "Meet Anna with the papers", "Saturday, 21 November 2026, 17:00"),
];

#[tokio::test]
async fn words_about_time_become_a_date_in_the_description() {
    check(SATURDAY, DATES).await;
}

#[tokio::test]
async fn words_that_only_look_like_a_time_stay_in_the_title() {
    check(
        SATURDAY,
        &[
            ("add call mom every Monday", "Call mom every Monday", ""),
            (
                "add water the plants every day at 5pm",
                "Water the plants every day at 5pm",
                "",
            ),
            ("add \"milk tomorrow\"", "milk tomorrow", ""),
            ("add task: Friday report", "Friday report", ""),
            ("add evening walk", "Evening walk", ""),
            ("add look at 5 houses", "Look at 5 houses", ""),
            ("add buy 3 apples", "Buy 3 apples", ""),
            (
                "add take medicine at 8am and 8pm",
                "Take medicine at 8am and 8pm",
                "",
            ),
            ("add meeting from 5 to 6pm", "Meeting from 5 to 6pm", ""),
            (
                "add gym on Monday and Thursday",
                "Gym on Monday and Thursday",
                "",
            ),
            ("add read the March issue", "Read the March issue", ""),
            ("add tomorrow", "Tomorrow", ""),
            ("add meet Tom on 3rd street", "Meet Tom on 3rd street", ""),
        ],
    )
    .await;
}

/// Now, words, and when it is due.
#[rustfmt::skip]
const CORNERS: &[(&str, &str, &str)] = &[
    ("2026-11-30T23:30:00+01:00[Europe/Berlin], Monday.", "tomorrow", "Tuesday, 1 December 2026"),
    ("2026-11-30T23:30:00+01:00[Europe/Berlin], Monday.", "in an hour", "Tuesday, 1 December 2026, 00:30"),
    ("2026-12-31T23:30:00+01:00[Europe/Berlin], Thursday.", "at 5", "Friday, 1 January 2027, 17:00"),
    ("2026-11-21T00:30:00+05:00[Asia/Karachi], Saturday.", "tonight", "Saturday, 21 November 2026, 20:00"),
    ("2026-11-21T22:30:00+05:00[Asia/Karachi], Saturday.", "tonight", "Saturday, 21 November 2026"),
    ("2027-01-31T12:00:00+00:00[UTC], Sunday.", "in a month", "Sunday, 28 February 2027"),
    ("2027-01-31T12:00:00+00:00[UTC], Sunday.", "next month", "Monday, 1 February 2027"),
    ("2028-02-28T12:00:00+00:00[UTC], Monday.", "tomorrow", "Tuesday, 29 February 2028"),
    ("2028-02-10T12:00:00+00:00[UTC], Thursday.", "by the end of the month", "Tuesday, 29 February 2028"),
    ("2028-02-29T12:00:00+00:00[UTC], Tuesday.", "in a year", "Wednesday, 28 February 2029"),
    ("2026-11-21T12:00:00+00:00[UTC], Saturday.", "on 29 February", "Tuesday, 29 February 2028"),
    ("2026-11-30T12:00:00+00:00[UTC], Monday.", "on the 31st", "Thursday, 31 December 2026"),
    ("2026-11-23T12:00:00+00:00[UTC], Monday.", "next Friday", "Friday, 4 December 2026"),
    ("2026-11-23T12:00:00+00:00[UTC], Monday.", "on Friday", "Friday, 27 November 2026"),
    ("2026-11-27T12:00:00+00:00[UTC], Friday.", "on Friday", "Friday, 4 December 2026"),
    ("2026-11-22T12:00:00+00:00[UTC], Sunday.", "next week", "Monday, 23 November 2026"),
    // The night of the short hour, and of the long one.
    (
        "2027-03-28T01:30:00+01:00[Europe/Berlin], Sunday.\nThe clocks go forward by 60 minutes at \
             2027-03-28T03:00:00+02:00: 2027-03-28 02:00 to 2027-03-28 03:00 does not exist.",
        "in 2 hours",
        "Sunday, 28 March 2027, 04:30",
    ),
    (
        "2027-10-31T01:30:00+02:00[Europe/Berlin], Sunday.\nThe clocks go back by 60 minutes at \
             2027-10-31T02:00:00+01:00: 2027-10-31 02:00 to 2027-10-31 03:00 comes twice.",
        "in 2 hours",
        "Sunday, 31 October 2027, 02:30",
    ),
];

#[tokio::test]
async fn midnights_month_ends_leap_days_and_changed_clocks_are_counted_right() {
    for (now, words, due) in CORNERS {
        let found = added(now, &format!("add buy milk {words}")).await;
        assert_eq!(
            found,
            ("Buy milk".to_owned(), format!("Due {due}")),
            "{now} {words}"
        );
    }
}

#[tokio::test]
async fn each_of_several_tasks_has_its_own_date() {
    let mut chat = Chat::at(SATURDAY, &[]);
    chat.say("add buy milk tomorrow and call mom on Friday")
        .await;
    let described: Vec<&str> = chat
        .tasks
        .iter()
        .map(|task| task["description"].as_str().unwrap())
        .collect();
    assert_eq!(chat.titles(), ["Buy milk", "Call mom"]);
    assert_eq!(
        described,
        [
            "Due Sunday, 22 November 2026",
            "Due Friday, 27 November 2026"
        ]
    );
}

#[tokio::test]
async fn the_date_comes_after_what_else_is_described_and_is_told() {
    let mut chat = Chat::at(SATURDAY, &[]);
    let turn = chat
        .say("add task: Groceries tomorrow with description 2 litres of milk")
        .await;
    assert_eq!(
        chat.tasks[0]["description"],
        "2 litres of milk\nDue Sunday, 22 November 2026"
    );
    assert_eq!(
        turn.answer,
        "Added #1 “Groceries”, due Sunday, 22 November 2026."
    );
}

#[tokio::test]
async fn without_a_clock_the_words_stay_in_the_title() {
    let mut chat = Chat::with(&[]);
    chat.say("add buy milk tomorrow at 5pm").await;
    assert_eq!(chat.titles(), ["Buy milk tomorrow at 5pm"]);
    assert_eq!(chat.tasks[0]["description"], Value::Null);
}

#[tokio::test]
async fn a_task_is_moved_to_another_date_and_keeps_the_rest_of_its_description() {
    for sentence in [
        "move the milk task to tomorrow at 5",
        "reschedule milk to tomorrow at 5",
        "change task 1 to tomorrow at 5",
        "postpone 1 until tomorrow at 5",
    ] {
        let mut chat = Chat::at(SATURDAY, &[]);
        chat.insert(
            "Buy milk",
            Some("two litres\nDue Friday, 20 November 2026"),
            false,
        );
        let turn = chat.say(sentence).await;
        assert_eq!(
            chat.tasks[0]["description"], "two litres\nDue Sunday, 22 November 2026, 17:00",
            "{sentence}: {turn:?}"
        );
        assert_eq!(
            turn.answer,
            "#1 “Buy milk” is now due Sunday, 22 November 2026, 17:00."
        );
        assert_eq!(chat.titles(), ["Buy milk"]);
    }
}

#[tokio::test]
async fn what_is_due_is_read_from_the_descriptions() {
    let due = |words: &str| format!("Due {words}");
    let mut chat = Chat::at(SATURDAY, &["Undated"]);
    chat.insert("Yesterday", Some(&due("Friday, 20 November 2026")), false);
    chat.insert(
        "This noon",
        Some(&due("Saturday, 21 November 2026, 12:00")),
        false,
    );
    chat.insert(
        "Tonight",
        Some(&due("Saturday, 21 November 2026, 20:00")),
        false,
    );
    chat.insert("Tomorrow", Some(&due("Sunday, 22 November 2026")), false);
    chat.insert("Monday", Some(&due("Monday, 23 November 2026")), false);
    chat.insert("Long done", Some(&due("Friday, 20 November 2026")), true);
    let table: &[(&str, &[i64], &str)] = &[
        ("what's overdue?", &[2, 3], "Two tasks are overdue."),
        ("show overdue tasks", &[2, 3], "Two tasks are overdue."),
        ("what is due today?", &[3, 4], "Two tasks are due today."),
        ("what's due tomorrow?", &[5], "One task is due tomorrow."),
        (
            "what is due on Monday?",
            &[6],
            "One task is due Monday, 23 November 2026.",
        ),
        ("what's due next week?", &[6], "One task is due next week."),
        (
            "what is due this week?",
            &[2, 3, 4, 5],
            "Four tasks are due this week.",
        ),
        (
            "what is due on Tuesday?",
            &[],
            "Nothing is due Tuesday, 24 November 2026.",
        ),
    ];
    for (sentence, ids, answer) in table {
        let turn = chat.say(sentence).await;
        assert_eq!(turn.answer, *answer, "{sentence}");
        let shown = turn
            .calls()
            .into_iter()
            .find(|call| call.starts_with("show_tasks"));
        let expected = format!("task_ids={}", serde_json::to_string(ids).unwrap());
        match shown {
            Some(call) => assert!(call.contains(&expected), "{sentence}: {call}"),
            None => assert!(ids.is_empty(), "{sentence}"),
        }
    }
}
