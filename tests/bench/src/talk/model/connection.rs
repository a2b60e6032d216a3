//! One connection of the model's server: requests in, streamed answers out.

use std::{io, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::client::{content_length, find};

const HEAD_END: &[u8] = b"\r\n\r\n";

/// A connection that stays open from one request to the next.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// The next request's body. May be given up while nothing of it has come.
    pub(super) async fn request(&mut self) -> io::Result<Value> {
        let head = loop {
            if let Some(end) = find(&self.buffer, HEAD_END) {
                break end + HEAD_END.len();
            }
            self.read_more().await?;
        };
        let length = content_length(self.buffer.get(..head).unwrap_or_default());
        let end = head + length.ok_or(io::ErrorKind::InvalidData)?;
        while self.buffer.len() < end {
            self.read_more().await?;
        }
        let body = serde_json::from_slice(self.buffer.get(head..end).unwrap_or_default());
        self.buffer.drain(..end);
        Ok(body?)
    }

    /// Answers with status 500.
    pub(super) async fn refuse(&mut self, body: &Value) -> io::Result<()> {
        let body = body.to_string();
        let answer = format!(
            "HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(answer.as_bytes()).await
    }

    /// The head of a stream.
    pub(super) async fn begin(&mut self) -> io::Result<()> {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        self.stream.write_all(head.as_bytes()).await
    }

    /// One event of the stream.
    pub(super) async fn event(&mut self, data: &Value) -> io::Result<()> {
        self.chunk(&format!("data: {data}\n\n")).await
    }

    /// The end of the stream.
    pub(super) async fn end(&mut self) -> io::Result<()> {
        self.chunk("data: [DONE]\n\n").await?;
        self.stream.write_all(b"0\r\n\r\n").await
    }

    /// Waits until the client has left, for so long at most.
    pub(super) async fn closed_within(&mut self, time: Duration) {
        // Either way nothing more is said.
        let _ = timeout(time, self.stream.read(&mut [0])).await;
    }

    async fn chunk(&mut self, text: &str) -> io::Result<()> {
        let chunk = format!("{:x}\r\n{text}\r\n", text.len());
        self.stream.write_all(chunk.as_bytes()).await
    }

    async fn read_more(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}
