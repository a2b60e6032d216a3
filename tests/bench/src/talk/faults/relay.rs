//! The way from the backend to the tools, on which a call can be lost before it arrives or its answer after.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::AbortHandle,
};

use super::plan::{Ending, When};
use crate::client::find;

/// The tools that change something.
const WRITES: [&[u8]; 4] = [
    b"add_task",
    b"complete_task",
    b"update_task",
    b"delete_task",
];
const CALL: &[u8] = b"tools/call";

/// Passes connections on until it is dropped.
pub(super) struct Relay {
    pub(super) port: u16,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    to: u16,
    armed: Mutex<Vec<(Ending, When)>>,
    /// What is to be killed now.
    endings: mpsc::UnboundedSender<Ending>,
}

impl Relay {
    pub(super) async fn to(port: u16, endings: mpsc::UnboundedSender<Ending>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let own_port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            to: port,
            armed: Mutex::default(),
            endings,
        });
        let passing = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, Arc::clone(&passing)));
            }
        });
        Ok(Self {
            port: own_port,
            shared,
            accepting: accepting.abort_handle(),
        })
    }

    /// Kills at the next call that changes something, whoever makes it.
    pub(super) fn arm(&self, ending: Ending, when: When) {
        self.shared.armed().push((ending, when));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn armed(&self) -> std::sync::MutexGuard<'_, Vec<(Ending, When)>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An end of either side, or of the call that was to be lost, is the end of both.
async fn pass(mut client: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", shared.to)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut asked, mut answered) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let mut request = Vec::new();
    let mut last = None;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let bytes = asked.get(..read?).unwrap_or_default();
                if bytes.is_empty() {
                    return Ok(());
                }
                request.extend_from_slice(bytes);
                if last.is_none() && changes(&request) {
                    last = shared.armed().pop();
                }
                if let Some((ending, When::BeforeCall)) = last {
                    // Whoever listens may have ended with the run.
                    let _ = shared.endings.send(ending);
                    return Ok(());
                }
                server.write_all(bytes).await?;
            }
            read = server.read(&mut answered) => {
                let bytes = answered.get(..read?).unwrap_or_default();
                if bytes.is_empty() {
                    return Ok(());
                }
                if let Some((ending, _)) = last {
                    let _ = shared.endings.send(ending);
                    return Ok(());
                }
                request.clear();
                client.write_all(bytes).await?;
            }
        }
    }
}

fn changes(request: &[u8]) -> bool {
    find(request, CALL).is_some() && WRITES.iter().any(|tool| find(request, tool).is_some())
}
