//! The programs under faults, and their ends.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex as Now, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    sync::{Mutex, mpsc},
    task::{JoinHandle, spawn_blocking},
    time::sleep,
};

use super::{
    plan::{Ending, Killed},
    relay::Relay,
};
use crate::{
    database::Database,
    programs::{Backend, Program, Programs},
    talk::model::{Model, Pace},
};

const PACE: Pace = Pace {
    delay: Duration::from_millis(5),
    token: Duration::from_millis(3),
};
/// What a model may take is shortened, so that stalls are noticed within a run.
const SETTINGS: [(&str, &str); 3] = [
    ("LLM_CONNECT_TIMEOUT", "2"),
    ("LLM_FIRST_BYTE_TIMEOUT", "2"),
    ("LLM_IDLE_TIMEOUT", "2"),
];
/// A dead backend's turns are believed alive for 15 s. To wait for that each time would take an hour, so the bench ends
/// that belief; but for every n-th time, when it is left to the clock.
const LEFT_TO_THE_CLOCK: usize = 15;
const FORGET: &str = "
    update turns set alive_until = now() where state in ('queued', 'running');
    update conversations set turn_expires_at = now() where turn is not null";

/// Everything that a client can meet.
pub(super) struct World {
    programs: Arc<Programs>,
    pub(super) database: Database,
    pub(super) model: Model,
    pub(super) relay: Relay,
    settings: Backend,
    mcp_port: u16,
    backend: Mutex<Option<Program>>,
    mcp: Mutex<Option<Program>>,
    /// What is killed when the model is asked in a turn.
    at_steps: Now<HashMap<String, Ending>>,
    ends: [AtomicUsize; 2],
}

/// Ends programs as it is told to, until it is dropped.
pub(super) struct Executioner(Vec<JoinHandle<()>>);

impl World {
    pub(super) async fn start(
        programs: Programs,
        database: Database,
    ) -> anyhow::Result<(Arc<Self>, Executioner)> {
        let (model, mut steps) = Model::start(PACE).await?;
        let mcp = programs.mcp()?;
        let (endings, mut wanted) = mpsc::unbounded_channel();
        let relay = Relay::to(mcp.port, endings.clone()).await?;
        let mut settings = Backend {
            model_port: model.port,
            mcp_port: relay.port,
            port: None,
            settings: SETTINGS.to_vec(),
        };
        let backend = programs.backend(&settings)?;
        settings.port = Some(backend.port);
        let world = Arc::new(Self {
            programs: Arc::new(programs),
            database,
            model,
            relay,
            settings,
            mcp_port: mcp.port,
            backend: Mutex::new(Some(backend)),
            mcp: Mutex::new(Some(mcp)),
            at_steps: Now::default(),
            ends: [AtomicUsize::new(0), AtomicUsize::new(0)],
        });
        let here = Arc::clone(&world);
        let of_model = tokio::spawn(async move {
            while let Some(tag) = steps.recv().await {
                let ending = here.at_steps().remove(&tag);
                if let Some(ending) = ending {
                    here.begin_end(ending);
                }
            }
        });
        let here = Arc::clone(&world);
        let of_relay = tokio::spawn(async move {
            while let Some(ending) = wanted.recv().await {
                here.begin_end(ending);
            }
        });
        Ok((world, Executioner(vec![of_model, of_relay])))
    }

    /// Where the backend is, whenever it is.
    pub(super) fn port(&self) -> u16 {
        self.settings.port.unwrap_or_default()
    }

    /// So often backend and MCP server were killed.
    pub(super) fn ends(&self) -> [usize; 2] {
        [0, 1].map(|which| {
            let ends = self.ends.get(which);
            ends.map_or(0, |ends| ends.load(Ordering::Relaxed))
        })
    }

    /// Kills at a step of the model in this turn.
    pub(super) fn at_step(&self, tag: &str, ending: Ending) {
        self.at_steps().insert(tag.to_owned(), ending);
    }

    /// Kills, and starts again in the background.
    pub(super) fn begin_end(self: &Arc<Self>, ending: Ending) {
        let here = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = here.end(ending).await {
                // Every turn will fail now, and each is told.
                eprintln!("a program did not start again: {error:#}");
            }
        });
    }

    async fn end(&self, ending: Ending) -> anyhow::Result<()> {
        let (place, count) = match ending.program {
            Killed::Backend => (&self.backend, &self.ends[0]),
            Killed::Mcp => (&self.mcp, &self.ends[1]),
        };
        let mut place = place.lock().await;
        drop(place.take());
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        if ending.program == Killed::Backend && !number.is_multiple_of(LEFT_TO_THE_CLOCK) {
            self.database.execute(FORGET).await?;
        }
        sleep(ending.away).await;
        let (programs, settings) = (Arc::clone(&self.programs), self.settings.clone());
        let mcp_port = self.mcp_port;
        let started = spawn_blocking(move || match ending.program {
            Killed::Backend => programs.backend(&settings),
            Killed::Mcp => programs.mcp_on(Some(mcp_port)),
        });
        *place = Some(started.await.context("the start")??);
        Ok(())
    }

    /// Waits until both programs run.
    pub(super) async fn settle(&self) {
        drop(self.backend.lock().await);
        drop(self.mcp.lock().await);
    }

    fn at_steps(&self) -> std::sync::MutexGuard<'_, HashMap<String, Ending>> {
        self.at_steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Executioner {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}
