//! Whether a change is one that the person asked for.
//!
//! A model reads more than what the person said: titles and descriptions of tasks, results of
//! tools, words that others wrote. None of that may change anything. So every change is held
//! against the person's own words, in code that no text can talk to: it must name the task, or
//! refer to it, and ask for that kind of change. What it does not is asked back, not made.
//!
//! Asking once too often costs a click and asking too seldom costs somebody's tasks, so in doubt
//! the answer here is no.

mod reader;
mod said;
mod text;
mod words;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::{
    reader::{Word, words},
    said::{Clause, Said},
    text::{alike, share},
    words::Kinds,
};
use super::text::whole_number;

/// What a person said, with what it may refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authority<'a> {
    /// The message that is being answered.
    pub said: &'a str,
    /// What was said just before it.
    pub before: Option<Before<'a>>,
    /// The tasks that the message mentions by tag.
    pub mentioned: &'a [i64],
}

/// The last exchange before a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before<'a> {
    /// What the person said.
    pub said: &'a str,
    /// What they were answered; empty when the turn had no answer.
    pub answer: &'a str,
    /// The tasks that were changed or shown to them in it.
    pub tasks: &'a [i64],
}

/// A change that a model wants to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed<'a> {
    /// The tool's name.
    pub tool: &'a str,
    /// Its arguments.
    pub args: &'a Map<String, Value>,
    /// The present title of the task it is about. `None` for a new task, and when the person has no
    /// such task: then there is nothing to protect, and the tool answers so.
    pub title: Option<&'a str>,
    /// Whether it destroys something.
    pub destructive: bool,
}

/// Whether the person's words ask for a change.
pub(crate) fn warranted(authority: &Authority<'_>, deed: &Deed<'_>) -> bool {
    let Some(kind) = kind_of(deed) else {
        return false;
    };
    let Some(target) = Target::of(deed, kind) else {
        return kind != Kinds::ADD;
    };
    let before = authority.before;
    let inherited = before
        .filter(|before| before.answer.trim().is_empty() || asks(before.answer))
        .map_or(Kinds::NONE, |before| {
            Said::read(before.said, Kinds::NONE).kinds()
        });
    let said = Said::read(authority.said, inherited);
    if named(&said, &target) || mentioned(authority, &said, &target) {
        return true;
    }
    if before.is_some_and(|before| before.names(&target)) && refers(&said, before, &target) {
        return true;
    }
    if everything(&said, &target) {
        return true;
    }
    before.is_some_and(|before| agrees(&said) && before.authorises(&target))
}

fn kind_of(deed: &Deed<'_>) -> Option<Kinds> {
    if deed.destructive {
        return deed.args.contains_key("task_id").then_some(Kinds::DELETE);
    }
    match deed.tool {
        "add_task" => Some(Kinds::ADD),
        "complete_task" => Some(Kinds::COMPLETE),
        "reopen_task" => Some(Kinds::REOPEN),
        "update_task" => Some(Kinds::CHANGE),
        "delete_task" => Some(Kinds::DELETE),
        // What nobody has thought of here is asked.
        _ => None,
    }
}

/// The task that a deed is about.
struct Target {
    kind: Kinds,
    id: Option<i64>,
    words: Vec<Word>,
    new_title: bool,
}

impl Target {
    fn of(deed: &Deed<'_>, kind: Kinds) -> Option<Self> {
        let new_title = deed.args.get("title").and_then(Value::as_str);
        let title = if kind == Kinds::ADD {
            new_title
        } else {
            deed.title
        };
        Some(Self {
            kind,
            id: deed.args.get("task_id").and_then(whole_number),
            words: words(title?),
            new_title: new_title.is_some(),
        })
    }

    /// How many of the title's telling words stand among these, and how many there are.
    fn found(&self, said: &[&Word]) -> (usize, usize) {
        let telling: Vec<&Word> = self.words.iter().filter(|word| word.tells()).collect();
        let stands = |word: &&&Word| said.iter().any(|other| same(word, other));
        (telling.iter().filter(stands).count(), telling.len())
    }

    fn is_named_by(&self, said: &[&Word]) -> bool {
        match (self.kind, self.found(said)) {
            (_, (_, 0)) => self.stands_whole_in(said),
            (Kinds::ADD, (found, all)) => found * 2 >= all,
            // A long text has some word in common with everything.
            (_, (found, all)) => found >= if all <= 6 { 1 } else { 2 },
        }
    }

    /// For titles of everyday words alone, such as "Call me".
    fn stands_whole_in(&self, said: &[&Word]) -> bool {
        let fewest = if self.kind == Kinds::ADD { 1 } else { 2 };
        let title: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        let said: Vec<&str> = said.iter().map(|word| word.text.as_str()).collect();
        title.len() >= fewest && said.windows(title.len()).any(|part| part == title)
    }

