//! Folding and comparing words of any script.

/// The text in lower case, without marks and in one spelling where a script has several.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            // Combining marks, Arabic vowel signs, joiners, and what directs the writing.
            '\u{300}'..='\u{36f}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{640}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | 'ء' => {}
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => folded.push('a'),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => folded.push('i'),
            'ñ' | 'ń' | 'ň' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => folded.push('o'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ğ' => folded.push('g'),
            'ł' => folded.push('l'),
            'ş' | 'ś' | 'š' => folded.push('s'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            'ß' => folded.push_str("ss"),
            'ё' => folded.push('е'),
            'أ' | 'إ' | 'آ' | 'ٱ' => folded.push('ا'),
            'ي' | 'ى' | 'ئ' => folded.push('ی'),
            'ك' => folded.push('ک'),
            'ؤ' => folded.push('و'),
            'ة' | 'ه' | 'ۃ' | 'ۂ' => folded.push('ہ'),
            // Full-width letters and digits.
            '\u{ff01}'..='\u{ff5e}' => {
                let plain = char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c);
                folded.extend(plain.to_lowercase());
            }
            '’' | 'ʼ' => folded.push('\''),
            c => folded.push(digit(c).unwrap_or(c)),
        }
    }
    folded
}

/// The digits that people write beside the European ones, as those.
fn digit(c: char) -> Option<char> {
    const ZEROS: [char; 4] = ['٠', '۰', '०', '০'];
    let value = ZEROS.iter().find_map(|zero| {
        u32::from(c)
            .checked_sub(u32::from(*zero))
            .filter(|value| *value < 10)
    })?;
    char::from_digit(value, 10)
}

/// Whether a script puts no spaces between words.
pub(super) fn unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Signs of a word that are no letters by themselves, as in Hindi or Tamil.
pub(super) fn joins(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{963}' | '\u{966}'..='\u{dff}')
}

/// Whether two folded words are forms of one: equal, or alike up to their endings.
pub(super) fn alike(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let common = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let (one, other) = (one.chars().count(), other.chars().count());
    let (shorter, longer) = (one.min(other), one.max(other));
    if common == shorter {
        // egg, eggs; finish, finished.
        return match common {
            0..=2 => false,
            3 => longer <= 5,
            _ => longer - common <= 3,
        };
    }
    // calls, calling; parties, party.
    common >= 4 && common * 2 >= longer && longer - common <= 3
}

/// Whether two runs of a script without spaces have a word in common, as far as one can tell.
pub(super) fn share(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if long.contains(short) {
        return true;
    }
    let thai = short.chars().all(|c| c < '\u{3000}');
    let size = if thai { 4 } else { 2 };
    let chars: Vec<char> = short.chars().collect();
    chars.windows(size).any(|part| {
        // Japanese endings are spelt in hiragana alone.
        let telling = part.iter().any(|c| !matches!(c, '\u{3040}'..='\u{309f}'));
        telling && long.contains(part.iter().collect::<String>().as_str())
    })
}
