//! The English that is understood: a table of patterns and what is made of a sentence that one matches. `(?P<t>…)` is
//! where a pattern names its tasks, `(?P<x>…)` what is new about them, or when. See [`crate::text::search`] for the
//! names in angle brackets.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use crate::command::{Act, Change, Command};
use crate::text::{compiled, rules};

/// What is made of a sentence.
#[derive(Clone, Copy)]
pub(crate) enum Makes {
    /// Nothing to do with tasks.
    Talk(fn() -> Command),
    /// A question about all tasks.
    Ask(fn() -> Command),
    Order(fn() -> Command),
    /// `t` are new tasks; `many` and `more` are there where several were announced.
    Add,
    /// The same, said as "I need to".
    Wish,
    /// `x` says when, today without it.
    Due,
    /// `t`, which may be all of a kind.
    Find,
    List,
    On(Act),
    /// `x` becomes this change of `t`.
    Update(fn(String) -> Change),
    /// `x` is the new title of `t`.
    Rename,
}

impl Makes {
    pub fn is_talk(self) -> bool {
        matches!(self, Self::Talk(_))
    }

    /// Whether it changes nothing, as the answer to a question must.
    fn only_looks(self) -> bool {
        self.is_talk() || matches!(self, Self::Ask(_) | Self::Due | Self::Find | Self::List)
    }
}

