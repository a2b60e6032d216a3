//! Words of any script, in the one form in which they are compared.

use std::collections::HashSet;

use text::fold;
use unicode_normalization::char::is_combining_mark;

/// The words and numbers of a text in order. Case, accents and width are gone, numbers stand apart from their units, those
/// after a `#` with it, and where a script has no spaces each pair of characters is a word.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let (mut word, mut kind) = (String::new(), Kind::Gap);
    for c in fold(text).chars() {
        let next = Kind::of(c, kind);
        if next != kind || next == Kind::Gap {
            finish(&mut tokens, &mut word, kind);
        }
        kind = next;
        word.push(c);
        if c == '#' {
            kind = Kind::Number;
        }
    }
    finish(&mut tokens, &mut word, kind);
    tokens
}

/// The words of a text, each once, without its numbers.
pub(super) fn words(text: &str) -> HashSet<String> {
    let is_number = |token: &String| token.starts_with(|c: char| c == '#' || c.is_ascii_digit());
    let tokens = tokens(text).into_iter();
    tokens.filter(|token| !is_number(token)).collect()
}

/// A word without its ending: one to three letters less, and four at least.
pub(super) fn stems(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().rev().take(3);
    let stems = ends.filter_map(|(end, _)| word.get(..end));
    stems.filter(|stem| stem.chars().nth(3).is_some())
}

/// Whether a word is a pair of characters of a script without spaces.
pub(super) fn is_pair(word: &str) -> bool {
    word.starts_with(has_no_spaces) && word.chars().nth(1).is_some()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gap,
    Number,
    Word,
    Pairs,
}

impl Kind {
    fn of(c: char, before: Self) -> Self {
        match c {
            '0'..='9' => Self::Number,
            _ if is_combining_mark(c) => before,
            _ if !c.is_alphanumeric() => Self::Gap,
            _ if has_no_spaces(c) => Self::Pairs,
            _ => Self::Word,
        }
    }
}

fn finish(tokens: &mut Vec<String>, word: &mut String, kind: Kind) {
    let word = std::mem::take(word);
    let letters: Vec<char> = word.chars().collect();
    match kind {
        Kind::Gap => {}
        Kind::Pairs if letters.len() > 2 => {
            tokens.extend(
                letters
                    .windows(2)
                    .map(|pair| pair.iter().collect::<String>()),
            );
        }
        _ if word != "#" => tokens.push(word),
        _ => {}
    }
}

/// Thai, Lao, Burmese, Khmer, Japanese, Chinese.
fn has_no_spaces(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        tokens(text).join(" ")
    }

    #[test]
    fn case_accents_width_and_forms_of_a_letter_make_no_other_word() {
        for (one, other) in [
            ("MÜLLER’S Café", "mu\u{308}ller's cafe"),
            ("ＭＩＬＫ　２", "milk 2"),
            ("Straße STRASSE ẞ", "strasse strasse ss"),
            ("ISTANBUL ışık İyi", "istanbul isik iyi"),
            ("Łódź Øre œuf ﬁn", "lodz ore oeuf fin"),
            ("كتاب علي مدرسة", "کتاب علی مدرسہ"),
            ("دُودھ\u{200f} لانـا", "دودھ لانا"),
            ("m\u{200b}i\u{200d}l\u{ad}k\u{202e}", "milk"),
            ("ｶﾞｽ 代", "ガス 代"),
        ] {
            assert_eq!(read(one), read(other), "{one}");
        }
        assert_ne!(
            read("m\u{456}lk"),
            read("milk"),
            "a letter that only looks like it is another"
        );
        assert_ne!(read("दूध"), read("दाध"), "vowel signs are letters");
    }

    #[test]
    fn numbers_stand_apart_from_their_units_and_are_no_words() {
        assert_eq!(
            read("5pm, 2kg of #12 and ５月３日 ۵ کلو"),
            "5 pm 2 kg of #12 and 5 月 3 日 5 کلو"
        );
        let all = words("5pm #12 # 7");
        assert_eq!(all, HashSet::from(["pm".to_owned()]));
    }

    #[test]
    fn a_script_without_spaces_is_read_by_pairs_of_characters() {
        assert_eq!(read("买牛奶 iPhone手机"), "买牛 牛奶 iphone 手机");
        assert_eq!(read("牛乳、パンだ"), read("牛乳 パンだ"));
        assert!(is_pair("牛奶") && !is_pair("奶") && !is_pair("milk"));
    }

    #[test]
    fn a_word_may_have_another_ending_when_four_letters_stay() {
        assert_eq!(stems("walked").collect::<Vec<_>>(), ["walke", "walk"]);
        assert_eq!(
            stems("müllers").collect::<Vec<_>>(),
            ["müller", "mülle", "müll"]
        );
        for short in ["call", "牛奶", ""] {
            assert_eq!(stems(short).count(), 0, "{short}");
        }
    }

    #[test]
    fn what_has_no_letters_has_no_words() {
        assert_eq!(read("🎂 … – # \u{200f} ❤\u{fe0f}"), "");
    }
}
