//! Mistakes that people make, and who tells them.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{
    cluster::Place,
    database::Database,
    person::{self, Person},
    programs::Output,
    release::Release,
    runner::{Group, Steps, Turn},
    scenario,
};

pub struct Mistakes {
    place: Place,
    database: Database,
}

pub fn group() -> Group<Mistakes> {
    Group {
        name: "mistakes",
        turn: Turn::Shared,
        set_up,
        scenarios: vec![
            scenario!(
                300,
                "a wrong database password: helm and `xtask minikube status` say so",
                password
            ),
            scenario!(
                300,
                "a Secret that is not there: helm and `xtask minikube status` say so",
                secret
            ),
            scenario!(
                300,
                "a wrong model key: the chat, the log and `xtask minikube status` say so",
                model_key
            ),
        ],
    }
}

fn set_up(place: Place) -> Steps<'static, Mistakes> {
    Box::pin(async move {
        let namespace = place.namespace("database").await?;
        let database = Database::deploy(&place, &namespace).await?;
        Ok(Mistakes { place, database })
    })
}

impl Mistakes {
    /// What `cargo xtask minikube status` says about a release that is not well.
    async fn status(&self, release: &Release) -> anyhow::Result<Output> {
        let namespace = &release.namespace;
        let line = format!("cargo xtask minikube status --namespace {namespace}");
        self.place.shell.typed(&line).await?.failure()
    }
}

fn says(output: &Output, words: &[&str]) -> anyhow::Result<()> {
    let text = output.text.to_lowercase();
    for word in words {
        ensure!(
            text.contains(word),
            "nothing about `{word}` in:\n{}",
            output.text
        );
    }
    Ok(())
}

async fn password(mistakes: &mut Mistakes) -> anyhow::Result<()> {
    let namespace = mistakes.place.namespace("password").await?;
    let url = mistakes.database.url_with("todo", "wrong-password");
    let values = json!({"secrets": {"databaseUrl": url}, "migrations": {"backoffLimit": 0}});
    let release = Release::prepare(&mistakes.place, &namespace, values)?;
    let failed = release.try_install(&[]).await?.failure()?;
    says(&failed, &["password authentication failed"])?;
    let status = mistakes.status(&release).await?;
    says(&status, &["migrat", "password"])?;
    for said in [failed, status] {
        ensure!(
            !said.text.contains("wrong-password"),
            "the password is shown:\n{}",
            said.text
        );
    }
    Ok(())
}

async fn secret(mistakes: &mut Mistakes) -> anyhow::Result<()> {
    let namespace = mistakes.place.namespace("secret").await?;
    let values = json!({
        "secrets": {"existingSecret": "not-there"},
        "migrations": {"activeDeadlineSeconds": 20, "backoffLimit": 0},
    });
    let release = Release::prepare(&mistakes.place, &namespace, values)?;
    let failed = release.try_install(&[]).await?.failure()?;
    ensure!(!failed.text.trim().is_empty(), "helm says nothing");
    // Helm knows only that the Job failed; without hooks it prints the notes, which say why.
    let namespace = mistakes.place.namespace("secret-notes").await?;
    let values = json!({
        "secrets": {"existingSecret": "not-there"},
        "migrations": {"mode": "none"},
    });
    let release = Release::prepare(&mistakes.place, &namespace, values)?;
    let notes = release.try_install(&["--wait=false"]).await?;
    says(&notes, &["no secret not-there"])?;
    let status = mistakes.status(&release).await?;
    says(&status, &["not-there"])?;
    Ok(())
}

/// The offline model stands for a provider that does not know the key.
async fn model_key(mistakes: &mut Mistakes) -> anyhow::Result<()> {
    let namespace = mistakes.place.namespace("model").await?;
    let values = json!({
        "secrets": {"databaseUrl": mistakes.database.url("todo"), "openaiApiKey": "sk-wrong"},
        "openai": {"model": "offline+fail-401"},
        "offlineModel": {"enabled": true},
    });
    let release = Release::prepare(&mistakes.place, &namespace, values)?;
    release.install(&[]).await?;
    let robin = Person::sign_up(&release.site().await?).await?;
    let request = robin.request(Method::POST, "/api/me/chat");
    let answer = request
        .json(&json!({"message": "what is open?"}))
        .send()
        .await?;
    let problem = person::json(answer, 502).await?;
    let code = problem
        .get("code")
        .and_then(Value::as_str)
        .context("no code")?;
    ensure!(code == "model_unauthorized", "{problem}");
    let log = release.pods.logs("backend").await?;
    ensure!(
        log.to_lowercase().contains("key"),
        "nothing about the key in:\n{log}"
    );
    ensure!(!log.contains("sk-wrong"), "the key is shown:\n{log}");
    let status = mistakes.status(&release).await?;
    says(&status, &["key"])?;
    // The rest works: tasks need no model.
    robin.add("Without a model").await?;
    Ok(())
}
