//! Answers that do not wait for the request's body, on real connections.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use http::StatusCode;
use service::json::Json;
use service::middleware;
use service::shutdown::{Shutdown, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let read = |Json(title): Json<String>| async move { title };
    let app = Router::new()
        .route("/notes", post(read).layer(DefaultBodyLimit::max(64 * 1024)))
        .route("/locked", post(|| async { StatusCode::UNAUTHORIZED }));
    tokio::spawn(async move { serve(listener, middleware::wrap(app), &Shutdown::manual()).await });
    port
}

/// Writes everything before it reads anything, as simple proxies do.
async fn tell(stream: &mut TcpStream, head: &str, body: &[u8]) -> String {
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    answer(stream).await
}

/// The answer's head and what came with it.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

fn head(path: &str, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{more}\r\n")
}

#[tokio::test]
async fn a_client_that_sends_its_whole_body_first_gets_the_refusal_every_time() {
    let port = start().await;
    let body = vec![b'x'; 3 * 1024 * 1024];
    let length = format!("Content-Length: {}\r\n", body.len());
    let mut chunked = format!("{:x}\r\n", body.len()).into_bytes();
    chunked.extend_from_slice(&body);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    for _ in 0..20 {
        for (path, more, body, status) in [
            ("/notes", length.as_str(), &body, "HTTP/1.1 413 "),
            (
                "/notes",
                "Transfer-Encoding: chunked\r\n",
                &chunked,
                "HTTP/1.1 413 ",
            ),
            ("/locked", length.as_str(), &body, "HTTP/1.1 401 "),
            ("/nowhere", length.as_str(), &body, "HTTP/1.1 404 "),
        ] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let refused = tell(&mut stream, &head(path, more), body).await;
            assert!(refused.starts_with(status), "{path}: {refused}");
        }
    }
}

#[tokio::test]
async fn the_connection_of_a_refused_body_can_be_used_again() {
    let port = start().await;
    let body = vec![b'x'; 3 * 1024 * 1024];
    let long = head("/notes", &format!("Content-Length: {}\r\n", body.len()));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(tell(&mut stream, &long, &body).await.contains(" 413 "));
    let short = head("/notes", "Content-Length: 4\r\n");
    let read = tell(&mut stream, &short, br#""ok""#).await;
    assert!(read.starts_with("HTTP/1.1 200 "), "{read}");
}

#[tokio::test]
async fn a_body_without_end_is_not_read_for_ever() {
    let port = start().await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let endless = head("/notes", "Content-Length: 1000000000\r\n");
    stream.write_all(endless.as_bytes()).await.unwrap();
    let piece = vec![b'x'; 1024 * 1024];
    let mut sent = 0;
    while sent < 1000 && stream.write_all(&piece).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 100, "{sent} MiB were taken");
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_is_not_told_to_go_on_by_a_refusal() {
    let port = start().await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let asking = "Content-Length: 3000000\r\nExpect: 100-continue\r\n";
    let refused = tell(&mut stream, &head("/locked", asking), b"").await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
}
