//! Which task a sentence is about.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::super::text::Quotes;
use super::super::{group, pattern};
use crate::command::{Ordinal, Status, Target};
use crate::language;

const THING: &str = r"(?:کاموں|کام|ٹاسکس|ٹاسک|چیزیں|چیز|kaamon|kaam|kam|tasks|task|cheez|cheezein)";

static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"(?:نمبر|number|no\.?|num|#)";
    pattern(&format!(
        r"(?:{THING}\s*)?(?:{number}\s*)*\d+(?:\s*(?:,|اور|aur|and|&)\s*(?:{THING}\s*)?(?:{number}\s*)*\d+)*(?:\s*{number})?(?:\s+(?:والا|والے|wala|wale))?(?:\s+{THING})?"
    ))
});
static LAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:اسے|اس|یہ|وہ|اس\s+کام|یہ\s+(?:کام|والا)|وہ\s+(?:کام|والا)|isay|ise|usay|use|is|us|isko|usko|yeh|ye|woh|wo|(?:yeh|ye|woh|wo|is|us)\s+(?:kaam|task|wala))",
    )
});
static THEM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:انہیں|ان|ان\s+سب|دونوں|دونو|unhein|inhein|un|in|in\s+sab|un\s+sab|dono|donon)")
});
static ALL: LazyLock<Regex> = LazyLock::new(|| {
    let all = r"(?:سب|سارے|ساری|تمام|sab|saare|sare|saari|tamam|all)";
    pattern(&format!(
        r"(?:(?:میرے|mere)\s+)?(?:{all}\s+)?(?:(?P<done>مکمل|ختم|ہو\s+چکے|mukammal|done|completed|khatam)(?:\s+(?:شدہ|shuda))?|(?P<open>باقی|نامکمل|ادھورے|baqi|baki|open|pending|adhoore))\s+{THING}|(?:(?:میرے|mere)\s+)?{all}(?:\s+(?:کچھ|kuch|kuchh|{THING}))?"
    ))
});
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:(?P<a>پہلا|پہلے|پہلی|pehla|pehle|pehli)|(?P<b>دوسرا|دوسرے|دوسری|doosra|dusra|doosre|dusre|doosri|dusri)|(?P<c>تیسرا|تیسرے|تیسری|teesra|tisra|teesre)|(?P<d>چوتھا|چوتھے|chautha|chauthe)|(?P<e>پانچواں|پانچویں|panchwan|paanchwan|panchwen)|(?P<z>آخری|aakhri|akhri))(?:\s+(?:والا|والے|والی|wala|wale|wali))?(?:\s+{THING})?"
    ))
});
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    let one = r"(?:والے|والا|والی|wale|wala|wali)";
    pattern(&format!(
        r"(?:{THING}\s+)?(?P<rest>.+?)(?:\s+{one}(?:\s+{THING})?|\s+(?:کا|کے|ka|ke)\s+{THING}|\s+{THING})"
    ))
});
static KO: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<rest>.+?)\s+(?:کو|ko)"));

/// Reads what stands where a sentence names its task.
pub(crate) fn read(text: &str, quotes: &Quotes) -> Target {
    let plain = language::plain(text);
    let mut text = plain
        .trim()
        .trim_end_matches([',', ':', '.', '!', '?'])
        .trim();
    if let Some(rest) = KO.captures(text).and_then(|found| found.name("rest")) {
        text = rest.as_str();
    }
    if text.is_empty() || matches!(text, "کام" | "kaam" | "task") {
        return Target::Missing;
    }
    let counted = language::digits(text);
    if NUMBERS.is_match(&counted) {
        let digits = counted
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty());
        if let Some(ids) = digits.map(|part| part.parse().ok()).collect() {
            return Target::Ids(ids);
        }
    }
    if LAST.is_match(text) {
        return Target::Last;
    }
    if THEM.is_match(text) {
        return Target::Them;
    }
    if let Some(found) = ALL.captures(text) {
        return Target::All(if found.name("done").is_some() {
            Status::Completed
        } else if found.name("open").is_some() {
            Status::Pending
        } else {
            Status::All
        });
    }
    if let Some(found) = PLACE.captures(text) {
        let nth = ["a", "b", "c", "d", "e"]
            .iter()
            .position(|name| found.name(name).is_some());
        return Target::Place(nth.map_or(Ordinal::Last, Ordinal::Nth));
    }
    let bare = BARE
        .captures(text)
        .and_then(|found| group(&found, "rest").map(str::to_owned));
    Target::Words(quotes.words(bare.as_deref().unwrap_or(text)))
}
