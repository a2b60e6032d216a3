//! New tasks: one, several in a row, with or without a description.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::text::Quotes;
use super::{first_match, group, pattern, patterns};
use crate::command::{Command, NewTask};

/// Sentences that say "add". `many` marks those that announce several tasks.
static ADD: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let list = r"(?:to-?do\s+|task\s+|todo\s+|shopping\s+|grocery\s+)?(?:list|tasks|todos|to-?dos)";
    patterns(&[
        &format!(
            r"(?:add|put|write)\s+(?:(?:this|these|the\s+following)\s+)?(?:to|on|onto)\s+(?:my|the)\s+{list}\s*:?\s+(?P<t>.+)"
        ),
        r"(?:add|create|make|set\s+up|put\s+down|write\s+down|jot\s+down|note\s+down|enter|log|save)\s+(?:me\s+)?(?:(?:a|an|another|one|the|some|these|this|following|more|new|(?P<many>two|three|four|five|several|\d+))\s+)*(?:(?:tasks|to-?dos|todos|items|reminders|entries|things)(?P<many2>)|task|to-?do|todo|item|reminder|entry|thing)(?:\s+(?:items?|tasks?))?(?:\s+(?:to|on|in)\s+(?:my|the)\s+(?:to-?do\s+)?list)?(?:\s*[:–—-]\s*|\s+(?:called|named|titled|to|for|saying|that\s+says|about|with\s+(?:the\s+)?title)\s*:?\s+|\s+|$)(?P<t>.*)",
        &format!(
            r"(?:add|put|throw|stick|write|place)\s+(?P<t>.+?)\s+(?:to|on|onto|in|into)\s+(?:my|the|our)\s+{list}"
        ),
        r"(?:add|create)(?:\s*:\s*|\s+)(?P<t>.+)",
        r"(?:remind\s+me|remember|(?:don't|do\s+not)\s+(?:let\s+me\s+)?forget|make\s+sure\s+i)\s+(?:to\s+|about\s+|of\s+|that\s+(?:i\s+(?:need|have)\s+to\s+)?)?(?P<t>.+)",
        r"(?:new\s+)?(?:task|to-?do|todo|reminder)\s*[:–—-]\s*(?P<t>.+)",
        r"new\s+(?:task|todo|to-?do|reminder)\s+(?P<t>.+)",
        r"(?:add|create)(?:\s+(?:these|this|the\s+following|some))?|new\s+(?:task|todo|to-?do)|remind\s+me",
    ])
});

/// Sentences that say what has to be done, to nobody in particular.
static WISH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"(?:i|we)(?:'ve|\s+have)\s+got\s+to\s+(?P<t>.+)",
        r"(?:i|we)(?:'d)?(?:\s+(?:really|also|still|would))*\s+(?:(?:need|have|want|ought|like)\s+to|gotta|must|should|need)\s+(?:remember\s+to\s+)?(?P<t>.+)",
        r"need\s+to\s+(?P<t>.+)",
    ])
});

static DESCRIBED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"(?P<t>.+?)[,;]?\s+\(?(?:and\s+)?with\s+(?:the\s+|a\s+)?(?:description|note|details?)(?:\s+(?:of|saying|that\s+says))?\s*:?\s+(?P<d>.+?)\)?",
        r"(?P<t>.+?)[,;.]?\s+\(?(?:and\s+)?(?:the\s+|its\s+)?(?:description|desc|note|details?)\s*[:=]\s*(?P<d>.+?)\)?",
    ])
});

static TO_DO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:remind\s+me|remember|don't\s+forget|.*\b(?:task|todo|to-?do|reminder))\s+to\s+.*")
});

static HEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:called|named|titled)\s*:?\s+(?P<t>.+)"));

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\s*[;,]\s*(?:(?:and|then|also)\s+)?(?:to\s+)?|\s+(?:and|&|plus)\s+(?:(?:also|then)\s+)?(?:to\s+)?")
        .expect("a rule is a regular expression")
});

/// Words that tie a piece to the one before: "dentist on Monday, at three".
const TIES: [&str; 25] = [
    "at", "on", "by", "before", "after", "with", "for", "from", "in", "until", "every", "today",
    "tomorrow", "tonight", "next", "urgent", "high", "low", "then", "or", "if", "when", "because",
    "so", "between",
];

/// What tasks usually begin with. After one of these, "and" before a noun belongs to the same task.
const VERBS: &str = " answer apply arrange ask assemble attend back bake book borrow bring brush build buy \
    call cancel change charge check choose clean collect complete contact cook copy create cut cycle decide \
    defrost design discuss do download draft draw drink drive drop dust eat email empty exercise feed fetch \
    file fill find finish fix fly fold follow get give go hang help hire hoover install invite iron join jog \
    learn leave make mail measure meet mend message mop move mow order organise organize pack paint pay phone \
    pick plan plant play post practice practise prepare print publish put read record refill register renew \
    rent repair reply replace report research reserve return review ring run save schedule see sell send \
    set sew share shop shower sign sort start study submit sweep swim take talk teach tell test text throw \
    tidy train transfer translate try turn update upload vacuum visit vote wait wake walk wash watch water \
    wipe work wrap write ";

