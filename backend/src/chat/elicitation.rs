//! A question to the person in the middle of a turn, with the answers to choose from, and the answer.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::agreement::{Agreement, OPTIONS, plainly};

/// The only question of an item is always called this.
const ONLY: &str = "q1";

/// What a person chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ElicitedAnswer {
    /// Nothing: the question is left open for good.
    pub skipped: bool,
    /// What was chosen, by the question's id.
    pub answers: BTreeMap<String, Vec<String>>,
}

/// What waits for the person's word, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elicitation {
    /// Who wants to know.
    pub kind: Kind,
    /// Whether it still waits.
    pub status: Status,
    /// The questions, in the protocol's form.
    pub inputs: Vec<Input>,
    /// The row of the round whose calls wait.
    pub round: i64,
    /// The calls that wait, by the names they have in their round.
    pub calls: Vec<String>,
}

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The model, which asked by a tool. The answer is that call's result.
    Question,
    /// This code, before it makes calls. Only a yes makes them.
    Confirmation,
}

/// Whether a question still waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    Pending,
    /// It was answered.
    Answered,
    /// It was passed over.
    Skipped,
}

/// One question with its possible answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    id: String,
    r#type: String,
    question: String,
    options: Vec<Choice>,
    multiple: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Choice {
    value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    values: Vec<String>,
    skipped: bool,
}

impl Elicitation {
    /// A question of the model's, asked by one call.
    #[must_use]
    pub fn question(round: i64, call: String, question: String, options: Vec<String>) -> Self {
        Self::new(Kind::Question, round, vec![call], question, options)
    }

    /// A question whether calls are to be made.
    #[must_use]
    pub fn confirmation(round: i64, calls: Vec<String>, question: String) -> Self {
        let options = OPTIONS.map(str::to_owned).to_vec();
        Self::new(Kind::Confirmation, round, calls, question, options)
    }

    fn new(
        kind: Kind,
        round: i64,
        calls: Vec<String>,
        question: String,
        options: Vec<String>,
    ) -> Self {
        let options = options.into_iter().map(|value| Choice { value }).collect();
        Self {
            kind,
            status: Status::Pending,
            inputs: vec![Input {
                id: ONLY.to_owned(),
                r#type: "multiple_choice".to_owned(),
                question,
                options,
                multiple: false,
                answer: None,
            }],
            round,
            calls,
        }
    }

