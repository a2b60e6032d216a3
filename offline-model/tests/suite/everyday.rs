//! What people said to the application in trials, and what it should have led to.

use serde_json::json;

use crate::player::{Chat, SATURDAY};

#[tokio::test]
async fn an_ampersand_enumerates_like_and() {
    let mut chat = Chat::with(&[]);
    chat.say("add milk, eggs & bread to my shopping list").await;
    assert_eq!(chat.titles(), ["Milk", "Eggs", "Bread"]);
    chat.say("add tea & coffee").await;
    assert_eq!(chat.titles()[3..], ["Tea", "Coffee"]);
}

#[tokio::test]
async fn a_note_or_a_description_leaves_the_date_where_it_is() {
    let mut chat = Chat::at(SATURDAY, &[]);
    chat.say("add call mom friday at 6pm").await;
    let due = "Due Friday, 27 November 2026, 18:00";
    let turn = chat.say("add a note to call mom: ask about her knee").await;
    assert_eq!(turn.answer, "Updated the description of #1 “Call mom”.");
    assert_eq!(
        chat.tasks[0]["description"],
        format!("ask about her knee\n{due}")
    );
    chat.say("add a note to task 1: bring soup").await;
    assert_eq!(
        chat.tasks[0]["description"],
        format!("ask about her knee\nbring soup\n{due}")
    );
    chat.say("set the description of 1 to nothing special")
        .await;
    assert_eq!(
        chat.tasks[0]["description"],
        format!("nothing special\n{due}")
    );
}

#[tokio::test]
async fn a_date_moves_by_an_amount_and_to_a_day_and_keeps_its_hour() {
    for (sentence, due) in [
        (
            "push rent back by two days",
            "Tuesday, 24 November 2026, 10:00",
        ),
        (
            "postpone the rent task by a week",
            "Sunday, 29 November 2026, 10:00",
        ),
        ("delay rent by 2 hours", "Sunday, 22 November 2026, 12:00"),
        ("move rent to Friday", "Friday, 27 November 2026, 10:00"),
        (
            "move rent to Friday at 8pm",
            "Friday, 27 November 2026, 20:00",
        ),
    ] {
        let mut chat = Chat::at(SATURDAY, &[]);
        chat.insert(
            "Pay rent",
            Some("Due Sunday, 22 November 2026, 10:00"),
            false,
        );
        let turn = chat.say(sentence).await;
        assert_eq!(
            turn.answer,
            format!("#1 “Pay rent” is now due {due}."),
            "{sentence}"
        );
        assert_eq!(chat.tasks[0]["description"], format!("Due {due}"));
    }
    let mut chat = Chat::at(SATURDAY, &["Pay rent"]);
    chat.say("push rent back by two days").await;
    assert_eq!(chat.tasks[0]["description"], "Due Monday, 23 November 2026");
    chat.say("move it to tomorrow").await;
    assert_eq!(chat.tasks[0]["description"], "Due Sunday, 22 November 2026");
}

#[tokio::test]
async fn the_last_one_is_the_last_that_is_still_there() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Pay rent", "Call mom"]);
    chat.say("what is open?").await;
    chat.say("delete the last one").await;
    let turn = chat.say("mark the last one done").await;
    assert_eq!(turn.answer, "Marked #2 “Pay rent” as done.");
}

#[tokio::test]
async fn taking_back_is_one_call_of_the_tool_for_it_however_it_is_said() {
    let restored = json!({ "restored": [{ "id": 1, "title": "Buy milk" }], "refused": [] });
    for sentence in [
        "undo",
        "Undo that, please.",
        "undo the last change",
        "revert it",
        "take that back",
        "bring it back",
    ] {
        let mut chat = Chat::groceries().with_undo(restored.clone());
        chat.say("delete task 1").await;
        let turn = chat.say(sentence).await;
        assert_eq!(turn.calls(), ["undo "], "{sentence}");
        let answer = "Took back the last change to #1 “Buy milk”.";
        assert_eq!(turn.answer, answer, "{sentence}");
    }
}

#[tokio::test]
async fn what_was_taken_back_and_what_could_not_be_is_told() {
    let (milk, rent) = (
        json!({ "id": 1, "title": "Buy milk" }),
        json!({ "id": 2, "title": "Pay rent" }),
    );
    let mut refused = rent.clone();
    refused["reason"] = json!("it was changed since.");
    for (result, answer) in [
        (
            json!({ "restored": [milk, rent], "refused": [] }),
            "Took back the last change to 2 tasks:\n\n- #1 Buy milk\n- #2 Pay rent",
        ),
        (
            json!({ "restored": [milk], "refused": [refused] }),
            "Took back the last change to #1 “Buy milk”.\n\n\
             I could not take back the change to #2 “Pay rent”: it was changed since.",
        ),
        (
            json!({ "restored": [], "refused": [] }),
            "There was nothing to undo.",
        ),
        (
            json!({ "code": "unavailable", "message": "Try again." }),
            "That did not work: Try again.",
        ),
        (
            json!("The person said no."),
            "You said no, so I did not do it.",
        ),
    ] {
        let turn = Chat::groceries().with_undo(result).say("undo").await;
        assert_eq!(turn.answer, answer);
    }
}

