//! How long it takes: the installation with its parts, and each container from its start to being ready.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use super::{
    place::{Place, RELEASE},
    stamps,
    watch::{Life, Watch},
};
use crate::{
    bench::report::Report,
    terminal::{self, Step},
};

const INSTALL_GOAL: Duration = Duration::from_secs(20);
const READY_GOAL: Duration = Duration::from_secs(1);
const RESTARTS: usize = 7;
const SEEN_LIMIT: Duration = Duration::from_secs(30);
/// Of the application, as people name it, and as its pods are labelled.
const PARTS: [(&str, &str); 4] = [
    ("todo-backend", "backend"),
    ("todo-mcp", "mcp"),
    ("todo-offline-model", "offline-model"),
    ("todo-frontend", "frontend"),
];
/// Those that have to be ready at once.
const QUICK: [(&str, &str); 2] = [("todo-backend", "backend"), ("todo-mcp", "mcp")];

/// Installs, and says what took how long.
pub(super) fn install(
    place: &Place<'_>,
    watch: &mut Watch,
    report: &mut Report,
) -> anyhow::Result<()> {
    watch.until("the database's pod is seen", SEEN_LIMIT, |lives| {
        (!lives.is_empty()).then_some(())
    })?;
    let begun = SystemTime::now();
    place.install("Installing, and waiting until everything is ready")?;
    let ended = SystemTime::now();
    let took = between(begun, ended);
    report.judged(
        "helm install to everything ready",
        terminal::duration(took),
        "≤ 20 s",
        took <= INSTALL_GOAL,
    );

    let lives = watch.until("every pod is seen to be ready", SEEN_LIMIT, |lives| {
        let all = PARTS
            .iter()
            .all(|(_, part)| lives.iter().any(|life| is_ready(life, part)));
        all.then(|| lives.to_vec())
    })?;
    let migration = lives.iter().find(|life| life.component == "migrate");
    let migration = migration.context("no pod of the migrations was seen")?;
    let migrated = migration
        .done
        .context("the migrations were not seen to end")?;
    let pods = || {
        let parts = lives.iter();
        parts.filter(|life| PARTS.iter().any(|(_, part)| *part == life.component))
    };
    let made = pods().map(|life| life.seen).min().unwrap_or(migrated);
    let ready = pods().filter_map(|life| life.ready).max().unwrap_or(ended);
    for (what, from, to) in [
        ("  until the migrations' pod is made", begun, migration.seen),
        ("  migrations' pod", migration.seen, migrated),
        ("  until the application's pods are made", migrated, made),
        ("  until the last of them is ready", made, ready),
        ("  until helm has noticed", ready, ended),
    ] {
        report.told(what, terminal::duration(between(from, to)));
    }
    for (name, part) in PARTS {
        if let Some(life) = lives.iter().find(|life| is_ready(life, part))
            && let Some(ready) = life.ready
        {
            let from_made = terminal::duration(between(life.seen, ready));
            let from_start = match first_line(place, life) {
                Ok(started) => terminal::duration(between(started, ready)),
                Err(_) => "not known".to_owned(),
            };
            report.told(
                &format!("  {name}: pod made, container's first line, to ready"),
                format!("{from_made}, {from_start}"),
            );
        }
    }
    Ok(())
}

/// Restarts one after the other with nothing else going on, and says how soon each was ready.
pub(super) fn restarts(
    place: &Place<'_>,
    watch: &mut Watch,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut step = Step::start("Restarting the backend and the MCP server");
    let mut times = QUICK.map(|_| Vec::new());
    for number in 0..RESTARTS {
        step.tick(|| format!("{number} of {RESTARTS}"));
        for ((_, part), times) in QUICK.into_iter().zip(&mut times) {
            match restart(place, watch, part) {
                Ok(time) => times.push(time),
                Err(error) => {
                    step.failed();
                    return Err(error);
                }
            }
        }
    }
    step.done("");
    for ((name, _), times) in QUICK.into_iter().zip(times) {
        let (measured, stamped): (Vec<_>, Vec<_>) = times.into_iter().unzip();
        let (middle, text) = spread(measured, 2);
        report.judged(
            &format!("{name}, container's first line to ready"),
            text,
            "≤ 1 s",
            middle <= READY_GOAL,
        );
        let (_, text) = spread(stamped, 0);
        report.told("  the same by Kubernetes' own stamps, whole seconds", text);
    }
    report.note(
        "Start to ready: from the stamp of the container runtime on the first line of the log, which each program writes when it answers (milliseconds after its start), to the moment at which `kubectl get --watch` shows the pod as ready, which takes in the pauses in which Kubernetes looks at containers (a second) and probes them (a second); the clocks of this machine and of the node are taken to agree. In brackets the quickest and the slowest of seven restarts in a quiet release, before them their median.",
    );
    Ok(())
}

/// The median, and as text beside the shortest and the longest.
fn spread(mut times: Vec<Duration>, digits: usize) -> (Duration, String) {
    times.sort_unstable();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    let last = times.len().saturating_sub(1);
    let [shortest, middle, longest] = [0, last / 2, last].map(|index| at(index).as_secs_f64());
    let text = format!("{middle:.digits$} s ({shortest:.digits$} to {longest:.digits$})");
    (at(last / 2), text)
}

/// How long it takes, as seen from here and as Kubernetes wrote it down.
fn restart(
    place: &Place<'_>,
    watch: &mut Watch,
    part: &str,
) -> anyhow::Result<(Duration, Duration)> {
    let before: Vec<String> = watch.lives().into_iter().map(|life| life.name).collect();
    let deployment = format!("deployment/{RELEASE}-{part}");
    place.kubectl.text(&["rollout", "restart", &deployment])?;
    place.rolled_out(&deployment)?;
    let life = watch.until("the new pod is seen to be ready", SEEN_LIMIT, |lives| {
        let new = |life: &&Life| is_ready(life, part) && !before.contains(&life.name);
        lives.iter().find(new).cloned()
    })?;
    let started = first_line(place, &life)?;
    let stamped = life.stamped.context("a pod without stamps")?;
    Ok((between(started, life.ready.unwrap_or(started)), stamped))
}

fn is_ready(life: &Life, part: &str) -> bool {
    life.component == part && life.ready.is_some()
}

/// When the container runtime got the pod's first line.
fn first_line(place: &Place<'_>, life: &Life) -> anyhow::Result<SystemTime> {
    let log = place
        .kubectl
        .text(&["logs", &life.name, "--timestamps", "--limit-bytes=2000"])?;
    let stamp = log.split_whitespace().next();
    stamp
        .and_then(stamps::time)
        .with_context(|| format!("the log of {} has no time in it", life.name))
}

/// Zero if the second came first, as seen through the pauses of whoever watched.
fn between(from: SystemTime, to: SystemTime) -> Duration {
    to.duration_since(from).unwrap_or_default()
}
