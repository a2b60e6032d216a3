//! Which texts are the same to a person who searches, and which show nothing.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The text without regard to case, accents, width, composed or decomposed form, variants of a letter, typographic quotes
/// and dashes, and what cannot be seen; each white space is a space. The SQL function `folded` does the same.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_ignored(*c));
    let mut folded = String::with_capacity(text.len());
    for c in plain.flat_map(char::to_lowercase) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            c if c.is_whitespace() || c.is_control() => folded.push(' '),
            c => folded.push(digit(c).unwrap_or_else(|| letter(c))),
        }
    }
    folded
}

/// Whether there is nothing to see: no character but white space, control and format characters, and blank ones.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    let blank =
        |c: char| c.is_whitespace() || c.is_control() || is_default_ignorable(c) || c == '\u{2800}';
    text.chars()
        .all(|c| blank(c) || is_combining_mark(c) && u32::from(c) < 0x900)
}

/// The text on one line: tabs and line breaks of every kind, as many as stand together, are one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    let breaks = |c: char| matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let parts = text.split(breaks).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// The letter that stands for this one.
fn letter(c: char) -> char {
    match c {
        'ø' => 'o',
        'ı' => 'i',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ŧ' => 't',
        'ŋ' => 'n',
        'ς' => 'σ',
        'ٱ' => 'ا',
        'ي' | 'ى' | 'ې' => 'ی',
        'ك' | 'ڪ' => 'ک',
        'ة' | 'ه' | 'ۃ' | 'ە' | 'ھ' => 'ہ',
        '‘' | '’' | '‛' | 'ʼ' | 'ʹ' | '′' | '`' => '\'',
        '“' | '”' | '„' | '‟' | '«' | '»' => '"',
        '‐' | '‒' | '–' | '—' | '―' | '−' => '-',
        c => c,
    }
}

/// Accents, and the vowel signs that Arabic and Hebrew may leave out. The marks of the scripts after those are letters of
/// theirs.
fn is_ignored(c: char) -> bool {
    is_default_ignorable(c)
        || c == '\u{640}'
        || is_combining_mark(c)
            && matches!(c, '\0'..'\u{900}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
                | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Unicode's `Default_Ignorable_Code_Point`: what only directs, joins or fills the writing.
fn is_default_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The digits of Arabic, Persian and Urdu, Hindi and Bengali as the European ones.
fn digit(c: char) -> Option<char> {
    let zeros = ['٠', '۰', '०', '০'];
    let value = |zero| u32::from(c).checked_sub(u32::from(zero));
    let value = zeros
        .into_iter()
        .filter_map(value)
        .find(|value| *value < 10);
    char::from_digit(value?, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_the_same_word_folds_to_the_same_text() {
        for (one, other) in [
            ("MÜLLER’S Café", "mu\u{308}ller's cafe"),
            ("ＡＤＤ　２", "add 2"),
            ("Straße STRASSE ẞ", "strasse strasse ss"),
            ("İSTANBUL ışık", "istanbul isik"),
            (
                "Łódź Øre œuf ÆON ﬁn Þór Đà",
                "lodz ore oeuf aeon fin thor da",
            ),
            ("كتاب علي مدرسة", "کتاب علی مدرسہ"),
            ("دُودھ\u{200f} لانـا", "دودھ لانا"),
            ("می\u{200c}خواهم", "میخواهم"),
            ("m\u{200b}i\u{200d}l\u{ad}k\u{202e}", "milk"),
            ("ΟΔΟΣ όδος", "οδοσ οδοσ"),
            ("Ёлка", "елка"),
            ("ｶﾞｽ", "ガス"),
            ("“a” – b\u{2028}c", "\"a\" - b c"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
        assert_ne!(fold("m\u{456}lk"), fold("milk"), "another letter");
        assert_ne!(fold("दूध"), fold("दाध"), "vowel signs are letters");
    }

    #[test]
    fn a_text_without_anything_to_see_is_blank() {
        for blank in [
            "",
            " ",
            "\u{200b}",
            "\u{feff}\u{3164}",
            "\u{2800}",
            "\u{301}",
            "\u{2028}",
            "\0",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in [".", "\u{200f}ש", "❤\u{fe0f}", "e\u{301}", "ा"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn breaks_that_stand_together_are_one_space() {
        assert_eq!(one_line("a\r\nb\u{2028}\u{2029}c\td  e"), "a b c d  e");
    }
}
