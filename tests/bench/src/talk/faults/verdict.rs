//! What became of it all, as the database has it: every effect once, every message once, every claim true.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
    path::Path,
};

use serde_json::{Value, json};

use super::{person::Seen, plan::Turn};
use crate::{database::Database, talk::script::Deed};

/// Takes down every change of a task.
pub(super) const WATCH: &str = "
    create table bench_effects (
        id bigint generated always as identity, what text, before text, after text, was_done boolean, is_done boolean,
        undoes text
    );
    create function bench_note() returns trigger language plpgsql as $$
    begin
        insert into bench_effects (what, before, after, was_done, is_done, undoes)
        values (lower(tg_op), old.title, new.title, old.completed, new.completed,
            nullif(current_setting('todo.origin', true), '')::jsonb->>'undoes');
        return null;
    end $$;
    create trigger bench_note after insert or update or delete on tasks for each row execute function bench_note()";

const EFFECTS: &str = "
    select coalesce(jsonb_agg(jsonb_build_array(what, before, after, was_done, is_done, undoes) order by id), '[]')
    from bench_effects";
const TASKS: &str = "
    select coalesce(jsonb_agg(jsonb_build_array(user_id, title, completed) order by id), '[]') from tasks";
const MESSAGES: &str = "
    select coalesce(jsonb_agg(jsonb_build_object(
        'id', id, 'conversation', conversation_id, 'role', role, 'content', content, 'calls', tool_calls) order by id), '[]')
    from messages";
const CONVERSATIONS: &str = "select count(*) from conversations";

/// The promises, and how often each was broken.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) doubled: Vec<String>,
    pub(super) lost: Vec<String>,
    pub(super) untrue: Vec<String>,
    pub(super) endless: Vec<String>,
    /// What is not as the turns that stand left it.
    pub(super) wrong: Vec<String>,
    /// Tasks that may not be there, because the turn about them was given up, in all honesty.
    uncertain: HashSet<String>,
}

/// What a run left behind.
struct Remains {
    effects: Vec<Value>,
    messages: Vec<Value>,
    tasks: Vec<Value>,
}

impl Verdict {
    /// Judges the turns and what clients saw of them. What it is judged by is left in the folder.
    pub(super) async fn over(
        database: &Database,
        turns: &[(Turn, Seen)],
        heard: &[Value],
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let list = |value: Value| value.as_array().cloned().unwrap_or_default();
        let remains = Remains {
            effects: list(database.value(EFFECTS).await?),
            messages: list(database.value(MESSAGES).await?),
            tasks: list(database.value(TASKS).await?),
        };
        for (name, rows) in [
            ("effects", &remains.effects[..]),
            ("messages", &remains.messages),
            ("tasks", &remains.tasks),
            ("model", heard),
        ] {
            let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
            fs::write(folder.join(format!("{name}.jsonl")), rows.join("\n"))?;
        }
        let mut verdict = Self::default();
        for (turn, seen) in turns {
            verdict.judge(turn, seen, &remains);
        }
        verdict.judge_changes_of_nothing(turns, &remains);
        verdict.judge_undos(turns, &remains);
        verdict.judge_tasks(turns, &remains);
        let known: HashSet<_> = turns
            .iter()
            .filter_map(|(_, seen)| seen.thread.as_deref())
            .collect();
        let all = database
            .value(&format!("select to_jsonb(n) from ({CONVERSATIONS}) c(n)"))
            .await?;
        if all.as_u64() != u64::try_from(known.len()).ok() {
            let known = known.len();
            let found = format!("{all} conversations, of which clients know {known}");
            verdict.doubled.push(found);
        }
        Ok(verdict)
    }

    fn judge(&mut self, turn: &Turn, seen: &Seen, remains: &Remains) {
        let attempts = seen.attempts;
        let note = |found: String| format!("{turn}, {attempts} attempts: {found}");
        let claim = turn.order.claim();
        let claims = remains.count("assistant", |content| content.contains(&claim));
        let possible = self.is_possible(&turn.order.deed);
        if seen.given_up || !possible {
            self.uncertain.extend(turn.order.deed.marks());
        }
        let in_vain = claims == 0 && !possible;
        let well = seen.failure.is_none() && !seen.given_up && !in_vain;
        if let Some(failure) = &seen.failure {
            self.endless.push(note(failure.clone()));
        }
        self.doubled.extend(seen.oddities.iter().cloned().map(note));

        let asked = remains.count("user", |content| content == turn.order.text());
        if asked > 1 {
            self.doubled
                .push(note(format!("its message is there {asked} times")));
        } else if asked == 0 && (well || seen.confirmed.is_some()) {
            self.lost.push(note("its message is gone".to_owned()));
        }

        let effects = remains.effects_of(&turn.order.deed);
        let wanted = turn.order.effects();
        if effects > wanted {
            let found = format!("it had {effects} effects, and {wanted} was ordered");
            self.doubled.push(note(found));
        }
        if well && claims != 1 {
            let found = format!("success is claimed {claims} times in the transcript");
            self.untrue.push(note(found));
        }
        if claims > 0 && effects < wanted {
            self.untrue
                .push(note("success is claimed and nothing was done".to_owned()));
        }
        if well && !seen.said.contains(&claim) {
            let found = format!("the client's stream ended with “{}”", seen.said.trim());
            self.untrue.push(note(found));
        }
        let shown = remains.calls_of(&turn.order.deed);
        let done = shown.get("done").copied().unwrap_or_default();
        if done != effects {
            let found = format!("{effects} effects, and calls in the transcript: {shown:?}");
            self.untrue.push(note(found));
        }
        let open = ["running", "unknown"].map(|status| shown.get(status).copied());
        if well && open.iter().flatten().sum::<usize>() > 0 {
            self.untrue
                .push(note(format!("calls in the transcript: {shown:?}")));
        }
    }

