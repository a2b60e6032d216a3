//! Upgrades and rollbacks under load.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::json;
use system_tests::{
    person,
    release::NAME,
    waiting::{seconds, until},
};
use uuid::Uuid;

use crate::pair::{DATABASE, Pair};

/// The key of the first installation.
pub const FIRST_KEY: &str = "first-key-first-key-first-key-first-key";
const SECOND_KEY: &str = "second-key-second-key-second-key-second";

/// One migration is taken back, with people and tasks in the database and pods running; the upgrade has to make it again.
/// It shows that the Job runs on a database in use before pods change. It does not show an older release's code on the
/// newer schema: there is only one release yet.
pub async fn schema(pair: &mut Pair) -> anyhow::Result<()> {
    let psql = async |statement: &'static str| pair.database.psql(DATABASE, statement).await;
    let versions = "select string_agg(version::text, ',' order by version) from _sqlx_migrations where success";
    let before = psql(versions).await?;
    psql("drop table idempotency_keys; delete from _sqlx_migrations where version = 3").await?;
    pair.unnoticed(async {
        pair.release
            .upgrade(&[
                "--reuse-values",
                "--set",
                "backend.env.MAX_CONVERSATION_HISTORY=60",
            ])
            .await?;
        Ok(())
    })
    .await?;
    let after = psql(versions).await?;
    ensure!(after == before, "migrations {before}, now {after}");
    // What the new table is for: the second answer is the first one.
    let key = Uuid::new_v4().to_string();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = pair.person.request(Method::POST, "/api/me/tasks");
        let request = request.header("idempotency-key", &key);
        let answer = request.json(&json!({"title": key})).send().await?;
        ids.push(person::json(answer, 201).await?.get("id").cloned());
    }
    ensure!(ids.first() == ids.last(), "two tasks were made: {ids:?}");
    Ok(())
}

/// As the documents say: the new key is made known, then used, then the old one is forgotten. All at once would not do, since
/// new backends would come to old MCP servers.
pub async fn key_rotation(pair: &mut Pair) -> anyhow::Result<()> {
    let steps = [
        format!("secrets.mcpApiKeyPrevious={SECOND_KEY}"),
        format!("secrets.mcpApiKey={SECOND_KEY},secrets.mcpApiKeyPrevious={FIRST_KEY}"),
        "secrets.mcpApiKeyPrevious=".to_owned(),
    ];
    pair.unnoticed(async {
        for step in &steps {
            let options = ["--reuse-values", "--set-string", step];
            pair.release.upgrade(&options).await?;
        }
        Ok(())
    })
    .await?;
    let secret = pair.release.secret(&format!("{NAME}-secrets")).await?;
    let key = secret.into_iter().find(|(name, _)| name == "MCP_API_KEY");
    ensure!(
        key.is_some_and(|it| it.1 == SECOND_KEY.as_bytes()),
        "another key is in use"
    );
    Ok(())
}

pub async fn broken(pair: &mut Pair) -> anyhow::Result<()> {
    let good = pair.release.revision().await?;
    let pods = &pair.release.pods;
    let before = pods.names("backend").await?;
    pair.unnoticed(async {
        let nonsense = "backend.env.PORT=eighty";
        let options = ["--reuse-values", "--timeout", "30s", "--set", nonsense];
        let failed = pair.release.try_upgrade(&options).await?.failure()?;
        ensure!(
            failed.text.contains("todo-chatbot-backend"),
            "{}",
            failed.text
        );
        let after = pods.names("backend").await?;
        ensure!(
            before.iter().all(|pod| after.contains(pod)),
            "{before:?} were serving, now {after:?}"
        );
        pair.release.rollback(&good).await
    })
    .await?;
    Ok(())
}

pub async fn rollback(pair: &mut Pair) -> anyhow::Result<()> {
    pair.unnoticed(pair.release.rollback("1")).await?;
    let deployment = pair
        .release
        .pods
        .deployments()
        .get(&format!("{NAME}-backend"))
        .await?;
    let spec = serde_json::to_string(&deployment.spec)?;
    ensure!(
        !spec.contains("MAX_CONVERSATION_HISTORY"),
        "what the second revision set is still there"
    );
    // What was written in the meantime is still there, and written in the same form.
    until("the person's tasks", seconds(10), async || {
        let titles = pair.person.titles().await?;
        ensure!(titles.len() > 10, "{} tasks", titles.len());
        titles.first().cloned().context("none")
    })
    .await?;
    Ok(())
}
