//! A release that nobody uses, with a tab open, beside a database that sleeps when nobody asks it.

use std::{process::Stdio, time::Duration};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use system_tests::{
    browser::Door,
    cluster::Place,
    events::Tab,
    forward::Forward,
    neon::{Neon, SUSPENDS_AFTER},
    person::Person,
    release::Release,
    runner::{Group, Steps, Turn},
    scenario,
    site::Site,
    waiting::seconds,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout},
    time::{Instant, sleep, timeout},
};

const DATABASE: &str = "system_tests_idle";
/// How soon an open tab has to show what changed.
const SOON: Duration = seconds(5);

pub struct Idle {
    place: Place,
    neon: Neon,
    release: Release,
    person: Person,
    direct: String,
}

pub fn group() -> Group<Idle> {
    Group {
        name: "idle",
        turn: Turn::Beside,
        set_up,
        scenarios: vec![
            scenario!(
                300,
                "migrations go to the direct address, the services to the pooled one",
                addresses
            ),
            scenario!(
                7200,
                "idle with a tab open, it lets the database sleep, and the tab hears what another replica changes then",
                sleeps
            ),
        ],
    }
}

fn set_up(place: Place) -> Steps<'static, Idle> {
    Box::pin(async move {
        let neon = Neon::start(&place.shell).await?;
        let (pooled, direct) = neon.create(DATABASE).await?;
        let namespace = place.namespace("").await?;
        let values = json!({
            "secrets": {"databaseUrl": pooled, "databaseUrlDirect": direct},
            "backend": {"replicaCount": 2},
            "offlineModel": {"enabled": true},
        });
        let release = Release::prepare(&place, &namespace, values)?;
        release.install(&[]).await?;
        let person = Person::sign_up(&release.site().await?).await?;
        Ok(Idle {
            place,
            neon,
            release,
            person,
            direct,
        })
    })
}

/// With a password that only the direct address has wrong, migrations fail, and services that start do their work.
async fn addresses(idle: &mut Idle) -> anyhow::Result<()> {
    let wrong = idle.direct.replacen(":stand-in", ":wrong", 1);
    ensure!(
        wrong != idle.direct,
        "the URL has another password than expected"
    );
    let wrong = format!("secrets.databaseUrlDirect={wrong}");
    let backoff = "migrations.backoffLimit=0";
    let upgrade = ["--set", &wrong, "--set", backoff];
    let failed = idle.release.try_upgrade(&upgrade).await?.failure()?;
    ensure!(failed.text.contains("password"), "{}", failed.text);
    let none = "migrations.mode=none";
    idle.release
        .upgrade(&["--set", &wrong, "--set", none])
        .await?;
    idle.person.add("Through the pooled address").await?;
    let answer = idle.person.say("what is open?", None).await?;
    ensure!(
        answer.to_string().contains("Through the pooled address"),
        "{answer}"
    );
    idle.release.upgrade(&[]).await?;
    Ok(())
}

async fn sleeps(idle: &mut Idle) -> anyhow::Result<()> {
    let mut ways = Vec::new();
    for pod in idle.release.pods.names("backend").await? {
        let way = Forward::open(idle.release.pods.api(), &pod, 8000).await?;
        let person = idle.person.at(&Site::plain(&way.origin())?);
        ways.push((way, person));
    }
    ensure!(ways.len() == 2, "{} backends are ready", ways.len());
    let (listening, changing) = (
        &ways.first().context("none")?.1,
        &ways.last().context("none")?.1,
    );
    let mut page = Page::open(idle).await?;
    let mut tab = Tab::open(listening).await?;

    let before = falls_asleep(&idle.neon).await?;
    println!("  asleep: {before}");
    let wakes = |stats: &Value| stats.get("wakes").and_then(Value::as_u64);
    let end = Instant::now() + seconds(60 * idle.place.settings.idle_minutes);
    while Instant::now() < end {
        sleep(seconds(5)).await;
        let now = idle.neon.stats().await?;
        if wakes(&now) != wakes(&before) {
            bail!("it was woken: {before} became {now}");
        }
    }
    let after = idle.neon.stats().await?;
    println!(
        "  still asleep {} minutes later: {after}",
        idle.place.settings.idle_minutes
    );
    ensure!(
        tab.is_open(),
        "the stream of events ended while nothing happened"
    );

    let begun = Instant::now();
    changing.add(Page::TITLE).await?;
    println!("  the change took {:.1} s", begun.elapsed().as_secs_f64());
    let changed = Instant::now();
    tab.told(SOON)
        .await
        .context("the stream at the other replica")?;
    println!(
        "  the other replica's stream heard of it {:.1} s later",
        changed.elapsed().as_secs_f64()
    );
    page.shows(SOON.saturating_sub(changed.elapsed())).await?;
    println!(
        "  the page showed it {:.1} s later",
        changed.elapsed().as_secs_f64()
    );
    drop(ways);
    idle.neon.remove(DATABASE).await
}

/// Asked for its numbers, the stand-in takes that for use, as long as it is awake: it is looked at seldom.
async fn falls_asleep(neon: &Neon) -> anyhow::Result<Value> {
    let mut stats = Value::Null;
    for _ in 0..3 {
        sleep(SUSPENDS_AFTER + seconds(15)).await;
        stats = neon.stats().await?;
        if stats.get("awake").and_then(Value::as_bool) == Some(false) {
            return Ok(stats);
        }
    }
    bail!("the database does not fall asleep: {stats}")
}

/// A page in the browser that stays open, and says when it shows a certain task.
struct Page {
    browser: Child,
    said: Lines<BufReader<ChildStdout>>,
    _certificate: tempfile::NamedTempFile,
}

impl Page {
    const TITLE: &'static str = "Changed after the sleep";

    async fn open(idle: &Idle) -> anyhow::Result<Self> {
        let certificate = tempfile::NamedTempFile::new()?;
        let pem = idle.release.certificate("tls.crt").await?;
        tokio::fs::write(certificate.path(), pem).await?;
        let door = Door {
            origin: &idle.person.site.origin,
            address: idle.place.settings.node,
            certificate: Some(certificate.path()),
        };
        let mut command = door.command(&idle.place, "open-tab.config.ts", &[]).await?;
        let mut browser = command
            .env("TAB_EMAIL", &idle.person.email)
            .env("TAB_PASSWORD", &idle.person.password)
            .env("TAB_TITLE", Self::TITLE)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("Playwright")?;
        let said = browser.stdout.take().context("no output")?;
        let mut page = Self {
            browser,
            said: BufReader::new(said).lines(),
            _certificate: certificate,
        };
        page.says("tab: open", seconds(90)).await?;
        Ok(page)
    }

    async fn shows(&mut self, limit: Duration) -> anyhow::Result<()> {
        self.says("tab: seen", limit).await?;
        let ended = timeout(seconds(30), self.browser.wait()).await;
        let status = ended.context("the browser does not end")??;
        ensure!(status.success(), "the browser ended with {status}");
        Ok(())
    }

    async fn says(&mut self, word: &str, limit: Duration) -> anyhow::Result<()> {
        let mut heard = Vec::new();
        let wait = async {
            while let Some(line) = self.said.next_line().await? {
                if line.contains(word) {
                    return Ok(());
                }
                heard.push(line);
            }
            bail!("the browser ended")
        };
        match timeout(limit, wait).await {
            Ok(done) => done.with_context(|| heard.join("\n")),
            Err(_) => bail!("no `{word}` within {limit:?}: {}", heard.join("\n")),
        }
    }
}
