//! Where in a text the words about time are, and what each of them says.

use chrono::{Datelike as _, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use super::clock::Clock;
use super::words::{self, Part, Unit, Word};

/// What one group of words says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Day(NaiveDate),
    /// An hour as it was said, with the minutes; `fixed` when it says which half of the day.
    Time {
        time: NaiveTime,
        fixed: bool,
    },
    Part(Part),
    /// The end of the day spoken of.
    Midnight,
    Moment(NaiveDateTime),
}

/// Words `from..to` speak of one time.
#[derive(Debug)]
pub(super) struct Phrase {
    pub from: usize,
    pub to: usize,
    pub pieces: Vec<Piece>,
}

/// A piece and how many words it takes; `weak` when the words may well mean something else.
struct Read {
    piece: Piece,
    words: usize,
    weak: bool,
}

/// The first phrase in a text.
pub(super) fn find(words: &[Word], clock: &Clock) -> Option<Phrase> {
    if repeats(words) {
        return None;
    }
    let mut from = 0;
    while from < words.len() {
        let (phrase, weak) = phrase(words, from, clock);
        if phrase.pieces.is_empty() {
            from += 1;
            continue;
        }
        let at_the_end = phrase.to == words.len();
        if !weak || at_the_end {
            return Some(phrase);
        }
        from = phrase.to;
    }
    None
}

/// "every Monday", "daily".
fn repeats(words: &[Word]) -> bool {
    let is_time = |at: usize| {
        word(words, at).is_some_and(|word| {
            words::weekday(word).is_some()
                || words::unit(word).is_some()
                || words::part(word).is_some()
        })
    };
    (0..words.len()).any(|at| {
        word(words, at)
            .is_some_and(|word| words::always(word) || (words::repeats(word) && is_time(at + 1)))
    })
}

fn word(words: &[Word], at: usize) -> Option<&str> {
    words.get(at).map(|word| word.text.as_str())
}

/// The phrase that begins at a word, and whether all of it is weak.
fn phrase(words: &[Word], from: usize, clock: &Clock) -> (Phrase, bool) {
    let (mut pieces, mut at, mut to, mut weak) = (Vec::new(), from, from, true);
    loop {
        let mut led = false;
        let mut next = at;
        while word(words, next).is_some_and(words::leads) && next < at + 2 {
            led = true;
            next += 1;
        }
        if word(words, next) == Some("the") && led {
            next += 1;
        }
        let Some(read) = read(words, next, led, clock) else {
            break;
        };
        next += read.words;
        let mut followed = false;
        while word(words, next).is_some_and(words::follows) {
            followed = true;
            next += 1;
        }
        weak &= read.weak && !led && !followed;
        pieces.push(read.piece);
        (at, to) = (next, next);
        if pieces.len() == 4 {
            break;
        }
    }
    (Phrase { from, to, pieces }, weak)
}

fn read(words: &[Word], at: usize, led: bool, clock: &Clock) -> Option<Read> {
    let strong = |(piece, words)| Read {
        piece,
        words,
        weak: false,
    };
    named_day(words, at, clock)
        .or_else(|| span_from_now(words, at, clock))
        .or_else(|| end_of(words, at, clock))
        .or_else(|| next_unit(words, at, clock))
        .or_else(|| date(words, at, led, clock))
        .or_else(|| time(words, at, led))
        .map(strong)
        .or_else(|| weekday(words, at, clock))
        .or_else(|| part(words, at))
}

