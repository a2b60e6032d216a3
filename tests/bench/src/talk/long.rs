//! A conversation of 2,000 messages: opening it, reading it, and going on in it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
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
    statistics::{ms, p50_and_p99, quantile},
    table::Table,
    users::People,
};

const MESSAGES: usize = 2_000;
const READER: &str = "reader";
const ROUNDS: usize = 100;
const TURNS: usize = 20;
const GOAL: Duration = Duration::from_millis(100);

/// Long conversations of several people, so that nobody's messages lie side by side; the first is the one to read.
const CONVERSATIONS: &str = "
    insert into conversations (user_id, title)
    select case when n = 1 then 'reader' else 'writer' || n end, 'A long conversation'
    from generate_series(1, 20) n;
    insert into messages (conversation_id, user_id, role, content, tool_calls, created_at)
    select c.id, c.user_id,
           case n % 5 when 0 then 'user' when 1 then 'tool' when 2 then 'assistant' when 3 then 'user' else 'assistant' end,
           case when n % 5 = 1 then '' else 'Message number ' || n || repeat(' with some more words', 12) end,
           case when n % 5 = 1 then jsonb_build_array(jsonb_build_object(
               'id', 'call', 'tool', 'add_task', 'args', jsonb_build_object('title', 'Task ' || n), 'status', 'done',
               'writes', true,
               'result', jsonb_build_object('task_id', n, 'status', 'created', 'title', 'Task ' || n))) end,
           now() - interval '1 minute' * (2000 - n)
    from generate_series(0, 1999) n, conversations c
    where c.title = 'A long conversation'
    order by n, c.id";

pub(super) async fn measure(
    programs: &Programs,
    database: &Database,
    table: &mut Table,
) -> anyhow::Result<()> {
    database.execute(CONVERSATIONS).await?;
    database.execute("vacuum analyze").await?;
    let (model, _) = Model::start(Pace::default()).await?;
    let (_mcp, backend) = programs.chat(model.port)?;
    let reader = Reader(backend.port);

    let threads = reader
        .ask(&serde_json::json!({"type": "threads.list", "params": {}}))
        .await?;
    let thread = threads.pointer("/data/0/id").and_then(Value::as_str);
    let thread = thread.context("no conversation")?.to_owned();
    let (mut opening, mut newest, mut both) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        reader.ask(&request::thread(&thread)).await?;
        let opened = begun.elapsed();
        reader.ask(&request::items(&thread, "desc", None)).await?;
        let whole = begun.elapsed();
        opening.push(opened);
        newest.push(whole.saturating_sub(opened));
        both.push(whole);
    }
    let slowest = quantile(&mut both, 0.99);
    table.judged(
        "2,000 messages: the first screen, both of the next two, p50, p99",
        p50_and_p99(&mut both),
        "≤ 100 ms",
        slowest <= GOAL,
    );
    table.told("  threads.get_by_id, p50, p99", p50_and_p99(&mut opening));
    table.told(
        "  items.list, newest page, p50, p99",
        p50_and_p99(&mut newest),
    );
    let begun = Instant::now();
    let (items, pages) = reader.read_all(&thread).await?;
    let took = begun.elapsed();
    ensure!(
        items == MESSAGES,
        "{items} of {MESSAGES} messages were read"
    );
    table.told(
        &format!("  all of it, in {pages} pages"),
        format!("{} ({} a page)", ms(took), ms(took / pages)),
    );
    let mut long = turns(&reader, &model, Some(&thread)).await?;
    let mut short = turns(&reader, &model, None).await?;
    table.told(
        "  a turn in it: the request to the model's question, p50, p99",
        p50_and_p99(&mut long),
    );
    table.told(
        "  a turn that begins a conversation, the same",
        p50_and_p99(&mut short),
    );
    table.note(format!(
        "Long conversation: one of 20 of {MESSAGES} messages each, a fifth of them tool calls; {ROUNDS} openings one after the other, each request on \
         a new connection, from the request to the whole answer."
    ));
    Ok(())
}

/// Somebody who asks this port.
struct Reader(u16);

impl Reader {
    async fn ask(&self, body: &Value) -> anyhow::Result<Value> {
        let request = People::default().chatkit(READER, None, body)?;
        let answer = Answer::to(self.0, &request).await?;
        let status = answer.status;
        let answer = answer.json().await?;
        ensure!(status == 200, "{body}: {status} {answer}");
        Ok(answer)
    }

    /// From the first message to the last; tells how many, and in how many pages.
    async fn read_all(&self, thread: &str) -> anyhow::Result<(usize, u32)> {
        let (mut items, mut pages, mut after) = (0, 0, None::<String>);
        loop {
            let wanted = request::items(thread, "asc", after.as_deref());
            let page = self.ask(&wanted).await?;
            let data = page.get("data").and_then(Value::as_array);
            let data = data.context("no page")?;
            items += data.len();
            pages += 1;
            if page.get("has_more") != Some(&Value::Bool(true)) {
                return Ok((items, pages));
            }
            let last = data.last().and_then(|item| item.get("id")?.as_str());
            after = Some(last.context("an empty page before the last")?.to_owned());
        }
    }
}

/// How long it takes until the model is asked.
async fn turns(
    reader: &Reader,
    model: &Model,
    thread: Option<&str>,
) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    for number in 0..TURNS {
        let place = if thread.is_some() { "long" } else { "short" };
        let order = Order {
            deed: Deed::Talk,
            tag: format!("{place}{number}"),
            words: 5,
        };
        let body = request::say(thread, &order.text());
        let request = People::default().chatkit(READER, Some(&order.tag), &body)?;
        let begun = Instant::now();
        let mut answer = Answer::to(reader.0, &request).await?;
        while let Some(event) = answer.event().await? {
            let failed = event.get("type") == Some(&Value::from("error"));
            ensure!(!failed, "{event}");
        }
        let heard = model.heard(&order.tag);
        let asked = heard.first().context("the model was not asked")?.asked;
        times.push(asked - begun);
    }
    Ok(times)
}
