//! From a message to commands. Nothing here knows the conversation or the tools: a command may
//! still name its task by words, by a place in a list, or by "it".

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::clauses::{self, Clause};
use crate::command::{Act, Change, Command, NewTask, Status, Talk, Target};
use crate::patterns::{self, Makes, group};
use crate::text::{Quotes, clean, pattern};
use crate::{new_tasks, target};

/// Lines that are no order are offered as tasks from this many on.
const PASTED: usize = 3;

/// The commands of a message, in its order; never empty.
pub(crate) fn parse(message: &str) -> Vec<Command> {
    let quotes = Quotes::take(message);
    let mut commands: Vec<Command> = Vec::new();
    for clause in clauses::split(quotes.text()) {
        let command = match clause {
            Clause::Item(item) => Command::Add(new_tasks::in_line(item, &quotes)),
            Clause::Sentence(sentence) => read(sentence, &quotes),
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
        return commands;
    }
    let lines = quotes.text().lines().filter(|line| !line.trim().is_empty());
    let talks = commands
        .iter()
        .any(|command| matches!(command, Command::Say(_)));
    if !talks && lines.clone().count() >= PASTED {
        return vec![Command::Offer(
            lines.map(|line| quotes.task(line, None)).collect(),
        )];
    }
    vec![commands.into_iter().next().unwrap_or(Command::Unknown)]
}

/// Whether the message says yes or no and nothing else.
pub(crate) fn is_yes_or_no(message: &str) -> bool {
    matches!(
        parse(message).as_slice(),
        [Command::Say(Talk::Yes | Talk::No)]
    )
}

/// The tasks in an answer to "What should the task be called?".
pub(crate) fn titles(message: &str) -> Vec<NewTask> {
    let quotes = Quotes::take(message);
    new_tasks::in_line(quotes.text(), &quotes)
}

/// The title in an answer to "What should the new title be?".
pub(crate) fn title(message: &str) -> String {
    let quotes = Quotes::take(message);
    quotes.title(quotes.text())
}

/// The target in an answer to "Which one?".
pub(crate) fn target(message: &str) -> Target {
    let quotes = Quotes::take(message);
    target::read(clean(quotes.text()), &quotes)
}

fn read(sentence: &str, quotes: &Quotes) -> Command {
    /// "Tomorrow I need to call mom".
    static FRONTED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?P<when>(?:today|tomorrow|tonight|(?:on|next|this) \w+)(?: at \S+)?) ?,? (?P<rest>(?:i|we|i've|remind|add|please|don't)\b.*)",
        )
    });
    /// "I'd like to see my tasks" is an order to show them; "I need to pay rent" is a task.
    static WISH: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"i(?:'d| would)? (?:want|need|like|have|love) to (?P<rest>(?:add|create|see|show|list|view|know|mark|rename|reopen)\b.*|(?:delete|remove|complete|finish|change|update|edit) (?:(?:my|the|all) )?(?:tasks?|to-?dos?|#?\d|.+ (?:task|one)\b).*)",
        )
    });
    if let Some(talk) = patterns::talk(sentence.trim()).or_else(|| patterns::talk(clean(sentence)))
    {
        return Command::Say(talk);
    }
    let fronted = FRONTED.captures(clean(sentence)).and_then(|found| {
        let (when, rest) = (group(&found, "when")?, group(&found, "rest")?);
        Some(format!("{} {when}", clean(rest)))
    });
    let sentence = clean(fronted.as_deref().unwrap_or(sentence));
    let wish = WISH.captures(sentence);
    let sentence = wish
        .and_then(|found| found.name("rest"))
        .map_or(sentence, |rest| rest.as_str());
    match patterns::find(sentence) {
        Some((makes, found)) => {
            let text = |name| group(&found, name).unwrap_or_default();
            let many = found.name("many").is_some() || found.name("more").is_some();
            make(makes, sentence, text("t"), group(&found, "x"), many, quotes)
        }
        None => bare(sentence, quotes),
    }
}

fn make(
    makes: Makes,
    sentence: &str,
    named: &str,
    new: Option<&str>,
    many: bool,
    quotes: &Quotes,
) -> Command {
    let target = || target::read(named, quotes);
    let update =
        |change: Option<Change>| Command::On(Act::Update, target(), change.unwrap_or_default());
    let words = new.map(|words| quotes.restore(words));
    match makes {
        Makes::Undo => Command::Undo,
        Makes::GoOn => Command::GoOn,
        Makes::Add | Makes::Wish => Command::Add(new_tasks::split(named, many, quotes)),
        Makes::Summary => Command::Summary,
        Makes::Overdue => Command::Due(None),
        Makes::Due => {
            let when = words.unwrap_or_else(|| "today".to_owned()).to_lowercase();
            Command::Due(Some(when.trim_start_matches("for ").to_owned()))
        }
        Makes::Find => match target() {
            Target::All(status) => Command::List(status),
            target => Command::on(Act::Show, target),
        },
        Makes::List => Command::List(status(sentence)),
        Makes::On(act) => Command::on(act, target()),
        Makes::Describe => update(words.map(Change::Description)),
        Makes::Note => update(words.map(Change::Note)),
        Makes::MoveTo => update(words.map(Change::Due)),
        Makes::MoveBy => update(words.map(Change::Later)),
        Makes::Rename => match new {
            Some("done" | "complete" | "completed" | "finished") => {
                Command::on(Act::Complete, target())
            }
            _ => update(new.map(|new| Change::Title(quotes.title(new)))),
        },
    }
}

/// A sentence that begins like a task: "call mom".
fn bare(sentence: &str, quotes: &Quotes) -> Command {
    let mut words = sentence.split_whitespace();
    let like_a_task = new_tasks::begins_with_verb(sentence)
        && (2..=12).contains(&words.clone().count())
        && words
            .nth(1)
            .is_some_and(|word| !word.eq_ignore_ascii_case("me"));
    if like_a_task {
        Command::Offer(new_tasks::split(sentence, false, quotes))
    } else {
        Command::Unknown
    }
}

/// Which tasks a sentence about the list asks for.
fn status(sentence: &str) -> Status {
    static PENDING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r".*\b(?:open|pending|left|remaining|remains|outstanding|unfinished|incomplete|undone|active|to do|still|next|missing|else|not (?:yet )?<done>|haven't|(?:do|should|must|can) i\b.*\b(?:do|finish|work on)|plate|agenda)\b.*",
        )
    });
    static COMPLETED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r".*\b(?:<done>|accomplished?|achieved?|did i \w+|have i (?:do|get|got))\b.*")
    });
    if PENDING.is_match(sentence) {
        Status::Pending
    } else if COMPLETED.is_match(sentence) {
        Status::Completed
    } else {
        Status::All
    }
}