    /// An answer names a task by its title, or most of it.
    fn stands_in(&self, answer: &str) -> bool {
        let said = words(answer);
        let said: Vec<&Word> = said.iter().collect();
        match self.found(&said) {
            (_, 0) => self.stands_whole_in(&said),
            (found, all) => found * 2 >= all,
        }
    }

    fn permitted_by(&self, kinds: Kinds) -> bool {
        match self.kind {
            Kinds::DELETE => kinds.has(Kinds::DELETE),
            // "Finish the report by Friday" may well be something to do.
            Kinds::ADD => {
                let others = [
                    Kinds::ADD,
                    Kinds::COMPLETE,
                    Kinds::CHANGE,
                    Kinds::DELETE,
                    Kinds::REOPEN,
                ];
                kinds.is_none() || others.into_iter().any(|other| kinds.has(other))
            }
            kind => kinds.is_none() || kinds.has(kind),
        }
    }
}

fn same(title: &Word, said: &Word) -> bool {
    match (title.run, said.run) {
        (true, true) => title
            .text
            .split_whitespace()
            .any(|one| said.text.split_whitespace().any(|other| share(one, other))),
        (false, false) => alike(&title.text, &said.text),
        _ => false,
    }
}

/// The words or the number of the task, in a clause that asks for such a thing.
fn named(said: &Said, target: &Target) -> bool {
    let permitted = |clause: &&Clause| target.permitted_by(clause.kinds);
    let clauses: Vec<&Clause> = said.clauses.iter().filter(permitted).collect();
    let number = |id: i64| {
        clauses
            .iter()
            .any(|clause| clause.numbers().any(|number| number == id))
    };
    let words: Vec<&Word> = clauses.iter().flat_map(|clause| &clause.words).collect();
    target.is_named_by(&words) || (target.kind != Kinds::ADD && target.id.is_some_and(number))
}

fn mentioned(authority: &Authority<'_>, said: &Said, target: &Target) -> bool {
    target
        .id
        .is_some_and(|id| authority.mentioned.contains(&id))
        && target.permitted_by(said.kinds())
}

/// "It", "the second one", or "the title" of what was just spoken of.
fn refers(said: &Said, before: Option<Before<'_>>, target: &Target) -> bool {
    let asked = before.is_some_and(|before| asks(before.answer));
    said.clauses.iter().any(|clause| {
        let asked_for = !clause.kinds.is_none() && target.permitted_by(clause.kinds);
        let chosen = asked && clause.numbers().next().is_some();
        let part = target.new_title
            && clause.own.has(Kinds::CHANGE)
            && clause
                .words
                .iter()
                .any(|word| ATTRIBUTES.contains(&word.text.as_str()));
        asked_for && (clause.refers || chosen || part)
    })
}

const ATTRIBUTES: [&str; 10] = [
    "title",
    "name",
    "text",
    "wording",
    "titel",
    "titre",
    "titulo",
    "titolo",
    "عنوان",
    "نام",
];

/// "Mark everything as done". Never enough to delete anything.
fn everything(said: &Said, target: &Target) -> bool {
    let asked = |clause: &Clause| clause.all && clause.own.has(target.kind);
    let kept = said
        .clauses
        .iter()
        .filter(|clause| clause.own.has(Kinds::KEEP));
    let kept: Vec<&Word> = kept.flat_map(|clause| &clause.words).collect();
    target.kind != Kinds::DELETE && said.clauses.iter().any(asked) && target.found(&kept).0 == 0
}

/// Whether a message says nothing but yes.
fn agrees(said: &Said) -> bool {
    let mut words = said.words().peekable();
    words.peek().is_some()
        && words.all(|word| word.kinds.has(Kinds::AGREES) && !(word.run && word.tells()))
}

fn asks(answer: &str) -> bool {
    answer.contains(['?', '؟', '？'])
}

impl Before<'_> {
    /// Whether the task is one of those that were spoken of.
    fn names(&self, target: &Target) -> bool {
        let said = words(self.said);
        let said: Vec<&Word> = said.iter().collect();
        target.id.is_some_and(|id| self.tasks.contains(&id))
            || target.is_named_by(&said)
            || target.stands_in(self.answer)
    }

    /// What a "yes" or "go on" after it asks for: what was said before, or what the answer offered.
    fn authorises(&self, target: &Target) -> bool {
        let said = Said::read(self.said, Kinds::NONE);
        let open = self.answer.trim().is_empty() || asks(self.answer);
        if open && (named(&said, target) || everything(&said, target)) {
            return true;
        }
        let offered = self
            .answer
            .split_inclusive(['.', '!', '\n', '?', '؟', '？', '。', '۔']);
        let offered: String = offered.filter(|sentence| asks(sentence)).collect();
        let kinds = Said::read(&offered, Kinds::NONE).kinds();
        kinds.has(target.kind) && self.names(target)
    }
}
