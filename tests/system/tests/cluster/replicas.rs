//! Two replicas that act as one.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{
    events::Tab,
    forward::Forward,
    person::{self, Person},
    pods,
    site::Site,
    waiting::{seconds, until},
};
use uuid::Uuid;

use crate::pair::Pair;

pub async fn helm_test(pair: &mut Pair) -> anyhow::Result<()> {
    let said = pair.release.test().await?.text;
    ensure!(said.contains("Succeeded"), "{said}");
    ensure!(said.contains("add_task"), "no MCP tool is named:\n{said}");
    Ok(())
}

/// A way to each backend pod, and the same person behind each.
async fn each_backend(pair: &Pair) -> anyhow::Result<Vec<(Forward, Person)>> {
    let mut ways = Vec::new();
    for pod in pair.release.pods.names("backend").await? {
        let way = Forward::open(pair.release.pods.api(), &pod, 8000).await?;
        let person = pair.person.at(&Site::plain(&way.origin())?);
        ways.push((way, person));
    }
    ensure!(ways.len() == 2, "there are {} backends ready", ways.len());
    Ok(ways)
}

pub async fn events(pair: &mut Pair) -> anyhow::Result<()> {
    let ways = each_backend(pair).await?;
    let mut tabs = Vec::new();
    for (_, person) in &ways {
        tabs.push(Tab::open(person).await?);
    }
    for (number, (_, person)) in ways.iter().enumerate() {
        for tab in &tabs {
            tab.forget().await;
        }
        person.add(&format!("Through replica {number}")).await?;
        for (listener, tab) in tabs.iter_mut().enumerate() {
            tab.told(seconds(5))
                .await
                .with_context(|| format!("changed through {number}, listened at {listener}"))?;
        }
    }
    Ok(())
}

pub async fn chat(pair: &mut Pair) -> anyhow::Result<()> {
    let ways = each_backend(pair).await?;
    let (first, second) = (
        &ways.first().context("none")?.1,
        &ways.last().context("none")?.1,
    );
    let answer = first.say("add call the dentist", None).await?;
    let conversation = answer.get("conversation_id").and_then(Value::as_i64);
    let conversation = conversation.with_context(|| format!("no conversation: {answer}"))?;
    let answer = second
        .say("mark the dentist one done", Some(conversation))
        .await?;
    ensure!(
        answer.to_string().contains("as done"),
        "the other replica did not do it: {answer}"
    );
    let path = format!("/api/me/conversations/{conversation}/messages");
    let messages = first.request(Method::GET, &path).send().await?;
    let messages = person::json(messages, 200).await?;
    let count = messages.as_array().map_or(0, Vec::len);
    ensure!(count >= 4, "two questions and two answers: {messages}");
    let titles = pair.person.titles().await?;
    ensure!(
        titles.iter().any(|it| it == "Call the dentist"),
        "{titles:?}"
    );
    Ok(())
}

pub async fn request_id(pair: &mut Pair) -> anyhow::Result<()> {
    // The Ingress sends `/api` to the backend itself; without one, it is the frontend that passes requests on.
    let frontends = pair.release.pods.names("frontend").await?;
    let frontend = frontends.first().context("no frontend is ready")?;
    let way = Forward::open(pair.release.pods.api(), frontend, 3000).await?;
    let person = pair.person.at(&Site::plain(&way.origin())?);
    let id = Uuid::new_v4().to_string();
    let request = person
        .request(Method::POST, "/api/me/chat")
        .header("x-request-id", &id)
        .json(&json!({"message": "what is open?"}));
    person::json(request.send().await?, 200).await?;
    for component in ["frontend", "backend", "mcp"] {
        until(
            &format!("the log of {component} has the request's id"),
            seconds(10),
            async || {
                let log = pair.release.pods.logs(component).await?;
                let line = log.lines().find(|line| line.contains(&id));
                pods::json_lines(line.context("no line has it")?)
            },
        )
        .await?;
    }
    Ok(())
}
