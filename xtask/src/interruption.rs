//! Ctrl-C and SIGTERM, as a flag that every wait looks at: each owner of a child then ends its own child.

use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::Context as _;

static SIGNALS: AtomicU8 = AtomicU8::new(0);

/// The user asked for the end.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Takes over SIGINT, SIGTERM and SIGHUP for the rest of the process.
///
/// # Errors
/// When another handler is installed already.
pub fn listen() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        SIGNALS.fetch_add(1, Ordering::SeqCst);
    })
    .context("cannot listen for Ctrl-C")
}

/// How often the user asked for the end; who asks again wants nothing to be waited for any more.
#[must_use]
pub fn signals() -> u8 {
    SIGNALS.load(Ordering::SeqCst)
}

/// For loops that wait: an error once the user asked for the end.
///
/// # Errors
/// [`Interrupted`], once the user asked for the end.
pub fn check() -> anyhow::Result<()> {
    anyhow::ensure!(signals() == 0, Interrupted);
    Ok(())
}
