//! Sentences to commands: English here and beside, Urdu in `rules/urdu`. Nothing here knows the conversation or the tools: a command may
//! still name its task by words, by a place in a list, or by "it".

mod add;
mod ask;
mod change;
mod clauses;
mod target;
mod text;
mod urdu;

pub(crate) use text::{capitalised, tokens};

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use text::Quotes;

use crate::command::{Command, NewTask, SmallTalk, Target};

/// The commands of a message, in its order; never empty.
pub(crate) fn parse(message: &str) -> Vec<Command> {
    let quotes = Quotes::take(message);
    if let Some(commands) = urdu::parse(&quotes) {
        return commands;
    }
    let mut commands: Vec<Command> = Vec::new();
    for clause in clauses::split(quotes.text()) {
        let command = match clause {
            clauses::Clause::Item(item) => Command::Add(add::new_tasks(item, &quotes)),
            clauses::Clause::Sentence(sentence) => parse_sentence(sentence, &quotes),
        };
        match (commands.last_mut(), command) {
            (Some(Command::Add(before)), Command::Add(more) | Command::Offer(more)) => {
                before.extend(more);
            }
            (_, command) => commands.push(command),
        }
    }
    let substance = |command: &Command| {
        !matches!(
            command,
            Command::Say(_) | Command::Unknown | Command::Offer(_)
        )
    };
    if commands.iter().any(substance) {
        commands.retain(substance);
    } else {
        commands.truncate(1);
    }
    if commands.is_empty() {
        commands.push(Command::Unknown);
    }
    commands
}

/// Whether the message says yes or no and nothing else.
pub(crate) fn is_yes_or_no(message: &str) -> bool {
    matches!(
        parse(message).as_slice(),
        [Command::Say(SmallTalk::Yes | SmallTalk::No)]
    )
}

/// Whether the message is an order or a question in Urdu, in either script.
pub(crate) fn is_urdu(message: &str) -> bool {
    urdu::parse(&Quotes::take(message)).is_some()
}

/// The sentence without greetings, "could you please" and "thanks".
pub(crate) fn without_politeness(sentence: &str) -> &str {
    text::clean(sentence)
}

/// Whether the message is an order or a question at all.
pub(crate) fn is_understood(message: &str) -> bool {
    parse(message).as_slice() != [Command::Unknown]
}

/// The message without what is in quotation marks.
pub(crate) fn without_quotations(message: &str) -> String {
    Quotes::take(message).outside()
}

/// The tasks in an answer to "What should the task be called?".
pub(crate) fn parse_titles(message: &str) -> Vec<NewTask> {
    let quotes = Quotes::take(message);
    add::new_tasks(quotes.text(), &quotes)
}

/// The title in an answer to "What should the new title be?".
pub(crate) fn parse_title(message: &str) -> String {
    let quotes = Quotes::take(message);
    quotes.title(quotes.text())
}

/// The target in an answer to "Which one?".
pub(crate) fn parse_target(message: &str) -> Target {
    let quotes = Quotes::take(message);
    let english = target::read(text::clean(quotes.text()), &quotes);
    match english {
        Target::Words(_) => urdu::target(quotes.text(), &quotes),
        found => found,
    }
}

/// "Tomorrow I need to call mom".
static FRONTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?P<when>(?:today|tomorrow|tonight|(?:on|next|this)\s+\w+)(?:\s+at\s+\S+)?)\s*,?\s+(?P<rest>(?:i|we|i've|remind|add|please|don't)\b.*)",
    )
});

fn parse_sentence(sentence: &str, quotes: &Quotes) -> Command {
    if let Some(found) = FRONTED.captures(text::clean(sentence))
        && let (Some(when), Some(rest)) = (group(&found, "when"), group(&found, "rest"))
    {
        return read_sentence(&format!("{} {when}", text::clean(rest)), quotes);
    }
    read_sentence(sentence, quotes)
}

fn read_sentence(sentence: &str, quotes: &Quotes) -> Command {
    if let Some(talk) = ask::small_talk(sentence.trim()) {
        return Command::Say(talk);
    }
    let sentence = text::clean(sentence);
    if let Some(talk) = ask::small_talk(sentence) {
        return Command::Say(talk);
    }
    let inner = text::without_wish(sentence);
    if ask::is_question(inner) {
        return ask::read(inner, quotes).unwrap_or(Command::Unknown);
    }
    change::describe(inner, quotes)
        .or_else(|| add::read(inner, quotes))
        .or_else(|| ask::read(inner, quotes))
        .or_else(|| change::read(inner, quotes))
        .or_else(|| add::wish(inner, quotes))
        .or_else(|| add::bare(inner, quotes).map(Command::Offer))
        .unwrap_or(Command::Unknown)
}

/// Compiles a rule that must match a whole sentence, in any case.
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
fn pattern(source: &str) -> Regex {
    Regex::new(&format!("(?i)^(?:{source})$")).expect("a rule is a regular expression")
}

fn patterns(sources: &[&str]) -> Vec<Regex> {
    sources.iter().map(|source| pattern(source)).collect()
}

fn first_match<'t>(rules: &[Regex], text: &'t str) -> Option<Captures<'t>> {
    rules.iter().find_map(|rule| rule.captures(text))
}

fn group<'t>(captures: &Captures<'t>, name: &str) -> Option<&'t str> {
    captures.name(name).map(|found| found.as_str())
}