/// "today", "tonight", "the day after tomorrow".
fn named_day(words: &[Word], at: usize, clock: &Clock) -> Option<(Piece, usize)> {
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
fn span_from_now(words: &[Word], at: usize, clock: &Clock) -> Option<(Piece, usize)> {
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
fn end_of(words: &[Word], at: usize, clock: &Clock) -> Option<(Piece, usize)> {
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
fn next_unit(words: &[Word], at: usize, clock: &Clock) -> Option<(Piece, usize)> {
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
fn date(words: &[Word], at: usize, led: bool, clock: &Clock) -> Option<(Piece, usize)> {
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
fn weekday(words: &[Word], at: usize, clock: &Clock) -> Option<Read> {
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

/// "in the morning", "this evening", "شام".
fn part(words: &[Word], at: usize) -> Option<Read> {
    let said = |offset: usize| word(words, at + offset);
    let read = |part, words, weak| {
        Some(Read {
            piece: Piece::Part(part),
            words,
            weak,
        })
    };
    if said(0) == Some("in") && said(1) == Some("the") {
        return read(words::part(said(2)?)?, 3, false);
    }
    if said(0).is_some_and(words::is_this) {
        return read(words::part(said(1)?)?, 2, false);
    }
    // Alone it is more often a part of the title: "evening walk".
    let part = words::part(said(0)?)?;
    let beside = |at: usize| {
        word(words, at).is_some_and(|word| {
            words::day(word).is_some() || words::weekday(word).is_some() || words::follows(word)
        })
    };
    let hour_follows = said(1).is_some_and(|word| words::number(word).is_some());
    let joined = at > 0 && (beside(at - 1) || word(words, at - 1).is_some_and(words::oclock));
    (joined || beside(at + 1) || hour_follows)
        .then(|| read(part, 1, false))
        .flatten()
}

/// "at 5", "5pm", "17:00", "noon", "5 بجے".
fn time(words: &[Word], at: usize, led: bool) -> Option<(Piece, usize)> {
    let first = word(words, at)?;
    let clock_time = |hour: u32, minute: u32, fixed| {
        let time = NaiveTime::from_hms_opt(hour, minute, 0)?;
        Some(Piece::Time { time, fixed })
    };
    match first {
        "noon" | "midday" => return Some((clock_time(12, 0, true)?, 1)),
        "midnight" => return Some((Piece::Midnight, 1)),
        _ => {}
    }
    if let Some(shift) = words::shift(first) {
        let hour = words::number(word(words, at + 1)?)?;
        words::oclock(word(words, at + 2)?).then_some(())?;
        let minutes = i64::from(hour) * 60 + shift;
        let (hour, minute) = (
            u32::try_from(minutes / 60).ok()?,
            u32::try_from(minutes % 60).ok()?,
        );
        return Some((clock_time(hour, minute, hour > 12)?, 3));
    }
    let (digits, half) = half_of_day(first);
    let (hour, minute, exact) = match digits.split_once([':', '.']) {
        Some((hour, minute)) if minute.len() == 2 => {
            (hour.parse().ok()?, minute.parse().ok()?, true)
        }
        Some(_) => return None,
        None => (words::number(digits)?, 0, false),
    };
    let next = word(words, at + 1);
    let (half, taken) = match (half, next.map(half_of_day)) {
        (Some(half), _) => (Some(half), 1),
        (None, Some(("", Some(half)))) => (Some(half), 2),
        (None, _) => (None, 1),
    };
    if let Some(afternoon) = half {
        let hour = (1..=12).contains(&hour).then_some(hour % 12)?;
        return Some((
            clock_time(hour + if afternoon { 12 } else { 0 }, minute, true)?,
            taken,
        ));
    }
    if next.is_some_and(words::oclock) {
        return Some((clock_time(hour, minute, hour > 12)?, 2));
    }
    let colon = exact && digits.contains(':');
    let alone = led && word(words, at.wrapping_sub(1)) == Some("at") && ends_here(words, at);
    let hours = digits.chars().all(|c| c.is_ascii_digit()) || exact;
    (hours && (colon || alone)).then_some(())?;
    Some((
        clock_time(
            hour,
            minute,
            hour > 12 || hour == 0 || digits.starts_with('0'),
        )?,
        1,
    ))
}

/// "5pm" → "5" and true.
fn half_of_day(word: &str) -> (&str, Option<bool>) {
    for (ending, afternoon) in [("a.m", false), ("p.m", true), ("am", false), ("pm", true)] {
        if let Some(digits) = word.strip_suffix(ending)
            && digits
                .chars()
                .all(|c| c.is_ascii_digit() || c == ':' || c == '.')
        {
            return (digits, Some(afternoon));
        }
    }
    (word, None)
}

/// Whether a number after "at" can be an hour: nothing that it would count follows.
fn ends_here(words: &[Word], at: usize) -> bool {
    let comma = words.get(at).is_some_and(|word| word.comma);
    let Some(next) = word(words, at + 1) else {
        return true;
    };
    let goes_on = [
        "with", "to", "and", "in", "tonight", "this", "next", "the", "high", "then",
    ];
    comma
        || words::leads(next)
        || words::day(next).is_some()
        || goes_on.contains(&next)
        || words::weekday(next).is_some()
}
