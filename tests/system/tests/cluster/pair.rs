//! One long-lived release with two of everything, and what a cluster does to it.

use serde_json::json;
use system_tests::{
    cluster::Place,
    database::Database,
    load::{Load, Tally},
    person::Person,
    release::Release,
    runner::{Group, Steps, Turn},
    scenario,
};

use crate::{agents, disturbances, hardening, outage, replicas, upgrades};

/// What its scenarios share.
pub struct Pair {
    pub place: Place,
    pub database: Database,
    pub release: Release,
    pub person: Person,
}

/// The name of the database it uses.
pub const DATABASE: &str = "pair";

pub fn group() -> Group<Pair> {
    Group {
        name: "pair",
        turn: Turn::Shared,
        set_up,
        scenarios: vec![
            scenario!(
                150,
                "helm test finds health, database and an MCP handshake well",
                replicas::helm_test
            ),
            scenario!(
                60,
                "what changes through one replica is told by the other",
                replicas::events
            ),
            scenario!(
                60,
                "a conversation begun at one replica goes on at the other",
                replicas::chat
            ),
            scenario!(
                90,
                "an agent with a person's key gets in at every address, and at none once the key is revoked",
                agents::key
            ),
            scenario!(
                60,
                "one request id runs through the logs of frontend, backend and MCP server",
                replicas::request_id
            ),
            scenario!(
                60,
                "every pod was admitted where only the restricted are",
                hardening::restricted
            ),
            scenario!(
                120,
                "no pod can write its root file system",
                hardening::read_only
            ),
            scenario!(
                240,
                "deleting a pod of each component fails no request",
                disturbances::deletion
            ),
            scenario!(
                240,
                "evicting a pod of each component, as a drain does, fails no request",
                disturbances::eviction
            ),
            scenario!(
                240,
                "a rolling restart of everything fails no request",
                disturbances::rolling_restart
            ),
            scenario!(
                300,
                "an upgrade that changes the schema fails no request",
                upgrades::schema
            ),
            scenario!(
                300,
                "a rollback to the first revision fails no request",
                upgrades::rollback
            ),
            scenario!(
                300,
                "a new MCP key goes by without a failed request",
                upgrades::key_rotation
            ),
            scenario!(
                300,
                "an upgrade that cannot start leaves the old pods serving, and a rollback ends it",
                upgrades::broken
            ),
            scenario!(
                240,
                "a database that stops for 30 seconds costs no task, no pod, and 10 seconds after its return",
                outage::thirty_seconds
            ),
        ],
    }
}

fn set_up(place: Place) -> Steps<'static, Pair> {
    Box::pin(async move {
        let namespace = place.namespace("").await?;
        let database = Database::deploy(&place, &namespace).await?;
        let url = database.create(DATABASE).await?;
        let two = json!({"replicaCount": 2});
        let values = json!({
            "secrets": {"databaseUrl": url, "mcpApiKey": upgrades::FIRST_KEY},
            "frontend": two,
            "backend": two,
            "mcp": {"replicaCount": 2, "expose": true},
            "offlineModel": {"enabled": true, "replicaCount": 2},
        });
        let release = Release::prepare(&place, &namespace, values)?;
        release.install(&[]).await?;
        let site = release.site().await?;
        let person = Person::sign_up(&site).await?;
        Ok(Pair {
            place,
            database,
            release,
            person,
        })
    })
}

impl Pair {
    /// Does something while a steady load comes through the Ingress, of which no request may fail.
    pub async fn unnoticed(
        &self,
        disturb: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Tally> {
        let person = self.person.renewed().await?;
        let load = Load::steady(&person)?;
        // Something must be under way when it begins, and again when it is over.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let done = disturb.await;
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let tally = load.end().await?;
        println!("  load: {tally}");
        done?;
        tally.flawless()?;
        Ok(tally)
    }
}
