//! Clients that are slow on purpose, or for ever.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use service::shutdown::{Shutdown, serve};
use service::{health, middleware};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, pause, resume, timeout};

const HALF_A_HEAD: &[u8] = b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ";

async fn start(shutdown: &Shutdown) -> (u16, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = Router::new()
        .route("/read", post(async |body: Bytes| body.len().to_string()))
        .route("/much", get(async || vec![b'x'; 64 * 1024 * 1024]))
        .merge(health::router("1.2.3"));
    let shutdown = shutdown.clone();
    let server =
        tokio::spawn(async move { serve(listener, middleware::wrap(app), &shutdown).await });
    (port, server)
}

async fn send(port: u16, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// What comes until the other end closes, in the clock's own seconds.
async fn until_closed(mut stream: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    (
        String::from_utf8_lossy(&bytes).into_owned(),
        begun.elapsed(),
    )
}

/// Lets everything happen that needs no time.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn a_head_must_end_in_ten_seconds_whether_it_is_silent_half_or_drips() {
    let (port, _server) = start(&Shutdown::manual()).await;
    for begun in [b"".as_slice(), b"G", HALF_A_HEAD] {
        let stream = send(port, begun).await;
        settle().await;
        pause();
        let (answer, after) = until_closed(stream).await;
        resume();
        assert_eq!(answer, "");
        assert!(after <= Duration::from_secs(11), "{after:?}");
    }
    let mut dripping = send(port, HALF_A_HEAD).await;
    let begun = Instant::now();
    settle().await;
    pause();
    while dripping.write_all(b"x").await.is_ok() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        resume();
        settle().await;
        pause();
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[tokio::test]
async fn a_head_without_end_is_not_kept() {
    let (port, _server) = start(&Shutdown::manual()).await;
    let mut stream = send(port, HALF_A_HEAD).await;
    let mut sent = 0;
    while stream.write_all(&[b'x'; 1024]).await.is_ok() {
        sent += 1024;
        settle().await;
        assert!(sent < 256 * 1024);
    }
}

#[tokio::test]
async fn a_connection_is_kept_between_requests_and_each_has_its_own_limits() {
    let (port, _server) = start(&Shutdown::manual()).await;
    let mut kept = send(port, b"").await;
    let long = format!(
        "GET /health HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
        "x".repeat(4096)
    );
    let mut answer = [0; 4096];
    for _ in 0..20 {
        kept.write_all(long.as_bytes()).await.unwrap();
        let length = kept.read(&mut answer).await.unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
        settle().await;
        // Longer than a proxy keeps one.
        pause();
        tokio::time::sleep(Duration::from_secs(95)).await;
        resume();
        settle().await;
    }
    settle().await;
    pause();
    let (_, after) = until_closed(kept).await;
    assert!(after <= Duration::from_secs(121), "{after:?}");
}

#[tokio::test]
async fn a_body_that_drips_is_given_up() {
    let (port, _server) = start(&Shutdown::manual()).await;
    let mut stream = send(
        port,
        b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    )
    .await;
    let begun = Instant::now();
    settle().await;
    pause();
    while stream.write_all(b"x").await.is_ok() && begun.elapsed() < Duration::from_secs(100) {
        tokio::time::sleep(Duration::from_secs(5)).await;
        resume();
        settle().await;
        let mut answer = [0; 512];
        if let Ok(length @ 1..) = stream.try_read(&mut answer) {
            assert!(answer[..length].starts_with(b"HTTP/1.1 4"));
            break;
        }
        pause();
    }
    assert!(
        begun.elapsed() <= Duration::from_secs(70),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let shutdown = Shutdown::manual();
    let (port, server) = start(&shutdown).await;
    let _unread = send(port, b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n").await;
    settle().await;
    pause();
    tokio::time::sleep(Duration::from_secs(61)).await;
    resume();
    settle().await;
    shutdown.start();
    timeout(Duration::from_secs(10), server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn half_heads_do_not_hold_a_process_that_ends() {
    let shutdown = Shutdown::manual();
    let (port, server) = start(&shutdown).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(send(port, HALF_A_HEAD).await);
    }
    let mut late = send(port, HALF_A_HEAD).await;
    settle().await;
    shutdown.start();
    // One that is merely slow is answered.
    late.write_all(b"\r\n\r\n").await.unwrap();
    assert!(until_closed(late).await.0.starts_with("HTTP/1.1 200"));
    timeout(Duration::from_secs(10), server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
