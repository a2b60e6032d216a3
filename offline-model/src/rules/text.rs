//! Words, quotes and politeness.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::pattern;
use crate::command::NewTask;
use crate::language;

/// Stands for the first quotation; the following characters stand for the others.
const FIRST: u32 = 0xE000;
const LIMIT: usize = 64;
/// Characters of a message that are read: more is a document, not an order.
const LENGTH_LIMIT: usize = 4_000;

/// A message whose quotations are each one private character, so that no rule looks into them.
pub(crate) struct Quotes {
    text: String,
    quoted: Vec<String>,
}

impl Quotes {
    pub fn take(message: &str) -> Self {
        let characters: Vec<char> = message
            .chars()
            .take(LENGTH_LIMIT)
            .filter(|c| !(FIRST..FIRST + 0x100).contains(&u32::from(*c)))
            .map(straight)
            .collect();
        let (mut text, mut quoted) = (String::new(), Vec::<String>::new());
        let mut rest = characters.as_slice();
        while let [first, after @ ..] = rest {
            let opens = *first == '"'
                || (*first == '\'' && text.chars().last().is_none_or(|c| !c.is_alphanumeric()));
            let end = opens.then(|| closing(after, *first)).flatten();
            if let (Some((inner, outside)), Some(sign)) = (end, stand_in(quoted.len())) {
                quoted.push(inner);
                text.push(sign);
                rest = outside;
            } else {
                text.push(*first);
                rest = after;
            }
        }
        Self { text, quoted }
    }

    /// The message with its quotations hidden.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The message with its quotations left out.
    pub fn outside(&self) -> String {
        let hidden = |c: &char| self.quotation(*c).is_some();
        self.text.chars().filter(|c| !hidden(c)).collect()
    }

    /// A part of the message as the user wrote it, but for a quotation around all of it.
    pub fn restore(&self, part: &str) -> String {
        let part = part.trim();
        if let Some(inner) = self.whole(part) {
            return inner.to_owned();
        }
        self.replace(part, "\"")
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
        let (only, None) = (characters.next()?, characters.next()) else {
            return None;
        };
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
        .trim_end_matches(['.', '!', '?', ',', ';', ':', '۔', '؟', '،'])
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

fn stand_in(index: usize) -> Option<char> {
    if index >= LIMIT {
        return None;
    }
    char::from_u32(FIRST + u32::try_from(index).ok()?)
}

/// The quotation that `mark` opened, and what comes after it.
fn closing(after: &[char], mark: char) -> Option<(String, &[char])> {
    let end = after.iter().enumerate().position(|(at, c)| {
        let next = after.get(at + 1);
        *c == mark && (mark == '"' || next.is_none_or(|c| !c.is_alphanumeric()))
    })?;
    let (inner, outside) = after.split_at(end);
    let inner: String = inner.iter().collect();
    let meaningful = !inner.trim().is_empty() && !inner.contains('\n');
    meaningful.then_some((inner, outside.get(1..).unwrap_or_default()))
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    if characters.clone().next().is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    first.to_uppercase().chain(characters).collect()
}

static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:(?:hey|hi|hello)(?:\s+there)?|ok(?:ay)?|so|well|now|then|also|and|but|oh|actually|great|thanks|thank\s+you|yes|no|please|pls|just|quickly|(?:can|could|would|will)\s+you|i(?:'d|\s+would)\s+like\s+you\s+to|i\s+(?:want|need)\s+you\s+to|let's|let\s+us|go\s+ahead\s+and|help\s+me(?:\s+to)?)(?:\s*[,!.:]\s*|\s+)(?P<rest>\S.*)",
    )
});

static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?P<rest>.*\S)[\s,]+(?:please|pls|thanks|thank\s+you|thx|for\s+me)")
});

/// The sentence without greetings, "could you please" and "thanks".
pub(super) fn clean(sentence: &str) -> &str {
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

static WISH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"i(?:'d|\s+would)?\s+(?:want|need|like|have|love)\s+to\s+(?P<rest>(?:add|create|see|show|list|view|know|mark|rename|reopen)\b.*|(?:delete|remove|complete|finish|change|update|edit)\s+(?:(?:my|the|all)\s+)?(?:tasks?|todos?|#?\d|.+\s(?:task|one)\b).*)",
    )
});

/// "I'd like to see my tasks" is an order to show them; "I need to pay rent" is a task.
pub(super) fn without_wish(sentence: &str) -> &str {
    let found = WISH.captures(sentence);
    found
        .and_then(|found| found.name("rest"))
        .map_or(sentence, |rest| rest.as_str())
}

/// Words that say nothing about which task is meant.
const EMPTY_WORDS: [&str; 30] = [
    "the", "a", "an", "my", "our", "to", "of", "for", "on", "in", "at", "and", "or", "with", "one",
    "ones", "task", "tasks", "item", "items", "todo", "todos", "about", "this", "that", "some",
    "it", "is", "as", "please",
];

/// The meaning-bearing words of a text, in lower case and roughly without endings.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let lower = language::digits(&language::plain(&text.to_lowercase())).replace('\'', "");
    let all: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let telling: Vec<&str> = all
        .iter()
        .copied()
        .filter(|word| !EMPTY_WORDS.contains(word))
        .collect();
    let chosen = if telling.is_empty() { all } else { telling };
    chosen.into_iter().map(stem).collect()
}

fn stem(word: &str) -> String {
    for ending in ["ies", "ing", "es", "s"] {
        if let Some(stem) = word
            .strip_suffix(ending)
            .filter(|stem| stem.chars().count() >= 3)
        {
            return match ending {
                "ies" => format!("{stem}y"),
                _ => stem.trim_end_matches('e').to_owned(),
            };
        }
    }
    let bare = word
        .strip_suffix('e')
        .filter(|stem| stem.chars().count() >= 3);
    bare.unwrap_or(word).to_owned()
}
