//! A tab that is open: a stream of live events that is held and listened to.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use reqwest::header::ACCEPT;
use tokio::{
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::timeout,
};

use crate::{person::Person, waiting::seconds};

/// Live events of one person, through one connection.
pub struct Tab {
    changed: Arc<Notify>,
    listening: JoinHandle<anyhow::Result<()>>,
}

impl Tab {
    /// Opens the stream, and is back when the server says that it listens.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(person: &Person) -> anyhow::Result<Self> {
        let request = person
            .site
            .streaming_client()?
            .get(person.site.url("/api/me/events"))
            .bearer_auth(&person.token)
            .header(ACCEPT, "text/event-stream");
        let mut answer = request.send().await.context("the stream of events")?;
        ensure!(
            answer.status() == 200,
            "the stream of events: {}",
            answer.status()
        );
        let changed = Arc::new(Notify::new());
        let (opened, is_open) = oneshot::channel();
        let tell = Arc::clone(&changed);
        let listening = tokio::spawn(async move {
            let mut opened = Some(opened);
            let mut heard = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                if let Some(opened) = opened.take() {
                    // Whoever opened the stream may have given up waiting.
                    let _ = opened.send(());
                }
                heard.extend_from_slice(&chunk);
                while let Some(end) = heard.windows(2).position(|two| two == b"\n\n") {
                    let event: Vec<u8> = heard.drain(..end + 2).collect();
                    if String::from_utf8_lossy(&event).contains("tasks.changed") {
                        tell.notify_one();
                    }
                }
            }
            Ok(())
        });
        match timeout(seconds(20), is_open).await {
            Ok(Ok(())) => Ok(Self { changed, listening }),
            _ => bail!("the stream of events says nothing"),
        }
    }

    /// Waits until it is told that tasks changed.
    ///
    /// # Errors
    /// When it is not told in time, or the stream has ended.
    pub async fn told(&mut self, limit: Duration) -> anyhow::Result<()> {
        tokio::select! {
            biased;
            () = self.changed.notified() => Ok(()),
            ended = &mut self.listening => match ended {
                Ok(Ok(())) => bail!("the stream of events ended"),
                Ok(Err(error)) => Err(error).context("the stream of events broke"),
                Err(error) => Err(error).context("the listener died"),
            },
            () = tokio::time::sleep(limit) => {
                bail!("nothing was told within {} s", limit.as_secs())
            }
        }
    }

    /// Forgets what it was told so far.
    pub async fn forget(&self) {
        while timeout(Duration::from_millis(300), self.changed.notified())
            .await
            .is_ok()
        {}
    }

    /// Whether the stream is still open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.listening.is_finished()
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
