//! A database that goes away for half a minute.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use reqwest::{Method, StatusCode, header::RETRY_AFTER};
use serde_json::json;
use system_tests::{
    person::Person,
    waiting::{seconds, until},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::pair::Pair;

const OUTAGE: Duration = seconds(30);
const RECOVERY: Duration = seconds(10);
const WRITERS: usize = 3;

/// What somebody saw who went on asking.
#[derive(Default)]
struct Seen {
    confirmed: Vec<String>,
    /// Statuses, and those refusals that do not say when to come back.
    statuses: HashMap<u16, usize>,
    complaints: Vec<String>,
}

pub async fn thirty_seconds(pair: &mut Pair) -> anyhow::Result<()> {
    let pods = &pair.release.pods;
    // Somebody new, whose list is short enough to be told whole.
    let person = Arc::new(Person::sign_up(&pair.person.site).await?);
    let restarts = pods.restarts().await?;
    let enough = CancellationToken::new();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(person.clone(), enough.clone()));
    }
    sleep(seconds(2)).await;

    pair.database.stop().await?;
    let down = Instant::now();
    refused_politely(&person).await?;
    sleep(OUTAGE.saturating_sub(down.elapsed())).await;
    pair.database.start().await?;
    // From here on it answers: everything else must within ten seconds.
    let (_, took) = until("a task can be added again", RECOVERY, async || {
        person.add("After the outage").await
    })
    .await?;
    println!(
        "  recovered {:.1} s after the database's return",
        took.as_secs_f64()
    );
    let answered = person.say("what is open?", None).await;
    answered.context("the chat after the outage")?;

    sleep(seconds(3)).await;
    enough.cancel();
    let mut all = Seen::default();
    while let Some(seen) = writers.join_next().await {
        let seen = seen?;
        all.confirmed.extend(seen.confirmed);
        all.complaints.extend(seen.complaints);
        for (status, count) in seen.statuses {
            *all.statuses.entry(status).or_default() += count;
        }
    }
    println!("  writers saw {:?}", all.statuses);
    ensure!(all.complaints.is_empty(), "{:?}", all.complaints);
    ensure!(
        all.statuses.contains_key(&503),
        "no 503 was seen: {:?}",
        all.statuses
    );
    neither_lost_nor_doubled(&person, &all.confirmed).await?;
    let after = pods.restarts().await?;
    ensure!(after == restarts, "{} restarts", after - restarts);
    pods.settled(seconds(30)).await?;
    Ok(())
}

/// Somebody who adds tasks and repeats each until it is confirmed.
async fn write(person: Arc<Person>, enough: CancellationToken) -> Seen {
    let mut seen = Seen::default();
    while !enough.is_cancelled() {
        let key = Uuid::new_v4().to_string();
        let title = format!("Outage {key}");
        // A task that was begun is brought to its end even when there is enough.
        loop {
            let request = person.request(Method::POST, "/api/me/tasks");
            let request = request.header("idempotency-key", &key);
            match request.json(&json!({"title": title})).send().await {
                Ok(answer) => {
                    let status = answer.status();
                    *seen.statuses.entry(status.as_u16()).or_default() += 1;
                    if status == StatusCode::CREATED {
                        seen.confirmed.push(title);
                        break;
                    }
                    let when = answer.headers().get(RETRY_AFTER).cloned();
                    let text = answer.text().await.unwrap_or_default();
                    if status != StatusCode::SERVICE_UNAVAILABLE || when.is_none() {
                        let line = format!("{status}, Retry-After {when:?}: {text}");
                        seen.complaints.push(line);
                    }
                }
                Err(error) => seen.complaints.push(format!("{error:#}")),
            }
            if seen.complaints.len() > 20 {
                return seen;
            }
            sleep(Duration::from_millis(200)).await;
        }
        sleep(Duration::from_millis(50)).await;
    }
    seen
}

/// While it is away, lists are refused with the time to come back, and the process still says that it lives.
async fn refused_politely(person: &Person) -> anyhow::Result<()> {
    until("lists are refused with 503", seconds(15), async || {
        let answer = person.request(Method::GET, "/api/me/tasks").send().await?;
        let status = answer.status();
        let when = answer.headers().get(RETRY_AFTER).cloned();
        let text = answer.text().await?;
        match (status.as_u16(), when) {
            (503, Some(_)) => Ok(()),
            (status, when) => bail!("{status}, Retry-After {when:?}: {text}"),
        }
    })
    .await?;
    Ok(())
}

async fn neither_lost_nor_doubled(person: &Person, confirmed: &[String]) -> anyhow::Result<()> {
    ensure!(
        confirmed.len() > 10,
        "only {} tasks were added",
        confirmed.len()
    );
    let mut counts: HashMap<String, usize> = HashMap::new();
    let titles = person.titles().await?;
    ensure!(
        titles.len() < 1000,
        "the list is cut, so nothing can be counted in it"
    );
    for title in titles {
        *counts.entry(title).or_default() += 1;
    }
    for title in confirmed {
        let count = counts.get(title).copied().unwrap_or_default();
        ensure!(count == 1, "{title} is there {count} times");
    }
    let doubled = counts
        .iter()
        .find(|(title, count)| title.starts_with("Outage") && **count > 1);
    ensure!(doubled.is_none(), "{doubled:?}");
    Ok(())
}
