//! Where in a text the words about time are, and what each of them says.

mod days;
mod hours;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::clock::Clock;
use super::words::{self, Part, Word};

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
        if one_of_several(words, &phrase, clock) {
            return None;
        }
        if !weak || at_the_end {
            return Some(phrase);
        }
        from = phrase.to;
    }
    None
}

/// "at 8am and 8pm", "5 to 6pm": more than one time, which no single date can say.
fn one_of_several(words: &[Word], phrase: &Phrase, clock: &Clock) -> bool {
    let links = |word: &str| ["and", "or", "to", "-", "–", "اور", "aur"].contains(&word);
    let more = word(words, phrase.to).is_some_and(links)
        && read(words, phrase.to + 1, true, clock).is_some();
    let before = |back: usize| word(words, phrase.from.checked_sub(back)?);
    let less = before(1).is_some_and(links)
        && before(2).is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    more || less
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
    days::named_day(words, at, clock)
        .or_else(|| days::span_from_now(words, at, clock))
        .or_else(|| days::end_of(words, at, clock))
        .or_else(|| days::next_unit(words, at, clock))
        .or_else(|| days::date(words, at, led, clock))
        .or_else(|| hours::time(words, at, led))
        .map(strong)
        .or_else(|| days::weekday(words, at, clock))
        .or_else(|| hours::part(words, at))
}
