//! What the pieces of a phrase say together.

use chrono::{Duration, NaiveDate, NaiveTime, Timelike as _};

use super::clock::Clock;
use super::grammar::Piece;
use super::words::Part;
use crate::answer::Due;

/// The pieces found, one of each kind.
#[derive(Default)]
struct Found {
    day: Option<NaiveDate>,
    time: Option<(NaiveTime, bool)>,
    part: Option<Part>,
}

pub(super) fn due(pieces: &[Piece], clock: &Clock) -> Option<Due> {
    let mut found = Found::default();
    for piece in pieces {
        match *piece {
            Piece::Day(day) => found.day = found.day.or(Some(day)),
            Piece::Time { time, fixed } => found.time = found.time.or(Some((time, fixed))),
            Piece::Part(part) => found.part = found.part.or(Some(part)),
            Piece::Midnight => {
                found.time = Some((NaiveTime::from_hms_opt(12, 0, 0)?, false));
                found.part = Some(Part::Night);
            }
            Piece::Moment(moment) => {
                return Some(Due {
                    day: moment.date(),
                    time: Some(moment.time().with_second(0)?.with_nanosecond(0)?),
                });
            }
        }
    }
    let today = clock.today();
    let (time, late) = match (found.time, found.part) {
        (None, None) => {
            return Some(Due {
                day: found.day?,
                time: None,
            });
        }
        (None, Some(part)) => (usual(part)?, false),
        (Some((time, true)), Some(Part::Night)) => (time, time.hour() < 5),
        (Some((time, true)), _) => (time, false),
        (Some((time, false)), Some(part)) => in_part(time, part)?,
        (Some((time, false)), None) => (in_day(time)?, false),
    };
    let day = found.day.unwrap_or(today);
    let meant = |day: NaiveDate, time: NaiveTime| {
        let day = if late { day.succ_opt()? } else { day };
        Some(day.and_time(time))
    };
    let mut moment = meant(day, time)?;
    if moment < clock.now() && day == today {
        let bare = found.part.is_none() && found.time.is_some_and(|(_, fixed)| !fixed);
        let other_half = moment.checked_add_signed(Duration::hours(12))?;
        if found.day.is_some() {
            // "today at 9", said in the afternoon
            if bare && time.hour() < 12 && other_half > clock.now() {
                moment = other_half;
            }
        } else if found.part == Some(Part::Night) && found.time.is_none() {
            return Some(Due { day, time: None });
        } else {
            moment = meant(today.succ_opt()?, time)?;
        }
    }
    Some(Due {
        day: moment.date(),
        time: Some(moment.time()),
    })
}

fn usual(part: Part) -> Option<NaiveTime> {
    let hour = match part {
        Part::Morning => 9,
        Part::Afternoon => 15,
        Part::Evening => 19,
        Part::Night => 20,
    };
    NaiveTime::from_hms_opt(hour, 0, 0)
}

/// An hour that says nothing else.
fn in_day(time: NaiveTime) -> Option<NaiveTime> {
    match time.hour() {
        hour @ 1..=7 => time.with_hour(hour + 12),
        _ => Some(time),
    }
}

/// An hour in a part of the day, and whether that is after midnight, on the next day.
fn in_part(time: NaiveTime, part: Part) -> Option<(NaiveTime, bool)> {
    let hour = time.hour();
    let half = hour % 12;
    match part {
        Part::Morning => Some((time.with_hour(half)?, false)),
        Part::Night if half < 5 => Some((time.with_hour(half)?, true)),
        Part::Afternoon | Part::Evening | Part::Night => Some((time.with_hour(half + 12)?, false)),
    }
}
