//! What a message says, clause by clause: which kinds of deeds it asks for, and about what.

use super::{
    text::{fold, joins, unspaced},
    words::{Kinds, kinds_in, kinds_of, number_word},
};

/// Words with which a task's own parts are meant: "add a note to the milk".
const PARTS: [&str; 15] = [
    "note",
    "notes",
    "description",
    "detail",
    "details",
    "comment",
    "deadline",
    "due",
    "date",
    "beschreibung",
    "notiz",
    "نوٹ",
    "تفصیل",
    "tafseel",
    "tafsil",
];
/// "Do not forget" asks to remember.
const FORGET: [&str; 9] = [
    "forget",
    "vergiss",
    "vergessen",
    "oublie",
    "oublier",
    "olvides",
    "esqueca",
    "بھولنا",
    "bhoolna",
];
/// "All but the milk" leaves the milk out.
const BUT: [&str; 9] = [
    "but", "aber", "pero", "mais", "mas", "لیکن", "مگر", "lekin", "magar",
];
/// Stand behind what is left out.
const EXCEPT_BEHIND: [&str; 7] = ["علاوہ", "سوا", "ilawa", "alawa", "haric", "अलावा", "以外"];
/// "Every day" is no number of tasks.
const TIMES: [&str; 14] = [
    "day", "days", "week", "month", "year", "morning", "evening", "night", "hour", "time", "tag",
    "woche", "روز", "دن",
];
/// What may follow the number of a task.
const AFTER_NUMBER: [&str; 16] = [
    "as", "is", "are", "to", "please", "has", "from", "off", "s", "bitte", "ist", "als", "نمبر",
    "کو", "ko", "को",
];
const BEFORE_NUMBER: [&str; 5] = ["of", "id", "the", "von", "de"];

/// A word of a message or of a title.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    /// Folded; of a script without spaces what is left without its known words.
    pub text: String,
    pub kinds: Kinds,
    /// Of a script without spaces.
    pub run: bool,
    quoted: bool,
    number: Option<i64>,
    hash: bool,
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

/// A part of a message that asks for one thing.
#[derive(Debug, Clone, Default)]
pub(super) struct Clause {
    pub words: Vec<Word>,
    /// What its own verbs ask for.
    pub own: Kinds,
    /// The same, or what its neighbours ask for where it has no verb.
    pub kinds: Kinds,
    /// Whether it says "all".
    pub all: bool,
    /// Whether it says "it", "the second one" or the like.
    pub refers: bool,
    but: bool,
    left_out: bool,
}

impl Clause {
    /// The numbers of tasks in it.
    pub fn numbers(&self) -> impl Iterator<Item = i64> {
        self.words
            .iter()
            .enumerate()
            .filter_map(|(at, word)| self.is_id(at, word).then_some(word.number).flatten())
    }

    /// "At 5", "5 pm" and "5 eggs" are no numbers of tasks.
    fn is_id(&self, at: usize, word: &Word) -> bool {
        if word.hash {
            return true;
        }
        let before = at.checked_sub(1).and_then(|at| self.words.get(at));
        let after = self.words.get(at + 1);
        let spelt = !word.text.starts_with(|c: char| c.is_ascii_digit());
        let named = before.is_some_and(|word| word.kinds.has(Kinds::TASK));
        if spelt && word.number == Some(1) && !named {
            return false;
        }
        let before = before.is_none_or(|word| {
            named || !word.kinds.deeds().is_none() || BEFORE_NUMBER.contains(&word.text.as_str())
        });
        let after = after.is_none_or(|word| {
            !word.kinds.deeds().is_none()
                || word.kinds.has(Kinds::NOT)
                || AFTER_NUMBER.contains(&word.text.as_str())
                || word.run
        });
        before && after
    }

    fn finish(&mut self) {
        let (mut hides, mut negated) = (false, false);
        let mut last = Kinds::NONE;
        for (at, word) in self.words.iter().enumerate() {
            if word.quoted {
                continue;
            }
            let next = self.words.get(at + 1).map_or("", |word| word.text.as_str());
            self.all |= word.kinds.has(Kinds::ALL) && !TIMES.contains(&next);
            self.refers |= word.kinds.has(Kinds::REFERS) && !TIMES.contains(&next);
            if negated && FORGET.contains(&word.text.as_str()) {
                self.own = self.own.with(Kinds::ADD);
                (hides, negated) = (true, false);
            }
            let deeds = word.kinds.deeds();
            // "The list" asks for nothing, "list them" does.
            let noun = word.text == "list" && at > 2;
            if word.kinds.has(Kinds::NOT) {
                if word.run {
                    self.own = self.own.with(negative(deeds));
                    continue;
                }
                negated = true;
                // Urdu and others put the "not" behind.
                if !last.is_none() {
                    self.own = negative(self.own);
                }
            } else if !deeds.is_none() && !hides && !noun {
                self.own = self.own.with(if negated { negative(deeds) } else { deeds });
                hides = word.kinds.hides_later();
            }
            last = deeds;
        }
        let part = |word: &Word| PARTS.contains(&word.text.as_str());
        if self.own.has(Kinds::ADD) && self.words.iter().any(part) {
            self.own = self.own.with(Kinds::CHANGE);
        }
        if self.left_out {
            self.own = Kinds::KEEP;
        }
        self.kinds = self.own;
    }
}

fn negative(deeds: Kinds) -> Kinds {
    if deeds.has(Kinds::COMPLETE) {
        Kinds::KEEP.with(Kinds::REOPEN)
    } else {
        Kinds::KEEP
    }
}

/// A whole message.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub clauses: Vec<Clause>,
}

impl Said {
    /// Reads a message. `before` is what it goes on from when it has no verb of its own.
    pub fn read(text: &str, before: Kinds) -> Self {
        let mut reader = Reader::default();
        reader.read(text);
        let mut said = Self {
            clauses: reader.clauses,
        };
        said.inherit(before);
        said
    }

    /// Everything it asks for.
    pub fn kinds(&self) -> Kinds {
        let all = self.clauses.iter();
        all.fold(Kinds::NONE, |kinds, clause| kinds.with(clause.kinds))
    }

    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.clauses.iter().flat_map(|clause| &clause.words)
    }

    /// "Delete the milk, the bread and the eggs" has one verb for all, and Urdu has it at the end.
    fn inherit(&mut self, before: Kinds) {
        let mut left = Kinds::NONE;
        let mut all = false;
        for clause in &mut self.clauses {
            if clause.own.is_none() && clause.but && all {
                clause.own = Kinds::KEEP;
                clause.kinds = Kinds::KEEP;
            }
            all |= clause.all;
            if clause.own.is_none() {
                clause.kinds = left;
            } else {
                left = clause.own;
            }
        }
        let mut right = Kinds::NONE;
        for clause in self.clauses.iter_mut().rev() {
            if clause.own.is_none() {
                clause.kinds = clause.kinds.with(right);
            } else {
                right = clause.own;
            }
        }
        if self.clauses.iter().all(|clause| clause.own.is_none()) {
            for clause in &mut self.clauses {
                clause.kinds = before;
            }
        }
    }
}

/// The words of a title.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut reader = Reader::default();
    reader.read(text);
    let clauses = reader.clauses.into_iter();
    clauses.flat_map(|clause| clause.words).collect()
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
