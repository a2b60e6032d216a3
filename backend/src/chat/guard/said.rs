//! What a message says, clause by clause: which kinds of deeds it asks for, and about what.

use super::{
    reader::{Word, clauses},
    words::Kinds,
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

/// A part of a message that asks for one thing.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent things that a clause can say"
)]
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
    pub but: bool,
    pub left_out: bool,
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

    /// Looks at its words, all of which it has now.
    pub fn finish(&mut self) {
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
        let mut said = Self {
            clauses: clauses(text),
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