#[tokio::test]
async fn it_is_what_was_taken_back_last() {
    let restored = json!({ "restored": [{ "id": 2, "title": "Pay rent" }], "refused": [] });
    let mut chat = Chat::groceries().with_undo(restored);
    chat.say("undo").await;
    let turn = chat.say("mark it done").await;
    assert_eq!(turn.answer, "Marked #2 “Pay rent” as done.");
}

#[tokio::test]
async fn what_no_tool_can_take_back_is_said_plainly() {
    let mut chat = Chat::with(&["Eggs"]);
    chat.say("rename 1 to Six eggs").await;
    let turn = chat.say("undo that").await;
    assert!(
        turn.answer.starts_with("Sorry, I cannot undo anything"),
        "{turn:?}"
    );
    assert_eq!(turn.calls(), [""; 0]);
    let turn = Chat::with(&["Eggs✓"]).say("reopen the eggs").await;
    assert!(
        turn.answer
            .starts_with("Sorry, I cannot reopen a completed task"),
        "{turn:?}"
    );
}

fn errands(count: usize) -> Vec<String> {
    (1..=count)
        .map(|number| format!("Errand {number}"))
        .collect()
}

#[tokio::test]
async fn fourteen_pasted_lines_are_fourteen_tasks() {
    let lines = errands(14);
    let mut chat = Chat::at(SATURDAY, &[]);
    let turn = chat.say(&format!("Add these:\n{}", lines.join("\n"))).await;
    assert!(turn.answer.starts_with("Added 14 tasks:"), "{turn:?}");
    let mut chat = Chat::at(SATURDAY, &[]);
    chat.say(&format!("- {}", lines.join("\n- "))).await;
    assert_eq!(chat.titles(), lines);
    let mut chat = Chat::at(SATURDAY, &[]);
    let turn = chat.say(&lines.join("\n")).await;
    assert_eq!(turn.answer, "Should I add these 14 tasks?");
    chat.say("yes").await;
    assert_eq!(chat.titles(), lines);
}

#[tokio::test]
async fn what_is_beyond_a_turn_is_counted_and_done_when_told_to_go_on() {
    let lines = errands(36);
    let mut chat = Chat::at(SATURDAY, &[]);
    let turn = chat.say(&format!("Add these:\n{}", lines.join("\n"))).await;
    assert!(
        turn.answer
            .ends_with("I stopped after 16; 20 more are left. Say “go on” for the rest."),
        "{turn:?}"
    );
    let turn = chat.say("go on").await;
    assert!(
        turn.answer
            .ends_with("I stopped after 16; 4 more are left. Say “go on” for the rest."),
        "{turn:?}"
    );
    let turn = chat.say("continue").await;
    assert!(turn.answer.starts_with("Added 4 tasks:"), "{turn:?}");
    assert_eq!(chat.titles(), lines);
    let turn = chat.say("go on").await;
    assert_eq!(turn.answer, "There was nothing to do.");
    let mut chat = Chat::at(SATURDAY, &[]);
    chat.say(&lines.join("\n")).await;
    chat.say("yes").await;
    chat.say("go on").await;
    chat.say("go on").await;
    assert_eq!(chat.titles(), lines);
    let turn = Chat::with(&[]).say("Go on").await;
    assert_eq!(turn.calls(), [""; 0]);
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_given_again_when_told_to_go_on() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk"]);
    chat.messages
        .push(json!({ "role": "user", "content": "what is open?" }));
    let turn = chat.say("go on").await;
    assert_eq!(turn.answer, "You have one open task.");
}

#[tokio::test]
async fn what_was_finished_is_told_with_its_number() {
    let mut chat = Chat::with(&["Buy milk✓", "Pay rent✓", "Call mom"]);
    let turn = chat.say("what did I finish today?").await;
    assert_eq!(
        turn.answer,
        "You have completed 2 tasks:\n\n- #1 Buy milk\n- #2 Pay rent"
    );
}

#[tokio::test]
async fn of_a_list_that_is_not_whole_the_numbers_are_true() {
    let titles = errands(1_006);
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut chat = Chat::at(SATURDAY, &titles);
    let turn = chat.say("what is open?").await;
    assert!(
        turn.answer.starts_with("You have 1006 open tasks:"),
        "{turn:?}"
    );
    assert!(turn.answer.ends_with("- … and 956 more"), "{turn:?}");
    let turn = chat.say("show my tasks").await;
    assert!(turn.answer.starts_with("You have 1006 tasks:"), "{turn:?}");
}

#[tokio::test]
async fn a_task_is_found_among_more_than_a_list_holds() {
    let titles = errands(1_006);
    let titles: Vec<&str> = std::iter::once("Water the ferns")
        .chain(titles.iter().map(String::as_str))
        .collect();
    let mut chat = Chat::at(SATURDAY, &titles);
    chat.tasks[0]["description"] = "Due Friday, 20 November 2026".into();
    let turn = chat.say("what is overdue?").await;
    assert_eq!(turn.answer, "One task is overdue.");
    let turn = chat.say("mark the unicorn one done").await;
    assert!(
        turn.answer.starts_with("I found no task that matches"),
        "{turn:?}"
    );
    assert!(!turn.answer.contains("older ones"), "{turn:?}");
    let turn = chat.say("mark the ferns one done").await;
    assert_eq!(
        turn.calls()[1..],
        [
            r#"list_tasks query="fern" status="all""#,
            "complete_task task_id=1",
        ]
    );
    assert_eq!(chat.titles()[0], "Water the ferns✓");
}
