//! What the tools take. Doc comments here are what a model reads.

use std::fmt;

use rmcp::schemars::{self, JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, Visitor},
};
use store::task::Status;

use crate::failure::Failure;

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
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddTask {
    /// What is to be done, in a few words, for example: Buy milk.
    #[schemars(length(min = 1, max = 200))]
    pub(crate) title: String,
    /// More details, only if the user gave some.
    #[schemars(length(max = 2000))]
    pub(crate) description: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListTasks {
    /// Which tasks: all, pending (not done yet) or completed (done). Without it: all.
    pub(crate) status: Option<StatusFilter>,
    /// Only tasks with all these words, or parts of words, in title or description.
    #[schemars(length(max = 200))]
    pub(crate) query: Option<String>,
    /// Whether to list the descriptions and times too.
    pub(crate) details: Option<bool>,
    /// How many tasks at most. Without it: 100.
    #[serde(default, deserialize_with = "maybe_whole_number")]
    #[schemars(range(min = 1, max = 200))]
    pub(crate) limit: Option<i64>,
    /// The `next_cursor` of the answer before, for the tasks after those.
    #[schemars(length(max = 4000))]
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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneTask {
    /// The id of the task, from `list_tasks`, never a guess.
    #[serde(deserialize_with = "whole_number")]
    #[schemars(range(min = 1))]
    pub(crate) task_id: i64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateTask {
    /// The id of the task, from `list_tasks`, never a guess.
    #[serde(deserialize_with = "whole_number")]
    #[schemars(range(min = 1))]
    pub(crate) task_id: i64,
    /// The new title. Leave it out to keep the old one.
    #[schemars(length(min = 1, max = 200))]
    pub(crate) title: Option<String>,
    /// The new description. Leave it out to keep the old one; empty text removes it.
    #[schemars(length(max = 2000))]
    pub(crate) description: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Undo {
    /// Which change, as the `undo_id` in its result. Without it: the last one that was made here.
    #[schemars(length(max = 100))]
    pub(crate) undo_id: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// A whole number, also in the forms that small models send it in: `"5"`, `"#5"`, `5.0`.
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

fn maybe_whole_number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    struct Number(#[serde(deserialize_with = "whole_number")] i64);

    Ok(Option::<Number>::deserialize(value)?.map(|number| number.0))
}