/// The first that matches holds.
#[rustfmt::skip]
const TABLE: [(Makes, &str); 78] = [
    (Makes::Talk(|| Command::Talk("who")), r"(?:(?:so )?(?:who|what)(?:'re| are) (?:you|u)(?: exactly| really)?|(?:are|r) (?:you|u) (?:an? |the |really |some )*(?:chat ?gpt|gpt\S*|claude|gemini|llama|ai|llm|(?:language )?model|(?:chat ?)?bot|robot|machine|human|person|real|openai).*|(?:what|which) (?:\w+ )?(?:model|ai|llm)\b.*|(?:what(?:'s| is) your name|who (?:made|built) you|introduce yourself))"),
    (Makes::Talk(|| Command::Talk("help")), r"help(?: me)?|i need help|(?:so )?what (?:else )?can (?:you|i) (?:do|say|ask).*|how (?:do i|does|do) (?:you|this|it|that)? ?(?:work|use).*|what do you do"),
    (Makes::Talk(|| Command::Talk("hello")), r"(?:hi|hello|hey|hiya|howdy|yo|good (?:morning|afternoon|evening|day))(?:[\s,]+(?:there|you|all|everyone|assistant|again))?(?:[\s,.!]+how are you.*)?|how are you.*|what's up"),
    (Makes::Talk(|| Command::Talk("thanks")), r"(?:(?:ok(?:ay)?|great|perfect|cool|nice|awesome|good|no)[,!.]? )?(?:many )?(?:thanks|thank you|thx|cheers|ty)(?:[\s,]+(?:a lot|so much|very much|again|for .*|that.*|you))?|great|perfect|cool|nice|awesome|well done|good job|lovely"),
    (Makes::Talk(|| Command::Talk("bye")), r"(?:good ?)?bye(?: bye)?|see you(?: later)?|good night|that's all"),
    (Makes::Talk(|| Command::Talk("yes")), r"(?:yes|yeah|yep|yup|sure|ok(?:ay)?|correct|right|exactly|of course|definitely|absolutely|confirm(?:ed)?|y)(?:[\s,]+(?:please|do it|do that|do|that one|that's it|go ahead|i'm sure|i am|add it|delete them(?: all)?|sure))?|do it|go ahead|please do|i'm sure"),
    (Makes::Talk(|| Command::Talk("no")), r"(?:no|nope|nah|n)(?:[\s,]+(?:don't|do not|leave it|keep (?:it|them)|never ?mind|thanks|thank you))?|cancel(?: that)?|stop|never ?mind|don't|do not|neither|none(?: of (?:them|those|these))?|forget it|leave it|keep (?:it|them)"),

    (Makes::Order(|| Command::Undo), r"(?:undo|revert|take back)(?: (?:it|that|this|them|(?:the|my) (?:last|latest) (?:one|changes?)|what you (?:just )?did))?|(?:bring|put|take) (?:it|that|this|them) back"),
    (Makes::Order(|| Command::GoOn), r"(?:go on|continue|carry on|keep going|proceed|(?:do |add )?the (?:rest|others))(?: with (?:it|that|them|the rest|the others))?"),

    (Makes::Update(Change::Description), r"<edit> (?:the )?<desc> (?:of|for|on|in) (?P<t>.+?) ?(?::| (?:to|as|with|saying)\b:?) ?(?P<x>.+)"),
    (Makes::Update(Change::Description), r"<edit> (?P<t>.+?)(?:'s)? <desc> (?:to|as) (?P<x>.+)"),
    (Makes::Update(Change::Description), r"(?:update|change|edit) (?P<t>.+?) with (?:the |a )?<desc> ?:? (?P<x>.+)"),
    (Makes::Update(Change::Description), r"(?:update|change|edit) (?P<t>.+?) ?[,:] ?<desc> ?[:=] ?(?P<x>.+)"),
    (Makes::Update(Change::Note), r"add (?:a |the |this )?<desc> (?:to|for|on) (?P<t>.+?) ?(?::| saying\b:?| that says\b:?) ?(?P<x>.+)"),
    (Makes::Update(Change::Note), r"add (?:a |the )?<desc> ?:? (?P<x>.+) (?:to|for|on) (?P<t><named>)"),

    (Makes::Add, r"(?:add|put|write) (?:(?:this|these|the following) )?(?:to|on|onto) (?:my|the) <list> ?:? (?P<t>.+)"),
    (Makes::Add, r"(?:add|create|make|set up|put down|write down|jot down|note down|enter|log|save) (?:me )?(?:(?:a|an|another|one|the|some|these|this|following|more|new|(?P<many>two|three|four|five|several|\d+)) )*(?:(?:tasks|to-?dos|items|reminders|entries|things)(?P<more>)|task|to-?do|item|reminder|entry|thing)(?: (?:items?|tasks?))?(?: (?:to|on|in) <my list>)?(?: ?[:–—-] ?| (?:called|named|titled|to|for|saying|that says|about|with (?:the )?title) ?:? | |$)(?P<t>.*)"),
    (Makes::Add, r"(?:add|put|throw|stick|write|place) (?P<t>.+?) (?:to|on|onto|in|into) (?:my|the|our) <list>"),
    (Makes::Add, r"(?:add|create)(?: (?:these|this|the following|some))?|new (?:task|to-?do)|remind me"),
    (Makes::Add, r"(?:add|create)(?: ?: ?| )(?P<t>.+)"),
    (Makes::Add, r"(?:remind me|remember|(?:don't|do not) (?:let me )?forget|make sure i) (?:to |about |of |that (?:i (?:need|have) to )?)?(?P<t>.+)"),
    (Makes::Add, r"(?:new )?(?:task|to-?do|reminder) ?[:–—-] ?(?P<t>.+)"),
    (Makes::Add, r"new (?:task|to-?do|reminder) (?P<t>.+)"),

    (Makes::On(Act::Complete), r"complete (?P<t>(?:all|every|everything|my|the)\b.*)"),
    (Makes::Ask(|| Command::Summary), r"(?:(?:give|show|tell|get) (?:me )?)?(?:(?:a|an|the|my) )?(?:(?:quick|short|brief|task) )*<summary>(?: (?:of|on|for|about|report) .*)?"),
    (Makes::Ask(|| Command::Summary), r"what(?:'s| is) (?:my|the) <summary>.*|how(?:'s| is| are) (?:my|the) (?:list|tasks|progress|day|to-?dos).*"),
    (Makes::Ask(|| Command::Summary), r"how am i (?:doing|getting on|progressing).*|summari[sz]e.*|where do i stand.*"),
    (Makes::Ask(|| Command::Summary), r"how many\b.*(?:tasks?|to-?dos?|items|things|left|open|done|pending|remaining|do i have|completed|finished).*"),
    (Makes::Ask(|| Command::Due(None)), r"<ask due>(?:overdue|past due|late)(?: <things>)?(?: now)?"),
    (Makes::Due, r"<ask due>due(?: (?P<x>.+?))?"),
    (Makes::Due, r"(?:(?:what(?:'s| are)|show(?: me)?|list) )?(?P<x>today|tomorrow)'?s tasks"),
    (Makes::Due, r"what (?:do i have|have i got|is planned|is on) (?:to do |planned )?(?P<x>(?:for )?(?:tomorrow|this week|next week|on \w+day))"),
    (Makes::Find, r"<show>(?P<t><id>|the .+ (?:task|one))"),
    (Makes::Find, r"(?:find|search(?: for)?|look (?:for|up)|tell me (?:more )?about|(?:did|have) i (?:already )?\w+) (?P<t>.+)"),
    (Makes::Find, r"(?:do i have|is there|are there|have i got) (?:a |an |any |anything |something )?(?:tasks? |to-?dos? )?(?:about|for|with|regarding|called|named) (?P<t>.+)"),
    (Makes::Find, r"(?:do i have|is there) (?:a|an) (?P<t>.+) task"),
    (Makes::Find, r"(?:what|which|show(?: me)?|list|any) (?:all )?(?:my |the )?tasks? (?:are )?(?:about|mention(?:ing)?|contain(?:ing)?|with|for) (?P<t>.+)"),
    (Makes::Find, r"(?:(?:what(?:'s| is)|show(?: me)?|read(?: me)?) the <desc>|details?) (?:of|for|on|about) (?P<t>.+)"),
    (Makes::Find, r"(?:what(?:'s| is| was) )?(?P<t>(?:task|number) #?\d+|#\d+)"),
    (Makes::List, r"(?:show|list|display|view|see|get|give|print|read|tell|check|let me see|know)\b.*\b(?:tasks?|to-?dos?|list|items|reminders|plate|agenda)\b.*"),
    (Makes::List, r"(?:show|list|display|give me|let me see|tell me|know|see)\b.*\b(?:everything|all|things|ones|<state>)\b.*"),
    (Makes::List, r"(?:what|which|whats|what's|anything|any|is|are|do|does|did|have)\b.*\b(?:<state>|tasks?|to-?dos?|list|plate|agenda)\b.*"),
    (Makes::List, r"what (?:do|should|must|can) i (?:still )?(?:(?:have|need|got) to )?(?:do|finish|work on).*|what(?:'s| is) (?:next|up next|missing|there|on today).*"),
    (Makes::List, r"what (?:else|more)(?: is there)?|what (?:did|have) i (?:do|get|got|finish|complete|accomplish|achieve).*"),
    (Makes::List, r"(?:(?:all|my|the|<state>) )*(?:tasks|to-?dos|list|(?:to-?do|task) list|open|pending|left|remaining|unfinished|done|completed|finished)"),

    (Makes::On(Act::Reopen), r"(?:mark|set|flag|put|move|change) (?P<t>.+?) (?:back )?(?:as |to )?(?:not (?:yet )?(?:done|completed?|finished)|undone|open|pending|incomplete|uncompleted|unfinished|active)(?: again)?"),
    (Makes::On(Act::Reopen), r"(?:re-?open|un-?check|un-?tick|un-?mark|un-?complete) (?P<t>.+?)(?: again)?"),
    (Makes::On(Act::Reopen), r"(?P<t>.+?) (?:is not|isn't|is still not) (?:really |actually )?(?:done|finished|completed?)(?: yet)?"),
    (Makes::Update(Change::Due), r"(?:set|change) the due date (?:of|for|on) (?P<t>.+?) to (?P<x>.+)"),
    (Makes::Update(Change::Due), r"(?P<t><named>) is due (?P<x>.+)"),
    (Makes::Rename, r"(?:rename|retitle|relabel) (?P<t>.+?) ?(?: (?:to|as|into)\b:?|->|→|=>|:) ?(?P<x>.+)"),
    (Makes::Rename, r"<change> (?:the )?(?:title|name|text|wording) (?:of|for|on) (?P<t>.+?) (?:from .+? )?to (?P<x>.+)"),
    (Makes::Rename, r"<change> (?P<t>.+?)(?:'s)? (?:title|name|text) (?:from .+? )?to (?P<x>.+)"),
    (Makes::On(Act::Complete), r"<change> (?P<t>.+?) (?:to|as) <done>"),
    (Makes::Rename, r"<change> (?P<t>.+?) (?:from .+? )?(?:to (?:say|read)|so (?:that )?it says|into|to)\b:? (?P<x>.+)"),
    (Makes::Rename, r"<change> (?P<t><id>) ?(?::|->|→|=>) ?(?P<x>.+)"),
    (Makes::Rename, r"(?:rename|retitle|relabel|change|update|edit|modify) (?P<t>.+)"),
    (Makes::Rename, r"(?:rename|change|update|edit)(?P<t>)"),
    (Makes::On(Act::Complete), r"(?:mark|set|flag|check|move) (?:off )?(?P<t>.+?) (?:off )?(?:as |to )?(?:being )?<done>"),
    (Makes::On(Act::Complete), r"(?:mark|set) (?:as )?<done> ?:? (?P<t>.+)"),
    (Makes::On(Act::Complete), r"(?:tick|check|cross|strike) (?:off|out) (?P<t>.+?)(?: (?:from|of|off) <my list>)?"),
    (Makes::On(Act::Complete), r"(?:tick|check|cross|strike) (?P<t>.+?) (?:off|out)(?: (?:of )?<my list>)?"),
    (Makes::On(Act::Complete), r"(?:complete|finish|close|tick) (?P<t>.+)"),
    (Makes::On(Act::Complete), r"i<just> (?:done|did|finished|completed)(?: with)? (?P<t>.+)"),
    (Makes::On(Act::Complete), r"i<just> <past> (?P<t>.+)"),
    (Makes::On(Act::Complete), r"i(?:'m| am) (?:done|finished) with (?P<t>.+)"),
    (Makes::On(Act::Complete), r"(?P<t>.+?) (?:is|are|was) (?:now |all |already )?(?:<done>|<past>)(?: now)?"),
    (Makes::On(Act::Complete), r"(?P<t><named>) ?:? ?<done>"),
    (Makes::On(Act::Complete), r"(?:done|finished)(?: with|:) ?(?P<t>.+)"),
    (Makes::On(Act::Complete), r"(?:mark|complete|finish|check off|tick off)(?P<t>)"),
    (Makes::Update(Change::Later), r"(?:reschedule|postpone|push back|push|delay|move|shift) (?P<t>.+?) (?:back |forward )?(?:by )?(?P<x>(?:an?|\d+|one|two|three|four|five|six|seven|eight|nine|ten|half an) (?:minute|hour|day|week|month|year)s?)"),
    (Makes::Update(Change::Due), r"(?:reschedule|postpone|push back|push|delay|move|shift) (?P<t>.+?) (?:back )?(?:to|until|till|by) (?P<x>.+)"),
    (Makes::On(Act::Delete), r"(?:delete|remove|erase|drop|cancel|trash|scratch|discard|clear(?: out)?|get rid of|throw (?:away|out)) (?P<t>.+?)(?: from (?:my|the) (?:to-?do )?(?:list|tasks?|to-?dos))?"),
    (Makes::On(Act::Delete), r"take (?P<t>.+?) off (?:of )?(?:my|the) (?:to-?do )?(?:list|tasks)"),
    (Makes::On(Act::Delete), r"(?:delete|remove)(?P<t>)"),

    (Makes::Wish, r"(?:i|we)(?:'ve| have) got to (?P<t>.+)"),
    (Makes::Wish, r"(?:i|we)(?:'d)?(?: (?:really|also|still|would))* (?:(?:need|have|want|ought|like) to|gotta|must|should|need) (?:remember to )?(?P<t>.+)"),
    (Makes::Wish, r"need to (?P<t>.+)"),
];

