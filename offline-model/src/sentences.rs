//! From a message to commands. Nothing here knows the conversation or the tools: a command may
//! still name its task by words, by a place in a list, or by "it".

use crate::command::{Act, Change, Command, NewTask, Status, Target};
use crate::patterns::{self, Makes};
use crate::text::{bare, clean, group, hide, rules, task, unquoted};
use crate::{clauses, target};

/// Lines that are no order are offered as tasks from this many on.
const PASTED: usize = 3;

rules! {
    /// "Tomorrow I need to call mom".
    FRONTED = r"(?P<when>(?:today|tomorrow|tonight|(?:on|next|this) \w+)(?: at \S+)?) ?,? (?P<rest>(?:i|we|i've|remind|add|please|don't)\b.*)";
    PENDING = r".*\b(?:open|pending|left|remaining|remains|outstanding|unfinished|incomplete|undone|active|to do|still|next|missing|else|not (?:yet )?<done>|haven't|(?:do|should|must|can) i\b.*\b(?:do|finish|work on)|plate|agenda)\b.*";
    COMPLETED = r".*\b(?:<done>|accomplished?|achieved?|did i \w+|have i (?:do|get|got))\b.*";
}

/// The commands of a message, in its order; never empty.
pub(crate) fn parse(message: &str) -> Vec<Command> {
    let message = hide(message);
    let mut commands: Vec<Command> = Vec::new();
    for (clause, is_item) in clauses::split(&message) {
        let command = if is_item {
            Command::Add(clauses::tasks(clause, false))
        } else {
            read(clause)
        };
        match (commands.last_mut(), command) {
            (Some(Command::Add(before)), Command::Add(more) | Command::Offer(more)) => {
                before.extend(more);
            }
            (_, command) => commands.push(command),
        }
    }
    let no_order = |command: &Command| matches!(command, Command::Unknown | Command::Offer(_));
    let lines = message.lines().filter(|line| !line.trim().is_empty());
    if commands.iter().all(no_order) && lines.clone().count() >= PASTED {
        return vec![Command::Offer(lines.map(|line| task(line, None)).collect())];
    }
    let first = commands.first().cloned().unwrap_or(Command::Unknown);
    commands.retain(|command| !no_order(command) && !matches!(command, Command::Talk(_)));
    if commands.is_empty() {
        vec![first]
    } else {
        commands
    }
}

/// The tasks in an answer to "What should the task be called?".
pub(crate) fn titles(message: &str) -> Vec<NewTask> {
    clauses::tasks(&hide(message), false)
}

/// The title in an answer to "What should the new title be?".
pub(crate) fn title(message: &str) -> String {
    task(&hide(message), None).title
}

/// The target in an answer to "Which one?".
pub(crate) fn target(message: &str) -> Target {
    target::read(clean(&hide(message)))
}

fn read(sentence: &str) -> Command {
    let fronted = FRONTED.captures(clean(sentence)).and_then(|found| {
        let (when, rest) = (group(&found, "when")?, group(&found, "rest")?);
        Some(format!("{} {when}", clean(rest)))
    });
    let bare = bare(sentence);
    let sentence = match &fronted {
        _ if patterns::makes(bare, Makes::is_talk) => bare,
        Some(fronted) => clean(fronted),
        None => clean(sentence),
    };
    let Some((makes, found)) = patterns::find(sentence) else {
        return like_a_task(sentence);
    };
    let named = group(&found, "t").unwrap_or_default();
    let target = || target::read(named);
    let new = group(&found, "x");
    let words = new.map(unquoted);
    match makes {
        Makes::Talk(make) | Makes::Ask(make) | Makes::Order(make) => make(),
        Makes::Add | Makes::Wish => {
            let many = found.name("many").or(found.name("more")).is_some();
            Command::Add(clauses::tasks(named, many))
        }
        Makes::Due => {
            let when = words.map_or_else(|| "today".to_owned(), |words| words.to_lowercase());
            Command::Due(Some(when.trim_start_matches("for ").to_owned()))
        }
        Makes::Find => match target() {
            Target::All(status) => Command::List(status),
            target => Command::On(Act::Show, target, Change::None),
        },
        Makes::List if PENDING.is_match(sentence) => Command::List(Status::Pending),
        Makes::List if COMPLETED.is_match(sentence) => Command::List(Status::Completed),
        Makes::List => Command::List(Status::All),
        Makes::On(act) => Command::On(act, target(), Change::None),
        Makes::Update(change) => {
            Command::On(Act::Update, target(), words.map_or(Change::None, change))
        }
        Makes::Rename => {
            let change = new.map(|new| Change::Title(task(new, None).title));
            Command::On(Act::Update, target(), change.unwrap_or(Change::None))
        }
    }
}

/// A sentence that begins like a task: "call mom".
fn like_a_task(sentence: &str) -> Command {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let is_one = clauses::begins_with_verb(sentence)
        && matches!(words.as_slice(), [_, second, ..] if !second.eq_ignore_ascii_case("me"))
        && words.len() <= 12;
    if is_one {
        return Command::Offer(clauses::tasks(sentence, false));
    }
    Command::Unknown
}
