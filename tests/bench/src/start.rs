//! From nothing to the first answer.

use std::time::Duration;

use crate::{
    programs::{Backend, Program, Programs},
    statistics::{median, ms},
    table::Table,
};

const STARTS: usize = 15;
const GOAL: Duration = Duration::from_millis(50);

pub(crate) type Start = fn(&Programs) -> anyhow::Result<Program>;

/// The programs, and how each is started.
pub(crate) const ALL: [(&str, Start); 3] = [
    ("todo-backend", |programs| {
        programs.backend(&Backend::default())
    }),
    ("todo-mcp", Programs::mcp),
    ("todo-offline-model", Programs::model),
];

pub(crate) fn measure(programs: &Programs, table: &mut Table) -> anyhow::Result<()> {
    for (name, start) in ALL {
        let mut times = (0..STARTS)
            .map(|_| Ok(start(programs)?.started_in))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let middle = median(&mut times);
        let fastest = times.first().copied().unwrap_or_default();
        let measured = format!("{} (fastest {})", ms(middle), ms(fastest));
        let name = format!("start to first /health, {name}");
        table.judged(&name, measured, "≤ 50 ms", middle <= GOAL);
    }
    table.note(format!(
        "Start: median of {STARTS}, from before the process is made to the whole answer, asked every 0.2 ms."
    ));
    Ok(())
}
