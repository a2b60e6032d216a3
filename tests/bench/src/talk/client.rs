//! A ChatKit client: sends one request on a connection of its own and reads the answer event by event, so that it can
//! leave at any of them.

use std::io;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::client::{content_length, find};

const HEAD_END: &[u8] = b"\r\n\r\n";
const LINE_END: &[u8] = b"\r\n";
const EVENT_END: &[u8] = b"\n\n";

/// An answer that is being read. Dropping it closes the connection.
pub(crate) struct Answer {
    stream: TcpStream,
    /// As it came, from where it was not understood yet.
    raw: Vec<u8>,
    /// The body without its chunks' frames, from the first event that was not given out.
    body: Vec<u8>,
    rest: Rest,
    pub(crate) status: u16,
}

/// What of the body is still to come.
enum Rest {
    Chunks,
    Bytes(usize),
    Nothing,
}

impl Answer {
    /// Sends the request and waits for the head of the answer.
    pub(crate) async fn to(port: u16, request: &[u8]) -> io::Result<Self> {
        let mut answer = Self::unread(port, request).await?;
        answer.read_head().await?;
        Ok(answer)
    }

    /// Sends the request and waits for nothing.
    pub(crate) async fn unread(port: u16, request: &[u8]) -> io::Result<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        stream.write_all(request).await?;
        Ok(Self {
            stream,
            raw: Vec::with_capacity(4 * 1024),
            body: Vec::new(),
            rest: Rest::Chunks,
            status: 0,
        })
    }

    async fn read_head(&mut self) -> io::Result<()> {
        let end = loop {
            if let Some(end) = find(&self.raw, HEAD_END) {
                break end + HEAD_END.len();
            }
            self.read_more().await?;
        };
        let head: Vec<u8> = self.raw.drain(..end).collect();
        let status = head.get(9..12).and_then(|text| str::from_utf8(text).ok());
        let status = status.and_then(|text| text.parse().ok());
        self.status = status.ok_or_else(|| broken("no status"))?;
        self.rest = content_length(&head).map_or(Rest::Chunks, Rest::Bytes);
        Ok(())
    }

    /// The next event; `None` when the answer has come to its end, and an error when it was cut.
    pub(crate) async fn event(&mut self) -> io::Result<Option<Value>> {
        loop {
            if let Some(end) = find(&self.body, EVENT_END) {
                let event: Vec<u8> = self.body.drain(..end + EVENT_END.len()).collect();
                if let Some(data) = event.strip_prefix(b"data: ") {
                    return serde_json::from_slice(data).map(Some).map_err(broken);
                }
                // A comment that keeps the connection alive.
                continue;
            }
            if !self.read_body().await? {
                return Ok(None);
            }
        }
    }

    /// The whole body as one JSON value.
    pub(crate) async fn json(mut self) -> io::Result<Value> {
        while self.read_body().await? {}
        serde_json::from_slice(&self.body).map_err(broken)
    }

    /// Takes some more of the body over; false at its end.
    async fn read_body(&mut self) -> io::Result<bool> {
        loop {
            match self.rest {
                Rest::Nothing | Rest::Bytes(0) => return Ok(false),
                Rest::Bytes(left) if !self.raw.is_empty() => {
                    let taken = left.min(self.raw.len());
                    self.body.extend(self.raw.drain(..taken));
                    self.rest = Rest::Bytes(left - taken);
                    return Ok(true);
                }
                Rest::Chunks => {
                    if let Some(more) = self.take_chunk()? {
                        return Ok(more);
                    }
                }
                Rest::Bytes(_) => {}
            }
            self.read_more().await?;
        }
    }

    /// Takes one chunk over if it is whole; false when it was the last.
    fn take_chunk(&mut self) -> io::Result<Option<bool>> {
        let Some(line) = find(&self.raw, LINE_END) else {
            return Ok(None);
        };
        let size = self
            .raw
            .get(..line)
            .and_then(|text| str::from_utf8(text).ok());
        let size = size.and_then(|text| usize::from_str_radix(text.trim(), 16).ok());
        let size = size.ok_or_else(|| broken("no size of a chunk"))?;
        let begin = line + LINE_END.len();
        let end = begin + size + LINE_END.len();
        if self.raw.len() < end {
            return Ok(None);
        }
        self.body
            .extend_from_slice(self.raw.get(begin..begin + size).unwrap_or_default());
        self.raw.drain(..end);
        if size == 0 {
            self.rest = Rest::Nothing;
        }
        Ok(Some(size > 0))
    }

    async fn read_more(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.raw).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn broken(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
