//! Urdu, in its own script and in Latin letters. The verb ends the sentence: "دودھ لانا شامل کرو",
//! "doodh lana add karo". A message is taken for Urdu when one of these rules knows what it wants.

mod ask;
mod change;
mod target;
mod verbs;

use std::sync::LazyLock;

use regex_lite::Regex;

use super::text::Quotes;
use super::{first_match, group, pattern};
use crate::command::{Command, NewTask};
use crate::language;

pub(super) use target::read as target;

/// Orders in one message; what follows the last is left out.
const ORDERS_LIMIT: usize = 20;

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
static SENTENCE_END: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[.!?]+\s+|\n+").expect("a rule is a regular expression"));

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
static AND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\s*[,;]?\s+(?:اور|aur|phir|پھر)\s+(?:phir\s+|پھر\s+)?|,\s+")
        .expect("a rule is a regular expression")
});

static POLITE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:براہ\s+کرم|مہربانی\s+(?:فرما|کر)\s*(?:کر|کے)|پلیز|ذرا|یار|اچھا|سلام|السلام\s+علیکم|اور|پھر|please|plz|pls|zara|yaar|acha|accha|salam|assalam\s+o\s+alaikum|meherbani\s+kar\s+ke|barah\s+e?\s*karam|aur|phir)[\s,!]+(?P<rest>\S.*)",
    )
});

static POLITE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?P<rest>.*\S)[\s,]+(?:پلیز|شکریہ|please|plz|pls|shukria|shukriya|na|نا|yaar|یار)")
});

/// The commands of a message in Urdu; `None` when it is not known to be one.
pub(super) fn parse(quotes: &Quotes) -> Option<Vec<Command>> {
    let text = language::plain(quotes.text());
    if !verbs::may_be_urdu(&text) {
        return None;
    }
    let mut commands: Vec<Command> = Vec::new();
    for sentence in SENTENCE_END.split(&text) {
        for command in orders(sentence, quotes).unwrap_or_default() {
            match (commands.last_mut(), command) {
                (Some(Command::Add(before)), Command::Add(more)) => before.extend(more),
                (_, command) => commands.push(command),
            }
        }
    }
    if commands
        .iter()
        .any(|command| !matches!(command, Command::Say(_)))
    {
        commands.retain(|command| !matches!(command, Command::Say(_)));
    } else {
        commands.truncate(1);
    }
    commands.truncate(ORDERS_LIMIT);
    (!commands.is_empty()).then_some(commands)
}

/// One order, or several joined by "and" where each is one of its own.
fn orders(sentence: &str, quotes: &Quotes) -> Option<Vec<Command>> {
    let (mut found, mut from) = (Vec::new(), 0);
    for and in AND.find_iter(sentence).take(ORDERS_LIMIT) {
        let piece = sentence.get(from..and.start()).unwrap_or_default();
        if verbs::ends_an_order(clean(piece))
            && let Some(command) = order(piece, quotes)
        {
            found.push(command);
            from = and.end();
        }
    }
    match order(sentence.get(from..).unwrap_or_default(), quotes) {
        Some(last) => {
            found.push(last);
            Some(found)
        }
        None if found.is_empty() => None,
        None => order(sentence, quotes).map(|command| vec![command]),
    }
}

fn order(sentence: &str, quotes: &Quotes) -> Option<Command> {
    if let Some(talk) = ask::small_talk(sentence.trim().trim_end_matches(MARKS)) {
        return Some(Command::Say(talk));
    }
    let sentence = clean(sentence);
    if let Some(talk) = ask::small_talk(sentence) {
        return Some(Command::Say(talk));
    }
    change::rename(sentence, quotes)
        .or_else(|| ask::due(sentence))
        .or_else(|| ask::list(sentence, quotes))
        .or_else(|| change::read(sentence, quotes))
        .or_else(|| add(sentence, quotes))
}

const MARKS: [char; 6] = ['.', '!', '?', ',', ';', ' '];

/// The sentence without "please" and its marks.
fn clean(sentence: &str) -> &str {
    let mut sentence = sentence;
    loop {
        let before = sentence;
        sentence = sentence.trim().trim_end_matches(MARKS);
        for rule in [&POLITE_BEFORE, &POLITE_AFTER] {
            let found = rule.captures(sentence).and_then(|found| found.name("rest"));
            sentence = found.map_or(sentence, |rest| rest.as_str());
        }
        if sentence == before {
            return sentence;
        }
    }
}

fn add(sentence: &str, quotes: &Quotes) -> Option<Command> {
    if verbs::add_nothing(sentence) {
        return Some(Command::AddWhat);
    }
    if let Some(found) = first_match(verbs::add(), sentence) {
        return Some(Command::Add(tasks(group(&found, "t")?, quotes)));
    }
    verbs::is_infinitive(sentence)
        .then(|| Command::Offer(tasks(sentence, quotes)))
        .filter(|_| sentence.starts_with(language::is_urdu))
}

/// "دودھ، انڈے اور روٹی" is three tasks, "دودھ اور روٹی لانا" one: a piece that does not end in a
/// verb belongs to the next, where the last one ends in a verb.
fn tasks(text: &str, quotes: &Quotes) -> Vec<NewTask> {
    let pieces: Vec<(usize, usize)> = {
        let mut ends: Vec<(usize, usize)> = AND
            .find_iter(text)
            .map(|found| (found.start(), found.end()))
            .collect();
        ends.push((text.len(), text.len()));
        ends
    };
    let verbal = verbs::is_infinitive(text);
    let (mut found, mut from) = (Vec::new(), 0);
    for (end, next) in pieces {
        let piece = text.get(from..end).unwrap_or_default().trim();
        if piece.is_empty() || (verbal && end < text.len() && !verbs::is_infinitive(piece)) {
            continue;
        }
        found.push(quotes.task(piece, None));
        from = next;
    }
    found.retain(|task| !task.title.is_empty());
    found
}
