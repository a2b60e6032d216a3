//! A relay that takes down what the backend asks the model, so that the model can be asked the same without it.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

use crate::client::{content_length, find};

/// Passes connections on until it is dropped.
pub(crate) struct Relay {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<u8>>>,
    accepting: AbortHandle,
}

impl Relay {
    pub(crate) async fn to(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let own_port = listener.local_addr()?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&asked);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, port, Arc::clone(&record)));
            }
        });
        Ok(Self {
            port: own_port,
            asked,
            accepting: accepting.abort_handle(),
        })
    }

    /// The requests so far, each complete with its head.
    pub(crate) fn requests(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = asked.as_slice();
        let mut requests = Vec::new();
        while !rest.is_empty() {
            let head = find(rest, b"\r\n\r\n").context("a request without an end")? + 4;
            let length = content_length(rest.get(..head).unwrap_or_default()).unwrap_or(0);
            let (request, others) = rest
                .split_at_checked(head + length)
                .context("a request that was cut")?;
            requests.push(request.to_vec());
            rest = others;
        }
        Ok(requests)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(
    mut client: TcpStream,
    port: u16,
    record: Arc<Mutex<Vec<u8>>>,
) -> std::io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut answers, mut requests) = server.into_split();
    let (mut from, mut back) = client.split();
    let there = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(());
            }
            record
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend_from_slice(bytes);
            requests.write_all(bytes).await?;
        }
    };
    tokio::select! {
        ended = there => ended,
        ended = copy(&mut answers, &mut back) => ended.map(|_| ()),
    }
}
