//! Uninstalled and installed again, by Helm 3: the identical state.

use anyhow::ensure;
use cluster::pods::name;
use serde_json::json;
use system_tests::{
    cluster::Place,
    database::Database,
    person::Person,
    programs::exists,
    release::{NAME, Release},
    runner::{Group, Steps, Turn, skip},
    scenario,
    waiting::{seconds, until},
};

pub struct Helm3 {
    database: Database,
    release: Release,
    person: Person,
}

pub fn group() -> Group<Helm3> {
    Group {
        name: "helm3",
        turn: Turn::Shared,
        set_up,
        scenarios: vec![
            scenario!(
                60,
                "what Helm 3 installs works and passes its own test",
                works
            ),
            scenario!(
                120,
                "an upgrade that changes nothing restarts nothing",
                unchanged
            ),
            scenario!(
                300,
                "uninstalled and installed again, it has the same secrets, people and tasks",
                again
            ),
        ],
    }
}

fn set_up(place: Place) -> Steps<'static, Helm3> {
    Box::pin(async move {
        if !exists("helm3") {
            return Err(skip("there is no `helm3` program"));
        }
        let namespace = place.namespace("").await?;
        let database = Database::deploy(&place, &namespace).await?;
        let values = json!({
            "secrets": {"databaseUrl": database.url("todo")},
            "offlineModel": {"enabled": true},
        });
        let release = Release::prepare(&place, &namespace, values)?.with_helm("helm3");
        release.install(&[]).await?;
        let person = Person::sign_up(&release.site().await?).await?;
        Ok(Helm3 {
            database,
            release,
            person,
        })
    })
}

async fn works(helm3: &mut Helm3) -> anyhow::Result<()> {
    helm3.person.add("Kept over everything").await?;
    let answer = helm3.person.say("what is open?", None).await?;
    ensure!(
        answer.to_string().contains("Kept over everything"),
        "{answer}"
    );
    helm3.release.test().await?;
    Ok(())
}

async fn unchanged(helm3: &mut Helm3) -> anyhow::Result<()> {
    let certificate = helm3.release.certificate("tls.crt").await?;
    let mut before = Vec::new();
    for component in ["frontend", "backend", "mcp"] {
        before.extend(helm3.release.pods.names(component).await?);
    }
    helm3.release.upgrade(&["--reuse-values"]).await?;
    let mut after = Vec::new();
    for component in ["frontend", "backend", "mcp"] {
        after.extend(helm3.release.pods.names(component).await?);
    }
    ensure!(before == after, "{before:?} became {after:?}");
    ensure!(
        certificate == helm3.release.certificate("tls.crt").await?,
        "another certificate"
    );
    Ok(())
}

async fn again(helm3: &mut Helm3) -> anyhow::Result<()> {
    let secrets = helm3.release.secret(&format!("{NAME}-secrets")).await?;
    let certificate = helm3.release.certificate("ca.crt").await?;
    let people = helm3
        .database
        .psql("todo", r#"select count(*) from "user""#)
        .await?;
    helm3.release.uninstall().await?;
    until("the pods are gone", seconds(90), async || {
        let left = helm3.release.pods.all().await?;
        let left: Vec<_> = left.iter().map(name).collect();
        ensure!(left == ["todo-database-0"], "{left:?} are left");
        Ok(())
    })
    .await?;

    helm3.release.install(&[]).await?;
    ensure!(
        secrets == helm3.release.secret(&format!("{NAME}-secrets")).await?,
        "other secrets"
    );
    ensure!(
        certificate == helm3.release.certificate("ca.crt").await?,
        "another authority"
    );
    let site = helm3.release.site().await?;
    // Whoever was signed in still is.
    let kept = helm3.person.at(&site).renewed().await?;
    ensure!(
        kept.titles().await? == ["Kept over everything"],
        "other tasks"
    );
    let robin = helm3.person.sign_in(&site).await?;
    ensure!(
        robin.titles().await? == ["Kept over everything"],
        "other tasks"
    );
    let after = helm3
        .database
        .psql("todo", r#"select count(*) from "user""#)
        .await?;
    ensure!(people == after, "{people} people became {after}");
    Ok(())
}
