//! Cutting a message into sentences and items ("add milk and mark rent done" is two orders, "add milk and bread" is one),
//! and what is known to be tasks into new ones, with or without a description.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::command::NewTask;
use crate::patterns::{self, Makes};
use crate::text::{clean, group, is_in, rules, search, task, unquoted};

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
    hard && (begins_with_verb(next) || patterns::is_wish(next))
}

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

/// Whether the first word is one that tasks usually begin with.
pub(crate) fn begins_with_verb(text: &str) -> bool {
    is_in(VERBS, &first_word(text))
}

fn first_word(text: &str) -> String {
    let word = text.split_whitespace().next();
    word.unwrap_or_default().to_lowercase()
}

/// The tasks in a text; `many` when it was said that there are several.
pub(crate) fn tasks(text: &str, many: bool) -> Vec<NewTask> {
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
