//! Waiting for what takes its time, never for ever.

use std::time::Duration;

use anyhow::bail;
use tokio::time::{Instant, sleep};

/// How often things are looked at.
pub const GLANCE: Duration = Duration::from_millis(250);

/// So many seconds.
#[must_use]
pub const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// Looks until there is something to see, and says how long that took.
///
/// # Errors
/// When the time is over, with the reason that `look` gave last.
pub async fn until<T>(
    what: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<(T, Duration)> {
    let begun = Instant::now();
    loop {
        let left = limit.saturating_sub(begun.elapsed());
        let reason = match tokio::time::timeout(left.max(GLANCE), look()).await {
            Ok(Ok(seen)) => return Ok((seen, begun.elapsed())),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => "no answer".to_owned(),
        };
        if begun.elapsed() >= limit {
            bail!("{what}: not within {} s: {reason}", limit.as_secs());
        }
        sleep(GLANCE).await;
    }
}
