//! New tasks in a text that is known to be tasks: one, several in a row, with or without a description.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::command::NewTask;
use crate::text::group;
use crate::text::{is_in, rules, search, task, unquoted};

rules! {
    DESCRIBED_WITH = r"(?P<t>.+?)[,;]? \(?(?:and )?with (?:the |a )?(?:description|note|details?)(?: (?:of|saying|that says))? ?:? (?P<x>.+?)\)?";
    DESCRIBED = r"(?P<t>.+?)[,;.]? \(?(?:and )?(?:the |its )?(?:description|desc|note|details?) ?[:=] ?(?P<x>.+?)\)?";
}

static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    search(r" ?[;,] ?(?:(?:and|then|also) )?(?:to )?| (?:and|&|plus) (?:(?:also|then) )?(?:to )?")
});

/// Words that tie a piece to the one before: "dentist on Monday, at three".
const TIES: &str = "at on by before after with for from in until every today tomorrow tonight next urgent high low then \
    or if when because so between";

/// What tasks usually begin with. After one of these, "and" before a noun belongs to the same task.
const VERBS: &str = include_str!("verbs.txt");

/// Characters of a line that is looked into for several tasks.
const LINE_LIMIT: usize = 300;

/// Whether the first word is one that tasks usually begin with.
pub(crate) fn begins_with_verb(text: &str) -> bool {
    is_in(VERBS, &first_word(text))
}

fn first_word(text: &str) -> String {
    let word = text.split_whitespace().next();
    word.unwrap_or_default().to_lowercase()
}

/// The tasks in a line of a list.
pub(crate) fn in_line(text: &str) -> Vec<NewTask> {
    if text.chars().count() > LINE_LIMIT {
        return vec![task(text, None)];
    }
    split(text, false)
}

/// The tasks in a text; `many` when it was said that there are several.
pub(crate) fn split(text: &str, many: bool) -> Vec<NewTask> {
    let text = text.trim();
    let mut rules = [&DESCRIBED_WITH, &DESCRIBED].into_iter();
    if let Some(found) = rules.find_map(|rule| rule.captures(text)) {
        let group = |name| group(&found, name).unwrap_or_default();
        return vec![task(group("t"), Some(unquoted(group("x"))))];
    }
    let tasks = pieces(text, many).into_iter();
    let tasks = tasks.map(|piece| task(piece, None));
    tasks.filter(|task| !task.title.is_empty()).collect()
}

/// "milk, eggs and bread" is three tasks, "buy milk and bread" one, "buy milk and call mom" two.
fn pieces(text: &str, many: bool) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let between = BETWEEN.find_iter(text).map(|found| found.range());
    for between in between.chain(std::iter::once(text.len()..text.len())) {
        parts.extend(text.get(start..between.start).map(|part| (start, part)));
        start = between.end;
    }
    parts.retain(|(_, part)| !part.trim().is_empty());
    let verb_first = begins_with_verb(text);
    // "dinner with Tom and Anna" is a sentence and no enumeration.
    let in_a_row = |part: &str| {
        let mut words = part.split_whitespace();
        let long = words.clone().count() > 3 || words.any(|word| is_in(TIES, word));
        !long || begins_with_verb(part)
    };
    if !verb_first && !many && !parts.iter().all(|(_, part)| in_a_row(part)) {
        return vec![text];
    }
    let mut tasks: Vec<std::ops::Range<usize>> = Vec::new();
    for (start, part) in parts {
        let first = first_word(part);
        let tied = is_in(TIES, &first) || first.starts_with(|c: char| c.is_ascii_digit());
        let own = !tied && (many || !verb_first || begins_with_verb(part));
        let end = start + part.len();
        match tasks.last_mut() {
            Some(task) if !own => task.end = end,
            _ => tasks.push(start..end),
        }
    }
    let tasks = tasks.into_iter();
    tasks.filter_map(|task| text.get(task)).collect()
}
