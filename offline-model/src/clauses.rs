//! Cutting a message into sentences and items: "add milk and mark rent done" is two orders, "add
//! milk and bread" is one.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::new_tasks;
use crate::patterns::{self, Makes};
use crate::text::{clean, group, rules, search};

/// Orders in one line; what follows the last is taken for a part of it.
const ORDERS_LIMIT: usize = 20;
/// Bytes of a sentence that are looked at to find out whether it is an order.
const LOOK_AHEAD: usize = 300;

static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    search(r" ?(?P<hard>[.;!?]+) |,? (?:and|but|then|also|plus|&)(?: (?:then|also))? |, ")
});

rules! {
    BULLET = r"(?:[-*•–+]|\d{1,2}[.)]) (?:\[[ x]?\] )?(?P<item>\S.*)";
    /// How an order begins. After "and", only this starts a new sentence.
    ORDER = r"(?:add|remind me|rename|reopen|delete|remove|what(?:'s| is| are| have)|how (?:am i|many)|summari[sz]e)\b.*|create .*\b(?:task|to-?do).*|(?:show|list) (?:me|my|all|the|open|done|pending|completed|everything)\b.*|(?:mark|set) .+ (?:as )?(?:un)?(?:done|complete|completed|finished|open|pending)\b.*|(?:tick|check|cross) (?:.+ )?off\b.*|(?:complete|finish|close) (?:tasks? |number |#|\d|the |my ).*|(?:change|update) .+ to .+|clear .+|give me .*(?:summary|overview|list).*";
    /// What may follow "I need to …" as part of the same task, unless it names a task on the list.
    PART_OF_TASK = r"(?:delete|remove|clear|change|update|finish|complete|close)\b.*";
    NAMES_A_TASK = r"\w+ (?:.*\b(?:tasks?|ones?|to-?dos?|completed|done)\b.*|#?\d.*)";
    /// "To" before what is to be done: another verb after "and" may belong to the same task.
    TO_DO = r"(?:remind me|remember|don't forget|.*\b(?:task|to-?do|reminder)) to .*";
}

/// The pieces of a message, in order, and whether one is a line of a list of tasks to add.
pub(crate) fn split(message: &str) -> Vec<(&str, bool)> {
    let lines = message.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let mut clauses = Vec::new();
    let mut in_list = lines.len() > 1 && lines.iter().all(|line| item(line).is_some());
    for (at, line) in lines.iter().enumerate() {
        let bullet = item(line);
        in_list &= bullet.is_some() || !ORDER.is_match(clean(line));
        if in_list {
            clauses.push((bullet.unwrap_or(line), true));
            continue;
        }
        let next = lines.get(at + 1);
        in_list = next.is_some_and(|next| heads_a_list(line, next));
        if !in_list {
            let sentences = sentences(bullet.unwrap_or(line)).into_iter();
            clauses.extend(sentences.map(|sentence| (sentence, false)));
        }
    }
    clauses
}

fn item(line: &str) -> Option<&str> {
    Some(BULLET.captures(line)?.name("item")?.as_str())
}

/// "Add these:", or anything before bullets that ends with a colon.
fn heads_a_list(line: &str, next: &str) -> bool {
    let (colon, bullets) = (line.ends_with(':'), item(next).is_some());
    let head = clean(line).trim_end_matches(':');
    let says_add = || match patterns::find(head) {
        Some((Makes::Add, found)) => group(&found, "t").is_none_or(str::is_empty),
        _ => false,
    };
    (colon && bullets) || ((colon || bullets) && says_add())
}

fn sentences(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while pieces.len() < ORDERS_LIMIT
        && let Some(found) = line.get(from..).and_then(|rest| SEPARATOR.captures(rest))
        && let Some(whole) = found.get(0)
    {
        let (before, next) = (from + whole.start(), from + whole.end());
        let (done, rest) = (line.get(start..before), line.get(next..));
        let hard = found.name("hard").is_some();
        if begins_anew(done.unwrap_or_default(), rest.unwrap_or_default(), hard) {
            pieces.extend(done);
            start = next;
        }
        from = next;
    }
    pieces.extend(line.get(start..));
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// Enough of a text to tell what it is.
fn beginning(text: &str) -> &str {
    let end = text.floor_char_boundary(LOOK_AHEAD);
    text.get(..end).unwrap_or(text)
}

fn begins_anew(before: &str, rest: &str, hard: bool) -> bool {
    let (before, next) = (beginning(before), clean(beginning(rest)));
    if ORDER.is_match(next) {
        let same_task = PART_OF_TASK.is_match(next) && !NAMES_A_TASK.is_match(next);
        let before = clean(before);
        return !(same_task && (patterns::is_wish(before) || TO_DO.is_match(before)));
    }
    hard && (new_tasks::begins_with_verb(next) || patterns::is_wish(next))
}
