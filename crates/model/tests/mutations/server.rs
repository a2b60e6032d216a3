//! A provider that answers every request with the same bytes, piece by piece.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::mutation::Sent;

/// What is answered at present.
#[derive(Clone, Default)]
pub struct Server(Arc<Mutex<(Vec<u8>, bool)>>);

impl Server {
    /// Begins to listen; says where.
    pub async fn start() -> (Self, String) {
        let server = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let answers = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answers.clone()));
            }
        });
        (server, url)
    }

    pub fn answer(&self, sent: &Sent) {
        let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for piece in &sent.pieces {
            bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
            bytes.extend(piece);
            bytes.extend(b"\r\n");
        }
        if !sent.cut {
            bytes.extend(b"0\r\n\r\n");
        }
        *self.0.lock().unwrap() = (bytes, sent.cut);
    }
}

/// Answers the requests of a connection until it is closed, or cut on purpose.
async fn serve(mut stream: TcpStream, answers: Server) -> std::io::Result<()> {
    let mut asked: Vec<u8> = Vec::new();
    loop {
        while !is_whole(&asked) {
            if stream.read_buf(&mut asked).await? == 0 {
                return Ok(());
            }
        }
        asked.clear();
        let (bytes, cut) = answers.0.lock().unwrap().clone();
        stream.write_all(&bytes).await?;
        if cut {
            return Ok(());
        }
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}
