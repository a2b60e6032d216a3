//! Which language somebody writes who does not write English, and what is said about it in that language.

use crate::text::{is_in, search};

/// Letters of a language in brackets, or words of it that are no English ones; what is said to those who
/// write them. The first that fits holds.
const LANGUAGES: &str = include_str!("languages.txt");
/// How much of a message is looked at.
const BYTES: usize = 400;

/// What to say to a message that is no order in English, if it is in another language.
pub(crate) fn foreign(message: &str) -> Option<&'static str> {
    let end = message.floor_char_boundary(BYTES);
    let lower = message.get(..end).unwrap_or(message).to_lowercase();
    let letters = lower.chars().filter(|c| c.is_alphabetic());
    let beyond_latin = letters.clone().filter(|c| *c > '\u{370}').count();
    let is_beyond = beyond_latin > 0 && beyond_latin * 2 >= letters.count();
    let words = lower.split(|c: char| !c.is_alphabetic() && c != '\'');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let is_written = |marks: &str| {
        if marks.starts_with('[') {
            return is_beyond && search(marks).is_match(&lower);
        }
        let hits = words.iter().filter(|word| is_in(marks, word)).count();
        !is_beyond && (hits > 1 || (hits > 0 && hits * 2 >= words.len()))
    };
    let mut rows = LANGUAGES.lines().filter_map(|row| row.split_once(" | "));
    rows.find_map(|(marks, said)| is_written(marks).then_some(said))
}
