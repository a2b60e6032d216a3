//! A real process that is killed after a commit and before it told of it.

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::{ConnectOptions as _, PgPool};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    app::{App, SECRET, client, token},
    events::listen,
};

const EVER: Duration = Duration::from_secs(30);

/// The way to the database on which announcements are lost. Tells whether one was.
async fn deaf_to_announcements(pool: &PgPool) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = pool.connect_options();
    let database = format!("{}:{}", options.get_host(), options.get_port());
    let lost = Arc::<AtomicBool>::default();
    let noted = Arc::clone(&lost);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&database).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let noted = Arc::clone(&noted);
            tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
            tokio::spawn(async move {
                let mut buffer = vec![0; 16_384];
                while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
                    if buffer[..n].windows(9).any(|part| part == b"pg_notify") {
                        noted.store(true, Ordering::SeqCst);
                        return;
                    }
                    to_server.write_all(&buffer[..n]).await.unwrap();
                }
            });
        }
    });
    (port, lost)
}

/// A backend's process, and its address.
async fn backend(pool: &PgPool, database_port: u16) -> (Child, String) {
    let mut url = pool.connect_options().to_url_lossy();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(database_port)).unwrap();
    let [port, private] = [(); 2].map(|()| {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port().to_string()
    });
    let child = Command::new(env!("CARGO_BIN_EXE_todo-backend"))
        .arg("serve")
        .env_clear()
        .envs([
            ("HOST", "127.0.0.1"),
            ("PORT", &port),
            ("METRICS_PORT", &private),
            ("DATABASE_URL", url.as_str()),
            ("BETTER_AUTH_URL", "http://127.0.0.1:9"),
            ("BETTER_AUTH_SECRET", SECRET),
            ("MCP_API_KEY", SECRET),
            ("LLM_API_KEY", "none"),
        ])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let address = format!("http://127.0.0.1:{port}");
    let up = async {
        while client()
            .get(format!("{address}/health"))
            .send()
            .await
            .is_err()
        {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(EVER, up).await.expect("it starts");
    (child, address)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_killed_process_committed_and_did_not_tell_is_told_by_the_one_started_in_its_place(
    pool: PgPool,
) {
    let sibling = App::start(&pool).await;
    let alice = sibling.user("alice");
    let mut events = listen(&sibling, &alice).await;

    let (port, lost) = deaf_to_announcements(&pool).await;
    let (mut killed, address) = backend(&pool, port).await;
    let made = client()
        .request(Method::POST, format!("{address}/api/me/tasks"))
        .bearer_auth(token("alice"))
        .json(&json!({ "title": "Committed" }))
        .send();
    assert_eq!(made.await.unwrap().status(), StatusCode::CREATED);
    let announced = async {
        while !lost.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(EVER, announced).await.expect("it is announced");
    killed.kill().await.unwrap();
    assert!(!events.rest().await.contains("tasks.changed"));
    assert_eq!(alice.titles("/api/me/tasks").await, ["Committed"]);

    let (_next, address) = backend(&pool, pool.connect_options().get_port()).await;
    let ready = client().get(format!("{address}/ready")).send();
    ready.await.unwrap();
    events.changed().await;
}
