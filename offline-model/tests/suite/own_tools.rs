//! The tools of the application: cards, choices, and changes that the person is asked about.

use crate::player::{Chat, SATURDAY};
use serde_json::{Value, json};

#[tokio::test]
async fn a_short_list_is_looked_up_shown_and_told_in_a_sentence() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Pay rent", "Call mom✓"]);
    let turn = chat.say("what is open?").await;
    assert_eq!(
        turn.steps,
        [
            vec![r#"list_tasks status="pending""#.to_owned()],
            vec![r#"show_tasks task_ids=[1,2] title="Open tasks""#.to_owned()],
        ]
    );
    assert_eq!(turn.answer, "You have two open tasks.");
    let turn = chat.say("show my tasks").await;
    assert_eq!(turn.answer, "You have three tasks, two of them open.");
    let mut open = Chat::at(SATURDAY, &["Buy milk", "Pay rent"]);
    let turn = open.say("show all my tasks").await;
    assert_eq!(turn.answer, "You have two open tasks.");
    let turn = chat.say("what have I done?").await;
    assert_eq!(turn.answer, "You have completed one task.");
    let turn = chat.say("do I have anything about milk?").await;
    assert!(turn.answer.contains("#1 “Buy milk” is open."), "{turn:?}");
}

#[tokio::test]
async fn thirty_tasks_are_shown_and_one_more_is_told_in_words_and_none_in_one_sentence() {
    let titles: Vec<String> = (1..=31).map(|n| format!("Errand {n}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let turn = Chat::at(SATURDAY, &titles[..30]).say("what is open?").await;
    assert_eq!(turn.answer, "You have 30 open tasks.");
    let turn = Chat::at(SATURDAY, &titles).say("what is open?").await;
    assert_eq!(turn.steps.len(), 1);
    assert!(
        turn.answer
            .starts_with("You have 31 open tasks:\n\n- #1 Errand 1\n")
    );
    let turn = Chat::at(SATURDAY, &[]).say("what is open?").await;
    assert_eq!(turn.answer, "Nothing is open. You are all caught up!");
}

#[tokio::test]
async fn a_place_counts_on_the_card_shown_last_and_them_are_its_tasks() {
    let mut chat = Chat::at(SATURDAY, &["Old✓", "Buy milk", "Pay rent"]);
    chat.say("what is open?").await;
    let turn = chat.say("complete the second one").await;
    assert_eq!(turn.answer, "Marked #3 “Pay rent” as done.");
    let mut chat = Chat::at(SATURDAY, &["Old✓", "Buy milk", "Pay rent"]);
    chat.say("what is open?").await;
    chat.say("mark them done").await;
    assert_eq!(chat.titles(), ["Old✓", "Buy milk✓", "Pay rent✓"]);
}

#[tokio::test]
async fn a_card_that_cannot_be_shown_is_told_in_words() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk"]);
    chat.say("what is open?").await;
    let result = chat
        .messages
        .iter_mut()
        .rfind(|message| message["role"] == "tool")
        .unwrap();
    result["content"] = "The card could not be made.".into();
    chat.messages.pop();
    let answer = chat.go_on().await.answer;
    assert_eq!(answer, "You have one open task:\n\n- #1 Buy milk");
}

#[tokio::test]
async fn several_matches_are_offered_as_choices_and_the_chosen_one_is_changed() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Return the milk bottles"]);
    chat.chosen = json!({ "answer": "Return the milk bottles" });
    let turn = chat.say("mark the milk one done").await;
    assert_eq!(
        turn.calls(),
        [
            r#"list_tasks status="all""#,
            r#"ask_person options=["Buy milk","Return the milk bottles"] question="Which one should I mark as done?""#,
            "complete_task task_id=2",
        ]
    );
    assert_eq!(turn.answer, "Marked #2 “Return the milk bottles” as done.");
}

#[tokio::test]
async fn the_change_that_was_asked_for_is_made_to_the_chosen_task() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Drink milk"]);
    chat.chosen = json!({ "answer": "Drink milk" });
    let turn = chat.say("rename the milk task to buy bread").await;
    assert_eq!(turn.answer, "Renamed #2 to “Buy bread”.");
}

#[tokio::test]
async fn tasks_of_the_same_title_are_told_apart_by_their_numbers() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Buy milk"]);
    chat.chosen = json!({ "answer": "#2 Buy milk" });
    let turn = chat.say("delete milk").await;
    assert_eq!(turn.answer, "Deleted #2 “Buy milk”.");
}

#[tokio::test]
async fn a_question_passed_over_changes_nothing() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Drink milk"]);
    let turn = chat.say("delete milk and add eggs").await;
    assert_eq!(
        turn.answer,
        "Added #3 “Eggs”.\n\nAll right, I left that as it is."
    );
    assert_eq!(chat.titles(), ["Buy milk", "Drink milk", "Eggs"]);
}

