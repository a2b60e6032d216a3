//! Where in a line the words about time are, and what each of them says: a table of patterns, tried at the beginning
//! of every word.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Span, ToSpan as _, Zoned};
use regex_lite::{Captures, Regex};

/// What one group of words says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Day(Date),
    /// A time as it was said, and whether it says which half of the day is meant.
    Time(Time, bool),
    Part(Part),
    /// The end of the day spoken of.
    Midnight,
    Moment(DateTime),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Morning,
    Afternoon,
    Evening,
    Night,
}

/// Words that speak of one time.
pub(crate) struct Phrase {
    pub range: Range<usize>,
    pub pieces: Vec<Piece>,
}

/// Where a pattern matched.
struct Place<'l> {
    now: &'l Zoned,
    /// The words before it that lead to a time: "by", "on the".
    lead: &'l str,
    rest: &'l str,
    /// The piece just before it belongs to the same phrase and is a day.
    after_day: bool,
}

type Read = fn(&Captures<'_>, &Place<'_>) -> Option<Piece>;

struct Rule {
    pattern: Regex,
    read: Read,
}

const LEADS: &str = "by|on|at|for|due|from|until|till|before|around|starting";
const WEEKDAYS: &str = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?";
const MONTHS: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
const NUMBERS: &str =
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|an?|[0-9]{1,4}";
const HOURS: &str = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[0-9]{1,2}";
const UNITS: &str = "min(?:ute)?s?|hours?|days?|weeks?|months?|years?";
const PARTS: &str = "morning|afternoon|evening|night";

/// Of two that match at the same word, the first holds.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let amount = amount_source();
    let year = "(?:,? (?P<year>2[0-9]{3}))?";
    let day = "(?P<day>[0-9]{1,2})";
    let rows: [(String, Read); 18] = [
        ("(?:the )?day after tomorrow".into(), |_, at| ahead(2, at)),
        ("today".into(), |_, at| ahead(0, at)),
        ("tomorrow|tomorow|tmrw".into(), |_, at| ahead(1, at)),
        ("tonight".into(), |_, _| Some(Piece::Part(Part::Night))),
        (format!("(?:in|within) {amount}"), from_now),
        (format!("{amount} (?:from now|later)"), from_now),
        (
            "(?:the )?end of (?:(?P<next>next) |the |this )?(?P<unit>today|day|week|month|year)"
                .into(),
            end_of,
        ),
        ("next (?P<unit>day|week|month|year)".into(), |found, at| {
            following(text(found, "unit"), at.now.date()).map(Piece::Day)
        }),
        (
            "(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})".into(),
            |found, _| {
                let (year, month) = (number(found, "year")?, number(found, "month")?);
                Date::new(year, i8::try_from(month).ok()?, day_of(found)?)
                    .ok()
                    .map(Piece::Day)
            },
        ),
        (
            format!("(?P<month>{MONTHS}) {day}(?:st|nd|rd|th)?{year}"),
            day_of_month,
        ),
        (
            format!("(?:the )?{day}(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTHS}){year}"),
            day_of_month,
        ),
        (format!("(?:the )?{day}(?:st|nd|rd|th)"), |found, at| {
            let led = !at.lead.is_empty() && ENDS.is_match(at.rest);
            led.then(|| day_of_month(found, at))?
        }),
        ("noon|midday".into(), |_, _| {
            Some(Piece::Time(Time::new(12, 0, 0, 0).ok()?, true))
        }),
        ("midnight".into(), |_, _| Some(Piece::Midnight)),
        (
            format!("(?P<hour>{HOURS})(?:[:.](?P<minute>[0-9]{{2}}))? ?(?P<half>[ap])\\.?m"),
            clock_time,
        ),
        (
            format!("(?P<hour>{HOURS})(?:[:.](?P<minute>[0-9]{{2}}))?(?P<clock> o'?clock)?"),
            clock_time,
        ),
        (
            format!("(?:(?P<next>next )|(?P<this>this |coming ))?(?P<weekday>{WEEKDAYS}|weekend)"),
            weekday,
        ),
        (
            format!("(?P<said>in the |this )?(?P<part>{PARTS})"),
            part_of_day,
        ),
    ];
    rows.into_iter()
        .map(|(source, read)| Rule {
            pattern: pattern(&format!("^(?:{source})\\b")),
            read,
        })
        .collect()
});

