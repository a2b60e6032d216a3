//! Thoughts that a model writes into its answer, between tags that its server should have taken out.

/// How thoughts begin and end.
const TAGS: [(&str, &str); 7] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
];
/// No tag has more bytes.
const LONGEST: usize = 16;

/// What a piece of an answer comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Words(String),
    /// A thought has ended. `said` when its beginning could not be known, so that it was taken for words until here.
    Thought {
        said: bool,
    },
}

/// Takes the thoughts out of a text that comes in pieces. A tag opens thoughts where a line begins; elsewhere it is
/// something that is talked about. A tag that ends thoughts which none began ends the thoughts that the answer began with:
/// some prompts hold the first tag already.
#[derive(Debug, Default)]
pub(crate) struct ThinkTags {
    state: State,
    /// What may be the beginning of a tag, or thoughts with the tag that they began with.
    held: String,
    /// How much of it was looked through before.
    seen: usize,
    /// Whether there were words.
    said: bool,
    /// The last character of them.
    last: Option<char>,
    /// Whether thoughts have ended.
    found: bool,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Talking,
    /// Until this tag.
    Thinking(&'static str),
    /// From the beginning until any tag that ends thoughts, or to the end if there is none.
    Unopened,
}

impl ThinkTags {
    /// For a model whose prompt begins its thoughts: what would be unsaid again is held back.
    pub fn unopened() -> Self {
        Self {
            state: State::Unopened,
            ..Self::default()
        }
    }

    /// Whether there were thoughts.
    pub fn found(&self) -> bool {
        self.found || matches!(self.state, State::Thinking(_)) && !self.said
    }

    /// Takes in a piece.
    pub fn hear(&mut self, piece: &str) -> Vec<Heard> {
        self.held.push_str(piece);
        let mut heard = Vec::new();
        while self.step(&mut heard) {}
        self.seen = self.held.len();
        heard
    }

    /// The text is over: what was held back for nothing. Thoughts that the answer began with and that have no end stay
    /// thoughts.
    pub fn end(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        match self.state {
            State::Thinking(_) if !self.said => String::new(),
            _ => self.trimmed(held),
        }
    }

    /// Deals with the first thing in what is held; `false` when more has to come before the next.
    fn step(&mut self, heard: &mut Vec<Heard>) -> bool {
        let from = self.seen.saturating_sub(LONGEST);
        let end = match self.state {
            State::Talking => return self.talk(heard),
            State::Thinking(end) => find(&self.held, end, from).map(|at| at + end.len()),
            State::Unopened => TAGS
                .iter()
                .filter_map(|(_, end)| Some(find(&self.held, end, from)? + end.len()))
                .min(),
        };
        if let Some(end) = end {
            self.take(end);
            self.think(heard, false);
        }
        end.is_some()
    }

    fn talk(&mut self, heard: &mut Vec<Heard>) -> bool {
        let mut first: Option<(usize, Option<&str>, usize)> = None;
        for (begin, end) in TAGS {
            let opened = find(&self.held, begin, 0).filter(|at| self.opens(*at));
            let ended = find(&self.held, end, 0).filter(|at| self.ends(*at));
            let opened = opened.map(|at| (at, Some(end), at));
            let ended = ended.map(|at| (at, None, at + end.len()));
            first = first.into_iter().chain(opened).chain(ended).min();
        }
        let Some((at, end, taken)) = first else {
            let words = self.take(before_a_tag(&self.held));
            self.say(words, heard);
            return false;
        };
        if let Some(end) = end {
            let words = self.take(at);
            self.say(words, heard);
            self.state = State::Thinking(end);
        } else {
            self.take(taken);
            self.think(heard, self.said);
        }
        true
    }

    fn opens(&self, at: usize) -> bool {
        let before = self.held.get(..at).unwrap_or_default();
        let nothing = !self.said && before.trim().is_empty();
        nothing || before.chars().last().or(self.last) == Some('\n')
    }

    fn ends(&self, at: usize) -> bool {
        let before = self.held.get(..at).unwrap_or_default();
        let quoted = before.chars().last().or(self.last);
        !self.found && !quoted.is_some_and(|c| "`'\"".contains(c))
    }

    fn take(&mut self, end: usize) -> String {
        self.seen = 0;
        self.held.drain(..end).collect()
    }

