//! Somebody with an account, over HTTP.

use anyhow::{Context as _, ensure};
use reqwest::{Method, RequestBuilder, Response, header::SET_COOKIE};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::site::Site;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Where they are signed in.
    pub site: Site,
    /// What they sign in with.
    pub email: String,
    /// What they sign in with.
    pub password: String,
    /// The session, as a `Cookie` header has it.
    pub cookie: String,
    /// A token for the API, good for a quarter of an hour.
    pub token: String,
}

impl Person {
    /// Somebody nobody has heard of yet signs up.
    ///
    /// # Errors
    /// When the answer is not that of a success.
    pub async fn sign_up(site: &Site) -> anyhow::Result<Self> {
        let id = Uuid::new_v4();
        let (email, password) = (format!("robin-{id}@example.com"), format!("horse-{id}"));
        let body = json!({"name": "Robin Example", "email": email, "password": password});
        let cookie = session(site, "/api/auth/sign-up/email", &body).await?;
        let token = token(site, &cookie).await?;
        Ok(Self {
            site: site.clone(),
            email,
            password,
            cookie,
            token,
        })
    }

    /// The same person signs in anew, here or at another address.
    ///
    /// # Errors
    /// When the answer is not that of a success.
    pub async fn sign_in(&self, site: &Site) -> anyhow::Result<Self> {
        let body = json!({"email": self.email, "password": self.password});
        let cookie = session(site, "/api/auth/sign-in/email", &body).await?;
        let token = token(site, &cookie).await?;
        Ok(Self {
            site: site.clone(),
            cookie,
            token,
            ..self.clone()
        })
    }

    /// The same person with the same session at another address.
    #[must_use]
    pub fn at(&self, site: &Site) -> Self {
        Self {
            site: site.clone(),
            ..self.clone()
        }
    }

    /// The same person with a new token.
    ///
    /// # Errors
    /// When there is none to be had.
    pub async fn renewed(&self) -> anyhow::Result<Self> {
        let token = token(&self.site, &self.cookie).await?;
        Ok(Self {
            token,
            ..self.clone()
        })
    }

    /// A request to the API in their name.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.site.request(method, path).bearer_auth(&self.token)
    }

    /// Adds a task.
    ///
    /// # Errors
    /// When the answer is not 201.
    pub async fn add(&self, title: &str) -> anyhow::Result<Value> {
        let request = self.request(Method::POST, "/api/me/tasks");
        json(request.json(&json!({"title": title})).send().await?, 201).await
    }

    /// The titles of all tasks, oldest first.
    ///
    /// # Errors
    /// When the answer is not 200.
    pub async fn titles(&self) -> anyhow::Result<Vec<String>> {
        let answer = self.request(Method::GET, "/api/me/tasks").send().await?;
        let tasks = json(answer, 200).await?;
        let tasks = tasks.as_array().context("not a list")?;
        let title = |task: &Value| task.get("title")?.as_str().map(str::to_owned);
        Ok(tasks.iter().rev().filter_map(title).collect())
    }

    /// Says something to the assistant, in a conversation or a new one.
    ///
    /// # Errors
    /// When the answer is not 200.
    pub async fn say(&self, message: &str, conversation: Option<i64>) -> anyhow::Result<Value> {
        let body = match conversation {
            Some(id) => json!({"message": message, "conversation_id": id}),
            None => json!({"message": message}),
        };
        let request = self.request(Method::POST, "/api/me/chat");
        json(request.json(&body).send().await?, 200).await
    }
}

/// The body of an answer, which must have this status.
///
/// # Errors
/// When it has another one, with what was said.
pub async fn json(answer: Response, status: u16) -> anyhow::Result<Value> {
    let (got, url) = (answer.status(), answer.url().clone());
    let text = answer.text().await?;
    ensure!(
        got.as_u16() == status,
        "{url}: {got} in place of {status}: {text}"
    );
    serde_json::from_str(&text).with_context(|| format!("{url}: not JSON: {text}"))
}

async fn session(site: &Site, path: &str, body: &Value) -> anyhow::Result<String> {
    let request = site
        .request(Method::POST, path)
        .header("origin", &site.origin);
    let answer = request.json(body).send().await?;
    let cookies: Vec<String> = answer
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .map(str::to_owned)
        .collect();
    json(answer, 200).await?;
    ensure!(!cookies.is_empty(), "{path} set no cookie");
    Ok(cookies.join("; "))
}

async fn token(site: &Site, cookie: &str) -> anyhow::Result<String> {
    let request = site.request(Method::GET, "/api/auth/token");
    let answer = json(request.header("cookie", cookie).send().await?, 200).await?;
    let token = answer.get("token").and_then(Value::as_str);
    Ok(token.context("no token")?.to_owned())
}
