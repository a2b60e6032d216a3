//! Which task a sentence is about.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::command::{Status, Target};
use crate::text::{CARDINALS, Quotes, pattern};

const ALL: &str = "(?:all|everything|every)";
/// `<kind>` stands for done or open.
const OF_KIND: &str = r"<all> (?:of )?(?:my |the )?(?:already )?<kind>(?: <things>)?|(?:my |the )?(?:already )?<kind> (?:tasks|items|to-?dos|things|ones|stuff)|(?:(?:<all> )?(?:of )?(?:my |the )?<things>|<all>) (?:that(?:'s| is| are)|which are|that i(?:'ve| have)|i(?:'ve| have)|i) (?:already )?<kind>|<kind>";
const DONE: &str = "(?:done|completed?|finished|closed|ticked(?: off)?|checked(?: off)?)";
const OPEN: &str =
    "(?:open|pending|remaining|unfinished|incomplete|outstanding|undone|other|rest|not done|left)";
const NUMBERS: &str = r"(?:the )?(?:(?:tasks?|items?|to-?dos?|numbers?|nos?\.?|ids?)\s*)*#? ?\d+(?:\s*(?:, ?and|,|and|&|\+) ?(?:(?:tasks?|numbers?)\s*)?#? ?\d+)*(?: on (?:the|my) list)?";
const EVERYTHING: &str = r"(?:all|everything)(?: (?:on|in|from) <my list>)?|all of (?:them|it|these|those)|them all|(?:my|the) (?:whole |entire )?(?:to-?do |task )?list|(?:all|every)(?: of)?(?: (?:my|the|these|those))? <things>|my tasks";
const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth";

/// Reads what a pattern found in its place `n`, or all of the text where it has none.
type Read = fn(&str) -> Option<Target>;

/// The first that matches holds; what none does are words of a title.
static TABLE: LazyLock<Vec<(Read, Regex)>> = LazyLock::new(|| {
    let kind = |kind| OF_KIND.replace("<all>", ALL).replace("<kind>", kind);
    let one_of = |row: &str| row.replace(' ', "|");
    let rows: [(Read, String); 9] = [
        (
            |_| Some(Target::Them),
            "them|those|both(?: of (?:them|those|these))?".to_owned(),
        ),
        (
            |_| Some(Target::It),
            "it|(?:that|this|the same)(?: (?:one|task|item))?|the (?:task|one)".to_owned(),
        ),
        (
            number,
            format!(
                "(?:(?:task|item|number|no\\.?) )+(?P<n>{})",
                one_of(CARDINALS)
            ),
        ),
        (numbers, NUMBERS.to_owned()),
        (|_| Some(Target::All(Status::All)), EVERYTHING.to_owned()),
        (|_| Some(Target::All(Status::Completed)), kind(DONE)),
        (|_| Some(Target::All(Status::Pending)), kind(OPEN)),
        (
            place,
            format!(
                "(?:the |my )?(?P<n>{}|\\d+(?:st|nd|rd|th)|last|latest|top|bottom)(?: (?:one|task|item))?(?: (?:on|in|of) (?:the|my) list)?",
                one_of(ORDINALS)
            ),
        ),
        (
            |words| Some(Target::Every(bare(words).to_owned())),
            "(?:all|every|both|each)(?: of)?(?: (?:the|my))? (?P<n>.+)".to_owned(),
        ),
    ];
    rows.into_iter()
        .map(|(read, source)| (read, pattern(&source)))
        .collect()
});

/// Reads what stands where a sentence names its task.
pub(crate) fn read(text: &str, quotes: &Quotes) -> Target {
    let text = text
        .trim()
        .trim_end_matches([',', ':', '.', '!', '?'])
        .trim();
    if text.is_empty() {
        return Target::Missing;
    }
    let named = TABLE.iter().find_map(|(read, pattern)| {
        let found = pattern.captures(text)?;
        read(found.name("n").map_or(text, |word| word.as_str()))
    });
    match named.unwrap_or_else(|| Target::Words(bare(text).to_owned())) {
        Target::Words(words) => Target::Words(quotes.words(&words)),
        Target::Every(words) => Target::Every(quotes.words(&words)),
        other => other,
    }
}

fn position(row: &str, word: &str) -> Option<usize> {
    let mut words = row.split(' ');
    words.position(|known| known.eq_ignore_ascii_case(word))
}

fn number(word: &str) -> Option<Target> {
    let at = i64::try_from(position(CARDINALS, word)?).ok()?;
    Some(Target::Ids(vec![at + 1]))
}

fn numbers(text: &str) -> Option<Target> {
    let digits = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let ids = digits.map(str::parse).collect::<Result<_, _>>();
    ids.ok().map(Target::Ids)
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

/// What stands around the words of a title.
static AROUND: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        r"(?:(?:(?:the|my|a|an|that|this|our) )?(?:tasks?|items?|to-?dos?|reminders?|ones?|things?) (?:about|called|named|titled|with|for|to|on|saying|regarding|that says) (?:the )?|(?:(?:the|my|a|an|that|this|our) )?(?:task|item|to-?do|reminder) ?[:\s] ?|(?:the|my|a|an|that|this|our) )(?P<rest>.+)",
        r"(?P<rest>.+?) (?:tasks?|ones?|items?|to-?dos?|entry|entries|reminders?)(?: (?:on|in|from) (?:my|the) list)?",
    ]
    .map(pattern)
});

/// "the task about milk", "the milk one" → "milk".
fn bare(text: &str) -> &str {
    AROUND.iter().fold(text, |text, rule| {
        let found = rule.captures(text).and_then(|found| found.name("rest"));
        found.map_or(text, |rest| rest.as_str())
    })
}
