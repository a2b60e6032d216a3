//! Which task a sentence is about.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::command::{Status, Target};
use crate::text::{CARDINALS, bare, compiled, rules, shown};

const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth";

/// Reads what a pattern found in its place `n`, or all of the text where it has none.
type Read = fn(&str) -> Option<Target>;

/// The first that matches holds; what none does are words of a title.
#[rustfmt::skip]
const TABLE: [(Read, &str); 15] = [
    (|_| Some(Target::Them), r"them|those|both(?: of (?:them|those|these))?"),
    (|_| Some(Target::It), r"it|(?:that|this|the same)(?: (?:one|task|item))?|the (?:task|one)"),
    (numbers, r"(?:(?:task|item|number|no\.?) )+(?P<n><cardinal>)"),
    (numbers, r"(?:the )?(?:(?:tasks?|items?|to-?dos?|numbers?|nos?\.?|ids?)\s*)*#? ?\d+(?:\s*(?:, ?and|,|and|&|\+) ?(?:(?:tasks?|numbers?)\s*)?#? ?\d+)*(?: on (?:the|my) list)?"),
    (|_| Some(Target::All(Status::All)), r"(?:all|everything)(?: (?:on|in|from) <my list>)?|all of (?:them|it|these|those)|them all|(?:my|the) (?:whole |entire )?(?:to-?do |task )?list|(?:all|every)(?: of)?(?: (?:my|the|these|those))? <things>|my tasks"),
    (|_| Some(Target::All(Status::Completed)), r"<all> (?:of )?(?:my |the )?<closed>(?: <things>)?"),
    (|_| Some(Target::All(Status::Completed)), r"(?:my |the )?<closed> (?:tasks|items|to-?dos|things|ones|stuff)"),
    (|_| Some(Target::All(Status::Completed)), r"(?:(?:<all> )?(?:of )?(?:my |the )?<things>|<all>) (?:that(?:'s| is| are)|which are|that i(?:'ve| have)|i(?:'ve| have)|i) <closed>"),
    (|_| Some(Target::All(Status::Completed)), r"<closed>"),
    (|_| Some(Target::All(Status::Pending)), r"<all> (?:of )?(?:my |the )?<opened>(?: <things>)?"),
    (|_| Some(Target::All(Status::Pending)), r"(?:my |the )?<opened> (?:tasks|items|to-?dos|things|ones|stuff)"),
    (|_| Some(Target::All(Status::Pending)), r"(?:(?:<all> )?(?:of )?(?:my |the )?<things>|<all>) (?:that(?:'s| is| are)|which are|that i(?:'ve| have)|i(?:'ve| have)|i) <opened>"),
    (|_| Some(Target::All(Status::Pending)), r"<opened>"),
    (place, r"(?:the |my )?(?P<n><ordinal>|\d+(?:st|nd|rd|th)|last|latest|top|bottom)(?: (?:one|task|item))?(?: (?:on|in|of) (?:the|my) list)?"),
    (|part| Some(Target::Every(words(part))), r"(?:all|every|both|each)(?: of)?(?: (?:the|my))? (?P<n>.+)"),
];

static COMPILED: LazyLock<Vec<(Read, Regex)>> = LazyLock::new(|| compiled(&TABLE));

rules! {
    BEFORE_TITLE = r"(?:(?:(?:the|my|a|an|that|this|our) )?(?:tasks?|items?|to-?dos?|reminders?|ones?|things?) (?:about|called|named|titled|with|for|to|on|saying|regarding|that says) (?:the )?|(?:(?:the|my|a|an|that|this|our) )?(?:task|item|to-?do|reminder) ?[:\s] ?|(?:the|my|a|an|that|this|our) )(?P<rest>.+)";
    AFTER_TITLE = r"(?P<rest>.+?) (?:tasks?|ones?|items?|to-?dos?|entry|entries|reminders?)(?: (?:on|in|from) (?:my|the) list)?";
}

/// Reads what stands where a sentence names its task.
pub(crate) fn read(text: &str) -> Target {
    let text = bare(text);
    if text.is_empty() {
        return Target::Missing;
    }
    let named = COMPILED.iter().find_map(|(read, pattern)| {
        let found = pattern.captures(text)?;
        read(found.name("n").map_or(text, |word| word.as_str()))
    });
    named.unwrap_or_else(|| Target::Words(words(text)))
}

fn position(row: &str, word: &str) -> Option<usize> {
    let mut words = row.split(' ');
    words.position(|known| known.eq_ignore_ascii_case(word))
}

fn numbers(text: &str) -> Option<Target> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let number = |word: &str| {
        let named = || i64::try_from(position(CARDINALS, word)? + 1).ok();
        word.parse().ok().or_else(named)
    };
    let ids: Vec<i64> = words.filter_map(number).collect();
    (!ids.is_empty()).then_some(Target::Ids(ids))
}

fn place(word: &str) -> Option<Target> {
    let digits = word.trim_end_matches(char::is_alphabetic);
    Some(Target::Place(match word.to_lowercase().as_str() {
        "last" | "latest" | "bottom" => None,
        "top" => Some(0),
        _ if digits.is_empty() => Some(position(ORDINALS, word)?),
        _ => Some(digits.parse::<usize>().ok()?.checked_sub(1)?),
    }))
}

/// "the task about milk", "the milk one" → "milk", for comparing.
fn words(text: &str) -> String {
    let around = [&BEFORE_TITLE, &AFTER_TITLE].into_iter();
    let bare = around.fold(text, |text, rule| {
        let rest = rule.captures(text).and_then(|found| found.name("rest"));
        rest.map_or(text, |rest| rest.as_str())
    });
    shown(bare).replace('"', "")
}
