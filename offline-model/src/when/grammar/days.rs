//! Words that say a day: by its name, by its distance, by its date.

use chrono::{Datelike as _, Duration, Months, NaiveDate, Weekday};

use super::super::clock::Clock;
use super::super::words::{self, Part, Unit, Word};
use super::hours::ends_here;
use super::{Piece, Read, word};

/// "today", "tonight", "the day after tomorrow".
pub(super) fn named_day(words: &[Word], at: usize, clock: &Clock) -> Option<(Piece, usize)> {
    let today = clock.today();
    let said = |offset: usize| word(words, at + offset);
    let ahead = |days| Some(Piece::Day(today.checked_add_signed(Duration::days(days))?));
    let article = usize::from(said(0) == Some("the"));
    if said(article) == Some("day")
        && said(article + 1) == Some("after")
        && said(article + 2) == Some("tomorrow")
    {
        return Some((ahead(2)?, article + 3));
    }
    match said(0)? {
        "tonight" => Some((Piece::Part(Part::Night), 1)),
        known => Some((ahead(words::day(known)?)?, 1)),
    }
}

/// "in two weeks", "two weeks from now", "دو ہفتے میں".
pub(super) fn span_from_now(words: &[Word], at: usize, clock: &Clock) -> Option<(Piece, usize)> {
    let first = word(words, at)?;
    let leading = first == "in" || first == "within";
    let mut next = at + usize::from(leading);
    let half = matches!(word(words, next)?, "half" | "adhe" | "aadhe" | "آدھے");
    let number = if half {
        next += 1;
        1
    } else {
        words::number(word(words, next)?)?
    };
    next += usize::from(!half || matches!(word(words, next)?, "a" | "an"));
    let unit = words::unit(word(words, next)?)?;
    next += 1;
    if !leading {
        next += usize::from(matches!(word(words, next), Some("ke" | "کے")));
        let (one, two) = (word(words, next)?, word(words, next + 1));
        next += match (one, two) {
            ("from", Some("now")) => 2,
            ("later", _) => 1,
            (word, _) if words::within(word) => 1,
            _ => return None,
        };
    }
    Some((after(number, half, unit, clock)?, next - at))
}

fn after(number: u32, half: bool, unit: Unit, clock: &Clock) -> Option<Piece> {
    let today = clock.today();
    let day = match unit {
        Unit::Minute => {
            return Some(Piece::Moment(
                clock.after(Duration::minutes(number.into()))?,
            ));
        }
        Unit::Hour => {
            let minutes = if half { 30 } else { i64::from(number) * 60 };
            return Some(Piece::Moment(clock.after(Duration::minutes(minutes))?));
        }
        Unit::Day => today.checked_add_signed(Duration::days(number.into()))?,
        Unit::Week => today.checked_add_signed(Duration::weeks(number.into()))?,
        Unit::Month => today.checked_add_months(Months::new(number))?,
        Unit::Year => today.checked_add_months(Months::new(number.checked_mul(12)?))?,
    };
    Some(Piece::Day(day))
}

/// "the end of the month", "مہینے کے آخر".
pub(super) fn end_of(words: &[Word], at: usize, clock: &Clock) -> Option<(Piece, usize)> {
    let said = |at: usize| word(words, at);
    let today = clock.today();
    if said(at).is_some_and(|word| words::is_this(word) || words::unit(word).is_some()) {
        let next = at + usize::from(said(at).is_some_and(words::is_this));
        let unit = words::unit(said(next)?)?;
        let of = matches!(said(next + 1)?, "ke" | "کے");
        let end = matches!(
            said(next + 2)?,
            "akhir" | "aakhir" | "aakhri" | "آخر" | "اختتام"
        );
        let more = usize::from(said(next + 3).is_some_and(words::within));
        return (of && end).then_some((Piece::Day(last_day(unit, today)?), next + 3 + more - at));
    }
    let mut next = at + usize::from(said(at) == Some("the"));
    if said(next)? != "end" || said(next + 1)? != "of" {
        return None;
    }
    next += 2;
    let following = said(next).is_some_and(words::is_next);
    next += usize::from(following || matches!(said(next)?, "the" | "this"));
    let unit = match said(next)? {
        word if words::day(word) == Some(0) => Unit::Day,
        word => words::unit(word)?,
    };
    let within = if following {
        first_of_next(unit, today)?
    } else {
        today
    };
    Some((Piece::Day(last_day(unit, within)?), next + 1 - at))
}

fn last_day(unit: Unit, day: NaiveDate) -> Option<NaiveDate> {
    match unit {
        Unit::Day => Some(day),
        _ => first_of_next(unit, day)?.pred_opt(),
    }
}

