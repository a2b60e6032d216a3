//! When the database last answered and last failed.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Times are milliseconds since the start; 0 is never.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    answer: AtomicU64,
    outage: AtomicU64,
    lost: AtomicBool,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            answer: AtomicU64::new(0),
            outage: AtomicU64::new(0),
            lost: AtomicBool::new(false),
        }
    }
}

impl Clock {
    fn now(&self) -> u64 {
        millis(self.started.elapsed()).saturating_add(1)
    }

    pub(super) fn answered(&self) {
        self.answer.store(self.now(), Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.outage.store(self.now(), Ordering::Relaxed);
    }

    /// A connection died while nobody used it.
    pub(super) fn connection_lost(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Whether connections died since somebody last asked.
    pub(super) fn take_lost(&self) -> bool {
        // A load first: every query asks, and a swap would pass the cache line around.
        self.lost.load(Ordering::Relaxed) && self.lost.swap(false, Ordering::Relaxed)
    }

    /// Whether a connection that has been idle for so long was used since the last outage.
    pub(super) fn used_since_outage(&self, idle_for: Duration) -> bool {
        let outage = self.outage.load(Ordering::Relaxed);
        // Rounded so that a doubtful millisecond counts as before the outage.
        let used = self
            .now()
            .saturating_sub(millis(idle_for).saturating_add(1));
        outage == 0 || used > outage
    }

    /// How long ago the database last answered.
    pub(super) fn quiet(&self) -> Duration {
        let answer = self.answer.load(Ordering::Relaxed);
        Duration::from_millis(self.now().saturating_sub(answer))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
