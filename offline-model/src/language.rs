//! Which language somebody writes in, and so is answered in.

use crate::rules;

/// The languages spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    /// In its own script.
    Urdu,
    /// Urdu in Latin letters, as it is typed on telephones.
    Roman,
}

/// Roman Urdu words that are no English ones; two of them make a sentence Urdu.
const ROMAN: &str = " aaj aap agle baad baje batao dikhao doodh ek haan hafte hai hain hata hatao \
    isay jumma kaam kal kar karna karo karta kaise ke khol ki kitne ko koi kon kya mein mera mere meri mujhe \
    mukammal nahi nahin naam parson raat sab shaam shukriya subah theek tum wala wali yaad ye yeh ";

impl Language {
    pub const ALL: [Self; 3] = [Self::English, Self::Urdu, Self::Roman];

    /// The language of a text; `None` where it has no words to tell by, as in "2".
    pub fn of(text: &str) -> Option<Self> {
        let unquoted = rules::without_quotations(text);
        let count = |wanted: fn(char) -> bool| unquoted.chars().filter(|c| wanted(*c)).count();
        let (urdu, latin) = (count(is_urdu), count(|c| c.is_ascii_alphabetic()));
        if urdu == 0 && latin == 0 {
            return None;
        }
        if rules::is_urdu(text) {
            return Some(if urdu > 0 { Self::Urdu } else { Self::Roman });
        }
        // An English order may name a task in Urdu; what is no order at all is in the script that
        // most of it is in.
        if urdu >= latin && !rules::is_understood(text) {
            return Some(Self::Urdu);
        }
        if urdu == 0 && roman_words(&unquoted) >= 2 && !rules::is_understood(text) {
            return Some(Self::Roman);
        }
        Some(Self::English)
    }
}

/// Letters of the Arabic script.
pub(crate) fn is_urdu(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
        && c.is_alphabetic()
}

fn roman_words(text: &str) -> usize {
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty());
    words
        .filter(|word| ROMAN.contains(&format!(" {word} ")))
        .count()
}

/// The same text in the one spelling that the rules know: letters that look alike, marks over
/// letters and foreign punctuation are written as on an Urdu keyboard.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{64b}'..='\u{652}' | '\u{670}' | '\u{640}' | '\u{200c}'..='\u{200f}'))
        .map(|c| match c {
            'ي' | 'ى' => 'ی',
            'ك' => 'ک',
            'ه' | 'ة' | 'ۀ' | 'ۂ' => 'ہ',
            '۔' => '.',
            '؟' => '?',
            '،' => ',',
            '؛' => ';',
            other => other,
        })
        .collect()
}

/// Digits of the Arabic script as the ones everybody computes with.
pub(crate) fn digits(text: &str) -> String {
    let latin = |c: char, zero: char| {
        let value = u32::from(c)
            .checked_sub(u32::from(zero))
            .filter(|value| *value < 10)?;
        char::from_digit(value, 10)
    };
    text.chars()
        .map(|c| latin(c, '۰').or_else(|| latin(c, '٠')).unwrap_or(c))
        .collect()
}
