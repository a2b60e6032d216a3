//! A load of all that people do, for as long as somebody wants to look at what it takes.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::{
    config::Load,
    load::{self, Requests},
    users::{self, Make},
};

/// How many clients do what, one request after the other.
const MIX: [(usize, Make, u16); 4] = [
    (8, users::list, 200),
    (4, users::create, 201),
    (2, users::add_by_chat, 200),
    (2, users::page, 200),
];

/// Keeps the cluster busy until the time is over.
pub(crate) async fn run(config: &Load) -> anyhow::Result<()> {
    let server = config.cluster.server()?;
    let people = config.cluster.people();
    let time = Duration::from_secs(config.seconds);
    let mut running = JoinSet::new();
    for (clients, make, status) in MIX {
        let requests = Requests {
            by_person: people.all(make)?.into(),
            status,
        };
        let server = server.clone();
        running.spawn(async move { load::run(&server, &requests, clients, time).await });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}