/// What follows a number that can be an hour or a day: nothing that it would count.
static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "^(?:[,;.!?)]| ?$| (?:with|to|and|in|tonight|this|next|the|high|then|today|tomorrow|{LEADS}|{WEEKDAYS})\\b)"
    ))
});
static LEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("^(?:(?:{LEADS}) ){{1,2}}(?:the )?")));
static REPEATS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "\\b(?:daily|weekly|monthly|yearly|(?:every|each) (?:{WEEKDAYS}|{UNITS}|{PARTS}))\\b"
    ))
});
static AND_ANOTHER: LazyLock<Regex> = LazyLock::new(|| pattern("^,? (?:and|or|to|-|–) "));
static ONE_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern("\\b[0-9][0-9:.apm]* (?:and|or|to|-|–) $"));
/// Where a word begins that the rules may know.
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern("(?:^|[\\s(])(?P<start>[a-z0-9])"));
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| pattern("^[,;]? "));
static DURATION: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("^(?:another )?{}$", amount_source())));

fn amount_source() -> String {
    format!("(?:(?P<half>half)(?: an?)?|(?P<n>{NUMBERS})) (?P<unit>{UNITS})")
}

/// Compiles a pattern, in which a space stands for any white space and letters for either case.
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
fn pattern(source: &str) -> Regex {
    let source = source.replace(" ?", "\\s*").replace(' ', "\\s+");
    Regex::new(&format!("(?i){source}")).expect("a pattern is a regular expression")
}

/// The first phrase in a line.
pub(crate) fn find(line: &str, now: &Zoned) -> Option<Phrase> {
    if REPEATS.is_match(line) {
        return None;
    }
    let mut from = 0;
    for start in WORD
        .captures_iter(line)
        .filter_map(|found| found.name("start"))
    {
        let start = start.start();
        let Some((phrase, weak)) = phrase(line, start, now).filter(|_| start >= from) else {
            continue;
        };
        let (before, after) = (line.get(..start)?, line.get(phrase.range.end..)?);
        let another = AND_ANOTHER.find(after).is_some_and(|and| {
            let next = phrase.range.end + and.end();
            [next, next + lead(line, next)]
                .into_iter()
                .any(|start| piece(line, next, start, false, now).is_some())
        });
        if another || ONE_BEFORE.is_match(before) {
            return None;
        }
        // "Friday report" is about no day, "report Friday" is.
        if !weak || after.trim().trim_end_matches(['.', '!', '?']).is_empty() {
            return Some(phrase);
        }
        from = phrase.range.end;
    }
    None
}

/// How long the words are that lead to a time, at a place in a line.
fn lead(line: &str, at: usize) -> usize {
    let found = line.get(at..).and_then(|text| LEAD.find(text));
    found.map_or(0, |found| found.end())
}

/// The phrase that begins at a word, and whether all of it may well mean something else.
fn phrase(line: &str, start: usize, now: &Zoned) -> Option<(Phrase, bool)> {
    let (mut pieces, mut at, mut end, mut weak) = (Vec::new(), start, start, true);
    while pieces.len() < 4 {
        let lead = lead(line, at);
        let after_day = matches!(pieces.last(), Some(Piece::Day(_)));
        let Some((piece, next, sure)) = piece(line, at, at + lead, after_day, now) else {
            break;
        };
        weak &= !sure && lead == 0;
        pieces.push(piece);
        end = next;
        let Some(between) = BETWEEN.find(line.get(end..)?) else {
            break;
        };
        at = end + between.end();
    }
    let phrase = Phrase {
        range: start..end,
        pieces,
    };
    (!phrase.pieces.is_empty()).then_some((phrase, weak))
}