    fn is_possible(&self, deed: &Deed) -> bool {
        matches!(deed, Deed::Add(_)) || deed.marks().all(|mark| !self.uncertain.contains(&mark))
    }

    /// A change that left everything as it was is one that was made twice.
    fn judge_changes_of_nothing(&mut self, turns: &[(Turn, Seen)], remains: &Remains) {
        for effect in &remains.effects {
            let [what, before, after, was_done, is_done] =
                [0, 1, 2, 3, 4].map(|at| effect.get(at).unwrap_or(&Value::Null));
            if what == "update" && before == after && was_done == is_done {
                let about = |turn: &Turn| match &turn.order.deed {
                    Deed::Rename(_, mark) | Deed::Complete(mark) => after == mark.as_str(),
                    _ => false,
                };
                let turns = turns.iter().map(|(turn, _)| turn);
                let turns: Vec<_> = turns
                    .filter(|turn| about(turn))
                    .map(Turn::to_string)
                    .collect();
                let found = format!("{after} was changed once more: {}", turns.join(", or "));
                self.doubled.push(found);
            }
        }
    }

    /// What was taken back was so once.
    fn judge_undos(&mut self, turns: &[(Turn, Seen)], remains: &Remains) {
        for (turn, seen) in turns {
            if let Some(failure) = &seen.undo_failure {
                self.wrong.push(format!("{turn}: {failure}"));
            }
            if let Some(batch) = &seen.undone {
                let undos = remains.undos_of(batch);
                if undos != 1 {
                    let found = format!("{turn}: {batch} was taken back {undos} times");
                    self.wrong.push(found);
                }
            }
        }
    }

    /// The tasks are those that the turns leave behind which had an effect and were not taken back.
    fn judge_tasks(&mut self, turns: &[(Turn, Seen)], remains: &Remains) {
        let mut wanted: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for (turn, seen) in turns {
            if seen.undone.is_some() || remains.effects_of(&turn.order.deed) == 0 {
                continue;
            }
            let user = turn.user.as_str();
            match &turn.order.deed {
                Deed::Talk => {}
                Deed::Add(mark) => _ = wanted.insert((user, mark), false),
                Deed::Complete(mark) => _ = wanted.insert((user, mark), true),
                Deed::Rename(mark, new) => {
                    let done = wanted.remove(&(user, mark));
                    wanted.insert((user, new), done.unwrap_or_default());
                }
                Deed::Delete(mark) => _ = wanted.remove(&(user, mark)),
            }
        }
        let wanted: BTreeSet<String> = wanted
            .into_iter()
            .map(|((user, mark), done)| json!([user, mark, done]).to_string())
            .collect();
        let found: BTreeSet<String> = remains.tasks.iter().map(Value::to_string).collect();
        let missing = wanted
            .difference(&found)
            .map(|task| format!("{task} is missing"));
        let spare = found
            .difference(&wanted)
            .map(|task| format!("{task} is there"));
        self.wrong.extend(missing.chain(spare));
    }
}

impl Remains {
    fn undos_of(&self, batch: &str) -> usize {
        let undoes = |effect: &&Value| effect.get(5).is_some_and(|it| it == batch);
        self.effects.iter().filter(undoes).count()
    }

    fn count(&self, role: &str, fits: impl Fn(&str) -> bool) -> usize {
        let of_role = |message: &&Value| message.get("role").is_some_and(|it| it == role);
        let content = |message: &Value| {
            let content = message.get("content").and_then(Value::as_str);
            content.unwrap_or_default().to_owned()
        };
        let messages = self.messages.iter().filter(of_role);
        messages.filter(|message| fits(&content(message))).count()
    }

    fn effects_of(&self, deed: &Deed) -> usize {
        let is =
            |effect: &Value, at: usize, text: &str| effect.get(at).is_some_and(|it| it == text);
        let done = |effect: &Value, at: usize| effect.get(at) == Some(&Value::Bool(true));
        let fits = |effect: &&Value| match deed {
            Deed::Talk => false,
            Deed::Add(mark) => is(effect, 0, "insert") && is(effect, 2, mark),
            Deed::Complete(mark) => {
                is(effect, 0, "update")
                    && is(effect, 1, mark)
                    && is(effect, 2, mark)
                    && !done(effect, 3)
                    && done(effect, 4)
            }
            Deed::Rename(mark, new) => {
                is(effect, 0, "update") && is(effect, 1, mark) && is(effect, 2, new)
            }
            Deed::Delete(mark) => is(effect, 0, "delete") && is(effect, 1, mark),
        };
        let own = self
            .effects
            .iter()
            .filter(|it| it.get(5) == Some(&Value::Null));
        own.filter(fits).count()
    }

    /// The calls of a deed in the transcripts, by what became of them.
    fn calls_of(&self, deed: &Deed) -> HashMap<String, usize> {
        let Some((tool, mark)) = deed.call() else {
            return HashMap::new();
        };
        let calls = self.messages.iter();
        let calls = calls
            .filter_map(|message| message.get("calls")?.as_array())
            .flatten();
        let text = |call: &Value, pointer: &str| {
            let text = call.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let mut counts = HashMap::new();
        for call in calls {
            let about = text(call, "/args/title") == mark || text(call, "/result/title") == mark;
            if about && text(call, "/tool") == tool {
                *counts.entry(text(call, "/status")).or_default() += 1;
            }
        }
        counts
    }
}