/// The day the next week, month or year begins.
fn first_of_next(unit: Unit, day: NaiveDate) -> Option<NaiveDate> {
    match unit {
        Unit::Week => {
            let left = 7 - i64::from(day.weekday().num_days_from_monday());
            day.checked_add_signed(Duration::days(left))
        }
        Unit::Month => day.with_day(1)?.checked_add_months(Months::new(1)),
        Unit::Year => NaiveDate::from_ymd_opt(day.year().checked_add(1)?, 1, 1),
        Unit::Day => day.succ_opt(),
        Unit::Minute | Unit::Hour => None,
    }
}

/// "next week", "اگلے مہینے".
pub(super) fn next_unit(words: &[Word], at: usize, clock: &Clock) -> Option<(Piece, usize)> {
    if !words::is_next(word(words, at)?) {
        return None;
    }
    let named = word(words, at + 1)?;
    let on_saturday = word(words, at + 2).is_some_and(words::follows);
    if words::saturday_or_week(named) && on_saturday {
        return None;
    }
    let first = first_of_next(words::unit(named)?, clock.today())?;
    Some((Piece::Day(first), 2))
}

/// "3 December", "December 3rd, 2027", "the 3rd", "2026-12-03".
pub(super) fn date(words: &[Word], at: usize, led: bool, clock: &Clock) -> Option<(Piece, usize)> {
    let first = word(words, at)?;
    if let Ok(day) = NaiveDate::parse_from_str(first, "%Y-%m-%d") {
        return Some((Piece::Day(day), 1));
    }
    let article = usize::from(first == "the");
    let year = |at: usize| {
        let said = word(words, at).filter(|said| said.len() == 4)?;
        said.parse::<i32>()
            .ok()
            .filter(|year| (2000..3000).contains(year))
    };
    let dated = |day: u32, month: u32, taken: usize| {
        let said = year(at + taken);
        let day = match said {
            Some(year) => NaiveDate::from_ymd_opt(year, month, day)?,
            None => next_date(Some(month), day, clock.today())?,
        };
        Some((Piece::Day(day), taken + usize::from(said.is_some())))
    };
    if let Some(month) = words::month(first) {
        let (day, _) = day_of_month(word(words, at + 1)?)?;
        return dated(day, month, 2);
    }
    let (day, ordinal) = day_of_month(word(words, at + article)?)?;
    let mut next = at + article + 1;
    next += usize::from(word(words, next) == Some("of"));
    if let Some(month) = word(words, next).and_then(words::month) {
        return dated(day, month, next + 1 - at);
    }
    let alone = ordinal && led && next == at + article + 1 && ends_here(words, next - 1);
    let day = alone
        .then(|| next_date(None, day, clock.today()))
        .flatten()?;
    Some((Piece::Day(day), article + 1))
}

/// "3", "3rd", and whether it says that it is a place in a row.
fn day_of_month(word: &str) -> Option<(u32, bool)> {
    let bare = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending));
    let day = bare.unwrap_or(word).parse().ok()?;
    (1..=31).contains(&day).then_some((day, bare.is_some()))
}

/// The next such day from today on: in the month where one is named, else in any.
fn next_date(month: Option<u32>, day: u32, today: NaiveDate) -> Option<NaiveDate> {
    let first = today.with_day(1)?;
    // Within eight years there is a 29 February.
    let months = (0..=96).filter_map(|ahead| first.checked_add_months(Months::new(ahead)));
    months
        .filter(|first| month.is_none_or(|month| first.month() == month))
        .filter_map(|first| first.with_day(day))
        .find(|date| *date >= today)
}

/// "Friday", "next Friday", "this weekend".
pub(super) fn weekday(words: &[Word], at: usize, clock: &Clock) -> Option<Read> {
    let today = clock.today();
    let first = word(words, at)?;
    let (this, next) = (words::is_this(first), words::is_next(first));
    let qualified = usize::from(this || next);
    let named = word(words, at + qualified)?;
    let on_it = word(words, at + qualified + 1).is_some_and(words::follows);
    let weekday = match words::weekday(named) {
        Some(weekday) => weekday,
        None if named == "weekend" => Weekday::Sat,
        None if words::saturday_or_week(named) && on_it => Weekday::Sat,
        None => return None,
    };
    let day = if next {
        let monday = first_of_next(Unit::Week, today)?;
        monday.checked_add_signed(Duration::days(weekday.num_days_from_monday().into()))?
    } else {
        let ahead = weekday.days_since(today.weekday());
        let ahead = if ahead == 0 { 7 } else { ahead };
        today.checked_add_signed(Duration::days(ahead.into()))?
    };
    Some(Read {
        piece: Piece::Day(day),
        words: qualified + 1,
        weak: qualified == 0,
    })
}
