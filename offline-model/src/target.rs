//! Which task a sentence is about.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::command::{Status, Target};
use crate::text::{CARDINALS, Quotes, pattern};

/// What words in the place of a task are.
enum Names {
    It,
    Them,
    Numbers,
    Number,
    Place,
    All(Status),
    Every,
}

const ALL: &str = "(?:all|everything|every)";
/// `<kind>` stands for done or open.
const OF_KIND: &str = r"<all> (?:of )?(?:my |the )?(?:already )?<kind>(?: <things>)?|(?:my |the )?(?:already )?<kind> (?:tasks|items|to-?dos|things|ones|stuff)|(?:(?:<all> )?(?:of )?(?:my |the )?<things>|<all>) (?:that(?:'s| is| are)|which are|that i(?:'ve| have)|i(?:'ve| have)|i) (?:already )?<kind>|<kind>";
const DONE: &str = "(?:done|completed?|finished|closed|ticked(?: off)?|checked(?: off)?)";
const OPEN: &str =
    "(?:open|pending|remaining|unfinished|incomplete|outstanding|undone|other|rest|not done|left)";
const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth";

/// The first that matches holds; what none does are words of a title.
static TABLE: LazyLock<Vec<(Names, Regex)>> = LazyLock::new(|| {
    let kind = |kind| OF_KIND.replace("<all>", ALL).replace("<kind>", kind);
    let rows = [
        (Names::Them, "them|those".to_owned()),
        (
            Names::It,
            "it|(?:that|this|the same)(?: (?:one|task|item))?|the (?:task|one)".to_owned(),
        ),
        (
            Names::Number,
            format!("(?:(?:task|item|number|no\\.?) )+(?P<n>{})", CARDINALS.replace(' ', "|")),
        ),
        (
            Names::Numbers,
            r"(?:the )?(?:(?:tasks?|items?|to-?dos?|numbers?|nos?\.?|ids?)\s*)*#? ?\d+(?:\s*(?:, ?and|,|and|&|\+) ?(?:(?:tasks?|numbers?)\s*)?#? ?\d+)*(?: on (?:the|my) list)?".to_owned(),
        ),
        (
            Names::All(Status::All),
            r"(?:all|everything)(?: (?:on|in|from) <my list>)?|all of (?:them|it|these|those)|them all|(?:my|the) (?:whole |entire )?(?:to-?do |task )?list|(?:all|every)(?: of)?(?: (?:my|the|these|those))? <things>|my tasks".to_owned(),
        ),
        (Names::All(Status::Completed), kind(DONE)),
        (Names::All(Status::Pending), kind(OPEN)),
        (
            Names::Place,
            format!(
                "(?:the |my )?(?P<n>{}|\\d+(?:st|nd|rd|th)|last|latest|top|bottom)(?: (?:one|task|item))?(?: (?:on|in|of) (?:the|my) list)?",
                ORDINALS.replace(' ', "|")
            ),
        ),
        (
            Names::Every,
            "(?:all|every|both|each)(?: of)?(?: (?:the|my))? (?P<n>.+)".to_owned(),
        ),
    ];
    let compiled = rows
        .into_iter()
        .map(|(names, source)| (names, pattern(&source)));
    compiled.collect()
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
    let named = TABLE.iter().find_map(|(names, pattern)| {
        let found = pattern.captures(text)?;
        let word = found.name("n").map_or("", |word| word.as_str());
        match names {
            Names::It => Some(Target::It),
            Names::Them => Some(Target::Them),
            Names::All(status) => Some(Target::All(*status)),
            Names::Every => Some(Target::Every(quotes.words(bare(word)))),
            Names::Number => {
                let at = i64::try_from(position(CARDINALS, word)?).ok()?;
                Some(Target::Ids(vec![at + 1]))
            }
            Names::Numbers => {
                let digits = text.split(|c: char| !c.is_ascii_digit());
                let digits = digits.filter(|part| !part.is_empty());
                let ids = digits.map(str::parse).collect::<Result<_, _>>();
                ids.ok().map(Target::Ids)
            }
            Names::Place => place(word),
        }
    });
    named.unwrap_or_else(|| Target::Words(quotes.words(bare(text))))
}

fn position(row: &str, word: &str) -> Option<usize> {
    row.split(' ')
        .position(|known| known.eq_ignore_ascii_case(word))
}

fn place(word: &str) -> Option<Target> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let at = match word.to_lowercase().as_str() {
        "last" | "latest" | "bottom" => return Some(Target::LastOne),
        "top" => 0,
        _ if digits.is_empty() => position(ORDINALS, word)?,
        _ => digits.parse::<usize>().ok()?.checked_sub(1)?,
    };
    Some(Target::Nth(at))
}

/// "the task about milk", "the milk one" → "milk".
fn bare(text: &str) -> &str {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:(?:(?:the|my|a|an|that|this|our) )?(?:tasks?|items?|to-?dos?|reminders?|ones?|things?) (?:about|called|named|titled|with|for|to|on|saying|regarding|that says) (?:the )?|(?:(?:the|my|a|an|that|this|our) )?(?:task|item|to-?do|reminder) ?[:\s] ?|(?:the|my|a|an|that|this|our) )(?P<rest>.+)",
        )
    });
    static AFTER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?P<rest>.+?) (?:tasks?|ones?|items?|to-?dos?|entry|entries|reminders?)(?: (?:on|in|from) (?:my|the) list)?",
        )
    });
    let mut text = text;
    for rule in [&BEFORE, &AFTER] {
        if let Some(rest) = rule.captures(text).and_then(|found| found.name("rest")) {
            text = rest.as_str();
        }
    }
    text
}
