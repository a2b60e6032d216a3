//! Words, quotes and politeness.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use crate::command::NewTask;

/// Numbers in words, from one.
pub(crate) const CARDINALS: &str = "one two three four five six seven eight nine ten";
/// Stands for the first quotation; the following characters stand for the others.
const FIRST: u32 = 0xE000;
const QUOTATIONS_LIMIT: usize = 64;
/// Characters of a message that are read: more is a document, not an order.
const LENGTH_LIMIT: usize = 4_000;

/// Names in patterns for what many of them have.
const VOCABULARY: [(&str, &str); 15] = [
    (
        "<show>",
        "(?:show|view|open|read|describe|display|get|see) (?:me )?",
    ),
    ("<named>", "(?:<id>|it|the .+ (?:task|one))"),
    ("<id>", "(?:(?:task|number|item|to-?do) )*#?\\d+"),
    (
        "<list>",
        "(?:(?:to-?do|task|shopping|grocery) )?(?:list|tasks|to-?dos)",
    ),
    (
        "<things>",
        "(?:tasks?|items?|to-?dos?|things?|ones?|entry|entries|stuff|reminders?)",
    ),
    ("<desc>", "(?:descriptions?|desc|notes?|details?)"),
    ("<change>", "(?:change|update|edit|set|modify|correct)"),
    ("<edit>", "(?:<change>|make|replace)"),
    (
        "<summary>",
        "(?:summary|overview|stats|statistics|progress(?: report)?|recap|report|status)",
    ),
    ("<done>", "(?:done|completed?|finished|closed)"),
    ("<just>", "(?:'ve| have)?(?: (?:just|already|finally))?"),
    (
        "<past>",
        "(?:bought|paid|called|cleaned|sent|wrote|written|washed|fixed|booked|picked up|watered|emailed|took out|\
         taken out|got|read|cooked|returned|submitted|ordered|scheduled|visited|fed)",
    ),
    (
        "<state>",
        "(?:open|pending|left|remaining|outstanding|unfinished|incomplete|undone|done|completed?|finished|closed|\
         accomplished?|achieved?|active|overview|to ?do)",
    ),
    ("<my list>", "(?:my|the) (?:to-?do |task )?list"),
    (
        "<ask due>",
        "(?:(?:what(?:'s| is| are)?|which|show(?: me)?|list|is|are|do i have|have i got|tell me(?: what(?:'s| is)?)?) )?\
         (?:(?:all|my|the|any|open) )*(?:(?:<things>|anything|everything|something|what) )?(?:(?:that )?(?:is|are) )?",
    ),
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

/// A message whose quotations are each one private character, so that no pattern looks into them.
pub(crate) struct Quotes {
    text: String,
    quoted: Vec<String>,
}

impl Quotes {
    pub fn take(message: &str) -> Self {
        /// A single quotation mark between letters is an apostrophe.
        static QUOTED: LazyLock<Regex> =
            LazyLock::new(|| search(r#""(?P<double>[^"\n]+)"|\B'(?P<single>[^\n]+?)'\B"#));
        let private = |c: &char| (FIRST..FIRST + 0x100).contains(&u32::from(*c));
        let characters = message.chars().take(LENGTH_LIMIT);
        let plain: String = characters.filter(|c| !private(c)).map(straight).collect();
        let mut quoted = Vec::new();
        let text = QUOTED.replace_all(&plain, |found: &Captures<'_>| {
            let inner = found.name("double").or_else(|| found.name("single"));
            let inner = inner.map_or("", |inner| inner.as_str());
            let sign = u32::try_from(quoted.len())
                .ok()
                .and_then(|at| char::from_u32(FIRST + at));
            match sign {
                Some(sign) if !inner.trim().is_empty() && quoted.len() < QUOTATIONS_LIMIT => {
                    quoted.push(inner.to_owned());
                    sign.to_string()
                }
                _ => found.get(0).map_or("", |all| all.as_str()).to_owned(),
            }
        });
        let text = text.into_owned();
        Self { text, quoted }
    }

    /// The message with its quotations hidden.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A part of the message as the user wrote it, but for a quotation around all of it.
    pub fn restore(&self, part: &str) -> String {
        match self.whole(part.trim()) {
            Some(inner) => inner.to_owned(),
            None => self.replace(part.trim(), "\""),
        }
    }

    /// The same with no quotation marks at all, for comparing.
    pub fn words(&self, part: &str) -> String {
        self.replace(part.trim(), "")
    }

    /// A title: a quotation stands as it is, other words begin with a capital.
    pub fn title(&self, part: &str) -> String {
        let part = without_marks(part);
        match self.whole(part) {
            Some(inner) => inner.trim().to_owned(),
            None => capitalised(&self.replace(part, "\"")),
        }
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
        let index = usize::try_from(u32::from(sign).checked_sub(FIRST)?).ok()?;
        self.quoted.get(index).map(String::as_str)
    }

    fn replace(&self, part: &str, mark: &str) -> String {
        part.chars()
            .map(|c| match self.quotation(c) {
                Some(inner) => format!("{mark}{inner}{mark}"),
                None => c.to_string(),
            })
            .collect()
    }
}

fn without_marks(part: &str) -> &str {
    part.trim()
        .trim_end_matches(['.', '!', '?', ',', ';', ':'])
        .trim_end()
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

/// The sentence without greetings, "could you please" and "thanks".
pub(crate) fn clean(sentence: &str) -> &str {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:(?:hey|hi|hello)(?: there)?|ok(?:ay)?|so|well|now|then|also|and|but|oh|actually|great|thanks|thank you|yes|no|please|pls|just|quickly|(?:can|could|would|will) you|i(?:'d| would) like you to|i (?:want|need) you to|let's|let us|go ahead and|help me(?: to)?)(?: ?[,!.:] ?| )(?P<rest>\S.*)",
        )
    });
    static TAIL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?P<rest>.*\S)[\s,]+(?:please|pls|thanks|thank you|thx|for me)")
    });
    let mut sentence = sentence.trim();
    loop {
        let before = sentence;
        sentence = sentence
            .trim_end_matches(['.', '!', '?', ',', ';', ' '])
            .trim_start();
        for rule in [&LEAD, &TAIL] {
            if let Some(rest) = rule.captures(sentence).and_then(|found| found.name("rest")) {
                sentence = rest.as_str();
            }
        }
        if sentence == before {
            return sentence;
        }
    }
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
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let telling: Vec<&str> = words
        .clone()
        .filter(|word| !is_in(EMPTY_WORDS, word))
        .collect();
    if telling.is_empty() {
        return words.map(stem).collect();
    }
    telling.into_iter().map(stem).collect()
}

fn stem(word: &str) -> String {
    let long = |stem: &&str| stem.chars().count() >= 3;
    if let Some(stem) = word.strip_suffix("ies").filter(long) {
        return format!("{stem}y");
    }
    let endings = ["ing", "es", "s", "e"].into_iter();
    let bare = endings
        .filter_map(|ending| word.strip_suffix(ending))
        .find(long);
    bare.map_or(word, |stem| stem.trim_end_matches('e'))
        .to_owned()
}