rules! {
    /// What the sentence asks, so that it can change nothing: "what is done?".
    QUESTION = r"(?:what|which|who|where|when|why|how|whats|what's|how's|is|are|am|do|does|did|have|has|any|anything)\b.*";
}

static COMPILED: LazyLock<Vec<(Makes, Regex)>> = LazyLock::new(|| compiled(&TABLE));

/// What is made of a sentence, with the groups of its pattern.
pub(crate) fn find(sentence: &str) -> Option<(Makes, Captures<'_>)> {
    let asks = QUESTION.is_match(sentence);
    let mut rows = COMPILED
        .iter()
        .filter(|(makes, _)| !asks || makes.only_looks());
    rows.find_map(|(makes, pattern)| Some((*makes, pattern.captures(sentence)?)))
}

/// Whether a sentence says what has to be done, to nobody in particular.
pub(crate) fn is_wish(sentence: &str) -> bool {
    makes(sentence, |makes| matches!(makes, Makes::Wish))
}

/// Whether one of these is made of a sentence.
pub(crate) fn makes(sentence: &str, wanted: impl Fn(Makes) -> bool) -> bool {
    let mut rows = COMPILED.iter().filter(|(makes, _)| wanted(*makes));
    rows.any(|(_, pattern)| pattern.is_match(sentence))
}