    /// The questions in words, with the answers to choose from.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for input in &self.inputs {
            let _ = writeln!(text, "{}\n", input.question);
            for (index, option) in input.options.iter().enumerate() {
                let _ = writeln!(text, "{}. {}", index + 1, option.value);
            }
        }
        text.trim_end().to_owned()
    }

    /// Writes the answers in. What is not answered was skipped, and a single choice keeps the first value; answers to
    /// questions that were not asked are passed over.
    pub(crate) fn answer(&mut self, given: &ElicitedAnswer) {
        for input in &mut self.inputs {
            let values = given.answers.get(&input.id).filter(|_| !given.skipped);
            let mut values: Vec<String> = values
                .into_iter()
                .flatten()
                .map(|value| value.trim())
                .filter(|value| !text::is_blank(value))
                .map(str::to_owned)
                .collect();
            if !input.multiple {
                values.truncate(1);
            }
            input.answer = Some(Answer {
                skipped: values.is_empty(),
                values,
            });
        }
        self.status = if given.skipped {
            Status::Skipped
        } else {
            Status::Answered
        };
    }

    /// The answer that a message gives when it is just that: one of the options, its number, or a plain yes or no where
    /// that is the question.
    pub(crate) fn meant(&self, words: &str) -> Option<ElicitedAnswer> {
        let [input] = self.inputs.as_slice() else {
            return None;
        };
        let said = plainly(words);
        if said.is_empty() {
            return None;
        }
        let by_value = input
            .options
            .iter()
            .find(|option| plainly(&option.value) == said);
        let number = || said.parse::<usize>().ok()?.checked_sub(1);
        let option = by_value.or_else(|| input.options.get(number()?));
        let value = match (option, self.kind) {
            (Some(option), _) => option.value.clone(),
            (None, Kind::Confirmation) => match Agreement::of(words)? {
                Agreement::Yes => input.options.first()?.value.clone(),
                Agreement::No => input.options.get(1)?.value.clone(),
            },
            (None, Kind::Question) => return None,
        };
        Some(ElicitedAnswer {
            skipped: false,
            answers: [(input.id.clone(), vec![value])].into(),
        })
    }

    /// What was answered; `None` when it was not.
    #[must_use]
    pub fn chosen(&self) -> Option<&str> {
        let answer = self.inputs.first()?.answer.as_ref()?;
        answer.values.first().map(String::as_str)
    }

    /// All that was answered.
    pub fn values(&self) -> impl Iterator<Item = &String> {
        let answers = self.inputs.iter().filter_map(|input| input.answer.as_ref());
        answers.flat_map(|answer| &answer.values)
    }

    /// Whether the calls are to be made.
    #[must_use]
    pub fn agreed(&self) -> bool {
        let yes = |answer| Agreement::of(answer) == Some(Agreement::Yes);
        self.kind == Kind::Confirmation && self.chosen().is_some_and(yes)
    }

    /// What the model reads as the result of a call that waited and is not to be made.
    pub(crate) fn outcome(&self) -> Value {
        match (self.kind, self.chosen()) {
            (Kind::Question, Some(answer)) => json!({ "answer": answer }),
            (Kind::Question, None) => json!({ "skipped": true }),
            (Kind::Confirmation, Some(answer)) if Agreement::of(answer).is_some() => {
                json!({ "not_made": "The person said no. Nothing was changed." })
            }
            (Kind::Confirmation, Some(answer)) => json!({
                "not_made": "The person did not say yes. Nothing was changed.",
                "answer": answer,
            }),
            (Kind::Confirmation, None) => json!({
                "not_made": "The person was asked and did not say yes. Nothing was changed.",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn which() -> Elicitation {
        let options = vec!["Buy milk".to_owned(), "Spilt milk".to_owned()];
        Elicitation::question(7, "c".to_owned(), "Which one?".to_owned(), options)
    }

    fn given(id: &str, values: &[&str]) -> ElicitedAnswer {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        ElicitedAnswer {
            skipped: false,
            answers: [(id.to_owned(), values)].into(),
        }
    }

    #[test]
    fn a_single_choice_keeps_the_first_value_and_a_missing_one_was_skipped() {
        let mut elicitation = which();
        elicitation.answer(&given("q1", &["Buy milk", "Spilt milk"]));
        assert_eq!(
            (elicitation.status, elicitation.chosen()),
            (Status::Answered, Some("Buy milk"))
        );
        for odd in [
            given("q2", &["Buy milk"]),
            given("q1", &[]),
            given("q1", &[" "]),
        ] {
            let mut elicitation = which();
            elicitation.answer(&odd);
            assert_eq!(
                (elicitation.status, elicitation.chosen()),
                (Status::Answered, None)
            );
            assert_eq!(elicitation.outcome(), json!({"skipped": true}));
        }
        let mut elicitation = which();
        elicitation.answer(&ElicitedAnswer {
            skipped: true,
            ..given("q1", &["Buy milk"])
        });
        assert_eq!(
            (elicitation.status, elicitation.chosen()),
            (Status::Skipped, None)
        );
    }

    #[test]
    fn a_message_answers_when_it_is_an_option_or_its_number_and_nothing_more() {
        let elicitation = which();
        for words in ["Buy milk", " buy  MILK. ", "1", "۱", "1.", "#1"] {
            assert_eq!(
                elicitation.meant(words),
                Some(given("q1", &["Buy milk"])),
                "{words}"
            );
        }
        for words in ["buy milk and bread", "3", "0", "yes", ""] {
            assert_eq!(elicitation.meant(words), None, "{words}");
        }
    }

    #[test]
    fn only_a_yes_makes_calls_and_everything_else_says_what_it_was() {
        let confirmation =
            || Elicitation::confirmation(7, vec!["c".to_owned()], "Shall I?".to_owned());
        for yes in ["Yes, do it", "yes", "OK!", "جی ہاں", "haan", "1"] {
            let mut elicitation = confirmation();
            elicitation.answer(&elicitation.meant(yes).unwrap());
            assert!(elicitation.agreed(), "{yes}");
        }
        for no in ["No", "no thanks", "نہیں", "nahi", "2"] {
            let mut elicitation = confirmation();
            elicitation.answer(&elicitation.meant(no).unwrap());
            assert!(!elicitation.agreed(), "{no}");
            assert!(
                elicitation.outcome().to_string().contains("said no"),
                "{no}"
            );
        }
        let mut elicitation = confirmation();
        assert_eq!(elicitation.meant("yes but only the first"), None);
        elicitation.answer(&given("q1", &["only the first"]));
        assert!(!elicitation.agreed());
        assert_eq!(elicitation.outcome()["answer"], "only the first");
    }

    #[test]
    fn the_question_in_words_numbers_its_options() {
        assert_eq!(which().text(), "Which one?\n\n1. Buy milk\n2. Spilt milk");
    }
}
