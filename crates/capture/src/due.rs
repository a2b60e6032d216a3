//! What the pieces of a phrase say together.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, ToSpan as _, Zoned};

use crate::grammar::{Part, Piece};

/// A day, perhaps with a time on it, by the person's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The day.
    pub day: Date,
    /// The time; `None` is any time of the day.
    pub time: Option<Time>,
}

impl Due {
    /// Whether the moment has passed; a day without a time passes when it ends.
    #[must_use]
    pub fn is_over(self, now: DateTime) -> bool {
        match self.time {
            Some(time) => self.day.to_datetime(time) < now,
            None => self.day < now.date(),
        }
    }

    /// As much later, without a time of its own unless hours or minutes were added. `None` where the calendar ends.
    #[must_use]
    pub fn later(self, by: Span) -> Option<Self> {
        let moment = self.day.to_datetime(self.time.unwrap_or_default());
        let moment = moment.checked_add(by).ok()?;
        let timed = self.time.is_some() || by.get_hours() != 0 || by.get_minutes() != 0;
        Some(Self {
            day: moment.date(),
            time: timed.then(|| moment.time()),
        })
    }
}

impl From<DateTime> for Due {
    fn from(moment: DateTime) -> Self {
        Self {
            day: moment.date(),
            time: Some(moment.time()),
        }
    }
}

/// The pieces found, the first of each kind.
#[derive(Default)]
struct Found {
    day: Option<Date>,
    /// The time, and whether it says which half of the day is meant.
    time: Option<(Time, bool)>,
    part: Option<Part>,
}

pub(crate) fn resolve(pieces: &[Piece], now: &Zoned) -> Option<Due> {
    let mut found = Found::default();
    for piece in pieces {
        match *piece {
            Piece::Day(day) => found.day = found.day.or(Some(day)),
            Piece::Time(time, exact) => found.time = found.time.or(Some((time, exact))),
            Piece::Part(part) => found.part = found.part.or(Some(part)),
            Piece::Midnight => {
                found.time = Some((Time::midnight(), false));
                found.part = Some(Part::Night);
            }
            Piece::Moment(moment) => {
                let minute = moment.time().with().second(0).subsec_nanosecond(0);
                return Some(moment.date().to_datetime(minute.build().ok()?).into());
            }
        }
    }
    // Whether the time is after midnight, on the next day: "tonight at 1".
    let (time, late) = match (found.time, found.part) {
        (None, None) => return found.day.map(|day| Due { day, time: None }),
        (None, Some(part)) => (usual(part)?, false),
        (Some((time, true)), part) => (time, part == Some(Part::Night) && time.hour() < 5),
        (Some((time, false)), Some(part)) => in_part(time, part)?,
        (Some((time, false)), None) => (likely(time)?, false),
    };
    let (now, today) = (now.datetime(), now.date());
    let day = found.day.unwrap_or(today);
    let meant = |day: Date| {
        let day = if late { day.tomorrow().ok()? } else { day };
        Some(day.to_datetime(time))
    };
    let moment = meant(day)?;
    if moment >= now || day != today {
        return Some(moment.into());
    }
    let bare = found.part.is_none() && found.time.is_some_and(|(_, exact)| !exact);
    let evening = moment.checked_add(12.hours()).ok()?;
    match (found.day, found.time) {
        // "today at 9", said in the afternoon
        (Some(_), _) if bare && time.hour() < 12 && evening > now => Some(evening.into()),
        (Some(_), _) => Some(moment.into()),
        (None, None) if found.part == Some(Part::Night) => Some(Due { day, time: None }),
        (None, _) => meant(today.tomorrow().ok()?).map(Due::from),
    }
}

fn usual(part: Part) -> Option<Time> {
    let hour = match part {
        Part::Morning => 9,
        Part::Afternoon => 15,
        Part::Evening => 19,
        Part::Night => 20,
    };
    Time::new(hour, 0, 0, 0).ok()
}

fn at_hour(time: Time, hour: i8) -> Option<Time> {
    time.with().hour(hour).build().ok()
}

/// An hour that says nothing else.
fn likely(time: Time) -> Option<Time> {
    match time.hour() {
        hour @ 1..=7 => at_hour(time, hour + 12),
        _ => Some(time),
    }
}

/// An hour in a part of the day, and whether that is after midnight.
fn in_part(time: Time, part: Part) -> Option<(Time, bool)> {
    let half = time.hour() % 12;
    match part {
        Part::Morning => Some((at_hour(time, half)?, false)),
        Part::Night if half < 5 => Some((at_hour(time, half)?, true)),
        _ => Some((at_hour(time, half + 12)?, false)),
    }
}
