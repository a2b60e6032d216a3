//! Yes and no, in the languages the people write in.

/// The answers to choose from when something is to be confirmed: yes, then no.
pub(super) const OPTIONS: [&str; 2] = ["Yes, do it", "No"];

/// English, Urdu, and Urdu in Latin letters.
const YES: &str = "yes, y, yes do it, yes please, yes please do, yep, yeah, yup, sure, of course, ok, okay, \
    ok do it, do it, do so, go ahead, please do, confirm, i confirm, correct, ہاں, جی, جی ہاں, \
    ہاں جی, ٹھیک ہے, کر دو, کر دیں, ہاں کر دو, ہاں کر دیں, haan, han, ji, ji haan, theek hai";
const NO: &str = "no, n, no thanks, no thank you, nope, nah, not now, dont, do not, no dont, dont do it, \
    do not do it, cancel, stop, never mind, nevermind, نہیں, جی نہیں, نہ, مت کرو, مت کریں, رہنے دو, \
    رہنے دیں, nahi, nahin, ji nahi";

/// A plain yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    Yes,
    No,
}

impl Agreement {
    /// What the words say when they say nothing else.
    pub fn of(words: &str) -> Option<Self> {
        let said = plainly(words);
        let among = |list: &str| list.split(", ").any(|one| one == said);
        match (among(YES), among(NO)) {
            (true, _) => Some(Self::Yes),
            (_, true) => Some(Self::No),
            _ => None,
        }
    }
}

/// Words without case, marks and spaces too many, and with the digits that every language knows.
pub(super) fn plainly(words: &str) -> String {
    let kept: String = words
        .chars()
        .filter_map(|c| match c {
            '\'' | '’' | '\u{200c}' | '\u{200d}' | '\u{64b}'..='\u{652}' => None,
            'ي' => Some('ی'),
            'ك' => Some('ک'),
            '۰'..='۹' => char::from_digit(u32::from(c) - u32::from('۰'), 10),
            '٠'..='٩' => char::from_digit(u32::from(c) - u32::from('٠'), 10),
            c if c.is_alphanumeric() || is_mark_of_a_letter(c) => Some(c),
            _ => Some(' '),
        })
        .collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Signs that belong to the letter before them, as in Hindi; they are no letters themselves.
fn is_mark_of_a_letter(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}')
}
