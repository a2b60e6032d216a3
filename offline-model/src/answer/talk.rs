//! Sentences that need no tool.

use super::questions::Kind;
use super::{fill, mention, phrases};
use crate::command::{Command, SmallTalk};
use crate::language::Language;
use crate::tasks::Task;

pub(crate) fn small_talk(language: Language, talk: SmallTalk) -> String {
    let phrases = phrases(language);
    match talk {
        SmallTalk::Hello => fill(phrases.hello, &[phrases.help]),
        SmallTalk::Thanks => phrases.thanks.to_owned(),
        SmallTalk::Bye => phrases.bye.to_owned(),
        SmallTalk::Yes => phrases.yes.to_owned(),
        SmallTalk::No => phrases.no.to_owned(),
        SmallTalk::Help => phrases.help.to_owned(),
    }
}

pub(crate) fn not_understood(language: Language) -> String {
    let phrases = phrases(language);
    fill(phrases.not_understood, &[phrases.help])
}

/// What is said when a question was passed over.
pub(crate) fn skipped(language: Language) -> String {
    phrases(language).skipped.to_owned()
}

pub(crate) fn already(language: Language, kind: Kind, task: &Task) -> String {
    let phrases = phrases(language);
    let state = if kind == Kind::Reopen {
        phrases.still_open
    } else {
        phrases.already_done
    };
    fill(state, &[&mention(task.id, &task.title)])
}

pub(crate) fn no_match(language: Language, words: &str, listed: &[Task]) -> String {
    let phrases = phrases(language);
    if listed.is_empty() {
        return fill(phrases.no_match_empty, &[words]);
    }
    fill(phrases.no_match, &[words])
}

pub(crate) fn nothing_to(language: Language, kind: Kind) -> String {
    let phrases = phrases(language);
    match kind {
        Kind::Complete => phrases.nothing_to_complete,
        Kind::Reopen => phrases.nothing_to_reopen,
        Kind::Delete => phrases.nothing_to_delete,
        Kind::Update | Kind::Show => phrases.nothing_to_change,
    }
    .to_owned()
}

pub(crate) fn one_at_a_time(language: Language) -> String {
    phrases(language).one_at_a_time.to_owned()
}

pub(crate) fn cannot_reopen(language: Language) -> String {
    phrases(language).cannot_reopen.to_owned()
}

pub(crate) fn no_tool(language: Language, command: &Command) -> String {
    let phrases = phrases(language);
    let what = match command {
        Command::Add(_) => phrases.tool_add,
        Command::Complete(_) => phrases.tool_complete,
        Command::Delete(_) | Command::DeleteSure(_) => phrases.tool_delete,
        Command::Update(..) => phrases.tool_change,
        _ => phrases.tool_see,
    };
    fill(phrases.no_tool, &[what])
}
