//! The words of dates, in English, Urdu and Roman Urdu.

use chrono::Weekday;

use crate::language;

/// A word of a text: where it stands, and how it reads without marks, in lower case.
#[derive(Debug)]
pub(super) struct Word {
    pub start: usize,
    pub end: usize,
    pub text: String,
    /// A mark follows, so that the next word may belong to something else.
    pub comma: bool,
}

pub(super) fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut from = 0;
    for piece in text.split_whitespace() {
        let Some(start) = text.get(from..).and_then(|rest| rest.find(piece)) else {
            break;
        };
        let start = from + start;
        from = start + piece.len();
        let bare = piece.trim_end_matches([',', ';', ':', '.', '!', '?', ')', '،', '۔', '؟']);
        let plain = language::digits(&language::plain(bare)).to_lowercase();
        words.push(Word {
            start,
            end: start + bare.len(),
            text: plain.trim_start_matches('(').to_owned(),
            comma: bare.len() < piece.len(),
        });
    }
    words
}

/// What time is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Morning,
    Afternoon,
    Evening,
    Night,
}

fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

fn position(lists: &[&str], word: &str) -> Option<usize> {
    lists.iter().position(|list| is_in(list, word))
}

/// Days from today.
pub(super) fn day(word: &str) -> Option<i64> {
    const DAYS: [&str; 3] = [
        "today aaj آج",
        "tomorrow tmrw tomorow kal کل",
        "parson parso پرسوں",
    ];
    position(&DAYS, word).and_then(|at| i64::try_from(at).ok())
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [&str; 7] = [
        "monday mon peer pir somwar پیر سوموار",
        "tuesday tue tues mangal منگل",
        "wednesday wed budh بدھ",
        "thursday thu thur thurs jumerat jumeraat جمعرات",
        "friday fri juma jumma jume jumme jummay جمعہ جمعے",
        "saturday sat saneechar سنیچر",
        "sunday sun itwar itwaar اتوار",
    ];
    position(&DAYS, word)
        .and_then(|at| u8::try_from(at).ok())
        .and_then(|at| Weekday::try_from(at).ok())
}

/// Saturday has the same name as the week in Urdu; a word after it tells.
pub(super) fn saturday_or_week(word: &str) -> bool {
    is_in("hafta hafte ہفتہ ہفتے", word)
}

pub(super) fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january jan جنوری",
        "february feb فروری",
        "march mar مارچ",
        "april apr اپریل",
        "may مئی",
        "june jun جون",
        "july jul جولائی",
        "august aug agast اگست",
        "september sep sept ستمبر",
        "october oct اکتوبر",
        "november nov نومبر",
        "december dec دسمبر",
    ];
    position(&MONTHS, word).and_then(|at| u32::try_from(at + 1).ok())
}

pub(super) fn number(word: &str) -> Option<u32> {
    const NUMBERS: [&str; 12] = [
        "one a an ek aik ایک",
        "two do دو",
        "three teen تین",
        "four char chaar چار",
        "five panch paanch پانچ",
        "six chay chhay che چھ چہ",
        "seven saat sat سات",
        "eight aath آٹھ آٹہ",
        "nine nau نو",
        "ten das دس",
        "eleven gyarah گیارہ",
        "twelve barah بارہ",
    ];
    if word.len() <= 4 && !word.is_empty() && word.chars().all(|c| c.is_ascii_digit()) {
        return word.parse().ok();
    }
    position(&NUMBERS, word).and_then(|at| u32::try_from(at + 1).ok())
}

pub(super) fn unit(word: &str) -> Option<Unit> {
    const UNITS: [(Unit, &str); 6] = [
        (Unit::Minute, "minute minutes min mins minat منٹ"),
        (
            Unit::Hour,
            "hour hours ghanta ghante ghanton گھنٹہ گھنٹے گھنٹوں",
        ),
        (Unit::Day, "day days din dinon دن دنوں"),
        (Unit::Week, "week weeks hafta hafte hafton ہفتہ ہفتے ہفتوں"),
        (
            Unit::Month,
            "month months mahina mahine mahinay maheene مہینہ مہینے مہینوں ماہ",
        ),
        (Unit::Year, "year years saal سال"),
    ];
    let known = UNITS.iter().find(|(_, words)| is_in(words, word));
    known.map(|(unit, _)| *unit)
}

pub(super) fn part(word: &str) -> Option<Part> {
    const PARTS: [(Part, &str); 4] = [
        (Part::Morning, "morning subah صبح"),
        (Part::Afternoon, "afternoon dopahar dopahr dopehar دوپہر"),
        (Part::Evening, "evening shaam sham شام"),
        (Part::Night, "night raat رات"),
    ];
    let known = PARTS.iter().find(|(_, words)| is_in(words, word));
    known.map(|(part, _)| *part)
}

/// Words that lead to a date and go with it.
pub(super) fn leads(word: &str) -> bool {
    is_in(
        "by on at for due from until till before around starting",
        word,
    )
}

/// Words that follow a date in Urdu and go with it.
pub(super) fn follows(word: &str) -> bool {
    is_in("ko tak کو تک", word)
}

/// "in", after what it is said of.
pub(super) fn within(word: &str) -> bool {
    is_in("mein me main baad بعد میں", word)
}

/// Half past, a quarter past, a quarter to: what an Urdu hour is changed by, in minutes.
pub(super) fn shift(word: &str) -> Option<i64> {
    match word {
        "ساڑھے" | "ساڑہے" | "saarhe" | "sarhe" | "saadhe" => Some(30),
        "سوا" | "sawa" => Some(15),
        "پونے" | "pone" | "paune" => Some(-15),
        _ => None,
    }
}

pub(super) fn oclock(word: &str) -> bool {
    is_in("o'clock oclock baje bajay بجے", word)
}

pub(super) fn is_next(word: &str) -> bool {
    is_in("next agle agli agla اگلے اگلی اگلا", word)
}

pub(super) fn is_this(word: &str) -> bool {
    is_in("this coming is اس", word)
}

pub(super) fn repeats(word: &str) -> bool {
    is_in("every each har ہر", word)
}

pub(super) fn always(word: &str) -> bool {
    is_in("daily weekly monthly yearly rozana روزانہ", word)
}
