//! Under construction.
/// x
/// # Errors
/// x
pub fn run(_w: &crate::workspace::Workspace, _o: &crate::args::Test) -> anyhow::Result<()> {
    Ok(())
}
