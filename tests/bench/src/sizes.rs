//! How large the programs are.

use anyhow::Context as _;

use crate::{programs::Programs, table::Table};

pub(crate) fn measure(programs: &Programs, table: &mut Table) -> anyhow::Result<()> {
    for name in ["todo-backend", "todo-mcp", "todo-offline-model"] {
        let path = programs.path(name);
        let bytes = std::fs::metadata(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?
            .len();
        let (whole, tenths) = (bytes / 1_000_000, bytes % 1_000_000 / 100_000);
        table.told(&format!("size of {name}"), format!("{whole}.{tenths} MB"));
    }
    table.note("Size: the file as built, stripped by the release profile, not compressed.");
    Ok(())
}
