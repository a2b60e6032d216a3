//! Consent by designation: whether a person's own words point at what a call would write.
//!
//! A model reads more than what the person said: titles and descriptions of tasks, results of tools, words that others
//! wrote. So a call that writes is made at once only when the person designated the task that it changes and said the text
//! that it writes, whatever the language. There is no list of verbs: what kind of change it is, is the model's word, and
//! can be undone.

mod words;

use std::{
    collections::{HashMap, HashSet},
    iter,
};

use serde_json::{Map, Value};
use store::task::Task;

use self::words::{is_pair, stems, tokens, words};
use super::{
    agreement::Agreement,
    calls::Call,
    elicitation::Elicitation,
    message::{Message, Part},
    prompt::is_due_date,
    tools::ToolList,
};

/// A part of a title designates its task when it has a word of so many letters.
const TELLING: usize = 4;
/// So many are enough in a title that is said whole, and in a new text.
const SHORT: usize = 3;

/// What a person's words designate, and what was changed because of them.
#[derive(Debug, Default)]
pub(super) struct Consent {
    /// The message, and the answers that were chosen to what was asked back about it.
    text: String,
    said: HashSet<String>,
    /// The words of it without their endings.
    stems: HashSet<String>,
    /// The tasks that are designated by mention, by number, or because the last exchange changed them.
    tasks: HashSet<i64>,
    /// The words of the tools: what people command with.
    commands: HashSet<String>,
    /// Those, and the words of the prompt with its calendar: all in which the application itself speaks to the model.
    own: HashSet<String>,
    /// How much was changed because of the message.
    pub writes: usize,
    /// How much of that was deleted.
    pub deletions: usize,
    /// Whether the last exchange or this one changed something, and what that can be undone by.
    changed: bool,
    undo_ids: HashSet<String>,
    /// What undoes the newest change of the last exchange.
    last: Option<String>,
}

impl Consent {
    /// Reads the words that a question stands for from the rows of its conversation. The answer to something that was
    /// asked back stands beside the message it was asked about.
    pub fn read(rows: &[Message], question: &Message, tools: &ToolList, prompt: &str) -> Self {
        let commands = tool_words(tools);
        let mut consent = Self {
            own: &commands | &words(prompt),
            commands,
            ..Self::default()
        };
        let until = rows.partition_point(|row| row.id <= question.id);
        let begin = |until: usize| {
            let rows = rows.get(..until).unwrap_or_default();
            rows.iter().rposition(Message::begins_exchange)
        };
        let this = begin(until).unwrap_or_default();
        let last = begin(this).unwrap_or_default();
        let exchange = rows.get(this..).unwrap_or_default();
        consent.hear(exchange);
        for row in exchange {
            row.calls()
                .iter()
                .for_each(|call| consent.made(call, tools));
        }
        let calls = rows.iter().skip(last).flat_map(Message::calls);
        for call in calls.filter(|call| call.may_have_changed()) {
            consent.note_undo(call);
            consent.tasks.extend(call.task_id());
        }
        let before = rows.iter().take(this).skip(last).flat_map(Message::calls);
        consent.last = before.filter_map(undo_id).next_back().map(str::to_owned);
        consent
    }

    fn hear(&mut self, exchange: &[Message]) {
        let first = exchange.first();
        if let Some(message) = first.filter(|row| row.begins_exchange()) {
            self.text = own_text(message);
            self.tasks.extend(message.mentioned());
        }
        let answers = exchange.iter().filter_map(Message::elicitation);
        let answers = answers.flat_map(Elicitation::values);
        for answer in answers.filter(|answer| Agreement::of(answer).is_none()) {
            self.text = format!("{}\n{answer}", self.text);
        }
        self.said = words(&self.text);
        self.stems = self
            .said
            .iter()
            .flat_map(|word| stems(word))
            .map(str::to_owned)
            .collect();
        let commands_only = self.said.is_subset(&self.commands);
        let mut before = "";
        let tokens = tokens(&self.text);
        for token in &tokens {
            // As the argument is called: `task_id`.
            let after = commands_only || ["task", "id"].contains(&before);
            let number = token.strip_prefix('#').or_else(|| after.then_some(token));
            self.tasks
                .extend(number.and_then(|number| number.parse::<i64>().ok()));
            before = token;
        }
    }

    /// Notes what became of a call that was made because of the message.
    pub fn made(&mut self, call: &Call, tools: &ToolList) {
        if call.may_have_changed() {
            self.note_undo(call);
            self.writes += 1;
            self.deletions += usize::from(tools.destroys(&call.tool));
        }
    }

    fn note_undo(&mut self, call: &Call) {
        self.changed = true;
        self.undo_ids.extend(undo_id(call).map(str::to_owned));
    }

