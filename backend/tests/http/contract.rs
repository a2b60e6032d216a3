//! The OpenAPI document as a judge: schemathesis makes requests from it and checks every answer against it.

use std::process::Command;

use sqlx::PgPool;

use crate::app::{App, token};

/// For each operation, in each of the phases; all operations together make some 10,000 requests with the larger number.
const EXAMPLES: &str = "10";

/// Runs when `SCHEMATHESIS` names the program. `SCHEMATHESIS_EXAMPLES` says how much of it.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn schemathesis_finds_no_answer_that_the_document_does_not_describe(pool: PgPool) {
    let Some(program) = option("SCHEMATHESIS") else {
        println!("skipped: SCHEMATHESIS does not name the program");
        return;
    };
    let examples = option("SCHEMATHESIS_EXAMPLES").unwrap_or_else(|| EXAMPLES.to_owned());
    let app = App::start(&pool).await;
    let run = move || {
        let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/schemathesis.toml");
        let hooks = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/http/schemathesis_hooks.py"
        );
        let mut command = Command::new(program);
        command.args([
            "--config-file",
            settings,
            "run",
            "--max-examples",
            &examples,
        ]);
        command.arg("--no-color");
        command.env("SCHEMATHESIS_HOOKS", hooks);
        command.env("SCHEMATHESIS_TOKEN", token("alice"));
        command.env("SCHEMATHESIS_LEAVING_TOKEN", token("leaving"));
        // It leaves a cache behind.
        command.current_dir(env!("CARGO_TARGET_TMPDIR"));
        command.arg(format!("http://{}/api/openapi.json", app.address));
        command.output()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{complaint}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test that needs another toolchain is switched on from outside"
)]
fn option(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