    fn think(&mut self, heard: &mut Vec<Heard>, said: bool) {
        heard.push(Heard::Thought { said });
        (self.state, self.found) = (State::Talking, true);
        (self.said, self.last) = (self.said && !said, None);
    }

    fn say(&mut self, words: String, heard: &mut Vec<Heard>) {
        let words = self.trimmed(words);
        if !words.is_empty() {
            self.said |= !words.trim().is_empty();
            self.last = words.chars().last();
            heard.push(Heard::Words(words));
        }
    }

    /// Without the blank lines before an answer, which its thoughts leave.
    fn trimmed(&self, words: String) -> String {
        if self.said {
            words
        } else {
            words.trim_start().to_owned()
        }
    }
}

fn find(text: &str, tag: &str, from: usize) -> Option<usize> {
    let mut places = text.as_bytes().get(from..)?.windows(tag.len());
    let at = places.position(|place| place.eq_ignore_ascii_case(tag.as_bytes()))?;
    Some(from + at)
}

/// Where a tag begins that may come to its end with the next piece; else where the text ends.
fn before_a_tag(text: &str) -> usize {
    let begins = |at: &usize| {
        let rest = text.as_bytes().get(*at..).unwrap_or_default();
        let is_beginning = |tag: &&str| {
            let head = tag.as_bytes().get(..rest.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(rest))
        };
        TAGS.iter()
            .flat_map(|(begin, end)| [begin, end])
            .any(is_beginning)
    };
    let from = text.floor_char_boundary(text.len().saturating_sub(LONGEST));
    let places = (from..text.len()).filter(|at| text.is_char_boundary(*at));
    places.into_iter().find(begins).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words in the end, the same wherever the text is split.
    fn heard(text: &str, thoughts: impl Fn() -> ThinkTags) -> String {
        let mut found: Option<String> = None;
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (begin, end) = text.split_at(at);
            let (mut thoughts, mut words) = (thoughts(), String::new());
            for heard in [begin, end].iter().flat_map(|piece| thoughts.hear(piece)) {
                match heard {
                    Heard::Words(more) => words.push_str(&more),
                    Heard::Thought { said: true } => words.clear(),
                    Heard::Thought { said: false } => {}
                }
            }
            words.push_str(&thoughts.end());
            assert_eq!(
                found.get_or_insert(words.clone()),
                &words,
                "{text:?} at {at}"
            );
        }
        found.unwrap()
    }

    #[test]
    fn thoughts_are_left_out_however_the_tags_come() {
        for (text, words) in [
            ("<think>Hm.</think>\n\nHello.", "Hello."),
            (" \n<THINK>Hm. <b> </Think>Hello.", "Hello."),
            ("<think></think>Hello.", "Hello."),
            ("[THINK]Hm.[/THINK]Hello.", "Hello."),
            ("◁think▷Hm.◁/think▷Hello.", "Hello."),
            ("<thinking>Hm. </think> </thinking>Hello.", "Hello."),
            ("One.\n<think>Hm.</think>Two.", "One.\nTwo."),
            (
                "<think>Hm.</think>One.\n<think>Hm.</think>Two.",
                "One.\nTwo.",
            ),
            ("So they want milk.</think>\nHello.", "Hello."),
            ("<think>So they", ""),
            ("1 < 2 and [THIN] ice", "1 < 2 and [THIN] ice"),
            (
                "Write <think> before </thing>.",
                "Write <think> before </thing>.",
            ),
            ("Write `</think>` there.", "Write `</think>` there."),
            ("A tag:\n<think> opens.", "A tag:\n<think> opens."),
            ("Hello <", "Hello <"),
        ] {
            assert_eq!(heard(text, ThinkTags::default), words, "{text:?}");
        }
    }

    #[test]
    fn what_is_known_to_begin_with_thoughts_is_held_back_until_they_end() {
        for (text, words) in [
            ("So they want milk.</think>\nHello.", "Hello."),
            ("<think>Hm.</think>Hello.", "Hello."),
            ("Hello.", "Hello."),
        ] {
            assert_eq!(heard(text, ThinkTags::unopened), words, "{text:?}");
        }
        let mut thoughts = ThinkTags::unopened();
        assert_eq!(thoughts.hear("So they want"), []);
        let ended = [
            Heard::Thought { said: false },
            Heard::Words("Hello.".into()),
        ];
        assert_eq!(thoughts.hear(" milk.</think> Hello."), ended);
    }
}
