//! Bad days: the database goes away and comes back, the process is told to stop in the middle of a call.

use std::{net::SocketAddr, time::Duration};

use reqwest::StatusCode;
use serde_json::json;
use service::{assertion::Assertions, shutdown::Shutdown};
use sqlx::{
    ConnectOptions as _, PgPool,
    postgres::{PgConnectOptions, PgSslMode},
};
use store::{Db, DbOptions};
use tokio::{io::copy_bidirectional, net::TcpListener, net::TcpStream, task::JoinHandle};

use crate::running::{SECRET, Server, eventually, http, key};

/// A way to the database that can be cut.
struct Cable {
    address: SocketAddr,
    target: (String, u16),
    forwarding: JoinHandle<()>,
}

impl Cable {
    async fn to(options: &PgConnectOptions) -> Self {
        let target = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let forwarding = tokio::spawn(forward(listener, target.clone()));
        Self {
            address,
            target,
            forwarding,
        }
    }

    /// Ends every connection and refuses new ones.
    async fn cut(&mut self) {
        self.forwarding.abort();
        assert!((&mut self.forwarding).await.unwrap_err().is_cancelled());
    }

    async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.forwarding = tokio::spawn(forward(listener, self.target.clone()));
    }
}

async fn forward(listener: TcpListener, target: (String, u16)) {
    let mut open = tokio::task::JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let target = target.clone();
        open.spawn(async move {
            let mut far = TcpStream::connect(target).await.unwrap();
            // An error is a connection that ended.
            let _ = copy_bidirectional(&mut near, &mut far).await;
        });
    }
}

/// The test's database, reached through another port and with a pool of the given size.
fn connect(pool: &PgPool, port: u16, max_connections: u32) -> Db {
    let options = (*pool.connect_options()).clone();
    let url = options
        .host("127.0.0.1")
        .port(port)
        .ssl_mode(PgSslMode::Disable)
        .to_url_lossy();
    let options = DbOptions {
        max_connections,
        application_name: "todo-mcp-test",
    };
    Db::connect_lazy(url.as_str(), &options).unwrap()
}

/// Whether a statement waits for a lock in the test's database.
async fn a_statement_waits(pool: &PgPool) -> bool {
    let waits = "select exists (select from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock')";
    sqlx::query_scalar::<_, bool>(waits)
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn readiness(server: &Server) -> StatusCode {
    http()
        .get(format!("{}/ready", server.url))
        .send()
        .await
        .unwrap()
        .status()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_database_that_goes_away_is_a_clear_answer_and_all_is_well_when_it_is_back(pool: PgPool) {
    let mut cable = Cable::to(&pool.connect_options()).await;
    let server = Server::start(&connect(&pool, cable.address.port(), 2)).await;
    let agent = server.agent("ada").await;
    let id = agent.add("Buy milk").await;
    assert_eq!(readiness(&server).await, StatusCode::OK);

    cable.cut().await;
    for (tool, arguments) in [
        ("list_tasks", json!({})),
        ("add_task", json!({ "title": "Lost?" })),
        ("complete_task", json!({ "task_id": id })),
        ("task_summary", json!({})),
    ] {
        let failure = agent.refusal(tool, arguments).await;
        assert_eq!(failure["code"], "unavailable");
        assert_eq!(
            failure["message"],
            "The task list is temporarily unavailable."
        );
    }
    assert_eq!(readiness(&server).await, StatusCode::SERVICE_UNAVAILABLE);
    let health = http()
        .get(format!("{}/health", server.url))
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), StatusCode::OK);

    cable.mend().await;
    eventually("ready again", async || {
        readiness(&server).await == StatusCode::OK
    })
    .await;
    assert_eq!(agent.titles().await, ["Buy milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_call_that_runs_when_the_process_is_told_to_stop_is_finished(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool.clone())).await;
    let agent = server.agent("ada").await;
    let mut blocker = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table tasks in access exclusive mode")
        .execute(&mut *blocker)
        .await
        .unwrap();

    let call = tokio::spawn(async move { agent.add("Buy milk").await });
    eventually("the call waits", async || a_statement_waits(&pool).await).await;
    // Asked on a connection that is open already: none is accepted afterwards.
    let client = http();
    let ready = async || client.get(format!("{}/ready", server.url)).send().await;
    eventually("ready", async || {
        ready().await.unwrap().status() == StatusCode::OK
    })
    .await;
    server.shutdown.start();
    if let Ok(response) = ready().await {
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    blocker.rollback().await.unwrap();

    assert!(call.await.unwrap() > 0);
    server.ended.await.unwrap().unwrap();
    let titles = sqlx::query_scalar::<_, String>("select title from tasks")
        .fetch_all(&pool)
        .await;
    assert_eq!(titles.unwrap(), ["Buy milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn while_draining_it_is_not_ready_but_still_answers(pool: PgPool) {
    let shutdown = Shutdown::new(Duration::from_hours(1), Duration::ZERO);
    let assertions = Assertions::new(key(SECRET), None);
    let server = Server::start_with(&Db::from_pool(pool), assertions, shutdown).await;
    eventually("ready", async || readiness(&server).await == StatusCode::OK).await;
    server.shutdown.start();
    assert_eq!(readiness(&server).await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(server.agent("ada").await.add("Buy milk").await > 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_client_that_leaves_frees_its_connection(pool: PgPool) {
    let port = pool.connect_options().get_port();
    let server = Server::start(&connect(&pool, port, 1)).await;
    let (agent, other) = (server.agent("ada").await, server.agent("ada").await);
    let id = agent.add("Buy milk").await;
    let mut blocker = pool.begin().await.unwrap();
    sqlx::raw_sql("select from tasks for update")
        .execute(&mut *blocker)
        .await
        .unwrap();

    let call =
        tokio::spawn(async move { agent.refusal("delete_task", json!({ "task_id": id })).await });
    eventually("the call waits", async || a_statement_waits(&pool).await).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());

    assert_eq!(other.titles().await, ["Buy milk"]);
    blocker.rollback().await.unwrap();
}
