//! The person's day: in the time zone that the client names in the header `X-Timezone`, else in UTC.

use axum::http::request::Parts;
use capture::zone;
use chrono::{DateTime, Utc};
use jiff::{
    Timestamp, ToSpan as _, Zoned,
    civil::{self, Date},
    tz::TimeZone,
};
use rmcp::{
    ErrorData, RoleServer,
    handler::server::common::{AsRequestContext, FromContextPart},
    service::RequestContext,
};

use crate::failure::Failure;

const HEADER: &str = "x-timezone";

/// The moment of a request, where the person is.
pub(crate) struct Clock {
    now: Zoned,
    told: bool,
}

/// Which end of a day a date stands for.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Begin,
    End,
}

impl Clock {
    /// The clock of who made this request.
    pub(crate) fn of(context: &RequestContext<RoleServer>) -> Self {
        let parts = context.extensions.get::<Parts>();
        let named = parts.and_then(|parts| parts.headers.get(HEADER)?.to_str().ok());
        Self::new(Timestamp::now(), named)
    }

    fn new(now: Timestamp, zone: Option<&str>) -> Self {
        let zone = zone.and_then(zone::named);
        Self {
            told: zone.is_some(),
            now: now.to_zoned(zone.unwrap_or(TimeZone::UTC)),
        }
    }

    /// Which day it is, and by what clock: a sentence.
    pub(crate) fn sentence(&self) -> String {
        let today = self.now.strftime("%A, %Y-%m-%d");
        if self.told {
            let zone = zone::name_of(self.now.time_zone());
            format!("Today is {today} in the user's time zone, {zone}.")
        } else {
            format!(
                "Today is {today} in UTC: this client does not tell the user's time zone (header X-Timezone)."
            )
        }
    }

    /// The beginning of the day so many days ago.
    pub(crate) fn days_ago(&self, days: i64) -> Option<DateTime<Utc>> {
        let day = self.now.date().checked_sub(days.days()).ok()?;
        self.begin(day)
    }

    /// The moment that a date or a time stands for; without an offset it is the person's.
    pub(crate) fn moment(
        &self,
        text: &str,
        field: &str,
        end: End,
    ) -> Result<DateTime<Utc>, Failure> {
        let text = text.trim();
        let day = |date: Date| match end {
            End::Begin => self.begin(date),
            End::End => self.begin(date.tomorrow().ok()?),
        };
        let moment = if let Ok(moment) = text.parse::<Timestamp>() {
            utc(moment)
        } else if text.contains(':') {
            let local = text.parse::<civil::DateTime>().ok();
            let zone = self.now.time_zone().clone();
            local.and_then(|local| utc(local.to_zoned(zone).ok()?.timestamp()))
        } else {
            text.parse().ok().and_then(day)
        };
        moment.ok_or_else(|| {
            let message = format!("The argument `{field}` is not a date or time.");
            Failure::invalid(
                message,
                "Write it like 2026-11-30, or like 2026-11-30T17:00.",
            )
        })
    }

    fn begin(&self, day: Date) -> Option<DateTime<Utc>> {
        let begin = day.to_zoned(self.now.time_zone().clone()).ok()?;
        utc(begin.timestamp())
    }
}

fn utc(moment: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(moment.as_microsecond())
}

impl<C: AsRequestContext> FromContextPart<C> for Clock {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        Ok(Self::of(context.as_request_context()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: Option<&str>) -> Clock {
        Clock::new("2026-11-30T23:30:00Z".parse().unwrap(), zone)
    }

    #[test]
    fn the_day_is_that_of_the_zone_and_utc_is_said_to_be_a_guess() {
        assert_eq!(
            at(Some("europe/berlin")).sentence(),
            "Today is Tuesday, 2026-12-01 in the user's time zone, Europe/Berlin."
        );
        for nothing in [None, Some(""), Some("Mars/Olympus")] {
            let said = at(nothing).sentence();
            assert!(
                said.starts_with("Today is Monday, 2026-11-30 in UTC: "),
                "{said}"
            );
        }
    }

    #[test]
    fn dates_and_times_are_the_persons_unless_they_have_an_offset() {
        let clock = at(Some("+05:30"));
        for (text, end, moment) in [
            ("2026-11-30", End::Begin, "2026-11-29T18:30:00Z"),
            (" 2026-11-30 ", End::End, "2026-11-30T18:30:00Z"),
            ("2026-11-30T17:00", End::End, "2026-11-30T11:30:00Z"),
            ("2026-11-30 17:00:00", End::Begin, "2026-11-30T11:30:00Z"),
            (
                "2026-11-30T17:00:00+01:00",
                End::Begin,
                "2026-11-30T16:00:00Z",
            ),
        ] {
            let read = clock.moment(text, "since", end).unwrap();
            assert_eq!(read, moment.parse::<DateTime<Utc>>().unwrap(), "{text}");
        }
        for odd in [
            "yesterday",
            "2026-13-01",
            "2026-11-30T25:00",
            "5",
            "9999-12-31",
        ] {
            assert!(clock.moment(odd, "since", End::End).is_err(), "{odd}");
        }
    }
}
