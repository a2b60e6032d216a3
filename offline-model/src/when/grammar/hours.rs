//! Words that say a time of day.

use chrono::NaiveTime;

use super::super::words::{self, Word};
use super::{Piece, Read, word};

/// "in the morning", "this evening", "شام".
pub(super) fn part(words: &[Word], at: usize) -> Option<Read> {
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
pub(super) fn time(words: &[Word], at: usize, led: bool) -> Option<(Piece, usize)> {
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
pub(super) fn ends_here(words: &[Word], at: usize) -> bool {
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
