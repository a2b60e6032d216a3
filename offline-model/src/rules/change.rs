//! Completing, reopening, deleting and editing.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::text::Quotes;
use super::{first_match, group, patterns, target};
use crate::command::{Change, Command, Target};

static DESCRIBE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let what = r"(?:descriptions?|desc|notes?|details?)";
    let verb = r"(?:change|update|edit|set|modify|make|replace)";
    patterns(&[
        &format!(
            r"{verb}\s+(?:the\s+)?{what}\s+(?:of|for|on|in)\s+(?P<t>.+?)\s*(?::|\s(?:to|as|with|saying)\b:?)\s*(?P<d>.+)"
        ),
        &format!(r"{verb}\s+(?P<t>.+?)(?:'s)?\s+{what}\s+(?:to|as)\s+(?P<d>.+)"),
        &format!(
            r"(?:update|change|edit)\s+(?P<t>.+?)\s+with\s+(?:the\s+|a\s+)?{what}\s*:?\s+(?P<d>.+)"
        ),
        &format!(r"(?:update|change|edit)\s+(?P<t>.+?)\s*[,:]\s*{what}\s*[:=]\s*(?P<d>.+)"),
        &format!(
            r"add\s+(?:a\s+|the\s+|this\s+)?{what}\s+(?:to|for|on)\s+(?P<t>.+?)\s*(?::|\ssaying\b:?|\sthat\s+says\b:?)\s*(?P<d>.+)"
        ),
        &format!(
            r"add\s+(?:a\s+|the\s+)?{what}\s*:?\s+(?P<d>.+)\s+(?:to|for|on)\s+(?P<t>(?:task|number|todo|item)\s+#?\d+|#?\d+|it|the\s+.+\s(?:task|one))"
        ),
    ])
});

static RENAME: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let verb = r"(?:change|update|edit|set|modify|correct)";
    patterns(&[
        r"(?:rename|retitle|relabel)\s+(?P<t>.+?)\s*(?:\s(?:to|as|into)\b:?|->|→|=>|:)\s*(?P<new>.+)",
        &format!(
            r"{verb}\s+(?:the\s+)?(?:title|name|text|wording)\s+(?:of|for|on)\s+(?P<t>.+?)\s+(?:from\s+.+?\s+)?to\s+(?P<new>.+)"
        ),
        &format!(
            r"{verb}\s+(?P<t>.+?)(?:'s)?\s+(?:title|name|text)\s+(?:from\s+.+?\s+)?to\s+(?P<new>.+)"
        ),
        &format!(
            r"{verb}\s+(?P<t>.+?)\s+(?:from\s+.+?\s+)?(?:to\s+(?:say|read)|so\s+(?:that\s+)?it\s+says|into|to)\b:?\s+(?P<new>.+)"
        ),
        &format!(
            r"{verb}\s+(?P<t>(?:(?:task|number|item|todo)\s+)*#?\d+)\s*(?::|->|→|=>)\s*(?P<new>.+)"
        ),
        r"(?:rename|retitle|relabel|change|update|edit|modify)\s+(?P<t>.+)",
        r"(?:rename|change|update|edit)(?P<t>)",
    ])
});

static REOPEN: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"(?:mark|set|flag|put|move|change)\s+(?P<t>.+?)\s+(?:back\s+)?(?:as\s+|to\s+)?(?:not\s+(?:yet\s+)?(?:done|completed?|finished)|undone|open|pending|incomplete|uncompleted|unfinished|active)(?:\s+again)?",
        r"(?:re-?open|un-?check|un-?tick|un-?mark|un-?complete)\s+(?P<t>.+?)(?:\s+again)?",
        r"(?P<t>.+?)\s+(?:is\s+not|isn't|is\s+still\s+not)\s+(?:really\s+|actually\s+)?(?:done|finished|completed?)(?:\s+yet)?",
    ])
});

