//! More pods under load, fewer after.

use anyhow::ensure;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::Api;
use serde_json::json;
use system_tests::{
    cluster::Place,
    database::Database,
    load::Load,
    person::Person,
    release::{NAME, Release},
    runner::{Group, Steps, Turn, skip},
    scenario,
    waiting::{seconds, until},
};

pub struct Scaled {
    place: Place,
    release: Release,
    person: Person,
}

pub fn group() -> Group<Scaled> {
    Group {
        name: "scaling",
        turn: Turn::Shared,
        set_up,
        scenarios: vec![scenario!(
            420,
            "the backend gets more pods under load and loses them after, without a failed request",
            up_and_down
        )],
    }
}

fn set_up(place: Place) -> Steps<'static, Scaled> {
    Box::pin(async move {
        let groups = place.client.list_api_groups().await?.groups;
        if !groups.iter().any(|group| group.name == "metrics.k8s.io") {
            return Err(skip(
                "the cluster measures nothing: minikube addons enable metrics-server",
            ));
        }
        let namespace = place.namespace("").await?;
        let database = Database::deploy(&place, &namespace).await?;
        let values = json!({
            "secrets": {"databaseUrl": database.url("todo")},
            "offlineModel": {"enabled": true},
            "backend": {
                // So little that a small load is too much for one pod.
                "resources": {"requests": {"cpu": "10m"}},
                "autoscaling": {
                    "enabled": true,
                    "minReplicas": 1,
                    "maxReplicas": 3,
                    "targetCPUUtilizationPercentage": 150,
                    "behavior": {"scaleDown": {
                        "stabilizationWindowSeconds": 15,
                        "policies": [{"type": "Pods", "value": 2, "periodSeconds": 15}],
                    }},
                },
            },
        });
        let release = Release::prepare(&place, &namespace, values)?;
        release.install(&[]).await?;
        let person = Person::sign_up(&release.site().await?).await?;
        Ok(Scaled {
            place,
            release,
            person,
        })
    })
}

async fn up_and_down(scaled: &mut Scaled) -> anyhow::Result<()> {
    let autoscalers: Api<HorizontalPodAutoscaler> =
        Api::namespaced(scaled.place.client.clone(), &scaled.release.namespace);
    let wanted = async || {
        let backend = autoscalers.get(&format!("{NAME}-backend")).await?;
        anyhow::Ok(backend.status.map_or(0, |it| it.desired_replicas))
    };
    let steady = Load::steady(&scaled.person)?;
    let heavy = Load::heavy(&scaled.person, 2)?;
    let ((), took) = until("more backends", seconds(180), async || {
        let wanted = wanted().await?;
        let ready = scaled.release.pods.names("backend").await?.len();
        ensure!(
            wanted >= 2 && ready >= 2,
            "{wanted} are wanted, {ready} are ready"
        );
        Ok(())
    })
    .await?;
    println!("  more backends after {:.0} s", took.as_secs_f64());
    println!("  load: {}", heavy.end().await?);
    // The steady one goes on while pods come, and is over before they go: it would keep them.
    let tally = steady.end().await?;
    println!("  load: {tally}");
    tally.flawless()?;
    let ((), took) = until("one backend again", seconds(200), async || {
        let wanted = wanted().await?;
        ensure!(wanted == 1, "{wanted} are wanted");
        Ok(())
    })
    .await?;
    println!("  one backend again after {:.0} s", took.as_secs_f64());
    scaled.release.pods.settled(seconds(60)).await?;
    Ok(())
}
