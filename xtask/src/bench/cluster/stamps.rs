//! Times as Kubernetes writes them.

use std::time::{Duration, SystemTime};

const DAY: u64 = 24 * 60 * 60;

/// A time such as `2026-11-21T09:42:44.397220844Z`.
pub(super) fn time(text: &str) -> Option<SystemTime> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.splitn(3, ':').map(str::parse::<u64>);
    let (hour, minute, second) = (
        clock.next()?.ok()?,
        clock.next()?.ok()?,
        clock.next()?.ok()?,
    );
    let days = days_since_1970(year, month, day)?;
    let whole = Duration::from_secs(days * DAY + hour * 3_600 + minute * 60 + second);
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(whole + Duration::from_secs_f64(fraction))
}

/// By the usual reckoning: years that begin in March end with the leap day.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year.checked_sub(1)?, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let day_of_year = (153 * month + 2) / 5 + day.checked_sub(1)?;
    (year * 365 + leap_days + day_of_year).checked_sub(719_468)
}

/// A span such as `1m1.134s`.
pub(super) fn span(text: &str) -> Option<Duration> {
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, behind) = rest.split_at(digits);
        let end = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let scale = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = behind;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since_1970(text: &str) -> Option<f64> {
        let time = time(text)?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(time.as_secs_f64())
    }

    #[test]
    fn times_are_read_to_the_fraction_of_a_second() {
        assert_eq!(since_1970("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(since_1970("2000-03-01T00:00:01.5Z"), Some(951_868_801.5));
        assert_eq!(since_1970("2024-02-29T12:00:00Z"), Some(1_709_208_000.0));
        assert_eq!(since_1970("yesterday"), None);
    }

    #[test]
    fn spans_are_read_in_their_units() {
        assert_eq!(span("1m1.134s"), Some(Duration::from_millis(61_134)));
        assert_eq!(span("350ms"), Some(Duration::from_millis(350)));
        assert_eq!(span("10"), None);
    }
}
