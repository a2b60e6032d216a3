//! Questions about the list, and small talk.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::text::Quotes;
use super::{first_match, group, pattern, patterns, target};
use crate::command::{Command, SmallTalk, Status, Target};
use crate::when::Span;

static SMALL_TALK: LazyLock<Vec<(SmallTalk, Regex)>> = LazyLock::new(|| {
    let end = r"[\s.!?,]*";
    [
        (
            SmallTalk::Help,
            r"help(?:\s+me)?|i\s+need\s+help|(?:so\s+)?what\s+(?:else\s+)?can\s+(?:you|i)\s+(?:do|say|ask).*|(?:who|what)\s+are\s+you|how\s+(?:do\s+i|does|do)\s+(?:you|this|it|that)?\s*(?:work|use).*|what\s+do\s+you\s+do",
        ),
        (
            SmallTalk::Hello,
            r"(?:hi|hello|hey|hiya|howdy|yo|good\s+(?:morning|afternoon|evening|day))(?:[\s,]+(?:there|you|all|everyone|assistant|again))?(?:[\s,.!]+how\s+are\s+you.*)?|how\s+are\s+you.*|what's\s+up",
        ),
        (
            SmallTalk::Thanks,
            r"(?:(?:ok(?:ay)?|great|perfect|cool|nice|awesome|good|no)[,!.]?\s+)?(?:many\s+)?(?:thanks|thank\s+you|thx|cheers|ty)(?:[\s,]+(?:a\s+lot|so\s+much|very\s+much|again|for\s+.*|that.*|you))?|great|perfect|cool|nice|awesome|well\s+done|good\s+job|lovely",
        ),
        (SmallTalk::Bye, r"(?:good\s*)?bye(?:\s+bye)?|see\s+you(?:\s+later)?|good\s+night|that's\s+all"),
        (
            SmallTalk::Yes,
            r"(?:yes|yeah|yep|yup|sure|ok(?:ay)?|correct|right|exactly|of\s+course|definitely|absolutely|confirm(?:ed)?|y)(?:[\s,]+(?:please|do\s+it|do\s+that|do|that\s+one|that's\s+it|go\s+ahead|i'm\s+sure|i\s+am|add\s+it|delete\s+them(?:\s+all)?|sure))?|do\s+it|go\s+ahead|please\s+do|i'm\s+sure",
        ),
        (
            SmallTalk::No,
            r"(?:no|nope|nah|n)(?:[\s,]+(?:don't|do\s+not|leave\s+it|keep\s+(?:it|them)|never\s*mind|thanks|thank\s+you))?|cancel(?:\s+that)?|stop|never\s*mind|don't|do\s+not|neither|none(?:\s+of\s+(?:them|those|these))?|forget\s+it|leave\s+it|keep\s+(?:it|them)",
        ),
    ]
    .into_iter()
    .map(|(talk, rule)| (talk, pattern(&format!("(?:{rule}){end}"))))
    .collect()
});

static QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:what|which|who|where|when|why|how|whats|what's|how's|is|are|am|do|does|did|have|has|any|anything)\b.*",
    )
});

static SUMMARY: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let what = r"(?:summary|overview|stats|statistics|progress(?:\s+report)?|recap|report|status)";
    patterns(&[
        &format!(
            r"(?:(?:give|show|tell|get)\s+(?:me\s+)?)?(?:(?:a|an|the|my)\s+)?(?:(?:quick|short|brief|task)\s+)*{what}(?:\s+(?:of|on|for|about|report)\s+.*)?"
        ),
        &format!(r"what(?:'s|\s+is)\s+(?:my|the)\s+{what}.*"),
        r"how\s+am\s+i\s+(?:doing|getting\s+on|progressing).*",
        r"how(?:'s|\s+is|\s+are)\s+(?:my|the)\s+(?:list|tasks|progress|day|todos|to-?dos).*",
        r"summari[sz]e.*",
        r"where\s+do\s+i\s+stand.*",
        r"how\s+many\b.*(?:tasks?|to-?dos?|items|things|left|open|done|pending|remaining|do\s+i\s+have|completed|finished).*",
    ])
});

