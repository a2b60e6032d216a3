//! The time zones that clients name. Their rules are built in: an image without a file system has none, and neither has
//! Windows.

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

/// The zone of an IANA name, or of an offset such as `+05:30`, `-0300` or `UTC+2`.
#[must_use]
pub fn named(name: &str) -> Option<TimeZone> {
    let zone = TimeZoneDatabase::bundled().get(name).ok();
    let zone = zone.or_else(|| offset(name).map(TimeZone::fixed));
    zone.filter(|zone| !zone.is_unknown())
}

/// What a zone is called. One that is only an offset has that as its name.
#[must_use]
pub fn name_of(zone: &TimeZone) -> String {
    let name = zone.iana_name().map(str::to_owned);
    name.unwrap_or_else(|| {
        Timestamp::UNIX_EPOCH
            .to_zoned(zone.clone())
            .strftime("%:z")
            .to_string()
    })
}

fn offset(text: &str) -> Option<Offset> {
    let upper = text.trim().to_ascii_uppercase();
    let text = ["UTC", "GMT"]
        .iter()
        .find_map(|name| upper.strip_prefix(name));
    let text = text.unwrap_or(&upper);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+')?),
    };
    let split = || digits.split_at_checked(digits.len().checked_sub(2).filter(|hours| *hours > 0)?);
    let (hours, minutes) = digits
        .split_once(':')
        .or_else(split)
        .unwrap_or((digits, "0"));
    let number = |text: &str, most: i32| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse::<i32>().ok().filter(|number| *number <= most);
        number.filter(|_| digits)
    };
    let seconds = (number(hours, 14)? * 60 + number(minutes, 59)?) * 60;
    Offset::from_seconds(sign * seconds).ok()
}
