//! How large the programs are.

use anyhow::Context as _;

use crate::{
    memory::mb,
    programs::{NAMES, Programs},
    table::Table,
};

pub(crate) fn measure(programs: &Programs, table: &mut Table) -> anyhow::Result<()> {
    for name in NAMES {
        table.told(&format!("size of {name}"), mb(megabytes(programs, name)?));
    }
    table.note("Size: the file as built, stripped by the release profile, not compressed.");
    Ok(())
}

pub(crate) fn megabytes(programs: &Programs, name: &str) -> anyhow::Result<f64> {
    let path = programs.path(name);
    let file = std::fs::metadata(&path);
    let bytes = file
        .with_context(|| format!("{} cannot be read", path.display()))?
        .len();
    Ok(f64::from(u32::try_from(bytes)?) / 1_000_000.0)
}
