//! What the tools take. Doc comments here are what a model reads.

use std::{borrow::Cow, fmt};

use rmcp::schemars::{self, JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, Visitor},
};
use serde_json::Value;
use store::{
    task::{Sort, Status},
    tasks::BatchChange,
};

use crate::failure::Failure;

const LIST_DEFAULT: i64 = 50;
pub(crate) const LIST_MAX: i64 = 200;

/// Arguments, or why they are refused: parsing them never fails as such, so that the refusal can be an answer with a
/// hint and not a protocol error that the model does not see.
pub(crate) struct Checked<T>(pub(crate) Result<T, Failure>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(arguments: D) -> Result<Self, D::Error> {
        let parsed = serde_path_to_error::deserialize::<_, T>(arguments);
        Ok(Self(parsed.map_err(|error| {
            let (path, reason) = (error.path().to_string(), error.into_inner().to_string());
            // A missing or unknown field is named by the reason itself.
            let message = if path == "." || reason.contains("field `") {
                format!("The arguments are not right: {reason}.")
            } else {
                format!("The argument `{path}` is not right: {reason}.")
            };
            Failure::invalid(message, "Correct the arguments and call the tool again.")
        })))
    }
}

impl<T: JsonSchema> JsonSchema for Checked<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

// Strict function schemas make every argument a required one, and models fill in `""` for what they do not mean: an optional
// argument that is blank or null was not given.

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with a `title`")]
#[schemars(inline)]
pub(crate) struct AddTask {
    /// What is to be done, in a few words, for example: Buy milk.
    #[schemars(length(min = 1, max = 200))]
    pub(crate) title: String,
    /// More details, only if the user gave some.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", length(max = 2000))]
    pub(crate) description: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddTasks {
    /// The tasks, in order.
    #[schemars(length(min = 1, max = 25))]
    pub(crate) tasks: Vec<Checked<AddTask>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListTasks {
    /// Which tasks: all, pending (not done yet) or completed (done). Without it: all.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "StatusFilter")]
    pub(crate) status: Option<StatusFilter>,
    /// Only tasks with all these words, or parts of words, in title or description.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", length(max = 200))]
    pub(crate) query: Option<String>,
    /// In which order: created (newest first) or title. Without it: created.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Order")]
    pub(crate) sort: Option<Order>,
    /// Whether to list the descriptions and times too.
    #[serde(default, deserialize_with = "given", alias = "with_descriptions")]
    #[schemars(with = "bool")]
    pub(crate) details: Option<bool>,
    /// How many tasks at most. Without it: 50.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "i64", range(min = 1, max = 200))]
    pub(crate) limit: Option<Number>,
    /// The `next_cursor` of the answer before, for the tasks after those.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", length(max = 4000))]
    pub(crate) cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum StatusFilter {
    All,
    Pending,
    Completed,
}

impl From<StatusFilter> for Status {
    fn from(filter: StatusFilter) -> Self {
        match filter {
            StatusFilter::All => Self::All,
            StatusFilter::Pending => Self::Pending,
            StatusFilter::Completed => Self::Completed,
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Order {
    Created,
    Title,
}

impl From<Order> for Sort {
    fn from(order: Order) -> Self {
        match order {
            Order::Created => Self::Created,
            Order::Title => Self::Title,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneTask {
    /// The id of the task, from `list_tasks`, never a guess.
    #[schemars(with = "i64", range(min = 1))]
    pub(crate) task_id: Number,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateTask {
    /// The id of the task, from `list_tasks`, never a guess.
    #[schemars(with = "i64", range(min = 1))]
    pub(crate) task_id: Number,
    /// The new title. Leave it out to keep the old one.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", length(max = 200))]
    pub(crate) title: Option<String>,
    /// The new description. Leave it out to keep the old one.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", length(max = 2000))]
    pub(crate) description: Option<String>,
    /// What to remove.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Vec<Clearable>")]
    pub(crate) clear: Option<Vec<Clearable>>,
}

/// What a task can be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Clearable {
    Description,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeTasks {
    /// The ids of the tasks, from `list_tasks`.
    #[schemars(with = "Vec<i64>", length(min = 1, max = 50))]
    pub(crate) task_ids: Vec<Checked<Number>>,
    /// What to do with each: complete (mark as done), reopen (mark as not done) or delete.
    pub(crate) action: Action,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Action {
    Complete,
    Reopen,
    Delete,
}

impl From<Action> for BatchChange {
    fn from(action: Action) -> Self {
        match action {
            Action::Complete => Self::Complete,
            Action::Reopen => Self::Reopen,
            Action::Delete => Self::Delete,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListActivity {
    /// Only what happened in this way. Without it: everything.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Kind")]
    pub(crate) kind: Option<Kind>,
    /// From this date or time on, for example: 2026-11-30.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", length(max = 40))]
    pub(crate) since: Option<String>,
    /// Up to this time, or to the end of this date.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", length(max = 40))]
    pub(crate) until: Option<String>,
    /// How many changes at most. Without it: 50.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "i64", range(min = 1, max = 200))]
    pub(crate) limit: Option<Number>,
}

/// What can happen to a task.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Kind {
    Created,
    Changed,
    Completed,
    Reopened,
    Deleted,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Completed => "completed",
            Self::Reopened => "reopened",
            Self::Deleted => "deleted",
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Undo {
    /// Which change, as the `undo_id` in its result. Without it: the last one that was made here.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String", length(max = 100))]
    pub(crate) undo_id: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// How many of something, within what is served.
pub(crate) fn limit(asked: Option<Number>) -> Result<i64, Failure> {
    let Number(limit) = asked.unwrap_or(Number(LIST_DEFAULT));
    if (1..=LIST_MAX).contains(&limit) {
        return Ok(limit);
    }
    let message = format!("The limit must be from 1 to {LIST_MAX}.");
    Err(Failure::invalid(
        message,
        "Correct `limit` and call the tool again. More tasks than that come page by page.",
    ))
}

/// An optional argument. Blank text is none.
fn given<'de, D: Deserializer<'de>, T: DeserializeOwned>(value: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(value)?;
    if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Ok(None);
    }
    T::deserialize(value).map(Some).map_err(D::Error::custom)
}

/// A whole number, also in the forms that small models send it in: `"5"`, `"#5"`, `5.0`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct Number(#[serde(deserialize_with = "whole_number")] pub(crate) i64);

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        i64::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        i64::json_schema(generator)
    }
}

fn whole_number<'de, D: Deserializer<'de>>(value: D) -> Result<i64, D::Error> {
    struct WholeNumber;

    impl Visitor<'_> for WholeNumber {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number such as 5")
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
            Ok(number)
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
            i64::try_from(number).map_err(|_| E::custom("the number is too large"))
        }

        fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
            // Beyond 2^53 a float does not tell one whole number from the next.
            const EXACT: f64 = 9_007_199_254_740_992.0;
            if number.abs() > EXACT {
                return Err(E::custom("the number is too large"));
            }
            // Printing and parsing converts without a cast that could lose something.
            format!("{number}")
                .parse()
                .map_err(|_| E::custom("expected a whole number such as 5"))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
            let digits = text.trim().trim_start_matches('#');
            digits
                .parse()
                .map_err(|_| E::custom("expected a whole number such as 5"))
        }
    }

    value.deserialize_any(WholeNumber)
}
