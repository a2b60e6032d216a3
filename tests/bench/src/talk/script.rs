//! What the bench's model says: it does what the person's last message orders, by exactly one tool call that changes
//! something, and claims what the tool's answer says and nothing else. It remembers nothing; everything is in the
//! messages, as with a real one.
//!
//! An order is a sentence such as `Rename the task errand7 to errand9 (turn t12, 30 words).`

use serde_json::{Value, json};

const LIST: &str = "list_tasks";
/// So often it makes a call whose result says that nothing came of it.
const ATTEMPTS: usize = 3;

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Words only.
    Talk,
    Add(String),
    Complete(String),
    Rename(String, String),
    Delete(String),
}

/// A message of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) deed: Deed,
    /// The turn's unique name.
    pub(crate) tag: String,
    /// How many words the answer has at least.
    pub(crate) words: usize,
}

/// One step of the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// The answer, token by token.
    Say(Vec<String>),
    /// A call, with words before it or without.
    Call {
        words: Vec<String>,
        tool: &'static str,
        arguments: Value,
    },
}

impl Order {
    /// As the person writes it.
    pub(crate) fn text(&self) -> String {
        let what = match &self.deed {
            Deed::Talk => "Tell me something".to_owned(),
            Deed::Add(mark) => format!("Add the task {mark}"),
            Deed::Complete(mark) => format!("Complete the task {mark}"),
            Deed::Rename(mark, new) => format!("Rename the task {mark} to {new}"),
            Deed::Delete(mark) => format!("Delete the task {mark}"),
        };
        format!("{what} (turn {}, {} words).", self.tag, self.words)
    }

    /// The order in a message, if there is one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (what, rest) = text.split_once(" (turn ")?;
        let (tag, rest) = rest.split_once(", ")?;
        let words = rest.split_once(" words")?.0.parse().ok()?;
        let mut names = what.split(' ');
        let deed = match (names.next()?, names.nth(2), names.nth(1)) {
            ("Tell", ..) => Deed::Talk,
            ("Add", Some(mark), _) => Deed::Add(mark.to_owned()),
            ("Complete", Some(mark), _) => Deed::Complete(mark.to_owned()),
            ("Rename", Some(mark), Some(new)) => Deed::Rename(mark.to_owned(), new.to_owned()),
            ("Delete", Some(mark), _) => Deed::Delete(mark.to_owned()),
            _ => return None,
        };
        Some(Self {
            deed,
            tag: tag.to_owned(),
            words,
        })
    }

    /// What the model says when the tool's answer says that it was done: once in a transcript, and only if it is true.
    pub(crate) fn claim(&self) -> String {
        format!("Done with {}:", self.tag)
    }

    /// How often the turn changes something.
    pub(crate) fn effects(&self) -> usize {
        usize::from(self.deed != Deed::Talk)
    }
}

/// The order that the messages end with, if they are a conversation with this bench.
pub(crate) fn order(messages: &[Value]) -> Option<Order> {
    Order::read(&question(messages)?.1)
}

/// What came after the last message of the person.
pub(crate) fn since(messages: &[Value]) -> &[Value] {
    let at = question(messages).map_or(messages.len(), |(at, _)| at + 1);
    messages.get(at..).unwrap_or_default()
}

