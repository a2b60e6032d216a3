//! Under construction.
/// x
/// # Errors
/// x
pub fn run(_w: &crate::workspace::Workspace) -> anyhow::Result<()> {
    Ok(())
}
