//! The node itself stops and starts.

use anyhow::ensure;
use serde_json::json;
use system_tests::{
    cluster::Place,
    database::Database,
    person::Person,
    release::Release,
    runner::{Group, Steps, Turn, skip},
    scenario,
    waiting::{seconds, until},
};
use tokio::{process::Command, time::Instant};

pub struct Node {
    place: Place,
    release: Release,
    person: Person,
}

pub fn group() -> Group<Node> {
    Group {
        name: "node",
        turn: Turn::Alone,
        set_up,
        scenarios: vec![scenario!(
            600,
            "after minikube stop and start everything is ready within 120 s by itself",
            stop_and_start
        )],
    }
}

fn set_up(place: Place) -> Steps<'static, Node> {
    Box::pin(async move {
        if !place.settings.restart_minikube {
            return Err(skip(
                "it stops Minikube, for which --minikube-restart has to be said",
            ));
        }
        let namespace = place.namespace("").await?;
        let database = Database::deploy(&place, &namespace).await?;
        let values = json!({
            "secrets": {"databaseUrl": database.url("todo")},
            "offlineModel": {"enabled": true},
        });
        let release = Release::prepare(&place, &namespace, values)?;
        release.install(&[]).await?;
        let person = Person::sign_up(&release.site().await?).await?;
        person.add("Before the node stopped").await?;
        Ok(Node {
            place,
            release,
            person,
        })
    })
}

async fn stop_and_start(node: &mut Node) -> anyhow::Result<()> {
    for verb in ["stop", "start"] {
        let mut command = Command::new("minikube");
        command.arg(verb);
        node.place
            .shell
            .command(command, seconds(300))
            .await?
            .success()?;
    }
    // Minikube itself has waited for some of it.
    let begun = Instant::now();
    let site = node.release.site().await?;
    until(
        "the person signs in and finds the tasks",
        seconds(120),
        async || {
            let robin = node.person.sign_in(&site).await?;
            let titles = robin.titles().await?;
            ensure!(titles == ["Before the node stopped"], "{titles:?}");
            robin.say("what is open?", None).await
        },
    )
    .await?;
    let left = seconds(120).saturating_sub(begun.elapsed());
    node.release.pods.settled(left).await?;
    println!(
        "  ready {:.0} s after the start",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}