/// The piece at a place, where it ends, and whether it can mean nothing else.
fn piece(
    line: &str,
    lead: usize,
    start: usize,
    after_day: bool,
    now: &Zoned,
) -> Option<(Piece, usize, bool)> {
    let text = line.get(start..)?;
    RULES.iter().find_map(|rule| {
        let found = rule.pattern.captures(text)?;
        let end = start + found.get(0)?.end();
        let place = Place {
            now,
            lead: line.get(lead..start)?,
            rest: line.get(end..)?,
            after_day,
        };
        let piece = (rule.read)(&found, &place)?;
        let bare_weekday = found.name("weekday").is_some()
            && found.name("next").is_none()
            && found.name("this").is_none();
        Some((piece, end, !bare_weekday))
    })
}

/// An amount of time, where a text says nothing else.
pub(crate) fn duration(text: &str) -> Option<Span> {
    amount(&DURATION.captures(text.trim())?)
}

fn text<'t>(found: &Captures<'t>, name: &str) -> &'t str {
    found.name(name).map_or("", |group| group.as_str())
}

fn number(found: &Captures<'_>, name: &str) -> Option<i16> {
    let said = text(found, name).to_ascii_lowercase();
    if let "a" | "an" = said.as_str() {
        return Some(1);
    }
    let word = NUMBERS.split('|').position(|word| word == said);
    let value = word.and_then(|at| i16::try_from(at + 1).ok());
    value.or_else(|| said.parse().ok())
}

fn day_of(found: &Captures<'_>) -> Option<i8> {
    i8::try_from(number(found, "day")?).ok()
}

fn ahead(days: i32, at: &Place<'_>) -> Option<Piece> {
    at.now.date().checked_add(days.days()).ok().map(Piece::Day)
}

/// "two weeks", "half an hour"; half of anything longer is no amount.
fn amount(found: &Captures<'_>) -> Option<Span> {
    let unit = text(found, "unit").to_ascii_lowercase();
    if found.name("half").is_some() {
        return unit.starts_with('h').then(|| 30.minutes());
    }
    let number = i32::from(number(found, "n")?);
    Some(match unit.get(..2)? {
        "mi" => number.minutes(),
        "ho" => number.hours(),
        "da" => number.days(),
        "we" => number.weeks(),
        "mo" => number.months(),
        _ => number.years(),
    })
}

fn from_now(found: &Captures<'_>, at: &Place<'_>) -> Option<Piece> {
    let amount = amount(found)?;
    let timed = amount.get_hours() != 0 || amount.get_minutes() != 0;
    if timed {
        return Some(Piece::Moment(at.now.checked_add(amount).ok()?.datetime()));
    }
    at.now.date().checked_add(amount).ok().map(Piece::Day)
}

fn end_of(found: &Captures<'_>, at: &Place<'_>) -> Option<Piece> {
    let (unit, today) = (text(found, "unit"), at.now.date());
    if unit.eq_ignore_ascii_case("today") {
        return Some(Piece::Day(today));
    }
    let within = match found.name("next") {
        Some(_) => following(unit, today)?,
        None => today,
    };
    following(unit, within)?.yesterday().ok().map(Piece::Day)
}

/// The day the next day, week, month or year begins.
fn following(unit: &str, day: Date) -> Option<Date> {
    match unit.to_ascii_lowercase().as_str() {
        "day" => day.tomorrow(),
        "week" => day.nth_weekday(1, Weekday::Monday),
        "month" => day.last_of_month().tomorrow(),
        _ => day.last_of_year().tomorrow(),
    }
    .ok()
}

