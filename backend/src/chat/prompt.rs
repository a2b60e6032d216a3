//! What the model is told of the person's time: the day, a calendar, and when their clocks change; the hour stands with
//! each message. What is said before all messages is the same all day, as a provider's cache begins there.
//!
//! Models are bad at calculating with dates and good at reading them off a list.

use std::fmt::Write as _;

use capture::zone;
use chrono::{DateTime, Utc};
use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, Time, Weekday},
    tz::{Offset, TimeZone},
};

const PROMPT: &str = include_str!("prompt.md");

/// The calendar goes so many days beyond today.
const DAYS: i32 = 21;
/// A language, a script, a country, and one more.
const LOCALE_PARTS: usize = 4;

/// The person's time zone under its proper name, such as `Europe/Berlin` or `+05:30`; empty when the client names none, or
/// one that does not exist.
#[must_use]
pub fn time_zone(said: Option<&str>) -> String {
    let zone = said.and_then(zone::named);
    zone.as_ref().map(zone::name_of).unwrap_or_default()
}

/// The first locale of an `Accept-Language` header, such as `ur-PK`, when it can be one.
#[must_use]
pub fn locale(accepted: Option<&str>) -> Option<String> {
    let first = accepted?.split([',', ';']).next()?.trim();
    let (language, more) = first.split_once('-').unwrap_or((first, ""));
    let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let language = (2..=3).contains(&language.len()) && letters(language);
    let good = |part: &str| {
        (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let more = more.is_empty() || more.split('-').all(good);
    let short = first.split('-').count() <= LOCALE_PARTS;
    (language && more && short).then(|| first.to_owned())
}

/// The system prompt at a moment, for someone in a time zone.
pub(crate) fn prompt(now: DateTime<Utc>, time_zone: &str, locale: Option<&str>) -> String {
    let clock = LocalTime::new(now, time_zone);
    let example = clock.now.date().saturating_add(1.day());
    PROMPT
        .replace("{clock}", clock.tell(locale).trim_end())
        .replace("{example}", &format!("{}, 17:00", in_words(example)))
}

/// When a message was sent, for someone in a time zone: "Saturday, 21 November 2026, 16:04".
pub(crate) fn sent(at: DateTime<Utc>, time_zone: &str) -> String {
    let at = LocalTime::new(at, time_zone).now;
    format!("{}, {}", in_words(at.date()), at.strftime("%H:%M"))
}

/// The person's clock.
struct LocalTime {
    now: Zoned,
    known: bool,
}

impl LocalTime {
    fn new(now: DateTime<Utc>, time_zone: &str) -> Self {
        let zone = zone::named(time_zone);
        let now = Timestamp::from_second(now.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            known: zone.is_some(),
            now: now.to_zoned(zone.unwrap_or(TimeZone::UTC)),
        }
    }

    fn tell(&self, locale: Option<&str>) -> String {
        let now = &self.now;
        let zone = if self.known {
            let name = zone::name_of(now.time_zone());
            format!("The person's time zone is {name}.")
        } else {
            "The person's time zone is not known: all times here are UTC. Say so when it matters \
             which time or day it is for them."
                .to_owned()
        };
        let mut told = format!("Today is {}. {zone}\n", in_words(now.date()));
        if let Some(locale) = locale {
            // Writing to a string cannot fail.
            let _ = writeln!(told, "Their device is set to the locale {locale}.");
        }
        self.tell_calendar(&mut told);
        for change in self.changes() {
            told.push_str(&change);
            told.push('\n');
        }
        told
    }

    /// A line for each week, which says the month where it changes.
    fn tell_calendar(&self, told: &mut String) {
        told.push_str(
            "Calendar (\"Friday\" is the next one to come, \"next Friday\" the one of next week):",
        );
        let monday = monday_of(self.now.date());
        let (mut last_week, mut last_month) = (-1, 0);
        for (index, date) in self.days().into_iter().enumerate() {
            let week = date.since(monday).map_or(0, |span| span.get_days() / 7);
            let begins = match week {
                _ if week == last_week => ", ".to_owned(),
                0 => "\n- This week: ".to_owned(),
                1 => "\n- Next week: ".to_owned(),
                weeks => format!("\n- In {weeks} weeks: "),
            };
            let day = if date.month() == last_month {
                date.strftime("%A %-d")
            } else {
                date.strftime("%A %-d %B")
            };
            let name = match index {
                0 => " (today)",
                1 => " (tomorrow)",
                _ => "",
            };
            let _ = write!(told, "{begins}{day}{name}");
            (last_week, last_month) = (week, date.month());
        }
        told.push('\n');
    }

    /// Today and the days to come, but for those that a zone leaves out when it crosses the date line.
    fn days(&self) -> Vec<Date> {
        let today = self.now.date();
        (0..=DAYS)
            .filter_map(|ahead| today.checked_add(ahead.days()).ok())
            .filter(|date| {
                let begins = date.to_zoned(self.now.time_zone().clone());
                begins.is_ok_and(|begins| begins.date() == *date)
            })
            .collect()
    }

    /// The changes of the clocks within the calendar, each in a line.
    fn changes(&self) -> Vec<String> {
        let zone = self.now.time_zone();
        // From the day's beginning, so that the day's later messages are told the same.
        let begin = self.now.start_of_day().unwrap_or_else(|_| self.now.clone());
        let end = begin.timestamp().as_second() + i64::from(DAYS + 1) * 24 * 60 * 60;
        let mut offset = begin.offset();
        let mut told = Vec::new();
        let coming = zone.following(begin.timestamp());
        for change in coming.take_while(|change| change.timestamp().as_second() <= end) {
            let (moment, before) = (change.timestamp(), offset);
            offset = change.offset();
            if offset != before {
                told.push(tell_change(moment, before, zone));
            }
        }
        told
    }
}

fn tell_change(moment: Timestamp, before: Offset, zone: &TimeZone) -> String {
    let after = moment.to_zoned(zone.clone());
    let (old, new) = (before.to_datetime(moment), after.datetime());
    let minutes = (after.offset().seconds() - before.seconds()) / 60;
    let at = after.strftime("%Y-%m-%dT%H:%M:%S%:z");
    let (way, what) = if minutes > 0 {
        (
            "forward",
            format!("{} to {} does not exist", clock_time(old), clock_time(new)),
        )
    } else {
        (
            "back",
            format!("{} to {} comes twice", clock_time(new), clock_time(old)),
        )
    };
    format!(
        "The clocks go {way} by {} minutes at {at}: {what}.",
        minutes.abs()
    )
}

fn clock_time(at: jiff::civil::DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn monday_of(date: Date) -> Date {
    let since = date.weekday().since(Weekday::Monday);
    date.saturating_sub(i32::from(since).days())
}

/// Whether a text is a day as the model is asked to write it, with an hour or without: "Sunday, 22 November 2026, 17:00".
pub(super) fn is_due_date(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.');
    let is_day =
        |text: &str| Date::strptime("%A, %d %B %Y", text).is_ok_and(|date| in_words(date) == text);
    let is_hour = |text: &str| {
        Time::strptime("%H:%M", text).is_ok_and(|time| time.strftime("%H:%M").to_string() == text)
    };
    is_day(text)
        || text
            .rsplit_once(", ")
            .is_some_and(|(day, hour)| is_day(day) && is_hour(hour))
}

/// As in "Sunday, 22 November 2026".
fn in_words(date: Date) -> String {
    date.strftime("%A, %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests;
