//! A list of tasks as it is told.

use crate::answers::{self, DONE_MARK, say, say_of};
use crate::results::Task;
use crate::text::capitalised;

const LINES_LIMIT: usize = 50;
/// Tasks to be shown.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// What it is of, as sentences about it are named: all, pending, completed, found.
    pub of: &'static str,
    /// When they are due where that was asked for: "due tomorrow", "overdue".
    pub due: Option<String>,
    pub tasks: Vec<Task>,
    /// How many more there are that the tool left out.
    pub beyond: usize,
    /// They are on a card that the person sees; only a sentence is needed.
    pub on_card: bool,
}

impl Listing {
    pub fn new(of: &'static str, tasks: Vec<Task>) -> Self {
        Self {
            of,
            tasks,
            ..Self::default()
        }
    }

    /// The title of a card.
    pub fn heading(&self) -> String {
        let title = || say(&format!("{} title", self.of), &[]);
        self.due.as_deref().map_or_else(title, capitalised)
    }

    /// The sentence and, unless a card has them, the lines.
    pub fn told(&self) -> String {
        let head = capitalised(&self.head());
        match (&self.due, self.tasks.len()) {
            (Some(due), 0) => say("due none", &[due]),
            (None, 0) => say(&format!("{} none", self.of), &[]),
            _ if self.on_card => format!("{head}."),
            _ => format!("{head}:\n\n{}", self.lines()),
        }
    }

    fn head(&self) -> String {
        let count = self.tasks.len() + self.beyond;
        let number = self.number(count);
        let tasks = if count == 1 { "task" } else { "tasks" };
        let open = self.tasks.iter().filter(|task| !task.completed).count();
        match (&self.due, self.of) {
            (Some(due), _) => say_of(count, "due", &[&number, &tasks, due]),
            (None, "all") if open == count => say("pending", &[&number, &tasks]),
            (None, "all") if count > 1 && self.beyond == 0 => {
                say("all mixed", &[&number, &tasks, &self.number(open)])
            }
            (None, of) => say(of, &[&number, &tasks]),
        }
    }

    /// Beside a card in words, above a list in digits but for one.
    fn number(&self, count: usize) -> String {
        let in_words = Some(count).filter(|count| self.on_card || *count < 2);
        in_words.map_or_else(|| count.to_string(), answers::number)
    }

    fn lines(&self) -> String {
        let mut tasks: Vec<&Task> = self.tasks.iter().collect();
        tasks.sort_by_key(|task| task.completed);
        let mark = Some(DONE_MARK).filter(|_| self.of != "completed");
        let lines = answers::lines(
            tasks.into_iter().take(LINES_LIMIT),
            mark.unwrap_or_default(),
        );
        match (self.tasks.len() + self.beyond).saturating_sub(LINES_LIMIT) {
            0 => lines,
            more => format!("{lines}\n- … and {more} more"),
        }
    }
}
