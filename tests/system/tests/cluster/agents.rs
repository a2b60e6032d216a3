//! A person's own programs, at the address that people type.

use anyhow::{Context as _, ensure};
use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{COOKIE, ORIGIN, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};
use system_tests::{
    forward::Forward,
    person,
    site::Site,
    waiting::{seconds, until},
};

use crate::pair::Pair;

pub async fn key(pair: &mut Pair) -> anyhow::Result<()> {
    let site = &pair.person.site;
    discovery(site).await?;
    let ways = each_mcp_server(pair).await?;

    let (id, key) = make_key(pair).await?;
    for (number, address) in addresses(site, &ways).enumerate() {
        let title = format!("From an agent at address {number}");
        let call = json!({"name": "add_task", "arguments": {"title": title}});
        let answer = mcp(address, &key, "tools/call", &call).send().await?;
        let answer = person::json(answer, 200).await?;
        ensure!(
            answer
                .pointer("/result/structuredContent/task_id")
                .is_some(),
            "no task: {answer}"
        );
        let titles = pair.person.titles().await?;
        ensure!(titles.contains(&title), "{title} is not in {titles:?}");
    }
    let tasks = || site.request(Method::GET, "/api/me/tasks").bearer_auth(&key);
    person::json(tasks().send().await?, 200).await?;

    let revoked = by_session(pair, Method::DELETE, &format!("/api/auth/keys/{id}"));
    ensure!(revoked.send().await?.status() == StatusCode::NO_CONTENT);
    until(
        "no replica takes the key any more",
        seconds(35),
        async || {
            for address in addresses(site, &ways) {
                let answer = mcp(address, &key, "tools/list", &json!({})).send().await?;
                ensure!(answer.status() == StatusCode::UNAUTHORIZED, "{answer:?}");
            }
            // One after the other, the backends answer.
            for _ in 0..4 {
                let answer = tasks().send().await?;
                ensure!(answer.status() == StatusCode::UNAUTHORIZED, "{answer:?}");
            }
            Ok(())
        },
    )
    .await?;
    Ok(())
}

/// Who has no token yet is led to where one is to be had, all at this address.
async fn discovery(site: &Site) -> anyhow::Result<()> {
    let answer = site.request(Method::POST, "/mcp").json(&json!({})).send();
    let answer = answer.await?;
    ensure!(answer.status() == StatusCode::UNAUTHORIZED, "{answer:?}");
    let challenge = answer.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.context("no challenge")?.to_str()?;
    let metadata = "/.well-known/oauth-protected-resource/mcp";
    ensure!(challenge.contains(&site.url(metadata)), "{challenge}");
    let answer = site.request(Method::GET, metadata).send().await?;
    let resource = person::json(answer, 200).await?;
    let says = |document: &Value, field: &str, value: Value| {
        let said = document.get(field) == Some(&value);
        ensure!(said, "`{field}` is not {value}: {document}");
        Ok(())
    };
    says(&resource, "resource", json!(site.url("/mcp")))?;
    says(&resource, "authorization_servers", json!([site.origin]))?;
    let server = "/.well-known/oauth-authorization-server";
    let answer = site.request(Method::GET, server).send().await?;
    let server = person::json(answer, 200).await?;
    says(&server, "issuer", json!(site.origin))
}

async fn each_mcp_server(pair: &Pair) -> anyhow::Result<Vec<(Forward, Site)>> {
    let mut ways = Vec::new();
    for pod in pair.release.pods.names("mcp").await? {
        let way = Forward::open(pair.release.pods.api(), &pod, 8001).await?;
        let site = Site::plain(&way.origin())?;
        ways.push((way, site));
    }
    ensure!(
        ways.len() == 2,
        "there are {} MCP servers ready",
        ways.len()
    );
    Ok(ways)
}

/// The Ingress, and each MCP server.
fn addresses<'a>(site: &'a Site, ways: &'a [(Forward, Site)]) -> impl Iterator<Item = &'a Site> {
    std::iter::once(site).chain(ways.iter().map(|(_, site)| site))
}

async fn make_key(pair: &Pair) -> anyhow::Result<(String, String)> {
    let body = json!({"name": "Agent on a cluster", "scopes": ["tasks:write"]});
    let request = by_session(pair, Method::POST, "/api/auth/keys").json(&body);
    let made = person::json(request.send().await?, 201).await?;
    let text = |field: &str| made.get(field).and_then(Value::as_str).map(str::to_owned);
    let (id, key) = text("id").zip(text("key")).context("no key")?;
    Ok((id, key))
}

fn by_session(pair: &Pair, method: Method, path: &str) -> RequestBuilder {
    let site = &pair.person.site;
    let request = site.request(method, path).header(ORIGIN, &site.origin);
    request.header(COOKIE, &pair.person.cookie)
}

fn mcp(site: &Site, key: &str, method: &str, params: &Value) -> RequestBuilder {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let request = site.request(Method::POST, "/mcp").bearer_auth(key);
    request
        .header("accept", "application/json, text/event-stream")
        .json(&message)
}
