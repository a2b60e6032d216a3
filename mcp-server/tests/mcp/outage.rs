//! Bad days: the database goes away and comes back, the process is told to stop in the middle of a call.

use std::{net::SocketAddr, time::Duration};

use reqwest::StatusCode;
use serde_json::json;
use sqlx::{PgPool, postgres::PgConnectOptions};
use store::{Db, DbOptions};
use tokio::{io::copy_bidirectional, net::TcpListener, net::TcpStream, task::JoinHandle};

use crate::running::{Server, http};

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

/// Asks again until the condition holds; gives up when it takes absurdly long.
async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let asked = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(30), asked)
            .await
            .is_ok(),
        "{what}"
    );
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
    let database = pool.connect_options().get_database().unwrap().to_owned();
    let user = pool.connect_options().get_username().to_owned();
    let url = format!(
        "postgres://{user}@{}/{database}?sslmode=disable",
        cable.address
    );
    let options = DbOptions {
        max_connections: 2,
        application_name: "todo-mcp-test",
    };
    let server = Server::start(&Db::connect_lazy(&url, &options).unwrap()).await;
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
    eventually("the call waits for the lock", async || {
        let waiting = "select exists (select from pg_locks where not granted and relation = 'tasks'::regclass)";
        sqlx::query_scalar::<_, bool>(waiting).fetch_one(&pool).await.unwrap()
    })
    .await;
    // Asked on a connection that is open already: none is accepted afterwards.
    let client = http();
    let ready = async || client.get(format!("{}/ready", server.url)).send().await;
    assert_eq!(ready().await.unwrap().status(), StatusCode::OK);
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