static FIND: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let show = r"(?:show|view|open|read|describe|display|get|see)\s+(?:me\s+)?";
    patterns(&[
        &format!(r"{show}(?P<t>(?:(?:task|item|todo|number)\s+)*#?\d+)"),
        &format!(r"{show}(?P<t>the\s+.+\s+(?:task|one))"),
        r"(?:find|search(?:\s+for)?|look\s+(?:for|up))\s+(?P<t>.+)",
        r"(?:do\s+i\s+have|is\s+there|are\s+there|have\s+i\s+got)\s+(?:a\s+|an\s+|any\s+|anything\s+|something\s+)?(?:tasks?\s+|todos?\s+)?(?:about|for|with|regarding|called|named)\s+(?P<t>.+)",
        r"(?:did|have)\s+i\s+(?:already\s+)?\w+\s+(?P<t>.+)",
        r"(?:do\s+i\s+have|is\s+there)\s+(?:a|an)\s+(?P<t>.+)\s+task",
        r"(?:what|which|show(?:\s+me)?|list|any)\s+(?:all\s+)?(?:my\s+|the\s+)?tasks?\s+(?:are\s+)?(?:about|mention(?:ing)?|contain(?:ing)?|with|for)\s+(?P<t>.+)",
        r"tell\s+me\s+(?:more\s+)?about\s+(?P<t>.+)",
        r"(?:what(?:'s|\s+is)|show(?:\s+me)?|read(?:\s+me)?)\s+the\s+(?:description|notes?|details?)\s+(?:of|for|on|about)\s+(?P<t>.+)",
        r"details?\s+(?:of|for|on|about)\s+(?P<t>.+)",
        r"what(?:'s|\s+is|\s+was)\s+(?P<t>(?:task|number)\s+#?\d+|#\d+)",
        r"(?P<t>(?:task|number)\s+#?\d+|#\d+)",
    ])
});

/// Questions about when things are due.
static DUE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let (things, open) = (
        r"(?:tasks?|things?|to-?dos?|todos?|items?|anything|everything|something|what|one|ones)",
        r"(?:(?:all|my|the|any|open)\s+)*",
    );
    let ask = format!(
        r"(?:(?:what(?:'s|\s+is|\s+are)?|which|show(?:\s+me)?|list|is|are|do\s+i\s+have|have\s+i\s+got|tell\s+me(?:\s+what(?:'s|\s+is)?)?)\s+)?{open}(?:{things}\s+)?(?:(?:that\s+)?(?:is|are)\s+)?"
    );
    patterns(&[
        &format!(r"{ask}(?P<late>overdue|past\s+due|late)(?:\s+{things})?(?:\s+now)?"),
        &format!(r"{ask}due(?:\s+(?P<when>.+?))?"),
        r"(?:(?:what(?:'s|\s+are)|show(?:\s+me)?|list)\s+)?(?P<when2>today|tomorrow)'?s\s+tasks",
        r"what\s+(?:do\s+i\s+have|have\s+i\s+got|is\s+planned|is\s+on)\s+(?:to\s+do\s+|planned\s+)?(?P<when>(?:for\s+)?(?:tomorrow|this\s+week|next\s+week|on\s+\w+day))",
    ])
});

