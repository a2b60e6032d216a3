//! The days a question is about: "what is due this week?".

use chrono::{Datelike as _, Duration, NaiveDate};

use super::{Clock, only};
use crate::answer::Due;

/// Which tasks are asked for by when they are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Span {
    Overdue,
    Today,
    Tomorrow,
    ThisWeek,
    NextWeek,
    /// The day in these words.
    On(String),
}

impl Span {
    /// Whether what is due then is asked for; `None` when the words say no day.
    pub fn holds(&self, due: Due, clock: &Clock) -> Option<bool> {
        let today = clock.today();
        let within = |from: NaiveDate, days: i64| {
            let end = from.checked_add_signed(Duration::days(days))?;
            Some(from <= due.day && due.day < end)
        };
        let monday = today.checked_sub_signed(Duration::days(
            today.weekday().num_days_from_monday().into(),
        ))?;
        match self {
            Self::Overdue => Some(due.is_over(clock.now())),
            Self::Today => within(today, 1),
            Self::Tomorrow => within(today.succ_opt()?, 1),
            Self::ThisWeek => within(monday, 7),
            Self::NextWeek => within(monday.checked_add_signed(Duration::days(7))?, 7),
            Self::On(words) => within(only(words, clock)?.day, 1),
        }
    }
}
