//! A chat turn with one tool call: what of its time is ours, and not the model's or the database's.

use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::{
    client::Connection,
    database::Database,
    memory,
    programs::{Backend, Program, Programs},
    relay::Relay,
    statistics::{median, milliseconds, ms},
    table::Table,
    users::{self, People},
};

const TURNS: u32 = 100;
const WARM_UP: u32 = 5;
const GOAL: f64 = 5.0;

const TEXT_OF_BACKEND: &[u8] = b"text_delta";
const CALL_OF_MODEL: &[u8] = b"add_task";
const TEXT_OF_MODEL: &[u8] = br#""delta":{"content":""#;

/// Times of all turns, and of the model alone.
#[derive(Default)]
struct Times {
    first: Vec<Duration>,
    whole: Vec<Duration>,
    model_first: Vec<Duration>,
    model_whole: Vec<Duration>,
}

pub(crate) async fn measure(
    programs: &Programs,
    database: &Database,
    table: &mut Table,
) -> anyhow::Result<()> {
    let model = programs.model()?;
    let asked = record_turn(programs, &model).await?;
    let before = database.active_time().await?;
    let mcp = programs.mcp()?;
    let backend = programs.backend(&Backend {
        model_port: model.port,
        mcp_port: mcp.port,
        ..Backend::default()
    })?;
    let mut times = turns(&backend, &model, &asked).await?;
    memory::after_load(&backend, "105 chat turns, todo-backend", table);
    memory::after_load(&mcp, "105 chat turns, todo-mcp", table);
    drop((backend, mcp));
    let in_database = (database.active_time().await? - before) / f64::from(TURNS + WARM_UP);
    times.show(in_database, table);
    Ok(())
}

/// What the backend asks the model in a turn: for the call, and for the sentence after it.
async fn record_turn(programs: &Programs, model: &Program) -> anyhow::Result<[Vec<u8>; 2]> {
    let relay = Relay::to(model.port).await?;
    let mcp = programs.mcp()?;
    let backend = programs.backend(&Backend {
        model_port: relay.port,
        mcp_port: mcp.port,
        ..Backend::default()
    })?;
    let mut connection = Connection::open(&backend.server()).await?;
    let turn = users::add_by_chat(&People::default(), "chat")?;
    connection.stream(&turn, TEXT_OF_BACKEND).await?;
    let asked = relay.requests()?;
    let count = asked.len();
    let asked: Result<[Vec<u8>; 2], _> = asked.try_into();
    asked.ok().with_context(|| {
        format!("a turn with one tool call asked the model {count} times, not twice")
    })
}

async fn turns(
    backend: &Program,
    model: &Program,
    [for_call, for_text]: &[Vec<u8>; 2],
) -> anyhow::Result<Times> {
    let mut times = Times::default();
    let mut client = Connection::open(&backend.server()).await?;
    let mut direct = Connection::open(&model.server()).await?;
    let turn = users::add_by_chat(&People::default(), "chat")?;
    for number in 0..WARM_UP + TURNS {
        let answer = client.stream(&turn, TEXT_OF_BACKEND).await?;
        let call = direct.stream(for_call, CALL_OF_MODEL).await?;
        let text = direct.stream(for_text, TEXT_OF_MODEL).await?;
        if number >= WARM_UP {
            times.first.push(answer.first);
            times.whole.push(answer.whole);
            times.model_first.push(call.whole + text.first);
            times.model_whole.push(call.whole + text.whole);
        }
    }
    if times.first.is_empty() {
        bail!("no turn was measured");
    }
    Ok(times)
}

impl Times {
    fn show(&mut self, in_database: f64, table: &mut Table) {
        let [first, whole, model_first, model_whole] = [
            &mut self.first,
            &mut self.whole,
            &mut self.model_first,
            &mut self.model_whole,
        ]
        .map(|times| median(times));
        let pair = |first: Duration, whole: Duration| format!("{}, {}", ms(first), ms(whole));
        table.told("chat turn, to first text, whole", pair(first, whole));
        let model = pair(model_first, model_whole);
        table.told("of that the model, to first text, whole", model);
        let database = format!("{in_database:.2} ms");
        table.told("of that the database, whole", database);
        let ours =
            |all: Duration, model: Duration| milliseconds(all) - milliseconds(model) - in_database;
        let (first, whole) = (ours(first, model_first), ours(whole, model_whole));
        let name = "chat turn, added by us to first text";
        table.judged(name, format!("{first:.2} ms"), "≤ 5 ms", first <= GOAL);
        let name = "chat turn, added by us in all";
        table.judged(name, format!("{whole:.2} ms"), "≤ 5 ms", whole <= GOAL);
        table.note(format!(
            "Chat: {TURNS} new conversations that begin with “add buy milk”, one after the other, each followed by the \
             same two questions asked of the model directly; medians. The database's part is the growth of \
             pg_stat_database.active_time per turn: it covers the whole turn, so what we add to the first text lies \
             between the two numbers."
        ));
    }
}
