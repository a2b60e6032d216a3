//! Words, quotes and politeness.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use crate::command::NewTask;

/// Numbers in words, from one.
pub(crate) const CARDINALS: &str = "one two three four five six seven eight nine ten";
/// Each stands for a quotation.
const PRIVATE: RangeInclusive<char> = '\u{e000}'..='\u{e03f}';
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
    let rows = rows.iter();
    rows.map(|(made, source)| (*made, pattern(source)))
        .collect()
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

/// A message whose quotations are each one private character, so that no pattern looks into them.
pub(crate) struct Quotes {
    /// The message without them.
    pub text: String,
    quoted: Vec<String>,
}

impl Quotes {
    pub fn take(message: &str) -> Self {
        /// A single quotation mark between letters is an apostrophe.
        static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
            search(r#""(?P<double>[^"\n]*[^"\s][^"\n]*)"|\B'(?P<single>[^\n]+?)'\B"#)
        });
        let private = |c: &char| PRIVATE.contains(c);
        let characters = message.chars().take(LENGTH_LIMIT);
        let plain: String = characters.filter(|c| !private(c)).map(straight).collect();
        let mut quoted = Vec::new();
        let text = QUOTED.replace_all(&plain, |found: &Captures<'_>| {
            let inner = found.name("double").or_else(|| found.name("single"));
            let (Some(inner), Some(sign)) = (inner, PRIVATE.clone().nth(quoted.len())) else {
                return found.get(0).map_or("", |all| all.as_str()).to_owned();
            };
            quoted.push(inner.as_str().to_owned());
            sign.to_string()
        });
        let text = text.into_owned();
        Self { text, quoted }
    }

    /// A part of the message as the user wrote it, but for a quotation around all of it.
    pub fn restore(&self, part: &str) -> String {
        let part = part.trim();
        self.whole(part)
            .map_or_else(|| self.written(part, "\""), str::to_owned)
    }

    /// The same with no quotation marks at all, for comparing.
    pub fn words(&self, part: &str) -> String {
        self.written(part.trim(), "")
    }

    /// A title: a quotation stands as it is, other words begin with a capital.
    pub fn title(&self, part: &str) -> String {
        let part = without_marks(part);
        let inner = self.whole(part).map(|inner| inner.trim().to_owned());
        inner.unwrap_or_else(|| capitalised(&self.written(part, "\"")))
    }

    /// A new task with the title in `part`.
    pub fn task(&self, part: &str, description: Option<String>) -> NewTask {
        NewTask {
            title: self.title(part),
            description,
            verbatim: self.whole(without_marks(part)).is_some(),
        }
    }

    fn whole(&self, part: &str) -> Option<&str> {
        let mut characters = part.chars();
        let only = characters.next().filter(|_| characters.next().is_none())?;
        self.quotation(only)
    }

    fn quotation(&self, sign: char) -> Option<&str> {
        let index = PRIVATE.clone().position(|known| known == sign)?;
        self.quoted.get(index).map(String::as_str)
    }

    fn written(&self, part: &str, mark: &str) -> String {
        let characters = part.chars();
        let pieces = characters.map(|c| match self.quotation(c) {
            Some(inner) => format!("{mark}{inner}{mark}"),
            None => c.to_string(),
        });
        pieces.collect()
    }
}

fn without_marks(part: &str) -> &str {
    part.trim_start()
        .trim_end_matches(|c: char| c.is_whitespace() || ".!?,;:".contains(c))
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
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if !characters.clone().next().is_some_and(char::is_uppercase) => {
            first.to_uppercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}

rules! {
    LEAD = r"(?:(?:hey|hi|hello)(?: there)?|ok(?:ay)?|so|well|now|then|also|and|but|oh|actually|great|thanks|thank you|yes|no|please|pls|just|quickly|(?:can|could|would|will) you|i(?:'d| would) like you to|i (?:want|need) you to|let's|let us|go ahead and|help me(?: to)?)(?: ?[,!.:] ?| )(?P<rest>\S.*)";
    TAIL = r"(?P<rest>.*\S)[\s,]+(?:please|pls|thanks|thank you|thx|for me)";
    /// "I'd like to see my tasks" is an order to show them; "I need to pay rent" is a task.
    WISH = r"i(?:'d| would)? (?:want|need|like|have|love) to (?P<rest>(?:add|create|see|show|list|view|know|mark|rename|reopen)\b.*|(?:delete|remove|complete|finish|change|update|edit) (?:(?:my|the|all) )?(?:tasks?|to-?dos?|#?\d|.+ (?:task|one)\b).*)";
}

/// The sentence without the marks at its end.
pub(crate) fn bare(sentence: &str) -> &str {
    sentence
        .trim()
        .trim_end_matches(['.', '!', '?', ',', ';', ' '])
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

/// The meaning-bearing words of a text, in lower case and roughly without endings.
pub(crate) fn stems(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('\'', "");
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let telling = words.iter().filter(|word| !is_in(EMPTY_WORDS, word));
    let telling: Vec<String> = telling.map(|word| stem(word)).collect();
    if telling.is_empty() {
        return words.into_iter().map(stem).collect();
    }
    telling
}

fn stem(word: &str) -> String {
    let long = |stem: &&str| stem.chars().count() >= 3;
    if let Some(stem) = word.strip_suffix("ies").filter(long) {
        return format!("{stem}y");
    }
    let mut endings = ["ing", "es", "s", "e"].into_iter();
    let bare = endings.find_map(|ending| word.strip_suffix(ending).filter(long));
    bare.map_or(word, |stem| stem.trim_end_matches('e'))
        .to_owned()
}