static COMPLETE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let done = r"(?:done|completed?|finished|closed)";
    let (just, past) = (
        r"(?:'ve|\s+have)?(?:\s+(?:just|already|finally))?",
        r"(?:bought|paid|called|cleaned|sent|wrote|written|washed|fixed|booked|picked\s+up|watered|emailed|took\s+out|taken\s+out|got|read|cooked|returned|submitted|ordered|scheduled|visited|fed)",
    );
    patterns(&[
        &format!(
            r"(?:mark|set|flag|check|move)\s+(?:off\s+)?(?P<t>.+?)\s+(?:off\s+)?(?:as\s+|to\s+)?(?:being\s+)?{done}"
        ),
        &format!(r"(?:mark|set)\s+(?:as\s+)?{done}\s*:?\s+(?P<t>.+)"),
        r"(?:tick|check|cross|strike)\s+(?:off|out)\s+(?P<t>.+?)(?:\s+(?:from|of|off)\s+(?:my|the)\s+list)?",
        r"(?:tick|check|cross|strike)\s+(?P<t>.+?)\s+(?:off|out)(?:\s+(?:of\s+)?(?:my|the)\s+list)?",
        r"(?:complete|finish|close|tick)\s+(?P<t>.+)",
        &format!(r"i{just}\s+(?:done|did|finished|completed)(?:\s+with)?\s+(?P<t>.+)"),
        &format!(r"i{just}\s+{past}\s+(?P<t>.+)"),
        r"i(?:'m|\s+am)\s+(?:done|finished)\s+with\s+(?P<t>.+)",
        &format!(
            r"(?P<t>.+?)\s+(?:is|are|was)\s+(?:now\s+|all\s+|already\s+)?(?:{done}|{past})(?:\s+now)?"
        ),
        &format!(r"(?P<t>(?:task\s+|number\s+)?#?\d+|the\s+.+\s+(?:one|task)|it)\s*:?\s*{done}"),
        r"(?:done|finished)(?:\s+with|:)\s*(?P<t>.+)",
        r"(?:mark|complete|finish|check\s+off|tick\s+off)(?P<t>)",
    ])
});

/// To have it due at another time.
static MOVE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"(?:reschedule|postpone|push\s+back|push|delay|move|shift)\s+(?P<t>.+?)\s+(?:back\s+)?(?:to|until|till|by)\s+(?P<when>.+)",
        r"(?:set|change)\s+the\s+due\s+date\s+(?:of|for|on)\s+(?P<t>.+?)\s+to\s+(?P<when>.+)",
        r"(?P<t>(?:task\s+|number\s+)?#?\d+|the\s+.+\s+(?:one|task)|it)\s+is\s+due\s+(?P<when>.+)",
    ])
});

static DELETE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"(?:delete|remove|erase|drop|cancel|trash|scratch|discard|clear(?:\s+out)?|get\s+rid\s+of|throw\s+(?:away|out))\s+(?P<t>.+?)(?:\s+from\s+(?:my|the)\s+(?:to-?do\s+)?(?:list|tasks?|todos?))?",
        r"take\s+(?P<t>.+?)\s+off\s+(?:of\s+)?(?:my|the)\s+(?:to-?do\s+)?(?:list|tasks)",
        r"(?:delete|remove)(?P<t>)",
    ])
});

/// Edits of a description; read before additions, since "add a note to task 3: …" is one.
pub(super) fn describe(sentence: &str, quotes: &Quotes) -> Option<Command> {
    let found = first_match(&DESCRIBE, sentence)?;
    let description = Some(quotes.restore(group(&found, "d")?));
    let target = target::read(group(&found, "t")?, quotes);
    Some(Command::Update(
        target,
        Change {
            description,
            ..Change::default()
        },
    ))
}

/// All other changes.
pub(super) fn read(sentence: &str, quotes: &Quotes) -> Option<Command> {
    let target = |rules: &[Regex]| -> Option<Target> {
        let found = first_match(rules, sentence)?;
        Some(target::read(group(&found, "t")?, quotes))
    };
    let moved = |rules: &[Regex]| {
        let found = first_match(rules, sentence)?;
        let change = Change {
            due: Some(quotes.restore(group(&found, "when")?)),
            ..Change::default()
        };
        let target = target::read(group(&found, "t")?, quotes);
        Some(Command::Update(target, change))
    };
    if let Some(target) = target(&REOPEN) {
        return Some(Command::Reopen(target));
    }
    if let Some(command) = MOVE.get(1..).and_then(moved) {
        return Some(command);
    }
    if let Some(found) = first_match(&RENAME, sentence) {
        let new = group(&found, "new");
        let target = target::read(group(&found, "t")?, quotes);
        if new.is_some_and(|new| ["done", "complete", "completed", "finished"].contains(&new)) {
            return Some(Command::Complete(target));
        }
        let title = new.map(|new| quotes.title(new));
        return Some(Command::Update(
            target,
            Change {
                title,
                ..Change::default()
            },
        ));
    }
    if let Some(target) = target(&COMPLETE) {
        return Some(Command::Complete(target));
    }
    moved(&MOVE).or_else(|| target(&DELETE).map(Command::Delete))
}
