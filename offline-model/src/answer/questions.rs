//! Questions back to the user. The last line of each is fixed wording that the next turn reads.

use super::{fill, marked_line, phrases, unfill};
use crate::command::{Change, Command, NewTask, Target};
use crate::language::Language;
use crate::tasks::Task;

/// What is to be done with a task that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Complete,
    Reopen,
    Delete,
    Update,
    Show,
}

/// In the order of the verbs in the phrases.
const KINDS: [Kind; 5] = [
    Kind::Complete,
    Kind::Reopen,
    Kind::Delete,
    Kind::Update,
    Kind::Show,
];
const CANDIDATES_LIMIT: usize = 10;

impl Kind {
    fn verb(self, language: Language) -> &'static str {
        let [complete, reopen, delete, update, show] = phrases(language).verbs;
        match self {
            Self::Complete => complete,
            Self::Reopen => reopen,
            Self::Delete => delete,
            Self::Update => update,
            Self::Show => show,
        }
    }

    /// Whether it makes sense for the task as it is.
    pub fn applies(self, task: &Task) -> bool {
        match self {
            Self::Complete => !task.completed,
            Self::Reopen => task.completed,
            Self::Delete | Self::Update | Self::Show => true,
        }
    }

    /// The command for it, about no task yet.
    pub fn command(self) -> Command {
        let target = Target::Missing;
        match self {
            Self::Complete => Command::Complete(target),
            Self::Reopen => Command::Reopen(target),
            Self::Delete => Command::Delete(target),
            Self::Update => Command::Update(target, Change::default()),
            Self::Show => Command::Find(target),
        }
    }
}

/// "Which one should I delete?"
pub(crate) fn which_one(language: Language, kind: Kind) -> String {
    fill(phrases(language).which_one, &[kind.verb(language)])
}

pub(crate) fn which(language: Language, kind: Kind, words: &str, tasks: &[&Task]) -> String {
    let phrases = phrases(language);
    let number = match tasks.len() {
        2 => phrases.two.to_owned(),
        3 => phrases.three.to_owned(),
        more => more.to_string(),
    };
    let head = fill(phrases.match_words, &[&number, words]);
    let question = which_one(language, kind);
    format!("{head}\n\n{}\n\n{question}", candidates(language, tasks))
}

pub(crate) fn did_you_mean(language: Language, kind: Kind, words: &str, tasks: &[&Task]) -> String {
    let phrases = phrases(language);
    let head = if tasks.len() == 1 {
        phrases.mean_this
    } else {
        phrases.mean_these
    };
    let (head, question) = (fill(head, &[words]), which_one(language, kind));
    format!("{head}\n\n{}\n\n{question}", candidates(language, tasks))
}

pub(crate) fn which_at_all(language: Language, kind: Kind) -> String {
    let phrases = phrases(language);
    let question = fill(phrases.which_task, &[kind.verb(language)]);
    format!("{}\n\n{question}", phrases.tell_me_which)
}

/// Reads the last line of the three above.
pub(crate) fn asked_which(question: &str) -> Option<Kind> {
    in_any_language(|language| {
        let phrases = phrases(language);
        let verb =
            unfill(phrases.which_one, question).or_else(|| unfill(phrases.which_task, question))?;
        KINDS.into_iter().find(|kind| kind.verb(language) == verb)
    })
}

pub(crate) fn ask_title(language: Language) -> String {
    phrases(language).ask_title.to_owned()
}

pub(crate) fn asked_for_title(question: &str) -> bool {
    in_any_language(|language| (phrases(language).ask_title == question).then_some(())).is_some()
}

pub(crate) fn ask_new_title(language: Language, id: i64) -> String {
    fill(phrases(language).new_title, &[&id.to_string()])
}

pub(crate) fn asked_new_title(question: &str) -> Option<i64> {
    in_any_language(|language| unfill(phrases(language).new_title, question)?.parse().ok())
}

pub(crate) fn are_you_sure(language: Language, count: usize, open_only: bool) -> String {
    let phrases = phrases(language);
    let question = if open_only {
        phrases.sure_open
    } else {
        phrases.sure_all
    };
    let question = fill(question, &[&count.to_string()]);
    format!("{}\n\n{question}", phrases.cannot_be_undone)
}

/// Whether the question was about deleting only the open ones, if it was about deleting.
pub(crate) fn asked_if_sure(question: &str) -> Option<bool> {
    in_any_language(|language| {
        let phrases = phrases(language);
        let about = |wording| {
            let count = unfill(wording, question)?;
            count.chars().all(|c| c.is_ascii_digit()).then_some(())
        };
        match about(phrases.sure_open) {
            Some(()) => Some(true),
            None => about(phrases.sure_all).map(|()| false),
        }
    })
}

pub(crate) fn offer(language: Language, tasks: &[NewTask]) -> String {
    let phrases = phrases(language);
    match tasks {
        [task] => fill(phrases.offer_one, &[&task.title]),
        _ => fill(phrases.offer_many, &[&tasks.len().to_string()]),
    }
}

pub(crate) fn asked_to_add(question: &str) -> bool {
    let asked = |language| {
        let phrases = phrases(language);
        unfill(phrases.offer_one, question).or_else(|| unfill(phrases.offer_many, question))
    };
    in_any_language(asked).is_some()
}

/// The question may have been put in another language than the answer is in.
fn in_any_language<T>(read: impl Fn(Language) -> Option<T>) -> Option<T> {
    Language::ALL.into_iter().find_map(read)
}

fn candidates(language: Language, tasks: &[&Task]) -> String {
    let shown = tasks.iter().take(CANDIDATES_LIMIT);
    let lines: Vec<String> = shown
        .map(|task| marked_line(phrases(language), task))
        .collect();
    lines.join("\n")
}