/// Ways to begin a sentence about the list as a whole.
static ABOUT_LIST: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let noun = r"(?:tasks?|to-?dos?|todos?|list|items|reminders|plate|agenda)";
    let state = r"(?:open|pending|left|remaining|outstanding|unfinished|incomplete|undone|done|completed?|finished|closed|accomplished?|achieved?|active|overview|to\s+do|todo)";
    patterns(&[
        &format!(
            r"(?:show|list|display|view|see|get|give|print|read|tell|check|let\s+me\s+see|know)\b.*\b{noun}\b.*"
        ),
        &format!(
            r"(?:show|list|display|give\s+me|let\s+me\s+see|tell\s+me|know|see)\b.*\b(?:everything|all|things|ones|{state})\b.*"
        ),
        &format!(
            r"(?:what|which|whats|what's|anything|any|is|are|do|does|did|have)\b.*\b(?:{state}|tasks?|to-?dos?|todos?|list|plate|agenda)\b.*"
        ),
        r"what\s+(?:do|should|must|can)\s+i\s+(?:still\s+)?(?:have\s+to\s+|need\s+to\s+|got\s+to\s+)?(?:do|finish|work\s+on).*",
        r"what(?:'s|\s+is)\s+(?:next|up\s+next|missing|there|on\s+today).*",
        r"what\s+(?:else|more)(?:\s+is\s+there)?|what\s+(?:did|have)\s+i\s+(?:do|get|got|finish|complete|accomplish|achieve).*",
        &format!(
            r"(?:(?:all|my|the|{state})\s+)*(?:tasks|to-?dos?|todos|list|to-?do\s+list|task\s+list|todo\s+list|open|pending|left|remaining|unfinished|done|completed|finished)"
        ),
    ])
});

/// "complete all tasks" is an order, "completed tasks" a question.
static COMPLETE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"complete\s+(?:all|every|everything|my|the)\b.*"));

static PENDING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r".*\b(?:open|pending|left|remaining|remains|outstanding|unfinished|incomplete|undone|active|to\s+do|still|next|missing|else|not\s+(?:yet\s+)?(?:done|completed?|finished)|haven't|(?:do|should|must|can)\s+i\b.*\b(?:do|finish|work\s+on)|plate|agenda)\b.*",
    )
});
static COMPLETED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r".*\b(?:done|completed?|finished|closed|accomplished?|achieved?|did\s+i\s+\w+|have\s+i\s+(?:do|get|got))\b.*",
    )
});

/// Greetings and the like, if the sentence is nothing else.
pub(super) fn small_talk(sentence: &str) -> Option<SmallTalk> {
    SMALL_TALK
        .iter()
        .find(|(_, rule)| rule.is_match(sentence))
        .map(|(talk, _)| *talk)
}

/// Whether the sentence asks, so that it can change nothing: "what is done?".
pub(super) fn is_question(sentence: &str) -> bool {
    QUESTION.is_match(sentence)
}

/// Reads a question about the list or a task in it.
pub(super) fn read(sentence: &str, quotes: &Quotes) -> Option<Command> {
    if first_match(&SUMMARY, sentence).is_some() {
        return Some(Command::Summary);
    }
    if let Some(found) = first_match(&DUE, sentence) {
        let when = group(&found, "when").or_else(|| group(&found, "when2"));
        let late = found.name("late").is_some();
        return Some(Command::Due(if late { Span::Overdue } else { span(when) }));
    }
    if let Some(found) = first_match(&FIND, sentence) {
        return Some(match target::read(group(&found, "t")?, quotes) {
            Target::All(status) => Command::List(status),
            target => Command::Find(target),
        });
    }
    if COMPLETE.is_match(sentence) {
        return None;
    }
    first_match(&ABOUT_LIST, sentence).map(|_| Command::List(status(sentence)))
}

fn span(when: Option<&str>) -> Span {
    let words = when.map(|words| words.trim_start_matches("for ").to_lowercase());
    match words.as_deref() {
        None | Some("today" | "now" | "tonight") => Span::Today,
        Some("tomorrow") => Span::Tomorrow,
        Some("this week") => Span::ThisWeek,
        Some("next week") => Span::NextWeek,
        Some(day) => Span::On(day.to_owned()),
    }
}

fn status(sentence: &str) -> Status {
    if PENDING.is_match(sentence) {
        Status::Pending
    } else if COMPLETED.is_match(sentence) {
        Status::Completed
    } else {
        Status::All
    }
}
