//! Which task a sentence is about.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::{group, pattern, patterns, text::Quotes};
use crate::command::{Ordinal, Status, Target};

const THINGS: &str =
    r"(?:tasks?|items?|to-?dos?|todos?|things?|ones?|entry|entries|stuff|reminders?)";

static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"it|that|this|(?:that|this|the\s+same)(?:\s+(?:one|task|item))?|the\s+(?:task|one)")
});
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:the\s+)?(?:(?:tasks?|items?|to-?dos?|todos?|numbers?|nos?\.?|ids?)\s*)*#?\s*\d+(?:\s*(?:,\s*and|,|and|&|\+)\s*(?:(?:tasks?|numbers?)\s*)?#?\s*\d+)*(?:\s+on\s+(?:the|my)\s+list)?",
    )
});
static NUMBER_WORD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:(?:task|item|number|no\.?)\s+)+(?P<n>one|two|three|four|five|six|seven|eight|nine|ten)",
    )
});
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:the\s+|my\s+)?(?P<n>first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th|sixth|6th|seventh|7th|eighth|8th|ninth|9th|tenth|10th|last|latest|top|bottom)(?:\s+(?:one|task|item))?(?:\s+(?:on|in|of)\s+(?:the|my)\s+list)?",
    )
});
static ALL: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let things = THINGS;
    patterns(&[
        r"(?:all|everything)(?:\s+(?:on|in|from)\s+(?:my|the)\s+(?:to-?do\s+|task\s+)?list)?|all\s+of\s+(?:them|it|these|those)|them\s+all|(?:my|the)\s+(?:whole\s+|entire\s+)?(?:to-?do\s+|task\s+)?list",
        &format!(r"(?:all|every)(?:\s+of)?(?:\s+(?:my|the|these|those))?\s+{things}|my\s+tasks"),
    ])
});
static ALL_OF_KIND: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let things = THINGS;
    let done = r"(?:done|completed?|finished|closed|ticked(?:\s+off)?|checked(?:\s+off)?)";
    let open = r"(?:open|pending|remaining|unfinished|incomplete|outstanding|undone|other|rest|not\s+done|left)";
    let (kind, all) = (
        format!("(?:(?P<done>{done})|(?P<open>{open}))"),
        r"(?:all|everything|every)",
    );
    patterns(&[
        &format!(r"{all}\s+(?:of\s+)?(?:my\s+|the\s+)?(?:already\s+)?{kind}(?:\s+{things})?"),
        &format!(
            r"(?:my\s+|the\s+)?(?:already\s+)?{kind}\s+(?:tasks|items|to-?dos|todos|things|ones|stuff)"
        ),
        &format!(
            r"(?:(?:{all}\s+)?(?:of\s+)?(?:my\s+|the\s+)?{things}|{all})\s+(?:that(?:'s|\s+is|\s+are)|which\s+are|that\s+i(?:'ve|\s+have)|i(?:'ve|\s+have)|i)\s+(?:already\s+)?{kind}"
        ),
        &kind,
    ])
});
static EVERY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:all|every|both|each)(?:\s+of)?(?:\s+(?:the|my))?\s+(?P<words>.+)")
});
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    let (article, link) = (
        r"(?:(?:the|my|a|an|that|this|our)\s+)",
        r"(?:about|called|named|titled|with|for|to|on|saying|regarding|that\s+says)",
    );
    pattern(&format!(
        r"(?:{article}?(?:tasks?|items?|to-?dos?|todos?|reminders?|ones?|things?)\s+{link}\s+(?:the\s+)?|{article}?(?:task|item|todo|reminder)\s*[:\s]\s*|{article})(?P<rest>.+)"
    ))
});
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?P<rest>.+?)\s+(?:tasks?|ones?|items?|to-?dos?|todos?|entry|entries|reminders?)(?:\s+(?:on|in|from)\s+(?:my|the)\s+list)?",
    )
});

/// Reads what stands where a sentence names its task.
pub(super) fn read(text: &str, quotes: &Quotes) -> Target {
    let text = text
        .trim()
        .trim_end_matches([',', ':', '.', '!', '?'])
        .trim();
    if text.is_empty() {
        return Target::Missing;
    }
    if text.eq_ignore_ascii_case("them") || text.eq_ignore_ascii_case("those") {
        return Target::Them;
    }
    if PRONOUN.is_match(text) {
        return Target::Last;
    }
    if let Some(target) = by_number(text).or_else(|| of_kind(text)) {
        return target;
    }
    if let Some(place) = PLACE
        .captures(text)
        .and_then(|found| ordinal(group(&found, "n")?))
    {
        return Target::Place(place);
    }
    if let Some(found) = EVERY.captures(text) {
        let words = group(&found, "words").unwrap_or_default();
        return Target::Every(quotes.words(bare(words)));
    }
    Target::Words(quotes.words(bare(text)))
}

fn by_number(text: &str) -> Option<Target> {
    if let Some(found) = NUMBER_WORD.captures(text) {
        const WORDS: [&str; 10] = [
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        ];
        let word = group(&found, "n")?.to_lowercase();
        let index = WORDS.iter().position(|known| *known == word)?;
        return Some(Target::Ids(vec![i64::try_from(index).ok()? + 1]));
    }
    if !NUMBERS.is_match(text) {
        return None;
    }
    let digits = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let ids: Option<Vec<i64>> = digits.map(|part| part.parse().ok()).collect();
    ids.map(Target::Ids)
}

fn of_kind(text: &str) -> Option<Target> {
    if super::first_match(&ALL, text).is_some() {
        return Some(Target::All(Status::All));
    }
    let found = super::first_match(&ALL_OF_KIND, text)?;
    let done = found.name("done").is_some();
    Some(Target::All(if done {
        Status::Completed
    } else {
        Status::Pending
    }))
}

fn ordinal(word: &str) -> Option<Ordinal> {
    const NAMES: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let word = word.to_lowercase();
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    if let Ok(number) = digits.parse::<usize>() {
        return Some(Ordinal::Nth(number.checked_sub(1)?));
    }
    match word.as_str() {
        "last" | "latest" | "bottom" => Some(Ordinal::Last),
        "top" => Some(Ordinal::Nth(0)),
        named => NAMES
            .iter()
            .position(|name| *name == named)
            .map(Ordinal::Nth),
    }
}

/// "the task about milk", "the milk one" → "milk".
fn bare(text: &str) -> &str {
    let mut text = text;
    for rule in [&BEFORE, &AFTER] {
        if let Some(rest) = rule.captures(text).and_then(|found| found.name("rest")) {
            text = rest.as_str();
        }
    }
    text
}
