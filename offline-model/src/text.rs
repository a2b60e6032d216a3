//! Words, quotes and politeness.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use text::fold;

use crate::command::NewTask;

/// Numbers in words, from one.
pub(crate) const CARDINALS: &str = "one two three four five six seven eight nine ten";
/// How far the characters that stand for others are from these: where nobody's are.
const HIDDEN: u32 = 0xF_0000;
const QUOTE: char = '\u{f0022}';
/// Characters of a message that are read: more is a document, not an order.
const LENGTH_LIMIT: usize = 4_000;

/// Names in patterns for what many of them have.
#[rustfmt::skip]
const VOCABULARY: [(&str, &str); 20] = [
    ("<cardinal>", r"(?:one|two|three|four|five|six|seven|eight|nine|ten)"),
    ("<ordinal>", r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"),
    ("<all>", r"(?:all|everything|every)"),
    ("<closed>", r"(?:already )?(?:done|completed?|finished|closed|ticked(?: off)?|checked(?: off)?)"),
    ("<opened>", r"(?:already )?(?:open|pending|remaining|unfinished|incomplete|outstanding|undone|other|rest|not done|left)"),
    ("<show>", r"(?:show|view|open|read|describe|display|get|see) (?:me )?"),
    ("<named>", r"(?:<id>|it|the .+ (?:task|one))"),
    ("<id>", r"(?:(?:task|number|item|to-?do) )*#?\d+"),
    ("<list>", r"(?:(?:to-?do|task|shopping|grocery) )?(?:list|tasks|to-?dos)"),
    ("<things>", r"(?:tasks?|items?|to-?dos?|things?|ones?|entry|entries|stuff|reminders?)"),
    ("<desc>", r"(?:descriptions?|desc|notes?|details?)"),
    ("<change>", r"(?:change|update|edit|set|modify|correct)"),
    ("<edit>", r"(?:<change>|make|replace)"),
    ("<summary>", r"(?:summary|overview|stats|statistics|progress(?: report)?|recap|report|status)"),
    ("<done>", r"(?:done|completed?|finished|closed)"),
    ("<just>", r"(?:'ve| have)?(?: (?:just|already|finally))?"),
    ("<past>", r"(?:bought|paid|called|cleaned|sent|wrote|written|washed|fixed|booked|picked up|watered|emailed|took out|taken out|got|read|cooked|returned|submitted|ordered|scheduled|visited|fed)"),
    ("<state>", r"(?:open|pending|left|remaining|outstanding|unfinished|incomplete|undone|done|completed?|finished|closed|accomplished?|achieved?|active|overview|to ?do)"),
    ("<my list>", r"(?:my|the) (?:to-?do |task )?list"),
    ("<ask due>", r"(?:(?:what(?:'s| is| are)?|which|show(?: me)?|list|is|are|do i have|have i got|tell me(?: what(?:'s| is)?)?) )?(?:(?:all|my|the|any|open) )*(?:(?:<things>|anything|everything|something|what) )?(?:(?:that )?(?:is|are) )?"),
];

/// Compiles a pattern, in which a space stands for any white space and letters for either case.
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
pub(crate) fn search(source: &str) -> Regex {
    // A name may stand in the meaning of another one.
    let names = VOCABULARY.iter().chain(&VOCABULARY);
    let source = names.fold(source.to_owned(), |source, (name, words)| {
        source.replace(name, words)
    });
    let source = source.replace(" ?", "\\s*").replace(' ', "\\s+");
    Regex::new(&format!("(?i){source}")).expect("a pattern is a regular expression")
}

/// The same for a pattern that must match a whole text.
pub(crate) fn pattern(source: &str) -> Regex {
    search(&format!("^(?:{source})$"))
}

/// A table whose patterns are compiled.
pub(crate) fn compiled<T: Copy>(rows: &[(T, &str)]) -> Vec<(T, Regex)> {
    let rows = rows.iter().map(|(made, source)| (*made, pattern(source)));
    rows.collect()
}

/// What the pattern found in a place, if it has it.
pub(crate) fn group<'t>(found: &Captures<'t>, name: &str) -> Option<&'t str> {
    found.name(name).map(|found| found.as_str())
}

/// Patterns with names, compiled when they are used first.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $source:expr;)*) => {
        $($(#[$doc])* static $name: std::sync::LazyLock<regex_lite::Regex> =
            std::sync::LazyLock::new(|| crate::text::pattern($source));)*
    };
}
pub(crate) use rules;

/// A message whose quotations are in characters that stand for their own, so that no pattern looks into them. They stay
/// so in every part of it until that is [`shown`].
pub(crate) fn hide(message: &str) -> String {
    let characters = message.chars().take(LENGTH_LIMIT);
    let characters = characters.filter(|c| u32::from(*c) < HIDDEN);
    let plain: String = characters.map(straight).collect();
    let hidden = QUOTED.replace_all(&plain, |found: &Captures<'_>| {
        let inner = group(found, "double").or(group(found, "single"));
        let quotation = format!("\"{}\"", inner.unwrap_or_default());
        let letters = quotation.chars().map(u32::from);
        let hidden = letters.map(|letter| char::from_u32(letter + HIDDEN));
        hidden.collect::<Option<String>>().unwrap_or(quotation)
    });
    hidden.into_owned()
}

