//! From text to words and clauses.

use super::{
    said::Clause,
    text::{fold, joins, unspaced},
    words::{Kinds, kinds_in, kinds_of, number_word},
};

/// "All but the milk" leaves the milk out.
const BUT: [&str; 9] = [
    "but", "aber", "pero", "mais", "mas", "لیکن", "مگر", "lekin", "magar",
];
/// Stand behind what is left out.
const EXCEPT_BEHIND: [&str; 7] = ["علاوہ", "سوا", "ilawa", "alawa", "haric", "अलावा", "以外"];

/// A word of a message or of a title.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    /// Folded; of a script without spaces what is left without its known words.
    pub text: String,
    pub kinds: Kinds,
    /// Of a script without spaces.
    pub run: bool,
    /// Between quotation marks: spoken of, not asked for.
    pub quoted: bool,
    pub number: Option<i64>,
    /// Written with `#`.
    pub hash: bool,
}

impl Word {
    /// Whether it tells one task from another.
    pub fn tells(&self) -> bool {
        if self.run {
            return self.text.chars().any(char::is_alphanumeric);
        }
        let long = self.text.chars().nth(1).is_some();
        let digits = self.text.chars().all(|c| c.is_ascii_digit());
        long && self.kinds.is_none() && (!digits || self.text.len() >= 3)
    }
}

/// The words of a title.
pub(super) fn words(text: &str) -> Vec<Word> {
    clauses(text)
        .into_iter()
        .flat_map(|clause| clause.words)
        .collect()
}

/// The clauses of a message.
pub(super) fn clauses(text: &str) -> Vec<Clause> {
    let mut reader = Reader::default();
    reader.read(text);
    reader.clauses
}

#[derive(Default)]
struct Reader {
    clauses: Vec<Clause>,
    clause: Clause,
    word: String,
    run: bool,
    quoted: bool,
    hash: bool,
}

impl Reader {
    fn read(&mut self, text: &str) {
        let text = fold(text).replace("n't", "nt");
        let mut before = ' ';
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            let next = rest.peek().copied().unwrap_or(' ');
            if c.is_alphanumeric() || joins(c) {
                let run = unspaced(c);
                if run != self.run {
                    self.end_word();
                }
                self.run = run;
                self.word.push(c);
            } else {
                self.end_word();
                let between_digits = before.is_ascii_digit() && next.is_ascii_digit();
                match c {
                    '“' | '«' | '「' => self.quoted = true,
                    '”' | '»' | '」' => self.quoted = false,
                    '"' => self.quoted = !self.quoted,
                    '#' | '№' => self.hash = true,
                    '.' | ',' if between_digits => {}
                    '.' | ',' | '!' | '?' | ';' | '\n' | '،' | '۔' | '؟' | '؛' | '।' | '、'
                    | '。' => {
                        self.end_clause();
                    }
                    _ => {}
                }
                if c != '#' && c != '№' {
                    self.hash = false;
                }
            }
            before = c;
        }
        self.end_clause();
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.word);
        let (quoted, hash) = (self.quoted, std::mem::take(&mut self.hash));
        if self.run {
            let (kinds, text) = kinds_in(&text);
            self.clause.words.push(Word {
                text,
                kinds,
                run: true,
                quoted,
                ..Word::default()
            });
            return;
        }
        let kinds = kinds_of(&text);
        if kinds.has(Kinds::EXCEPT) && !quoted {
            self.leave_out(&text);
            return;
        }
        if kinds.has(Kinds::AND) && !quoted {
            self.end_clause();
            self.clause.but = BUT.contains(&text.as_str());
            return;
        }
        let number = text.parse().ok().or_else(|| number_word(&text));
        self.clause.words.push(Word {
            text,
            kinds,
            run: false,
            quoted,
            number,
            hash,
        });
    }

    fn leave_out(&mut self, word: &str) {
        let behind = EXCEPT_BEHIND.contains(&word);
        self.clause.left_out |= behind;
        self.end_clause();
        self.clause.left_out = !behind;
    }

    fn end_clause(&mut self) {
        self.end_word();
        let mut clause = std::mem::take(&mut self.clause);
        if clause.words.is_empty() {
            return;
        }
        clause.finish();
        self.clauses.push(clause);
    }
}
