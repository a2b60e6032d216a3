//! Under construction.
/// x
/// # Errors
/// x
pub fn run(_w: &crate::workspace::Workspace, _o: &crate::args::Bench) -> anyhow::Result<()> {
    Ok(())
}
