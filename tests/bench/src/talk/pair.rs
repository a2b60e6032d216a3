//! Two people who talk at once: neither waits for the other.

use std::time::Duration;

use super::{
    model::{Model, Pace},
    turn::turn,
};
use crate::{
    database::Database,
    programs::Programs,
    statistics::{median, milliseconds, ratios, spread},
    table::{Goal, Table},
};

const PACE: Pace = Pace {
    delay: Duration::from_millis(50),
    token: Duration::from_millis(2),
};
const WORDS: usize = 5;
/// Turns of a round.
const TURNS: usize = 15;
/// If one waited for the other it would be 2.
const GOAL: f64 = 1.25;
/// A commit that is worth waiting for, in milliseconds.
const DELAY: u32 = 3;

/// Turns with a tool call, of one person and of two at once.
pub(crate) async fn measure(
    programs: &Programs,
    database: &Database,
    rounds: u8,
    table: &mut Table,
) -> anyhow::Result<()> {
    let (model, _) = Model::start(PACE).await?;
    let (_mcp, backend) = programs.chat(model.port)?;
    let port = backend.port;
    turn(port, true, WORDS).await?;
    database.delay_commits(DELAY).await?;
    let mut medians = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let mut times = [Vec::new(), Vec::new()];
        let [alone, together] = &mut times;
        for _ in 0..TURNS {
            alone.push(turn(port, true, WORDS).await?.whole);
            let (one, other) = tokio::try_join!(turn(port, true, WORDS), turn(port, true, WORDS))?;
            together.extend([one.whole, other.whole]);
        }
        for (medians, mut times) in medians.iter_mut().zip(times) {
            medians.push(milliseconds(median(&mut times)));
        }
    }
    database.delay_commits(0).await?;
    let [alone, together] = medians;
    let ratios = ratios(&together, &alone);
    let goal = Goal::at_most(GOAL, &ratios);
    let shown = [together, alone].map(|times| spread(&times, |time| format!("{time:.1} ms")));
    let name = format!("chat turn with a tool at {DELAY} ms, two people at once against one");
    table.compared(&name, shown, ratios, Some(goal));
    Ok(())
}
