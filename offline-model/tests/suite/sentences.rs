//! Each sentence leads to exactly these tool calls on a list of four tasks:
//! #1 Buy milk, #2 Pay rent, #3 Call mom (done), #4 Water the plants.

use crate::player::{self, Chat};

const LIST: &str = r#"list_tasks {"status":"all"}"#;
const DESCRIBED: &str = r#"list_tasks {"details":true,"status":"all"}"#;
const OPEN: &str = r#"list_tasks {"status":"pending"}"#;
const DONE: &str = r#"list_tasks {"status":"completed"}"#;

async fn check(table: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (sentence, expected) in table {
        let turn = Chat::groceries().say(sentence).await;
        let expected: Vec<String> = expected
            .iter()
            .map(|call| {
                let (name, arguments) = call.split_once(' ').unwrap();
                player::written(name, arguments)
            })
            .collect();
        if turn.calls() != expected {
            wrong.push(format!(
                "{sentence:?}: {:?}, {:?}",
                turn.calls(),
                turn.answer
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn sentences_that_add_one_task() {
    check(&[
        (
            "add milk to my shopping list",
            &[r#"add_task {"title":"Milk"}"#],
        ),
        ("add buy milk", &[r#"add_task {"title":"Buy milk"}"#]),
        (
            "Add a task to buy milk.",
            &[r#"add_task {"title":"Buy milk"}"#],
        ),
        (
            "please add 'call the bank' to my list",
            &[r#"add_task {"title":"call the bank"}"#],
        ),
        (
            "remind me to call mom",
            &[r#"add_task {"title":"Call mom"}"#],
        ),
        ("I need to pay rent", &[r#"add_task {"title":"Pay rent"}"#]),
        (
            "I have to pay the rent by Friday!",
            &[r#"add_task {"title":"Pay the rent by Friday"}"#],
        ),
        (
            "don't forget to feed the cat",
            &[r#"add_task {"title":"Feed the cat"}"#],
        ),
        (
            "Hi! Could you please add a new task: book flights, please?",
            &[r#"add_task {"title":"Book flights"}"#],
        ),
        (
            "new task: Read \"War and Peace\"",
            &[r#"add_task {"title":"Read \"War and Peace\""}"#],
        ),
        (
            "add “milk and honey”",
            &[r#"add_task {"title":"milk and honey"}"#],
        ),
        (
            "create a task called Taxes",
            &[r#"add_task {"title":"Taxes"}"#],
        ),
        (
            "put dentist on Monday at 3pm on my todo list",
            &[r#"add_task {"title":"Dentist on Monday at 3pm"}"#],
        ),
        (
            "add buy milk tomorrow at 5pm, high priority",
            &[r#"add_task {"title":"Buy milk tomorrow at 5pm, high priority"}"#],
        ),
        (
            "add buy bread and butter",
            &[r#"add_task {"title":"Buy bread and butter"}"#],
        ),
        (
            "add dinner with Tom and Anna",
            &[r#"add_task {"title":"Dinner with Tom and Anna"}"#],
        ),
        (
            "add iPhone repair",
            &[r#"add_task {"title":"iPhone repair"}"#],
        ),
        ("add 🎂 für Zoë", &[r#"add_task {"title":"🎂 für Zoë"}"#]),
        (
            "add a task to update the website and delete old files",
            &[r#"add_task {"title":"Update the website and delete old files"}"#],
        ),
        (
            "I need to finish the report and delete the draft",
            &[r#"add_task {"title":"Finish the report and delete the draft"}"#],
        ),
        (
            "add task: Groceries with description 2 litres of milk, eggs and bread",
            &[r#"add_task {"title":"Groceries","description":"2 litres of milk, eggs and bread"}"#],
        ),
        (
            "add Groceries, description: milk",
            &[r#"add_task {"title":"Groceries","description":"milk"}"#],
        ),
        (
            "add take notes for class",
            &[r#"add_task {"title":"Take notes for class"}"#],
        ),
    ])
    .await;
}

#[tokio::test]
async fn sentences_that_add_several_tasks() {
    let three: &[&str] = &[
        r#"add_task {"title":"Milk"}"#,
        r#"add_task {"title":"Eggs"}"#,
        r#"add_task {"title":"Bread"}"#,
    ];
    let two: &[&str] = &[
        r#"add_task {"title":"Buy milk"}"#,
        r#"add_task {"title":"Call mom"}"#,
    ];
    check(&[
        ("add milk, eggs and bread", three),
        ("add milk, eggs, and bread", three),
        ("add three tasks: milk, eggs and bread", three),
        ("Add these:\n- milk\n- eggs\n- bread", three),
        ("- milk\n- eggs\n- bread", three),
        ("Shopping list:\n1. milk\n2. eggs\n3. bread", three),
        ("add these tasks:\nmilk\neggs\nbread", three),
        ("add buy milk and call mom", two),
        ("add buy milk and add call mom", two),
        ("I need to buy milk and call mom", two),
        ("add buy milk\nadd call mom", two),
        ("add buy milk. Also remind me to call mom.", two),
    ])
    .await;
}

#[tokio::test]
async fn sentences_that_ask() {
    let summary: &[&str] = &["task_summary {}"];
    check(&[
        ("whats left", &[OPEN]),
        ("have I paid the rent?", &[DESCRIBED]),
        ("what is open?", &[OPEN]),
        ("What's left?", &[OPEN]),
        ("what do I have to do today?", &[OPEN]),
        ("show pending tasks", &[OPEN]),
        ("show me what is not done yet", &[OPEN]),
        ("do I have any open tasks?", &[OPEN]),
        ("show my tasks", &[LIST]),
        ("list all tasks", &[LIST]),
        ("tasks", &[LIST]),
        ("show me everything", &[LIST]),
        ("what's on my list?", &[LIST]),
        ("can you show me my todo list please", &[LIST]),
        ("I'd like to see my tasks", &[LIST]),
        ("what have I done?", &[DONE]),
        ("show completed tasks", &[DONE]),
        ("what did I finish", &[DONE]),
        ("which tasks are done?", &[DONE]),
        ("how am I doing?", summary),
        ("summary", summary),
        ("give me a quick overview", summary),
        ("how many tasks do I have?", summary),
        ("what is open and what is done?", &[OPEN, DONE]),
        ("show task 2", &[DESCRIBED]),
        ("do I have anything about milk?", &[DESCRIBED]),
    ])
    .await;
}

#[tokio::test]
async fn sentences_that_change_by_number() {
    let complete: &[&str] = &[r#"complete_task {"task_id":4}"#];
    let rename: &[&str] = &[r#"update_task {"task_id":2,"title":"Pay the rent"}"#];
    let delete: &[&str] = &[r#"delete_task {"task_id":2}"#];
    check(&[
        ("complete task 4", complete),
        ("mark #4 as done", complete),
        ("mark task number 4 completed", complete),
        ("task four is done", complete),
        ("I finished number 4", complete),
        ("4 is done", complete),
        ("check off 4", complete),
        (
            "complete 1, 2 and 4",
            &[
                r#"complete_task {"task_id":1}"#,
                r#"complete_task {"task_id":2}"#,
                r#"complete_task {"task_id":4}"#,
            ],
        ),
        ("rename 2 to pay the rent", rename),
        ("change task 2 to 'Pay the rent'", rename),
        ("change the title of task 2 to Pay the rent", rename),
        ("update #2: pay the rent", rename),
        (
            "set the description of task 2 to 900 euros",
            &[r#"update_task {"task_id":2,"description":"900 euros"}"#],
        ),
        (
            "add a note to task 2: ask for the receipt",
            &[r#"update_task {"task_id":2,"description":"ask for the receipt"}"#],
        ),
        ("delete task 2", delete),
        ("remove #2 from my list", delete),
        ("I want to delete task 2", delete),
        ("complete 4 and delete 2", &[complete[0], delete[0]]),
    ])
    .await;
}

#[tokio::test]
async fn sentences_that_change_by_words_look_the_task_up_first() {
    let milk: &[&str] = &[LIST, r#"complete_task {"task_id":1}"#];
    check(&[
        ("mark the milk one done", milk),
        ("milk is bought", milk),
        ("move milk to done", milk),
        (
            "add bread, mark rent done, and show my list",
            &[
                LIST,
                r#"add_task {"title":"Bread"}"#,
                r#"complete_task {"task_id":2}"#,
                LIST,
            ],
        ),
        ("mark the milk task as done.", milk),
        ("I bought the milk", milk),
        ("milk is done", milk),
        ("tick milk off", milk),
        ("complete \"Buy milk\"", milk),
        ("complete buy mlik", milk),
        (
            "mark milk and rent done",
            &[
                LIST,
                r#"complete_task {"task_id":1}"#,
                r#"complete_task {"task_id":2}"#,
            ],
        ),
        (
            "mark everything done",
            &[
                LIST,
                r#"complete_task {"task_id":1}"#,
                r#"complete_task {"task_id":2}"#,
                r#"complete_task {"task_id":4}"#,
            ],
        ),
        (
            "complete all tasks",
            &[
                LIST,
                r#"complete_task {"task_id":1}"#,
                r#"complete_task {"task_id":2}"#,
                r#"complete_task {"task_id":4}"#,
            ],
        ),
        (
            "change the milk task to buy oat milk",
            &[LIST, r#"update_task {"task_id":1,"title":"Buy oat milk"}"#],
        ),
        (
            "rename milk to Buy oat milk and mark rent done",
            &[
                LIST,
                r#"update_task {"task_id":1,"title":"Buy oat milk"}"#,
                r#"complete_task {"task_id":2}"#,
            ],
        ),
        (
            "update the description of the plants task to only the ferns",
            &[
                DESCRIBED,
                r#"update_task {"task_id":4,"description":"only the ferns"}"#,
            ],
        ),
        (
            "remove the milk one",
            &[LIST, r#"delete_task {"task_id":1}"#],
        ),
        (
            "get rid of watering plants",
            &[LIST, r#"delete_task {"task_id":4}"#],
        ),
        (
            "delete all done tasks",
            &[LIST, r#"delete_task {"task_id":3}"#],
        ),
        ("clear completed", &[LIST, r#"delete_task {"task_id":3}"#]),
        (
            "add bread and mark rent done",
            &[
                LIST,
                r#"add_task {"title":"Bread"}"#,
                r#"complete_task {"task_id":2}"#,
            ],
        ),
        ("mark call mom done", &[LIST]),
        ("delete the unicorn task", &[LIST]),
        ("delete everything", &[LIST]),
    ])
    .await;
}

#[tokio::test]
async fn sentences_that_need_no_tool() {
    check(&[
        ("tell me a joke", &[]),
        ("complete", &[]),
        ("rename", &[]),
        ("hello", &[]),
        ("Thanks a lot!", &[]),
        ("yes", &[]),
        ("no", &[]),
        ("help", &[]),
        ("what can you do?", &[]),
        ("what is the capital of France?", &[]),
        ("asdf qwer", &[]),
        ("", &[]),
        ("buy bread", &[]),
        ("add", &[]),
        ("delete it", &[]),
        ("reopen task 3", &[]),
        ("mark 3 as not done", &[]),
    ])
    .await;
}
