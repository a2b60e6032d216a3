//! Tries a configured model end to end and says what does not fit, and which setting to change.

mod advice;
mod checks;
mod report;

use std::io::Write;

use self::{checks::Probe, report::Report};
use model::{ModelConfig, ModelSettings, StepLimits};

/// Tries the model, and the one to fall back to, with a few short questions that have nothing to do with anybody's
/// tasks. Writes a line for everything found; `true` when the chat will work.
///
/// # Errors
/// When the settings cannot be right whatever the provider says, or nothing can be written.
pub async fn examine(
    config: ModelConfig,
    limits: StepLimits,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<bool> {
    let first = examine_one("model", config.first, limits, out).await?;
    let Some(second) = config.second else {
        return Ok(first);
    };
    writeln!(out)?;
    let second = examine_one("second model", second, limits, out).await?;
    Ok(first && second)
}

async fn examine_one(
    what: &str,
    settings: ModelSettings,
    limits: StepLimits,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<bool> {
    let mut probe = Probe::new(settings, limits)?;
    writeln!(out, "{what} {} at {}", probe.model(), probe.place())?;
    let mut report = Report::new(out);
    probe.examine(&mut report).await?;
    Ok(report.is_good())
}
