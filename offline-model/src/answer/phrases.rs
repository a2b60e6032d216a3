//! Every wording in every language, in one table each. `{0}` and `{1}` are the places of what
//! changes from sentence to sentence.

mod english;
mod roman;
mod urdu;

use crate::language::Language;

/// For one thing, and for several.
pub(super) type Number = (&'static str, &'static str);

pub(super) struct Phrases {
    pub stop: &'static str,
    pub comma: &'static str,
    pub numbers: [&'static str; 10],
    pub weekdays: [&'static str; 7],
    pub months: [&'static str; 12],

    pub help: &'static str,
    pub hello: &'static str,
    pub thanks: &'static str,
    pub bye: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub not_understood: &'static str,

    pub added: &'static str,
    pub completed: &'static str,
    pub reopened: &'static str,
    pub deleted: &'static str,
    pub renamed: &'static str,
    pub described: &'static str,
    pub updated: &'static str,
    pub happened: &'static str,
    pub added_many: Number,
    pub completed_many: Number,
    pub deleted_many: Number,
    pub changed_many: Number,
    pub due: &'static str,
    pub added_due: &'static str,
    pub rescheduled: &'static str,

    pub open: Number,
    pub done: Number,
    pub all: Number,
    pub found: Number,
    pub none_open: &'static str,
    pub none_done: &'static str,
    pub none_at_all: &'static str,
    pub and_more: &'static str,
    pub overdue: Number,
    pub none_overdue: &'static str,
    pub due_when: Number,
    pub none_due: &'static str,
    pub today: &'static str,
    pub tomorrow: &'static str,
    pub this_week: &'static str,
    pub next_week: &'static str,
    pub heading_open: &'static str,
    pub heading_done: &'static str,
    pub heading_all: &'static str,
    pub heading_found: &'static str,
    pub heading_overdue: &'static str,
    pub heading_due: &'static str,
    /// Everything done: one task, several.
    pub summary_done: Number,
    pub summary_one: &'static str,
    pub summary: &'static str,

    pub is_open: &'static str,
    pub is_done: &'static str,
    pub description_is: &'static str,
    pub no_description: &'static str,
    pub done_mark: &'static str,
    pub already_done: &'static str,
    pub still_open: &'static str,
    pub no_such_tasks: &'static str,
    pub no_such: &'static str,
    pub no_match: &'static str,
    pub no_match_empty: &'static str,
    pub nothing_to_complete: &'static str,
    pub nothing_to_reopen: &'static str,
    pub nothing_to_delete: &'static str,
    pub nothing_to_change: &'static str,
    pub one_at_a_time: &'static str,
    pub cannot_reopen: &'static str,
    pub no_tool: &'static str,
    pub tool_add: &'static str,
    pub tool_complete: &'static str,
    pub tool_delete: &'static str,
    pub tool_change: &'static str,
    pub tool_see: &'static str,

    pub list_failed: &'static str,
    pub list_nonsense: &'static str,
    pub could_not_add: &'static str,
    pub could_not_change: &'static str,
    pub did_not_work: &'static str,
    pub said_no: Number,
    pub not_made: Number,
    pub not_known: Number,
    pub skipped: &'static str,
    pub stopped_after: &'static str,
    pub nothing_done: &'static str,
    pub several_questions: &'static str,

    pub two: &'static str,
    pub three: &'static str,
    pub match_words: &'static str,
    pub mean_this: &'static str,
    pub mean_these: &'static str,
    pub tell_me_which: &'static str,
    pub verbs: [&'static str; 5],
    pub which_one: &'static str,
    pub which_task: &'static str,
    pub ask_title: &'static str,
    pub new_title: &'static str,
    pub cannot_be_undone: &'static str,
    pub sure_all: &'static str,
    pub sure_open: &'static str,
    pub offer_one: &'static str,
    pub offer_many: &'static str,
}

pub(super) fn phrases(language: Language) -> &'static Phrases {
    match language {
        Language::English => &english::PHRASES,
        Language::Urdu => &urdu::PHRASES,
        Language::Roman => &roman::PHRASES,
    }
}

/// The phrase with its places filled. What is filled in is not searched for places.
pub(super) fn fill(phrase: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, tail) = after.split_once('}').unwrap_or((after, ""));
        let value = place
            .parse()
            .ok()
            .and_then(|place: usize| values.get(place));
        filled.push_str(before);
        filled.push_str(value.copied().unwrap_or_default());
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// What stands in the only place of `phrase` in `text`, if that is how the text was made.
pub(super) fn unfill<'t>(phrase: &str, text: &'t str) -> Option<&'t str> {
    let (before, after) = phrase.split_once("{0}")?;
    text.strip_prefix(before)?.strip_suffix(after)
}

/// The phrase for one or for several, with the number in digits in place `{0}`.
pub(super) fn counted(number: Number, count: usize) -> String {
    fill(pick(number, count), &[&count.to_string()])
}

pub(super) fn pick(number: Number, count: usize) -> &'static str {
    if count == 1 { number.0 } else { number.1 }
}

impl Phrases {
    /// "three"; beyond ten, in digits.
    pub fn number(&self, count: usize) -> String {
        let word = count.checked_sub(1).and_then(|at| self.numbers.get(at));
        word.map_or_else(|| count.to_string(), |word| (*word).to_owned())
    }
}
