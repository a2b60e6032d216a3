//! From an order to tool calls, or to the reason why there are none.

use std::collections::HashSet;

use jiff::Zoned;
use serde_json::{Value, json};

use super::Plan;
use crate::answers::{self, Listing, mention, say, say_of, verb};
use crate::command::{Act, Change, NewTask, Status, Target};
use crate::due;
use crate::matching::{self, Strictness};
use crate::reference::ASK;
use crate::reply::Reply;
use crate::results::{self, Fate, Task};
use crate::text::capitalised;

/// How many choices the person can be asked to choose from.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=8;

impl Plan {
    /// Adds to the plan what comes of an order about tasks that are there.
    pub(super) fn order(
        &mut self,
        act: Act,
        target: &Target,
        change: &Change,
    ) -> Result<(), Reply> {
        let mut ids: Vec<i64> = Vec::new();
        for part in parts(act, target, &self.listed) {
            ids.extend(self.targets(act, &part)?);
        }
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        match (act, ids.as_slice()) {
            (_, []) => {}
            (Act::Show, ids) => return self.found(ids),
            (Act::Update, [id]) => self.update(*id, change),
            (Act::Update, _) => self.say("one at a time", &[]),
            (Act::Reopen, _) if !self.has(&act.tool()) => self.say("no reopen", &[]),
            (Act::Complete | Act::Reopen | Act::Delete, ids) => {
                for id in ids {
                    self.later(&act.tool(), json!({ "task_id": id }));
                }
            }
        }
        Ok(())
    }

    /// The numbers of the tasks meant. Where there are none the plan says why, or asks.
    fn targets(&mut self, act: Act, target: &Target) -> Result<Vec<i64>, Reply> {
        if let Target::Words(words) | Target::Every(words) = target {
            self.search(words)?;
        }
        let tasks = match target {
            Target::Ids(ids) => return Ok(ids.clone()),
            Target::Words(words) => return self.named(act, words),
            Target::It => {
                self.change()?;
                return Ok(self.added.into_iter().collect());
            }
            Target::Them | Target::Place(_) | Target::Missing => {
                self.ask("which task", &[&verb(act)]);
                return Ok(Vec::new());
            }
            Target::Every(words) => matching::all(words, &self.listed),
            Target::All(status) | Target::Confirmed(status) => {
                let of_kind = |task: &&Task| status.holds(task.completed);
                self.listed.iter().filter(of_kind).collect()
            }
        };
        let tasks = tasks.into_iter().filter(|task| applies(act, task));
        let ids: Vec<i64> = tasks.map(|task| task.id).collect();
        match (act, target) {
            _ if ids.is_empty() => self.say("nothing to", &[&verb(act)]),
            // Where the person can be asked by the application, it asks before it deletes several.
            (Act::Delete, Target::All(status @ (Status::All | Status::Pending)))
                if !self.has(ASK) =>
            {
                let open = if *status == Status::All { "" } else { "open " };
                self.ask("sure", &[&format!("{} {open}tasks", ids.len())]);
                return Ok(Vec::new());
            }
            _ => {}
        }
        Ok(ids)
    }

    /// The same for a task that is named by words.
    fn named(&mut self, act: Act, words: &str) -> Result<Vec<i64>, Reply> {
        let listed = self.listed.clone();
        let (level, found) = matching::find(words, &listed, |task| applies(act, task));
        let count = found.len();
        match found.as_slice() {
            [] if listed.is_empty() => self.say("no match in nothing", &[&words]),
            [] => self.say("no match", &[&words]),
            similar if level == Strictness::Partly => {
                let head = say_of(count, "did you mean", &[&words]);
                return self.choose(act, similar, &head);
            }
            [task] if !applies(act, task) => {
                self.say("already", &[&mention(task), &task.state()]);
            }
            tasks if count == 1 || act == Act::Show => {
                return Ok(tasks.iter().map(|task| task.id).collect());
            }
            several => {
                let number = capitalised(&answers::number(count));
                return self.choose(act, several, &say("many match", &[&number, &words]));
            }
        }
        Ok(Vec::new())
    }

