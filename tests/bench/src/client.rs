//! An HTTP/1.1 client that costs little: one keep-alive connection, prepared requests, and no more parsing than needed
//! to know where an answer ends.

use anyhow::{bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use crate::server::Server;

const HEAD_END: &[u8] = b"\r\n\r\n";
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// A connection to a server.
pub(crate) struct Connection {
    stream: Either<TcpStream, TlsStream<TcpStream>>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(server: &Server) -> anyhow::Result<Self> {
        Ok(Self {
            stream: server.connect().await?,
            buffer: Vec::with_capacity(32 * 1024),
        })
    }

    /// Sends a request and waits for its whole answer, which must have this status; tells its body, in chunks if it came so.
    pub(crate) async fn exchange(&mut self, request: &[u8], status: u16) -> anyhow::Result<&[u8]> {
        self.buffer.clear();
        self.send(request).await?;
        let head = self.read_head(status).await?;
        let length = content_length(self.buffer.get(..head).unwrap_or_default());
        // Without a length it comes in chunks.
        while length.map_or_else(
            || !self.buffer.ends_with(LAST_CHUNK),
            |length| self.buffer.len() < head + length,
        ) {
            self.read_more().await?;
        }
        Ok(self.buffer.get(head..).unwrap_or_default())
    }

    async fn send(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(request).await?;
        // TLS may keep something back.
        self.stream.flush().await?;
        Ok(())
    }

    async fn read_head(&mut self, status: u16) -> anyhow::Result<usize> {
        let end = loop {
            if let Some(end) = find(&self.buffer, HEAD_END) {
                break end + HEAD_END.len();
            }
            self.read_more().await?;
        };
        let got = self.buffer.get(9..12).unwrap_or_default();
        if got != status.to_string().as_bytes() {
            let answer = String::from_utf8_lossy(&self.buffer);
            bail!("expected status {status}:\n{answer}");
        }
        Ok(end)
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        ensure!(
            read > 0,
            "the connection was closed {} bytes into an answer",
            self.buffer.len()
        );
        Ok(())
    }
}

/// Where `needle` begins.
pub(crate) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|part| part == needle)
}

/// The length that the head of a message announces.
pub(crate) fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.len() > NAME.len() && starts_with(line, NAME))?;
    let value = std::str::from_utf8(line.get(NAME.len()..)?).ok()?;
    value.trim().parse().ok()
}

fn starts_with(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_found_whatever_its_case() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n";
        assert_eq!(content_length(head), Some(12));
        let head = b"HTTP/1.1 200 OK\r\ncontent-length:7\r\ndate: now\r\n\r\n";
        assert_eq!(content_length(head), Some(7));
        assert_eq!(content_length(b"HTTP/1.1 204 No Content\r\n\r\n"), None);
    }
}