/// "3 December", "the 3rd": the next such day from today on, in the month where one is named, else in any.
fn day_of_month(found: &Captures<'_>, at: &Place<'_>) -> Option<Piece> {
    const NAMES: &str = "janfebmaraprmayjunjulaugsepoctnovdec";
    let (day, today) = (day_of(found)?, at.now.date());
    let named = match found.name("month") {
        Some(name) => {
            let name = name.as_str().get(..3)?.to_ascii_lowercase();
            Some(i8::try_from(NAMES.find(&name)? / 3 + 1).ok()?)
        }
        None => None,
    };
    if let (Some(month), Some(_)) = (named, found.name("year")) {
        let date = Date::new(number(found, "year")?, month, day);
        return date.ok().map(Piece::Day);
    }
    // Within eight years there is a 29 February.
    (0..=96)
        .filter_map(|ahead| today.first_of_month().checked_add(ahead.months()).ok())
        .filter(|first| named.is_none_or(|month| first.month() == month))
        .filter_map(|first| first.with().day(day).build().ok())
        .find(|date| *date >= today)
        .map(Piece::Day)
}

/// "5pm", "17:00", "5 o'clock", or "at 5" where nothing follows that five would count.
fn clock_time(found: &Captures<'_>, at: &Place<'_>) -> Option<Piece> {
    let hour = i8::try_from(number(found, "hour")?).ok()?;
    let minute = match found.name("minute") {
        Some(minute) => minute.as_str().parse().ok()?,
        None => 0,
    };
    let said = found.get(0)?.as_str();
    if let Some(half) = found.name("half") {
        let afternoon = half.as_str().eq_ignore_ascii_case("p");
        let hour = (1..=12).contains(&hour).then_some(hour % 12)?;
        let hour = if afternoon { hour + 12 } else { hour };
        return Some(Piece::Time(Time::new(hour, minute, 0, 0).ok()?, true));
    }
    let digits = said.starts_with(|c: char| c.is_ascii_digit());
    let after_at = at.lead.trim_end().to_ascii_lowercase().ends_with("at");
    let alone = digits && after_at && ENDS.is_match(at.rest);
    if found.name("clock").is_none() && !said.contains(':') && !alone {
        return None;
    }
    let exact = hour > 12 || hour == 0 || said.starts_with('0');
    Some(Piece::Time(Time::new(hour, minute, 0, 0).ok()?, exact))
}

/// "Friday", "next Friday", "this weekend".
fn weekday(found: &Captures<'_>, at: &Place<'_>) -> Option<Piece> {
    const NAMES: &str = "montuewedthufrisat";
    let name = text(found, "weekday").to_ascii_lowercase();
    let ahead = match name.as_str() {
        "weekend" => 5,
        name => NAMES.find(name.get(..3)?).map_or(6, |at| at / 3),
    };
    let weekday = Weekday::from_monday_zero_offset(i8::try_from(ahead).ok()?).ok()?;
    let today = at.now.date();
    let day = if found.name("next").is_some() {
        let monday = following("week", today)?;
        monday.checked_add(i32::try_from(ahead).ok()?.days())
    } else {
        today.nth_weekday(1, weekday)
    };
    day.ok().map(Piece::Day)
}

/// Alone it is more often a part of the title: "evening walk".
fn part_of_day(found: &Captures<'_>, at: &Place<'_>) -> Option<Piece> {
    static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            "^ (?:today|tomorrow|{WEEKDAYS}|(?:at )?(?:{NUMBERS}))\\b"
        ))
    });
    let said = found.name("said").is_some() || at.after_day || BESIDE.is_match(at.rest);
    said.then(|| match text(found, "part").to_ascii_lowercase().as_str() {
        "morning" => Piece::Part(Part::Morning),
        "afternoon" => Piece::Part(Part::Afternoon),
        "evening" => Piece::Part(Part::Evening),
        _ => Piece::Part(Part::Night),
    })
}