/// A part of a message as the user wrote it.
pub(crate) fn shown(part: &str) -> String {
    let own = |c: char| u32::from(c).checked_sub(HIDDEN).and_then(char::from_u32);
    part.trim().chars().map(|c| own(c).unwrap_or(c)).collect()
}

/// What is quoted where a part is nothing but one quotation.
fn quotation(part: &str) -> Option<String> {
    let inner = part.trim().strip_prefix(QUOTE)?.strip_suffix(QUOTE)?;
    (!inner.contains(QUOTE)).then(|| shown(inner))
}

/// A part as the user wrote it, but for a quotation around all of it.
pub(crate) fn unquoted(part: &str) -> String {
    quotation(part).unwrap_or_else(|| shown(part))
}

/// A new task: a quotation stands as it is, other words begin with a capital.
pub(crate) fn task(part: &str, description: Option<String>) -> NewTask {
    let part = part.trim_end_matches(|c: char| c.is_whitespace() || ".!?,;:".contains(c));
    let quoted = quotation(part);
    NewTask {
        verbatim: quoted.is_some(),
        title: quoted.unwrap_or_else(|| capitalised(&shown(part))),
        description,
    }
}

fn straight(c: char) -> char {
    match c {
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' => '\'',
        '\u{a0}' | '\t' => ' ',
        other => other,
    }
}

/// With a capital at its beginning, unless it is written in a way of its own ("iPhone").
pub(crate) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next();
    if rest.clone().next().is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(rest)
        .collect()
}

/// A single quotation mark between letters is an apostrophe.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| search(r#""(?P<double>[^"\n]*[^"\s][^"\n]*)"|\B'(?P<single>[^\n]+?)'\B"#));

rules! {
    LEAD = r"(?:(?:hey|hi|hello)(?: there)?|ok(?:ay)?|so|well|now|then|also|and|but|oh|actually|great|thanks|thank you|yes|no|please|pls|just|quickly|(?:can|could|would|will) you|i(?:'d| would) like you to|i (?:want|need) you to|let's|let us|go ahead and|help me(?: to)?)(?: ?[,!.:] ?| )(?P<rest>\S.*)";
    TAIL = r"(?P<rest>.*\S)[\s,]+(?:please|pls|thanks|thank you|thx|for me)";
    /// "I'd like to see my tasks" is an order to show them; "I need to pay rent" is a task.
    WISH = r"i(?:'d| would)? (?:want|need|like|have|love) to (?P<rest>(?:add|create|see|show|list|view|know|mark|rename|reopen)\b.*|(?:delete|remove|complete|finish|change|update|edit) (?:(?:my|the|all) )?(?:tasks?|to-?dos?|#?\d|.+ (?:task|one)\b).*)";
}

/// The sentence without the marks at its end.
pub(crate) fn bare(sentence: &str) -> &str {
    let marks = ['.', '!', '?', ',', ';', ':', ' '];
    sentence.trim().trim_end_matches(marks)
}

/// The sentence without politeness, and without saying that somebody wants it done.
pub(crate) fn clean(sentence: &str) -> &str {
    let mut sentence = bare(sentence);
    let rest = |text| {
        let mut rules = [&LEAD, &TAIL, &WISH].into_iter();
        rules.find_map(|rule| rule.captures(text)?.name("rest"))
    };
    while let Some(rest) = rest(sentence) {
        sentence = bare(rest.as_str());
    }
    sentence
}

/// Whether a word stands in a row of words.
pub(crate) fn is_in(row: &str, word: &str) -> bool {
    row.split_ascii_whitespace().any(|known| known == word)
}

/// Words that say nothing about which task is meant.
const EMPTY_WORDS: &str = "the a an my our to of for on in at and or with one ones task tasks item items todo todos \
    about this that some it is as please";

/// The meaning-bearing words of a text, however they are written and roughly without endings.
pub(crate) fn stems(text: &str) -> Vec<String> {
    let lower = fold(text).replace('\'', "");
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let telling = words.iter().filter(|word| !is_in(EMPTY_WORDS, word));
    let telling: Vec<String> = telling.map(|word| stem(word)).collect();
    if telling.is_empty() {
        return words.into_iter().map(stem).collect();
    }
    telling
}

/// What to search for, so that each title with these words is found: a part of each word that its other endings keep.
pub(crate) fn query(words: &str) -> String {
    let stems = stems(words);
    let parts = stems.iter().map(|stem| match stem.strip_suffix('y') {
        Some(part) if part.chars().count() >= 3 => part,
        _ => stem,
    });
    parts.collect::<Vec<&str>>().join(" ")
}

fn stem(word: &str) -> String {
    let long = |stem: &&str| stem.chars().count() >= 3;
    if let Some(stem) = word.strip_suffix("ies").filter(long) {
        return format!("{stem}y");
    }
    let mut endings = ["ing", "es", "s", "e"].into_iter();
    let bare = endings.find_map(|ending| word.strip_suffix(ending).filter(long));
    let bare = bare.map(|stem| stem.trim_end_matches('e'));
    bare.unwrap_or(word).to_owned()
}
