//! The reference implementation's own types as a judge.

use std::process::Command;

use sqlx::PgPool;

use crate::world::World;

/// Runs when `CHATKIT_ORACLE` names the script and `CHATKIT_ORACLE_PYTHON` a Python that has openai-chatkit 1.6.5.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_reference_implementation_accepts_everything_we_send(pool: PgPool) {
    let (Some(script), Some(python)) = (option("CHATKIT_ORACLE"), option("CHATKIT_ORACLE_PYTHON"))
    else {
        println!("skipped: CHATKIT_ORACLE and CHATKIT_ORACLE_PYTHON are not both set");
        return;
    };
    let world = World::start(&pool).await;
    let (url, token) = (world.url("/api/chatkit"), world.alice().token());
    let run = move || Command::new(python).args([script, url, token]).output();
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(told.trim(), "ok");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test that needs another toolchain is switched on from outside"
)]
pub fn option(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
