//! A list of tasks as it is told.

use crate::answers;
use crate::results::Task;
use crate::text::{CARDINALS, capitalised};

const LINES_LIMIT: usize = 50;

/// What a list is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    Open,
    Done,
    All,
    Found,
    /// Due at what the label says: "due tomorrow", "overdue".
    Due(String),
}

/// Tasks to be shown.
#[derive(Debug)]
pub(crate) struct Listing {
    pub of: Of,
    pub tasks: Vec<Task>,
    /// How many more there are that the tool left out.
    pub beyond: usize,
    /// They are on a card that the person sees; only a sentence is needed.
    pub on_card: bool,
}

impl Of {
    /// The title of a card, and what is said where there are none.
    fn words(&self) -> (&str, &str) {
        match self {
            Self::Open => ("Open tasks", "Nothing is open. You are all caught up!"),
            Self::Done => ("Completed tasks", "Nothing is done yet."),
            Self::All => ("Your tasks", answers::EMPTY),
            Self::Found => ("Tasks found", "There are no such tasks."),
            Self::Due(label) => (label, ""),
        }
    }
}

impl Listing {
    pub fn new(of: Of, mut tasks: Vec<Task>) -> Self {
        tasks.sort_by_key(|task| task.completed);
        Self {
            of,
            tasks,
            beyond: 0,
            on_card: false,
        }
    }

    /// The title of a card.
    pub fn heading(&self) -> String {
        capitalised(self.of.words().0)
    }

    /// The sentence and, unless a card has them, the lines.
    pub fn told(&self) -> String {
        let head = capitalised(&self.head());
        let told = match (&self.of, self.tasks.len()) {
            (Of::Due(label), 0) => format!("Nothing is {label}."),
            (of, 0) => of.words().1.to_owned(),
            _ if self.on_card => format!("{head}."),
            _ => format!("{head}:\n\n{}", self.lines()),
        };
        if self.beyond > 0 && matches!(self.of, Of::Due(_)) {
            return format!("{told}\n\n{}", answers::not_seen(self.beyond));
        }
        told
    }

    fn head(&self) -> String {
        let count = match self.of {
            Of::Due(_) => self.tasks.len(),
            _ => self.tasks.len() + self.beyond,
        };
        let number = self.number(count);
        let (tasks, are) = if count == 1 {
            ("task", "is")
        } else {
            ("tasks", "are")
        };
        let open = self.tasks.iter().filter(|task| !task.completed).count();
        match &self.of {
            Of::Open => format!("You have {number} open {tasks}"),
            Of::All if open == count => format!("You have {number} open {tasks}"),
            Of::Done => format!("You have completed {number} {tasks}"),
            Of::All if count == 1 || self.beyond > 0 => format!("You have {number} {tasks}"),
            Of::All => format!(
                "You have {number} {tasks}, {} of them open",
                self.number(open)
            ),
            Of::Found => format!("I found {number} {tasks}"),
            Of::Due(label) => format!("{number} {tasks} {are} {label}"),
        }
    }

    /// Beside a card in words up to ten, above a list in digits but for one.
    fn number(&self, count: usize) -> String {
        let mut words = std::iter::once("none").chain(CARDINALS.split(' '));
        let word = words.nth(count).filter(|_| self.on_card || count < 2);
        word.map_or_else(|| count.to_string(), str::to_owned)
    }

    fn lines(&self) -> String {
        let marked = matches!(self.of, Of::All | Of::Found);
        let mut lines: Vec<String> = self
            .tasks
            .iter()
            .take(LINES_LIMIT)
            .map(|task| {
                answers::line(&Task {
                    completed: marked && task.completed,
                    ..task.clone()
                })
            })
            .collect();
        let more = (self.tasks.len() + self.beyond).saturating_sub(LINES_LIMIT);
        if more > 0 {
            lines.push(format!("- … and {more} more"));
        }
        lines.join("\n")
    }
}
