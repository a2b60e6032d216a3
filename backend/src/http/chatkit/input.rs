//! Reading a message of the person's, which comes in parts.

use serde::Deserialize;
use serde_json::{Map, Value};
use store::{Db, tasks};

use super::ids::number;
use crate::chat::{Part, Payload, UserInput, UserParts, parse_message};

/// More than any person writes; what is kept of a message is sent again with every page it is on.
const LARGEST: usize = 64 * 1024;
const MOST_PARTS: usize = 200;
const MOST_MENTIONS: usize = 50;

/// As the client sends it.
#[derive(Debug, Deserialize)]
pub(super) struct Input {
    content: Vec<Part>,
    #[serde(default)]
    attachments: Vec<Value>,
    #[serde(default)]
    quoted_text: Option<String>,
}

/// Why a message is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    /// It breaks a rule. Says which, to the person.
    #[error("{0}")]
    Rule(String),
    /// The mentioned tasks cannot be read now.
    #[error("the mentioned tasks cannot be read")]
    Store(#[from] store::Error),
}

impl From<&str> for Unfit {
    fn from(rule: &str) -> Self {
        Self::Rule(rule.to_owned())
    }
}

impl Input {
    /// Reads the message, with what the mentioned tasks are called now.
    pub async fn read(self, db: &Db, owner: &str) -> Result<UserInput, Unfit> {
        if !self.attachments.is_empty() {
            return Err("Attachments are not supported.".into());
        }
        if self.content.len() > MOST_PARTS {
            return Err("The message has too many parts.".into());
        }
        let mut wanted: Vec<i64> = self.content.iter().filter_map(task).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.len() > MOST_MENTIONS {
            return Err("The message mentions too many tasks.".into());
        }
        let found = match wanted.as_slice() {
            [] => Vec::new(),
            wanted => tasks::by_ids(db, owner, wanted).await?,
        };
        let title = |id: i64| {
            found
                .iter()
                .find(|task| task.id == id)
                .map(|task| &task.title)
        };
        let words = self.content.iter().map(|part| match part {
            Part::InputText { text } => text.clone(),
            Part::InputTag { text, .. } => {
                format!("@{}", task(part).and_then(title).unwrap_or(text))
            }
        });
        let text: String = words.collect();
        let mut mentioned = Vec::new();
        for id in self.content.iter().filter_map(task) {
            if title(id).is_some() && !mentioned.contains(&id) {
                mentioned.push(id);
            }
        }
        let quoted = self.quoted_text.filter(|quoted| !text::is_blank(quoted));
        let text = with_quote(quoted.as_deref(), text);
        let plain = matches!(self.content.as_slice(), [Part::InputText { .. }]) && quoted.is_none();
        let parts = UserParts {
            content: self.content.into_iter().map(without_nulls).collect(),
            quoted_text: quoted,
            mentioned,
            answers: None,
        };
        if !plain && Payload::User(parts.clone()).to_json().to_string().len() > LARGEST {
            return Err("The message is too large.".into());
        }
        let text = parse_message(&text).map_err(|invalid| Unfit::Rule(invalid.message))?;
        Ok(UserInput {
            text,
            payload: (!plain).then_some(parts),
        })
    }
}

/// The task that a tag names, whosever it is.
fn task(part: &Part) -> Option<i64> {
    let Part::InputTag { id, data, .. } = part else {
        return None;
    };
    let named = number(id, "task_").or_else(|| number(id, ""));
    named.or_else(|| match data.get("task_id")? {
        Value::Number(id) => id.as_i64().filter(|id| *id > 0),
        Value::String(id) => number(id, ""),
        _ => None,
    })
}

/// The protocol knows no `null`.
fn without_nulls(mut part: Part) -> Part {
    if let Part::InputTag { data, .. } = &mut part {
        drop_nulls(data);
    }
    part
}

fn drop_nulls(map: &mut Map<String, Value>) {
    map.retain(|_, value| !value.is_null());
    map.values_mut().for_each(drop_nulls_within);
}

fn drop_nulls_within(value: &mut Value) {
    match value {
        Value::Object(map) => drop_nulls(map),
        Value::Array(list) => {
            list.retain(|value| !value.is_null());
            list.iter_mut().for_each(drop_nulls_within);
        }
        _ => {}
    }
}

/// What is quoted stands before the message as a Markdown quote.
fn with_quote(quoted: Option<&str>, text: String) -> String {
    match quoted.map(str::trim) {
        Some(quoted) if !text::is_blank(&text) => {
            let quoted: Vec<String> = quoted.lines().map(|line| format!("> {line}")).collect();
            format!("{}\n\n{text}", quoted.join("\n"))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tag(id: &str, data: Value) -> Part {
        let mut tag = json!({"type": "input_tag", "id": id, "text": "x"});
        tag["data"] = data;
        serde_json::from_value(tag).unwrap()
    }

    #[test]
    fn a_tag_names_a_task_by_its_id_or_its_data() {
        assert_eq!(task(&tag("task_7", json!({}))), Some(7));
        assert_eq!(task(&tag("7", json!({}))), Some(7));
        assert_eq!(task(&tag("a", json!({"task_id": "9"}))), Some(9));
        assert_eq!(task(&tag("a", json!({"task_id": 9}))), Some(9));
        for odd in [
            json!({}),
            json!({"task_id": -1}),
            json!({"task_id": [1]}),
            json!({"task_id": 1.5}),
        ] {
            assert_eq!(task(&tag("task_x", odd.clone())), None, "{odd}");
        }
    }

    #[test]
    fn what_is_shown_again_holds_no_null() {
        let part = tag("a", json!({"a": null, "b": {"c": null, "d": [null, 1]}}));
        let part = without_nulls(part);
        let shown = serde_json::to_value(part).unwrap();
        assert_eq!(shown["data"], json!({"b": {"d": [1]}}));
        assert_eq!(shown.get("group"), None);
    }

    #[test]
    fn a_quote_stands_before_the_words() {
        assert_eq!(
            with_quote(Some(" one\ntwo "), "three".into()),
            "> one\n> two\n\nthree"
        );
        assert_eq!(with_quote(Some("one"), " ".into()), " ");
        assert_eq!(with_quote(None, "three".into()), "three");
    }
}
