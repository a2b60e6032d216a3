//! `todo-backend migrate`, as a container runs it.

#![expect(
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

use sqlx::{ConnectOptions as _, PgPool};
use tokio::process::Command;

async fn refusal(url: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-backend"));
    command
        .env_clear()
        .arg("migrate")
        .env("DATABASE_URL", url)
        .env("RUST_BACKTRACE", "0");
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_migration_that_fails_says_why_once_and_in_one_line(pool: PgPool) {
    sqlx::raw_sql("create table idempotency_keys (mine int)")
        .execute(&pool)
        .await
        .unwrap();
    let url = pool.connect_options().to_url_lossy();
    let text = refusal(url.as_str()).await;
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.starts_with("todo-backend: the migration failed: "),
        "{text}"
    );
    let cause = "relation \"idempotency_keys\" already exists";
    assert_eq!(text.matches(cause).count(), 1, "{text}");
}
