//! A chat turn: what of its time is ours, and not the model's or the database's.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::{
    client::Answer,
    model::{Model, Pace},
    request,
    script::{Deed, Order},
};
use crate::{
    database::Database,
    programs::Programs,
    statistics::{median, milliseconds},
    table::Table,
    users::People,
};

const TURNS: usize = 100;
const WARM_UP: usize = 5;
const WORDS: usize = 5;
const GOAL: f64 = 5.0;
/// Names turns, so that none is taken for one of before that is sent again.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// When a client asked and when it read the first words and the last.
pub(super) struct Seen {
    tag: String,
    asked: Instant,
    first: Instant,
    pub(super) whole: Duration,
}

/// What of a turn's time is not the model's.
pub(super) struct Ours {
    /// From the model's first token of the answer to the client's first words.
    pub(super) on_wire: Duration,
    /// From the request to the client's first words.
    pub(super) to_first: Duration,
    /// From the request to the end.
    pub(super) in_all: Duration,
}

/// Medians of many turns, in milliseconds.
pub(crate) struct Times {
    /// Without the model, and with what the database took until then.
    pub(crate) to_first: f64,
    /// Likewise.
    pub(crate) in_all: f64,
    /// The mean.
    pub(crate) in_database: f64,
}

/// Measures turns with one tool call.
pub(crate) async fn measure(
    programs: &Programs,
    database: &Database,
    table: &mut Table,
) -> anyhow::Result<()> {
    let times = times(programs, database, TURNS).await?;
    let ms = |time: f64| format!("{time:.2} ms");
    table.told("chat turn, in the database", ms(times.in_database));
    for (what, time) in [
        ("to the first text", times.to_first),
        ("in all", times.in_all - times.in_database),
    ] {
        let name = format!("chat turn, added by us {what}");
        table.judged(&name, ms(time), "≤ 5 ms", time <= GOAL);
    }
    table.note(format!(
        "Chat: {TURNS} new conversations with one tool call each, one after the other; medians, without the time for \
         which the model let itself be waited for. The database's part is the growth of pg_stat_database.active_time \
         per turn; it covers the whole turn, and is taken off the whole only."
    ));
    Ok(())
}

/// So many turns, one after the other, with a model that answers at once.
pub(crate) async fn times(
    programs: &Programs,
    database: &Database,
    count: usize,
) -> anyhow::Result<Times> {
    let before = database.active_time().await?;
    let (model, _) = Model::start(Pace::default()).await?;
    let (mcp, backend) = programs.chat(model.port)?;
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for number in 0..WARM_UP + count {
        let ours = turn(backend.port, true, WORDS).await?.ours(&model)?;
        if number >= WARM_UP {
            first.push(ours.to_first);
            whole.push(ours.in_all);
        }
    }
    drop((backend, mcp));
    let turns = f64::from(u32::try_from(WARM_UP + count)?);
    let in_database = (database.active_time().await? - before) / turns;
    Ok(Times {
        to_first: milliseconds(median(&mut first)),
        in_all: milliseconds(median(&mut whole)),
        in_database,
    })
}

/// A new conversation of somebody new, with a tool call or without, answered in so many words.
pub(super) async fn turn(port: u16, calls: bool, words: usize) -> anyhow::Result<Seen> {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let order = Order {
        deed: if calls {
            Deed::Add(format!("errand{number}"))
        } else {
            Deed::Talk
        },
        // Odd, so that its first words are those of the answer.
        tag: format!("t{}", number * 2 + 1),
        words,
    };
    let body = request::say(None, &order.text());
    let user = format!("talker{number}");
    let request = People::default().chatkit(&user, Some(&order.tag), &body)?;
    let asked = Instant::now();
    let mut answer = Answer::to(port, &request).await?;
    ensure!(answer.status == 200, "status {}", answer.status);
    let (mut first, mut said, mut called) = (None, String::new(), false);
    while let Some(event) = answer.event().await? {
        let kind = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        match kind("/type") {
            Some("error") => bail!("{event}"),
            Some("thread.item.updated") => {
                if let Some(delta) = kind("/update/delta") {
                    first.get_or_insert_with(Instant::now);
                    said.push_str(delta);
                }
            }
            Some("thread.item.done") => called |= kind("/item/type") == Some("workflow"),
            _ => {}
        }
    }
    let whole = asked.elapsed();
    let count = said.split(' ').count();
    ensure!(
        count == words && said.starts_with(&order.claim()),
        "the answer has {count} words: {said}"
    );
    ensure!(called == calls, "a tool call was expected: {calls}");
    Ok(Seen {
        tag: order.tag,
        asked,
        first: first.context("no words")?,
        whole,
    })
}

impl Seen {
    /// What is left without the model's times.
    pub(super) fn ours(&self, model: &Model) -> anyhow::Result<Ours> {
        let heard = model.heard(&self.tag);
        let (answer, calls) = heard.split_last().context("the model was not asked")?;
        let spoken = answer.first.context("the model said nothing")?;
        let ended = answer.ended.context("the model did not end")?;
        let calls = calls.iter();
        let called = calls
            .filter_map(|step| Some(step.ended? - step.asked))
            .sum::<Duration>();
        let to_first = self.first - self.asked;
        Ok(Ours {
            on_wire: self.first - spoken,
            to_first: to_first.saturating_sub(called + (spoken - answer.asked)),
            in_all: self.whole.saturating_sub(called + (ended - answer.asked)),
        })
    }
}