/// What to say or call after these messages.
pub(crate) fn step(messages: &[Value]) -> Step {
    let Some((_, text)) = question(messages) else {
        return say("A title.", 0);
    };
    let Some(order) = Order::read(&text) else {
        return say("I do not understand.", 0);
    };
    let calls = calls(since(messages));
    let written: Vec<&Made> = calls.iter().filter(|call| call.tool != LIST).collect();
    let Some((tool, _)) = order.deed.call() else {
        return say(&order.claim(), order.words);
    };
    if written.iter().any(|call| call.succeeded()) {
        return say(&order.claim(), order.words);
    }
    if written.len() >= ATTEMPTS {
        return say(&format!("It was not possible: {}.", order.tag), 0);
    }
    let listed = calls.last().filter(|call| call.is_list());
    let uncertain = written.last().is_some_and(|call| call.is_uncertain());
    if listed.is_none() && (uncertain || !matches!(order.deed, Deed::Add(_))) {
        return call(&order, LIST, json!({ "limit": 200 }));
    }
    if uncertain && listed.is_some_and(|list| order.deed.is_seen_in(list)) {
        return say(&order.claim(), order.words);
    }
    let id = |mark: &str| listed.and_then(|list| list.task(mark)?.get("id")?.as_i64());
    let arguments = match &order.deed {
        Deed::Talk => None,
        Deed::Add(mark) => Some(json!({ "title": mark })),
        Deed::Complete(mark) | Deed::Delete(mark) => id(mark).map(|id| json!({ "task_id": id })),
        Deed::Rename(mark, new) => id(mark).map(|id| json!({ "task_id": id, "title": new })),
    };
    arguments.map_or_else(
        || say(&format!("There is no such task: {}.", order.tag), 0),
        |arguments| call(&order, tool, arguments),
    )
}

impl Deed {
    /// The tasks that it is about.
    pub(crate) fn marks(&self) -> impl Iterator<Item = String> {
        let (one, other) = match self {
            Self::Talk => (None, None),
            Self::Add(mark) | Self::Complete(mark) | Self::Delete(mark) => (Some(mark), None),
            Self::Rename(mark, new) => (Some(mark), Some(new)),
        };
        one.into_iter().chain(other).cloned()
    }

    /// The tool that does it, and the title that the task has in its arguments or its result.
    pub(crate) fn call(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Talk => None,
            Self::Add(mark) => Some(("add_task", mark)),
            Self::Complete(mark) => Some(("complete_task", mark)),
            Self::Rename(_, mark) => Some(("update_task", mark)),
            Self::Delete(mark) => Some(("delete_task", mark)),
        }
    }

    fn is_seen_in(&self, list: &Made) -> bool {
        match self {
            Self::Talk => true,
            Self::Add(mark) | Self::Rename(_, mark) => list.task(mark).is_some(),
            Self::Complete(mark) => list
                .task(mark)
                .is_some_and(|task| task.get("completed") == Some(&Value::Bool(true))),
            Self::Delete(mark) => list.task(mark).is_none(),
        }
    }
}

/// A call that was made, and its result as the model is told.
struct Made {
    tool: String,
    result: String,
}

impl Made {
    fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.result).ok()
    }

    fn succeeded(&self) -> bool {
        self.json()
            .is_some_and(|result| result.get("task_id").is_some() && result.get("status").is_some())
    }

    fn is_list(&self) -> bool {
        self.tool == LIST && self.json().is_some_and(|list| list.get("tasks").is_some())
    }

    fn is_uncertain(&self) -> bool {
        self.result.contains("not known")
    }

    fn task(&self, title: &str) -> Option<Value> {
        let list = self.json()?;
        let tasks = list.get("tasks")?.as_array()?;
        let named = |task: &&Value| task.get("title").and_then(Value::as_str) == Some(title);
        tasks.iter().find(named).cloned()
    }
}

/// Where the last message of the person is, and what it says.
fn question(messages: &[Value]) -> Option<(usize, String)> {
    if text(messages.first()?).starts_with("Title:") {
        return None;
    }
    let at = messages
        .iter()
        .rposition(|message| role(message) == "user")?;
    // The first line is the application's.
    let said = text(messages.get(at)?);
    let own = said.split_once("]\n\n").map(|(_, own)| own.to_owned());
    Some((at, own.unwrap_or(said)))
}

fn calls(messages: &[Value]) -> Vec<Made> {
    let asked = messages
        .iter()
        .filter_map(|message| message.get("tool_calls")?.as_array())
        .flatten();
    let result = |id: &str| {
        let it = messages.iter().find(|message| {
            message.get("tool_call_id").and_then(Value::as_str) == Some(id)
                && role(message) == "tool"
        });
        it.map(text).unwrap_or_default()
    };
    let made = asked.filter_map(|call| {
        Some(Made {
            tool: call.pointer("/function/name")?.as_str()?.to_owned(),
            result: result(call.get("id")?.as_str()?),
        })
    });
    made.collect()
}