/// Reads a sentence that asks for new tasks.
pub(super) fn read(sentence: &str, quotes: &Quotes) -> Option<Command> {
    let found = first_match(&ADD, sentence)?;
    let rest = group(&found, "t").unwrap_or_default();
    let rest = HEAD
        .captures(rest)
        .and_then(|inner| group(&inner, "t"))
        .unwrap_or(rest);
    let many = found.name("many").is_some() || found.name("many2").is_some();
    Some(command(split(rest, many, quotes)))
}

/// Reads "I need to …".
pub(super) fn wish(sentence: &str, quotes: &Quotes) -> Option<Command> {
    let found = first_match(&WISH, sentence)?;
    Some(command(split(group(&found, "t")?, false, quotes)))
}

/// Reads a sentence that begins like a task: "call mom".
pub(super) fn bare(sentence: &str, quotes: &Quotes) -> Option<Vec<NewTask>> {
    let words = sentence.split_whitespace().count();
    let for_us = sentence
        .split_whitespace()
        .nth(1)
        .is_some_and(|word| word.eq_ignore_ascii_case("me"));
    let like_a_task = starts_with_verb(sentence) && !for_us && (2..=12).contains(&words);
    like_a_task.then(|| split(sentence, false, quotes))
}

/// Reads text that is known to be tasks.
pub(super) fn new_tasks(text: &str, quotes: &Quotes) -> Vec<NewTask> {
    if text.chars().count() > 300 {
        return vec![described(text, quotes)];
    }
    split(text, false, quotes)
}

/// Whether the sentence says "add" and leaves open what: the tasks follow on lines of their own.
pub(super) fn is_only_a_head(sentence: &str) -> bool {
    first_match(&ADD, sentence).is_some_and(|found| group(&found, "t").is_none_or(str::is_empty))
}

/// Whether the sentence is the "I need to …" kind.
pub(super) fn is_wish(sentence: &str) -> bool {
    first_match(&WISH, sentence).is_some()
}

/// Whether the sentence says "to" before what is to be done: another verb after "and" may belong
/// to the same task.
pub(super) fn says_to_do(sentence: &str) -> bool {
    is_wish(sentence) || TO_DO.is_match(sentence)
}

/// Whether the first word is one that tasks usually begin with.
pub(super) fn starts_with_verb(sentence: &str) -> bool {
    let first = sentence
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    !first.is_empty() && VERBS.contains(&format!(" {first} "))
}

fn command(tasks: Vec<NewTask>) -> Command {
    if tasks.is_empty() {
        Command::AddWhat
    } else {
        Command::Add(tasks)
    }
}

fn described(text: &str, quotes: &Quotes) -> NewTask {
    match first_match(&DESCRIBED, text) {
        Some(found) => {
            let description = group(&found, "d").map(|words| quotes.restore(words));
            quotes.task(group(&found, "t").unwrap_or_default(), description)
        }
        None => quotes.task(text, None),
    }
}

fn split(text: &str, announced_many: bool, quotes: &Quotes) -> Vec<NewTask> {
    let text = text.trim();
    let pieces = if first_match(&DESCRIBED, text).is_some() {
        vec![text]
    } else {
        pieces(text, announced_many)
    };
    let tasks = pieces.into_iter().map(|piece| described(piece, quotes));
    tasks.filter(|task| !task.title.is_empty()).collect()
}

/// "milk, eggs and bread" is three tasks, "buy milk and bread" one, "buy milk and call mom" two.
fn pieces(text: &str, announced_many: bool) -> Vec<&str> {
    let mut ends: Vec<(usize, usize)> = BETWEEN
        .find_iter(text)
        .map(|found| (found.start(), found.end()))
        .collect();
    ends.push((text.len(), text.len()));
    let (mut pieces, mut start) = (Vec::new(), 0);
    for (end, next) in ends {
        pieces.extend(text.get(start..end).map(|piece| (start, piece)));
        start = next;
    }
    pieces.retain(|(_, piece)| !piece.trim().is_empty());
    let verb_first = starts_with_verb(text);
    let tied = |piece: &str| {
        let first = piece
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_lowercase();
        TIES.contains(&first.as_str()) || first.starts_with(|c: char| c.is_ascii_digit())
    };
    if !verb_first && !announced_many {
        let wordy = |piece: &str| {
            let mut words = piece.split_whitespace();
            words.clone().count() > 3 || words.any(|word| TIES.contains(&word))
        };
        let plain = |(_, piece): &(usize, &str)| !wordy(piece) || starts_with_verb(piece);
        if !pieces.iter().all(plain) {
            return vec![text];
        }
    }
    let mut starts: Vec<usize> = Vec::new();
    for (at, piece) in &pieces {
        let own = !tied(piece) && (announced_many || !verb_first || starts_with_verb(piece));
        if starts.is_empty() || own {
            starts.push(*at);
        }
    }
    let end_before = |next: Option<&usize>| {
        let last = pieces
            .iter()
            .rfind(|(at, _)| next.is_none_or(|next| at < next));
        last.map_or(text.len(), |(at, piece)| at + piece.len())
    };
    let ranges = starts
        .iter()
        .enumerate()
        .map(|(i, from)| *from..end_before(starts.get(i + 1)));
    ranges.filter_map(|range| text.get(range)).collect()
}
