//! Cutting a message into sentences and items: "add milk and mark rent done" is two orders, "add
//! milk and bread" is one.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::{add, pattern, text};

/// A piece of a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clause<'t> {
    Sentence(&'t str),
    /// A line of a list of tasks to add.
    Item(&'t str),
}

/// Orders in one line; what follows the last is taken for a part of it.
const ORDERS_LIMIT: usize = 20;

static BULLET: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:[-*•–+]|\d{1,2}[.)])\s+(?:\[[ x]?\]\s+)?(?P<item>\S.*)"));

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\s*(?P<hard>[.;!?]+)\s+|,?\s+(?:and|but|then|also|plus|&)(?:\s+(?:then|also))?\s+|,\s+")
        .expect("a rule is a regular expression")
});

/// How an order begins. After "and", only this starts a new sentence.
static ORDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:add|remind\s+me|rename|reopen|delete|remove|what(?:'s|\s+is|\s+are|\s+have)|how\s+(?:am\s+i|many)|summari[sz]e)\b.*|create\s+.*\b(?:task|todo).*|(?:show|list)\s+(?:me|my|all|the|open|done|pending|completed|everything)\b.*|(?:mark|set)\s+.+\s(?:as\s+)?(?:un)?(?:done|complete|completed|finished|open|pending)\b.*|(?:tick|check|cross)\s+(?:.+\s)?off\b.*|(?:complete|finish|close)\s+(?:tasks?\s|number\s|#|\d|the\s|my\s).*|(?:change|update)\s+.+\sto\s.+|clear\s+.+|give\s+me\s+.*(?:summary|overview|list).*",
    )
});

/// What may follow "I need to …" as part of the same task, unless it names a task on the list.
static PART_OF_TASK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:delete|remove|clear|change|update|finish|complete|close)\b.*"));

static NAMES_A_TASK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\w+\s+(?:.*\b(?:tasks?|ones?|todos?|completed|done)\b.*|#?\d.*)"));

/// The pieces of `message`, in order.
pub(super) fn split(message: &str) -> Vec<Clause<'_>> {
    let lines: Vec<&str> = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let mut clauses = Vec::new();
    let mut in_list = lines.len() > 1 && lines.iter().all(|line| item(line).is_some());
    let mut rest = lines.as_slice();
    while let [line, after @ ..] = rest {
        rest = after;
        let item = item(line);
        if let (true, Some(item)) = (in_list, item) {
            clauses.push(Clause::Item(item));
        } else if in_list && !ORDER.is_match(text::clean(line)) {
            clauses.push(Clause::Item(line));
        } else if heads_a_list(line, after) {
            in_list = true;
        } else {
            in_list = false;
            clauses.extend(
                sentences(item.unwrap_or(line))
                    .into_iter()
                    .map(Clause::Sentence),
            );
        }
    }
    clauses
}

fn item(line: &str) -> Option<&str> {
    BULLET
        .captures(line)?
        .name("item")
        .map(|found| found.as_str())
}

/// "Add these:", or anything before bullets that ends with a colon.
fn heads_a_list(line: &str, after: &[&str]) -> bool {
    let Some(next) = after.first() else {
        return false;
    };
    let clean = text::clean(line).trim_end_matches(':');
    let open_ended = line.ends_with(':') || item(next).is_some();
    open_ended && (add::is_only_a_head(clean) || (line.ends_with(':') && item(next).is_some()))
}

fn sentences(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while pieces.len() < ORDERS_LIMIT
        && let Some(found) = line.get(from..).and_then(|rest| SEPARATOR.captures(rest))
    {
        let Some(whole) = found.get(0) else { break };
        let (before, next) = (from + whole.start(), from + whole.end());
        let (Some(done), Some(rest)) = (line.get(start..before), line.get(next..)) else {
            break;
        };
        if begins_anew(done, rest, found.name("hard").is_some()) {
            pieces.push(done);
            start = next;
        }
        from = next;
    }
    pieces.extend(line.get(start..));
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

fn begins_anew(before: &str, rest: &str, hard: bool) -> bool {
    let next = text::clean(rest);
    if ORDER.is_match(next) {
        let same_task = PART_OF_TASK.is_match(next) && !NAMES_A_TASK.is_match(next);
        return !(same_task && add::says_to_do(text::clean(before)));
    }
    hard && (add::starts_with_verb(next) || add::is_wish(next))
}
