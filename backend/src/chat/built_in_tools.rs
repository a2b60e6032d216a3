//! The built-in tools, beside those of the MCP server: they concern the conversation, not the list.

use model::ToolSpec;
use serde_json::{Map, Value, json};

use super::{
    task_list::MOST_ROWS,
    text::{one_line, whole_number},
};

/// Shows tasks as a list with buttons.
pub(crate) const SHOW_TASKS: &str = "show_tasks";
/// Asks the person something and ends the turn.
pub(crate) const ASK_PERSON: &str = "ask_person";

const LONGEST_TITLE: usize = 80;
const LONGEST_QUESTION: usize = 500;
const LONGEST_OPTION: usize = 200;
const MOST_OPTIONS: usize = 8;

/// All tools as the model gets them: those of the MCP server, then the built-in ones.
pub(crate) fn with(mut tools: Vec<ToolSpec>) -> Vec<ToolSpec> {
    tools.retain(|tool| !is_built_in(&tool.name));
    tools.extend(specs());
    tools
}

/// Whether the tool is built in. None of these changes a task.
pub(crate) fn is_built_in(tool: &str) -> bool {
    [SHOW_TASKS, ASK_PERSON].contains(&tool)
}

fn specs() -> [ToolSpec; 2] {
    [
        ToolSpec {
            name: SHOW_TASKS.to_owned(),
            description: "Shows up to 30 tasks to the person as a list with buttons to complete, reopen and delete \
                          them. Use it instead of writing a list of tasks, with the ids that `list_tasks` gave."
                .to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "task_ids": {
                        "type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": MOST_ROWS,
                        "description": "Which tasks, in the order to show them."
                    },
                    "title": {
                        "type": "string", "maxLength": LONGEST_TITLE,
                        "description": "A heading, if the list needs one."
                    }
                },
                "required": ["task_ids"], "additionalProperties": false
            }),
        },
        ToolSpec {
            name: ASK_PERSON.to_owned(),
            description: "Asks the person one question with the possible answers as buttons, and waits for the \
                          answer. Use it when several tasks fit what the person said. Call no other tool beside it."
                .to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "question": {
                        "type": "string", "minLength": 1, "maxLength": LONGEST_QUESTION,
                        "description": "What to ask."
                    },
                    "options": {
                        "type": "array", "minItems": 2, "maxItems": MOST_OPTIONS,
                        "description": "The possible answers.",
                        "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_OPTION}
                    }
                },
                "required": ["question", "options"], "additionalProperties": false
            }),
        },
    ]
}

/// The tasks that a call of [`SHOW_TASKS`] wants to be shown and the title above them, or what the model is told instead.
pub(crate) fn list_to_show(
    args: &Map<String, Value>,
) -> Result<(Vec<i64>, Option<String>), String> {
    let refused = || {
        format!(
            "`task_ids` must be an array of 1 to {MOST_ROWS} task ids. Nothing was shown. Tell a longer list in words."
        )
    };
    let given = args.get("task_ids").and_then(Value::as_array);
    let mut ids = Vec::new();
    for id in given.ok_or_else(refused)? {
        let id = whole_number(id).ok_or_else(refused)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() || ids.len() > MOST_ROWS {
        return Err(refused());
    }
    let title = args.get("title").and_then(Value::as_str);
    let title = title.map(|title| one_line(title, LONGEST_TITLE));
    Ok((ids, title.filter(|title| !text::is_blank(title))))
}

/// The question and the options of a call of [`ASK_PERSON`], or what the model is told instead.
pub(crate) fn question_to_ask(args: &Map<String, Value>) -> Result<(String, Vec<String>), String> {
    let refused = || {
        format!(
            "`question` must be a text and `options` 2 to {MOST_OPTIONS} different texts. Nothing was asked."
        )
    };
    let question = args.get("question").and_then(Value::as_str);
    let question = one_line(question.ok_or_else(refused)?, LONGEST_QUESTION);
    let given = args.get("options").and_then(Value::as_array);
    let mut options = Vec::new();
    for option in given.ok_or_else(refused)? {
        let option = one_line(option.as_str().ok_or_else(refused)?, LONGEST_OPTION);
        if !text::is_blank(&option) && !options.contains(&option) {
            options.push(option);
        }
    }
    if text::is_blank(&question) || !(2..=MOST_OPTIONS).contains(&options.len()) {
        return Err(refused());
    }
    Ok((question, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_list_to_show_has_one_to_thirty_tasks_each_once() {
        let (ids, title) = list_to_show(&args(
            json!({"task_ids": [2, "1", 2], "title": " Gro\nceries "}),
        ))
        .unwrap();
        assert_eq!(ids, [2, 1]);
        assert_eq!(title.as_deref(), Some("Gro ceries"));
        let many: Vec<i64> = (1..=31).collect();
        for odd in [
            json!({}),
            json!({"task_ids": []}),
            json!({"task_ids": "1"}),
            json!({"task_ids": [1.5]}),
            json!({"task_ids": many}),
        ] {
            assert!(list_to_show(&args(odd.clone())).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_question_needs_two_different_options() {
        let (question, options) = question_to_ask(&args(
            json!({"question": "Which?", "options": ["a", " ", "b", "a"]}),
        ))
        .unwrap();
        assert_eq!(
            (question.as_str(), options),
            ("Which?", vec!["a".to_owned(), "b".to_owned()])
        );
        let many: Vec<String> = (0..9).map(|n| n.to_string()).collect();
        for odd in [
            json!({"question": "Which?", "options": ["a", "a"]}),
            json!({"question": " ", "options": ["a", "b"]}),
            json!({"question": "Which?", "options": [1, 2]}),
            json!({"question": "Which?", "options": many}),
            json!({"options": ["a", "b"]}),
        ] {
            assert!(question_to_ask(&args(odd.clone())).is_err(), "{odd}");
        }
    }

    #[test]
    fn built_in_tools_take_the_place_of_others_of_their_name() {
        let foreign = ToolSpec {
            name: ASK_PERSON.to_owned(),
            description: "foreign".to_owned(),
            parameters: json!({}),
        };
        let all = with(vec![foreign]);
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|tool| tool.description != "foreign"));
    }
}
