//! A message of the person's, in parts.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Db, tasks};

use super::names::number;

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

/// A part of a message, which is shown again as it came.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Part {
    InputText {
        text: String,
    },
    /// A mention.
    InputTag {
        id: String,
        text: String,
        #[serde(default)]
        data: Map<String, Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        #[serde(default)]
        interactive: bool,
    },
}

/// What of a message is kept beside its text.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub content: Vec<Part>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted_text: Option<String>,
}

/// A message that was read.
#[derive(Debug)]
pub(super) struct Read {
    /// What the model reads.
    pub text: String,
    /// The parts, where there is more than plain text.
    pub payload: Option<Value>,
}

/// Why a message is not taken, in words for the person.
pub(super) type Unfit = &'static str;

impl Input {
    pub fn has_attachments(&self) -> bool {
        !self.attachments.is_empty()
    }

    /// Reads the message, with what the mentioned tasks are called now.
    ///
    /// # Errors
    /// When it is too large, or the database is away or busy.
    pub async fn read(self, db: &Db, owner: &str) -> Result<Result<Read, Unfit>, store::Error> {
        if self.content.len() > MOST_PARTS {
            return Ok(Err("The message has too many parts."));
        }
        let mut wanted: Vec<i64> = self.content.iter().filter_map(Part::task).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.len() > MOST_MENTIONS {
            return Ok(Err("The message mentions too many tasks."));
        }
        let found = if wanted.is_empty() {
            Vec::new()
        } else {
            tasks::by_ids(db, owner, &wanted).await?
        };
        let title = |part: &Part| {
            let id = part.task()?;
            found
                .iter()
                .find(|task| task.id == id)
                .map(|task| task.title.clone())
        };
        let text: String = self
            .content
            .iter()
            .map(|part| match part {
                Part::InputText { text } => text.clone(),
                Part::InputTag { text, .. } => format!("@{}", title(part).as_ref().unwrap_or(text)),
            })
            .collect();
        let mut mentioned = Vec::new();
        for id in self.content.iter().filter_map(Part::task) {
            if found.iter().any(|task| task.id == id) && !mentioned.contains(&id) {
                mentioned.push(id);
            }
        }
        let quoted = self.quoted_text.filter(|quoted| !quoted.trim().is_empty());
        let text = with_quote(quoted.as_deref(), text);
        let plain = matches!(self.content.as_slice(), [Part::InputText { .. }]) && quoted.is_none();
        let content = self.content.into_iter().map(Part::without_nulls).collect();
        let mut payload = (!plain).then(|| {
            json!(Kept {
                content,
                quoted_text: quoted
            })
        });
        if let Some(payload) = payload.as_mut().filter(|_| !mentioned.is_empty()) {
            payload["mentioned"] = json!(mentioned);
        }
        let size = payload
            .as_ref()
            .map_or(0, |payload| payload.to_string().len());
        Ok(if size > LARGEST {
            Err("The message is too large.")
        } else {
            Ok(Read { text, payload })
        })
    }
}

impl Part {
    /// The task that a tag names, whosever it is.
    fn task(&self) -> Option<i64> {
        let Self::InputTag { id, data, .. } = self else {
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
    fn without_nulls(self) -> Self {
        match self {
            Self::InputTag {
                id,
                text,
                data,
                group,
                interactive,
            } => {
                let mut data = Value::Object(data);
                drop_nulls(&mut data);
                let data = match data {
                    Value::Object(data) => data,
                    _ => Map::new(),
                };
                Self::InputTag {
                    id,
                    text,
                    data,
                    group,
                    interactive,
                }
            }
            part @ Self::InputText { .. } => part,
        }
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(list) => {
            list.retain(|value| !value.is_null());
            list.iter_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}

/// What is quoted stands before the message as a Markdown quote.
fn with_quote(quoted: Option<&str>, text: String) -> String {
    match quoted.map(str::trim) {
        Some(quoted) if !text.trim().is_empty() => {
            let quoted: Vec<String> = quoted.lines().map(|line| format!("> {line}")).collect();
            format!("{}\n\n{text}", quoted.join("\n"))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(id: &str, data: Value) -> Part {
        let mut tag = json!({"type": "input_tag", "id": id, "text": "x"});
        tag["data"] = data;
        serde_json::from_value(tag).unwrap()
    }

    #[test]
    fn a_tag_names_a_task_by_its_id_or_its_data() {
        assert_eq!(tag("task_7", json!({})).task(), Some(7));
        assert_eq!(tag("7", json!({})).task(), Some(7));
        assert_eq!(tag("a", json!({"task_id": "9"})).task(), Some(9));
        assert_eq!(tag("a", json!({"task_id": 9})).task(), Some(9));
        for odd in [
            json!({}),
            json!({"task_id": -1}),
            json!({"task_id": [1]}),
            json!({"task_id": 1.5}),
        ] {
            assert_eq!(tag("task_x", odd.clone()).task(), None, "{odd}");
        }
    }

    #[test]
    fn what_is_shown_again_holds_no_null() {
        let part = tag("a", json!({"a": null, "b": {"c": null, "d": [null, 1]}})).without_nulls();
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
