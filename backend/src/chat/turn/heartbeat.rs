//! The sign of life of a turn that runs.

use std::time::Duration;

use store::{
    Db,
    turns::{self, Runner},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// A third of the time for which a sign of life is believed.
const PERIOD: Duration = Duration::from_secs(turns::LEASE / 3);

/// Says that a turn is alive until it is dropped.
pub(super) struct Heartbeat {
    task: JoinHandle<()>,
    lost: watch::Receiver<bool>,
}

impl Heartbeat {
    pub fn start(db: Db, owner: String, runner: Runner) -> Self {
        let (sender, lost) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut ticks = interval(PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.tick().await;
            loop {
                ticks.tick().await;
                match turns::renew(&db, &owner, &runner).await {
                    Ok(true) => {}
                    Ok(false) => {
                        sender.send_replace(true);
                        return;
                    }
                    // Nobody else can have taken the turn while the database is away.
                    Err(error) => tracing::warn!(%error, "a turn could not give a sign of life"),
                }
            }
        });
        Self { task, lost }
    }

    /// Resolves when somebody else has the turn.
    pub async fn lost(&self) {
        let mut lost = self.lost.clone();
        // A task that ended otherwise says nothing, and then the turn goes on.
        if lost.wait_for(|lost| *lost).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
    }
}