    /// Asks which of several tasks was meant, in words where nobody can show choices.
    fn choose(&mut self, act: Act, tasks: &[&Task], head: &str) -> Result<Vec<i64>, Reply> {
        if self.has(ASK) && OPTIONS.contains(&tasks.len()) {
            self.change()?;
            let mut options: Vec<Task> = tasks.iter().copied().cloned().collect();
            let alike = |title: &str| tasks.iter().filter(|task| task.title == title).count() > 1;
            for option in options.iter_mut().filter(|option| alike(&option.title)) {
                option.title = format!("#{} {}", option.id, option.title);
            }
            let titles: Vec<&str> = options.iter().map(|option| option.title.as_str()).collect();
            let question = say("which one", &[&verb(act)]);
            let done = self.call(ASK, json!({ "question": question, "options": titles }))?;
            if done.result.get("skipped") == Some(&true.into()) || done.fate() == Fate::Refused {
                self.say("left", &[]);
                return Ok(Vec::new());
            }
            let answer = results::text(&done.result, "answer");
            if let Some(task) = matching::only(answer, &options) {
                return Ok(vec![task.id]);
            }
        }
        self.questions.push(answers::which(act, head, tasks));
        Ok(Vec::new())
    }

    fn found(&mut self, ids: &[i64]) -> Result<(), Reply> {
        let tasks = self.listed.iter().filter(|task| ids.contains(&task.id));
        let tasks: Vec<Task> = tasks.cloned().collect();
        match (tasks.as_slice(), ids) {
            ([], [id]) => self.say("no such", &[id]),
            ([task], _) => match task.description.as_deref().unwrap_or_default() {
                "" => self.say("one bare", &[&mention(task), &task.state()]),
                text => self.say("one", &[&mention(task), &task.state(), &text]),
            },
            _ => return self.show(Listing::new("found", tasks)),
        }
        Ok(())
    }

    fn update(&mut self, id: i64, change: &Change) {
        let task = self.listed.iter().find(|task| task.id == id);
        let described = due::described(change, task, self.turn.now.as_ref());
        let dates = matches!(change, Change::Due(_) | Change::Later(_));
        let arguments = match (change, described) {
            (Change::Title(title), _) => json!({ "task_id": id, "title": title }),
            (_, Some(description)) => json!({ "task_id": id, "description": description }),
            _ if dates => return self.ask("when", &[]),
            _ => return self.ask("what new title", &[&id]),
        };
        self.moved |= dates;
        self.later(&Act::Update.tool(), arguments);
    }
}

/// The parts of "rent and milk" when no single task is called that.
fn parts(act: Act, target: &Target, listed: &[Task]) -> Vec<Target> {
    match target {
        Target::Words(words)
            if !matches!(act, Act::Update | Act::Show)
                && matching::all(words, listed).is_empty() =>
        {
            let commas = words.replace(" and ", ",").replace(" & ", ",");
            let parts = commas.split(',').map(str::trim);
            let parts = parts.map(|part| part.trim_start_matches("the ").trim());
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(|part| Target::Words(part.to_owned())).collect()
        }
        _ => vec![target.clone()],
    }
}

/// Whether it makes sense for the task as it is.
fn applies(act: Act, task: &Task) -> bool {
    match act {
        Act::Complete => !task.completed,
        Act::Reopen => task.completed,
        Act::Delete | Act::Update | Act::Show => true,
    }
}

/// The arguments for a new task. What its title says about time goes into the description, unless it was quoted.
pub(super) fn new(mut task: NewTask, now: Option<&Zoned>) -> Value {
    let now = now.filter(|_| !task.verbatim);
    if let Some(draft) = now.map(|now| capture::capture(&task.title, now))
        && let Some(due) = draft.due
    {
        task.title = capitalised(&draft.title);
        task.description = Some(due::with(&task.description.unwrap_or_default(), due));
    }
    match task.description {
        Some(description) => json!({ "title": task.title, "description": description }),
        None => json!({ "title": task.title }),
    }
}