fn role(message: &Value) -> &str {
    message
        .get("role")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn text(message: &Value) -> String {
    let content = message.get("content").and_then(Value::as_str);
    content.unwrap_or_default().to_owned()
}

/// Every second turn says something before it calls.
fn call(order: &Order, tool: &'static str, arguments: Value) -> Step {
    let talks = order.tag.ends_with(['0', '2', '4', '6', '8']) && tool != LIST;
    Step::Call {
        words: if talks {
            tokens("I will see to it.", 0)
        } else {
            Vec::new()
        },
        tool,
        arguments,
    }
}

fn say(text: &str, words: usize) -> Step {
    Step::Say(tokens(text, words))
}

/// The words, and more until there are enough.
fn tokens(text: &str, words: usize) -> Vec<String> {
    let mut tokens: Vec<String> = text.split_inclusive(' ').map(str::to_owned).collect();
    while tokens.len() < words {
        tokens.push(" word".to_owned());
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(deed: Deed) -> Order {
        Order {
            deed,
            tag: "t12".to_owned(),
            words: 5,
        }
    }

    fn user(order: &Order) -> Value {
        json!({"role": "user", "content": order.text()})
    }

    fn made(id: &str, tool: &str, result: &str) -> [Value; 2] {
        [
            json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "function": {"name": tool, "arguments": "{}"}}]}),
            json!({"role": "tool", "tool_call_id": id, "content": result}),
        ]
    }

    #[test]
    fn an_order_is_read_as_it_was_written() {
        for deed in [
            Deed::Talk,
            Deed::Add("errand1".to_owned()),
            Deed::Complete("errand1".to_owned()),
            Deed::Rename("errand1".to_owned(), "errand2".to_owned()),
            Deed::Delete("errand1".to_owned()),
        ] {
            let order = order(deed);
            assert_eq!(Order::read(&order.text()), Some(order));
        }
        assert_eq!(Order::read("hello"), None);
    }

    #[test]
    fn success_is_claimed_after_the_result_that_says_so_and_not_before() {
        let order = order(Deed::Add("errand1".to_owned()));
        let mut messages = vec![user(&order)];
        assert!(matches!(
            step(&messages),
            Step::Call {
                tool: "add_task",
                ..
            }
        ));
        messages.extend(made("a", "add_task", "Nothing was changed."));
        assert!(matches!(step(&messages), Step::Call { .. }));
        messages.extend(made(
            "b",
            "add_task",
            r#"{"task_id":1,"status":"created","title":"errand1"}"#,
        ));
        let Step::Say(words) = step(&messages) else {
            panic!("no words");
        };
        assert!(words.concat().starts_with("Done with t12:"));
        assert_eq!(words.len(), 5);
    }

    #[test]
    fn a_task_is_looked_up_before_it_is_changed() {
        let order = order(Deed::Delete("errand1".to_owned()));
        let mut messages = vec![user(&order)];
        assert!(matches!(step(&messages), Step::Call { tool: LIST, .. }));
        messages.extend(made(
            "a",
            LIST,
            r#"{"tasks":[{"id":4,"title":"errand1","completed":false}]}"#,
        ));
        let Step::Call {
            tool, arguments, ..
        } = step(&messages)
        else {
            panic!("no call");
        };
        assert_eq!((tool, arguments), ("delete_task", json!({"task_id": 4})));
    }

    #[test]
    fn a_lost_answer_makes_it_look_and_not_repeat() {
        let order = order(Deed::Add("errand1".to_owned()));
        let mut messages = vec![user(&order)];
        messages.extend(made(
            "a",
            "add_task",
            "It is not known whether this was applied.",
        ));
        assert!(matches!(step(&messages), Step::Call { tool: LIST, .. }));
        messages.extend(made("b", LIST, r#"{"tasks":[{"id":4,"title":"errand1"}]}"#));
        assert!(matches!(step(&messages), Step::Say(_)));
    }
}
