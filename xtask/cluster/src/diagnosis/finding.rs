//! One thing that is wrong.

/// Which output of a container tells more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    Current,
    /// Of the one before, which has ended.
    Previous,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Such as `pod todo-chatbot-backend-5d8f`.
    pub object: String,
    /// The pod to read logs of, when there is one, and the container in it.
    pub pod: Option<String>,
    pub container: Option<String>,
    pub reason: String,
    pub remedy: String,
    pub log: Option<Log>,
    /// The migrations, whose failures are mostly about the database.
    pub migration: bool,
    /// How many other pods have the same.
    pub others: usize,
}

impl Finding {
    /// One that no log tells more about.
    pub fn of(object: String, reason: String, remedy: &str) -> Self {
        Self {
            object,
            reason,
            remedy: remedy.to_owned(),
            ..Self::default()
        }
    }

    /// The first line that is said about it.
    pub fn headline(&self) -> String {
        let container = self
            .container
            .as_ref()
            .map(|container| format!(" (container {container})"))
            .unwrap_or_default();
        let others = match self.others {
            0 => String::new(),
            others => format!(", and {others} more like it"),
        };
        format!("{}{container}{others}: {}", self.object, self.reason)
    }
}
