//! Completing, reopening, deleting and renaming.

use regex_lite::Regex;

use super::super::text::Quotes;
use super::super::{first_match, group};
use super::target;
use super::verbs::change;
use crate::command::{Change, Command, Target};

/// Reads a new name or a new date; before anything else, since the name may be in any words.
pub(super) fn rename(sentence: &str, quotes: &Quotes) -> Option<Command> {
    if let Some(found) = first_match(&change::MOVE, sentence) {
        let change = Change {
            due: group(&found, "when").map(|when| quotes.restore(when)),
            ..Change::default()
        };
        let target = target::read(group(&found, "t")?, quotes);
        return Some(Command::Update(target, change));
    }
    let found = first_match(&change::RENAME, sentence)?;
    let title = group(&found, "new").map(|new| quotes.title(new));
    let change = Change {
        title,
        ..Change::default()
    };
    Some(Command::Update(
        target::read(group(&found, "t")?, quotes),
        change,
    ))
}

pub(super) fn read(sentence: &str, quotes: &Quotes) -> Option<Command> {
    let target = |rules: &[Regex]| -> Option<Target> {
        let found = first_match(rules, sentence)?;
        Some(target::read(group(&found, "t")?, quotes))
    };
    if let Some(target) = target(&change::REOPEN) {
        return Some(Command::Reopen(target));
    }
    if let Some(target) = target(&change::DELETE) {
        return Some(Command::Delete(target));
    }
    target(&change::COMPLETE).map(Command::Complete)
}