#[tokio::test]
async fn a_question_that_could_not_be_asked_is_asked_in_words() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Drink milk"]);
    chat.chosen = json!("This call was not made.");
    let turn = chat.say("delete milk").await;
    assert!(
        turn.answer.starts_with("Two tasks match “milk”"),
        "{turn:?}"
    );
    assert!(
        turn.answer.ends_with("Which one should I delete?"),
        "{turn:?}"
    );
}

#[tokio::test]
async fn an_answer_typed_after_an_open_question_is_understood() {
    for answer in [
        "the bottles",
        "2",
        "the second one",
        "Return the milk bottles",
    ] {
        let mut chat = Chat::at(SATURDAY, &["Buy milk", "Return the milk bottles"]);
        chat.say("mark the milk one done").await;
        // As if the turn had ended with the question.
        chat.messages.pop();
        let turn = chat.say(answer).await;
        assert_eq!(
            turn.answer, "Marked #2 “Return the milk bottles” as done.",
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_typed_answer_that_became_the_result_continues_the_same_turn() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Drink milk"]);
    chat.chosen = json!({ "answer": "Drink milk" });
    chat.say("delete milk").await;
    // Back to the answered question, with the answer as a message of the person's too.
    chat.messages.truncate(6);
    assert_eq!(chat.messages.last().unwrap()["role"], "tool");
    chat.insert("Drink milk", None, false);
    let turn = chat.say("Drink milk").await;
    assert_eq!(turn.calls(), ["delete_task task_id=2"]);
}

#[tokio::test]
async fn several_deletions_are_called_at_once_since_the_application_asks() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Pay rent✓"]);
    let turn = chat.say("delete all my tasks").await;
    assert_eq!(
        turn.steps[1],
        ["delete_task task_id=1", "delete_task task_id=2"]
    );
    assert!(turn.answer.starts_with("Deleted 2 tasks:"), "{turn:?}");
}

#[tokio::test]
async fn what_was_not_done_is_not_said_to_be_done() {
    let table = [
        ("The person said no.", "You said no, so I did none of it."),
        (
            r#"{"not_made":"The person said no. Nothing was changed.","shall":"delete “Buy milk”"}"#,
            "You said no, so I did none of it.",
        ),
        ("This call was not made.", "2 changes were not made."),
        (
            "It is not known whether this call was applied: the answer was lost. Look before making it again.",
            "I do not know whether 2 changes were made; look at the list before you ask for them again.",
        ),
    ];
    for (result, answer) in table {
        let mut chat = Chat::at(SATURDAY, &["Buy milk", "Pay rent"]);
        chat.refusal = Some(result.to_owned());
        let turn = chat.say("delete all my tasks").await;
        assert_eq!(turn.answer, answer);
    }
    let titles: Vec<String> = (1..=20).map(|number| format!("Errand {number}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut chat = Chat::at(SATURDAY, &titles);
    chat.refusal = Some("The person said no.".to_owned());
    let turn = chat.say("delete all my tasks").await;
    assert_eq!(turn.answer, "You said no, so I did none of it.");
    let mut chat = Chat::at(SATURDAY, &["Buy milk"]);
    chat.refusal = Some("The person said no.".to_owned());
    let turn = chat.say("delete task 1").await;
    assert_eq!(turn.answer, "You said no, so I did not do it.");
}

#[tokio::test]
async fn a_yes_that_let_the_calls_be_made_is_no_message_of_its_own() {
    let mut chat = Chat::at(SATURDAY, &["Buy milk", "Pay rent"]);
    chat.say("delete all my tasks").await;
    chat.messages.pop();
    let turn = chat.say("Yes, do it").await;
    assert!(turn.answer.starts_with("Deleted 2 tasks:"), "{turn:?}");
    assert_eq!(turn.calls(), [""; 0]);
}

#[tokio::test]
async fn a_client_without_these_tools_is_asked_and_told_in_words() {
    let mut chat = Chat::with(&["Buy milk", "Drink milk"]);
    let turn = chat.say("delete milk").await;
    assert!(turn.answer.ends_with("Which one should I delete?"));
    let turn = Chat::with(&["Buy milk"]).say("delete all my tasks").await;
    assert!(
        turn.answer
            .ends_with("Are you sure you want to delete all 1 tasks?"),
        "{turn:?}"
    );
    let mut chat = Chat::at(SATURDAY, &["Buy milk"]);
    let tools = chat.tools.as_array_mut().unwrap();
    tools.retain(|tool: &Value| tool["function"]["name"] != "show_tasks");
    let turn = chat.say("what is open?").await;
    assert_eq!(turn.answer, "You have one open task:\n\n- #1 Buy milk");
}
