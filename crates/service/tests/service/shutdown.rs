use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use service::shutdown::{Shutdown, serve};
use service::{health, middleware};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

struct Running {
    port: u16,
    shutdown: Shutdown,
    server: JoinHandle<std::io::Result<()>>,
    /// One permit for each request that has reached its handler.
    arrived: Arc<Semaphore>,
    /// Handlers answer when they get one.
    answers: Arc<Semaphore>,
}

impl Running {
    async fn start(shutdown: Shutdown) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (arrived, answers) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let slow = {
            let (arrived, answers) = (Arc::clone(&arrived), Arc::clone(&answers));
            async move || {
                arrived.add_permits(1);
                answers.acquire().await.unwrap().forget();
                "finished"
            }
        };
        let app = Router::new()
            .route("/slow", get(slow))
            .merge(health::router("1.2.3"));
        let server = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { serve(listener, middleware::wrap(app), &shutdown).await }
        });
        Self {
            port,
            shutdown,
            server,
            arrived,
            answers,
        }
    }

    /// A request that is being worked on when this returns.
    async fn open_request(&self) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream
            .write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        self.arrived.acquire().await.unwrap().forget();
        stream
    }
}

async fn the_rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn an_open_request_is_finished_and_then_serve_returns() {
    let running = Running::start(Shutdown::manual()).await;
    let stream = running.open_request().await;
    running.shutdown.start();
    assert!(running.shutdown.is_draining());
    running.shutdown.stopping().await;
    running.answers.add_permits(1);
    let answer = the_rest(stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("finished"),
        "{answer}"
    );
    running.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_tracked_task_is_finished_and_then_serve_returns() {
    let running = Running::start(Shutdown::manual()).await;
    let (finish, finished) = tokio::sync::oneshot::channel::<()>();
    let turn = running
        .shutdown
        .tracker()
        .spawn(async move { finished.await.is_ok() });
    running.shutdown.start();
    running.shutdown.stopping().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!running.server.is_finished());
    finish.send(()).unwrap();
    running.server.await.unwrap().unwrap();
    assert!(turn.await.unwrap());
}

#[tokio::test]
async fn what_does_not_finish_is_left_behind_at_the_limit() {
    let running = Running::start(Shutdown::new(Duration::ZERO, Duration::from_secs(25))).await;
    let _stuck = running.open_request().await;
    running
        .shutdown
        .tracker()
        .spawn(std::future::pending::<()>());
    running.shutdown.start();
    tokio::time::pause();
    running.server.await.unwrap().unwrap();
    running.shutdown.deadline().await;
}

#[tokio::test]
async fn requests_are_accepted_until_the_drain_delay_is_over() {
    let shutdown = Shutdown::new(Duration::from_hours(1), Duration::from_secs(25));
    let running = Running::start(shutdown).await;
    running.shutdown.start();
    assert!(running.shutdown.is_draining());
    assert!(health::probe(running.port).await);
    let stream = running.open_request().await;
    running.answers.add_permits(1);
    tokio::time::pause();
    running.shutdown.stopping().await;
    tokio::time::resume();
    assert!(the_rest(stream).await.contains("finished"));
    running.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_is_kept_is_let_go_with_the_first_answer_after_the_signal() {
    let shutdown = Shutdown::new(Duration::from_hours(1), Duration::from_secs(25));
    let running = Running::start(shutdown).await;
    let mut kept = TcpStream::connect(("127.0.0.1", running.port))
        .await
        .unwrap();
    for _ in 0..2 {
        kept.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        let mut answer = [0; 512];
        let length = kept.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
        assert!(answer.contains("200 ok") && !answer.contains("connection: close"));
    }
    running.shutdown.start();
    kept.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let answer = the_rest(kept).await.to_lowercase();
    assert!(
        answer.contains("200 ok") && answer.contains("connection: close"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_connection_that_nobody_uses_does_not_hold_the_process() {
    let running = Running::start(Shutdown::manual()).await;
    let mut idle = TcpStream::connect(("127.0.0.1", running.port))
        .await
        .unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 512];
    assert_ne!(idle.read(&mut answer).await.unwrap(), 0);
    running.shutdown.start();
    running.server.await.unwrap().unwrap();
    assert_eq!(the_rest(idle).await, "");
}

#[tokio::test]
async fn nothing_is_draining_before_it_starts_and_starting_twice_is_once() {
    let shutdown = Shutdown::manual();
    assert!(!shutdown.is_draining());
    shutdown.start();
    shutdown.clone().start();
    assert!(shutdown.is_draining());
    shutdown.stopping().await;
}

#[tokio::test]
async fn a_probe_tells_whether_the_process_answers() {
    let running = Running::start(Shutdown::manual()).await;
    assert!(health::probe(running.port).await);
    running.shutdown.start();
    running.server.await.unwrap().unwrap();
    assert!(!health::probe(running.port).await);
}

#[tokio::test]
async fn a_probe_does_not_take_an_error_for_health() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, middleware::wrap(Router::new())).await });
    assert!(!health::probe(port).await);
}

#[tokio::test]
async fn health_names_the_version() {
    let app = middleware::wrap(health::router("1.2.3"));
    for path in ["/health", "/api/health"] {
        let answer = crate::answer::Answer::to_get(&app, path).await;
        assert_eq!(
            answer.json(),
            serde_json::json!({ "status": "ok", "version": "1.2.3" })
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_first_signal_begins_the_end_and_the_second_is_the_end() {
    let tell = || {
        let pid = std::process::id().to_string();
        assert!(
            std::process::Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
    };
    let shutdown = Shutdown::on_signals(Duration::ZERO, Duration::from_hours(1));
    let running = Running::start(shutdown).await;
    let _stuck = running.open_request().await;
    tell();
    running.shutdown.stopping().await;
    assert!(running.shutdown.is_draining());
    tell();
    running.server.await.unwrap().unwrap();
}