    /// What is meant by "undo that": what this conversation changed last, where the call names nothing.
    pub fn last_change(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Whether a change may be taken back: the last one, or one that the last exchange or this one made.
    pub fn undoes(&self, args: &Map<String, Value>) -> bool {
        match args.get("undo_id").filter(|id| !id.is_null()) {
            None => self.changed,
            Some(id) => id.as_str().is_some_and(|id| self.undo_ids.contains(id)),
        }
    }

    /// Whether a task is designated. Without the person's other open tasks no word of its title stands for it alone.
    pub fn names(&self, task: &Task, open: Option<&OpenTasks>) -> bool {
        if self.tasks.contains(&task.id) {
            return true;
        }
        let title = words(&task.title);
        let mut own = title.difference(&self.commands);
        if title.is_subset(&self.own) {
            return own.any(|word| letters(word) >= SHORT)
                && title.iter().all(|word| self.is_said(word));
        }
        let title: Vec<&String> = title.difference(&self.own).collect();
        let said = || title.iter().filter(|word| self.is_said(word));
        let count = said().count();
        if count == title.len() {
            return said().any(|word| letters(word) >= SHORT);
        }
        let telling = || said().filter(|word| letters(word) >= TELLING);
        if count * 2 > title.len() && telling().next().is_some() {
            return true;
        }
        let alone = telling().filter(|word| open.is_some_and(|open| open.only(word, task.id)));
        let (pairs, words): (Vec<&String>, Vec<&String>) = alone.partition(|word| is_pair(word));
        let enough = if count * 2 == title.len() { 1 } else { 2 };
        !words.is_empty() || pairs.len() >= enough
    }

    /// Whether a new text is the person's own, as far as it is not what the task says already.
    pub fn said(&self, text: &str, present: &str) -> bool {
        let lines = text.lines().map(|line| match line.rsplit_once("Due ") {
            Some((before, date)) if is_due_date(date) => before,
            _ => line,
        });
        let text: Vec<&str> = lines.collect();
        let text = text.join("\n");
        let all = words(&text);
        if all.is_empty() {
            let stands = |place: &str| place.contains(text.trim());
            return stands(&self.text) || stands(present);
        }
        let present = words(present);
        self.covers(&all.difference(&present).collect())
    }

    /// Whether all of these words were said; or half of them, half of those that are not the application's own, and one
    /// of those of three letters.
    fn covers(&self, words: &HashSet<&String>) -> bool {
        let (own, others): (Vec<&String>, Vec<&String>) =
            words.iter().partition(|word| self.own.contains(**word));
        let count = |words: &[&String]| words.iter().filter(|word| self.is_said(word)).count();
        let (said, said_own) = (count(&others), count(&own));
        let half = (said + said_own) * 2 >= words.len() && said * 2 >= others.len();
        said + said_own == words.len()
            || half
                && others
                    .iter()
                    .any(|word| self.is_said(word) && letters(word) >= SHORT)
    }

    /// Whether a word was said, perhaps with another ending.
    fn is_said(&self, word: &str) -> bool {
        let mut forms = iter::once(word).chain(stems(word));
        self.stems.contains(word) || forms.any(|form| self.said.contains(form))
    }
}

fn undo_id(call: &Call) -> Option<&str> {
    call.result.get("undo_id").and_then(Value::as_str)
}

/// How many letters a word has. A pair of characters says as much as four.
fn letters(word: &str) -> usize {
    if is_pair(word) {
        4
    } else {
        word.chars().count()
    }
}

/// Which open tasks have a word in their titles.
#[derive(Debug, Default)]
pub(super) struct OpenTasks(HashMap<String, Vec<i64>>);

impl OpenTasks {
    /// All of a person's open tasks.
    pub fn new(tasks: &[Task]) -> Self {
        let mut open = Self::default();
        for task in tasks {
            let title = words(&task.title);
            for form in title
                .iter()
                .flat_map(|word| stems(word).chain([word.as_str()]))
            {
                open.0.entry(form.to_owned()).or_default().push(task.id);
            }
        }
        open
    }

    fn only(&self, word: &str, task: i64) -> bool {
        let ids = self.0.get(word).into_iter().flatten();
        ids.into_iter().all(|id| *id == task)
    }
}

/// What the person wrote of a message themselves: not what they quote, nor the titles of the tasks they mention.
fn own_text(message: &Message) -> String {
    let parts = message.parts().map_or(&[][..], |parts| &parts.content);
    if parts.is_empty() {
        return message.content.clone();
    }
    let own = parts.iter().map(|part| match part {
        Part::InputText { text } => text.as_str(),
        Part::InputTag { .. } => " ",
    });
    own.collect()
}

/// The words of the tools' names, uses and parameters' names. What is said about a parameter is left out: it holds examples.
fn tool_words(tools: &ToolList) -> HashSet<String> {
    let text = tools.offered.iter().map(|tool| {
        let parameters = tool.parameters.get("properties").and_then(Value::as_object);
        let names: Vec<&str> = parameters
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect();
        format!("{} {} {} ", tool.name, tool.description, names.join(" "))
    });
    words(&text.collect::<String>())
}
