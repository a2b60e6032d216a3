//! What the pods take, as metrics-server tells it.

use std::{
    collections::BTreeMap,
    ops::AddAssign,
    thread,
    time::{Duration, Instant},
};

use crate::bench::report::Report;
use anyhow::{Context as _, bail};
use cluster::{
    pods::{component, name},
    quantity,
};
use k8s_openapi::{
    apimachinery::pkg::{api::resource::Quantity, apis::meta::v1::ObjectMeta},
    jiff::{SignedDuration, Timestamp},
};
use serde::Deserialize;
use xtask::{interruption, processes::Running, terminal::Step};

use super::place::Place;
use crate::minikube::ended;

const LIMIT: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_secs(2);
const MEBI: f64 = 1024.0 * 1024.0;

/// What one pod may take by the goal, and all together: 70 % of four CPUs, and of 8 GB.
const ONE: Usage = Usage {
    cpu: 0.5,
    memory: 512.0 * MEBI,
};
const TOGETHER: Usage = Usage {
    cpu: 0.7 * 4.0,
    memory: 0.7 * 8e9,
};

/// CPUs, and bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    cpu: f64,
    memory: f64,
}

/// By part of the application; the database, which is none, is the empty one.
type Usages = BTreeMap<String, Usage>;

/// What `metrics.k8s.io` lists.
#[derive(Debug, Deserialize)]
pub struct Metrics {
    items: Vec<PodMetrics>,
}

#[derive(Debug, Deserialize)]
struct PodMetrics {
    metadata: ObjectMeta,
    timestamp: Timestamp,
    /// The time over which the processor's was averaged, up to the timestamp.
    window: String,
    containers: Vec<ContainerMetrics>,
}

#[derive(Debug, Deserialize)]
struct ContainerMetrics {
    usage: BTreeMap<String, Quantity>,
}

impl Metrics {
    /// Waits until every pod was measured over a time that lies wholly behind now; whoever keeps them busy meanwhile
    /// must go on.
    pub fn measure(
        place: &Place<'_>,
        what: &str,
        mut busy: Option<&mut Running>,
    ) -> anyhow::Result<Usages> {
        let mut step = Step::start(what);
        let (begun, since) = (Instant::now(), Timestamp::now());
        let measured = loop {
            let running = busy.as_mut().map_or(Ok(()), |running| running.must_run());
            match interruption::check()
                .and(running)
                .and_then(|()| look(place, since))
            {
                Ok(None) if begun.elapsed() < LIMIT => {
                    step.tick(|| "metrics-server looks once a minute".to_owned());
                    thread::sleep(POLL);
                }
                other => break other,
            }
        };
        let measured = measured.and_then(|it| {
            it.context("metrics-server does not measure the pods: see `kubectl top pods`")
        });
        ended(step, measured)
    }

    /// Adds a row for each part, and one for all.
    pub fn show(idle: &Usages, busy: &Usages, report: &mut Report) {
        let (mut all_idle, mut all_busy) = (Usage::default(), Usage::default());
        for (part, at_work) in busy {
            let at_rest = idle.get(part).copied().unwrap_or_default();
            let measured = format!("{}; {}", at_rest.describe(), at_work.describe());
            if part.is_empty() {
                report.told("a database beside them, idle; under load", measured);
                continue;
            }
            all_idle += at_rest;
            all_busy += *at_work;
            report.judged(
                &format!("{part}, idle; under load"),
                measured,
                "≤ 500m, 512 MiB",
                at_rest.fits(ONE) && at_work.fits(ONE),
            );
        }
        report.judged(
            "all of them, idle; under load",
            format!("{}; {}", all_idle.describe(), all_busy.describe()),
            "≤ 2800m, 5340 MiB",
            all_busy.fits(TOGETHER),
        );
        report.note(
            "CPU and memory: metrics-server's mean over a minute or so that lies wholly within the quiet or the load, and the working set at its end. The load is 16 clients through the Ingress that send one request after the other: 8 list tasks, 4 create one, 2 chat, 2 open the page to sign in. The most for all is 70 % of 4 CPUs and of 8 GB.",
        );
    }
}

fn look(place: &Place<'_>, since: Timestamp) -> anyhow::Result<Option<Usages>> {
    let cluster = &place.release.cluster;
    let path = format!(
        "/apis/metrics.k8s.io/v1beta1/namespaces/{}/pods",
        cluster.namespace
    );
    let (status, metrics) = cluster.get(&path)?;
    // It is not there for a while after it was enabled.
    if status != 200 {
        return Ok(None);
    }
    let metrics: Metrics = serde_json::from_str(&metrics).context("no metrics")?;
    let mut usages = Usages::new();
    for pod in place.pods()? {
        let mut items = metrics.items.iter();
        let measured = items.find(|it| it.metadata.name.as_deref() == Some(name(&pod)));
        let Some(measured) = measured else {
            return Ok(None);
        };
        let window: SignedDuration = measured.window.parse()?;
        if measured.timestamp - window < since {
            return Ok(None);
        }
        *usages.entry(component(&pod).to_owned()).or_default() += measured.usage()?;
    }
    Ok(Some(usages))
}

impl PodMetrics {
    fn usage(&self) -> anyhow::Result<Usage> {
        let mut sum = Usage::default();
        for ContainerMetrics { usage } in &self.containers {
            let (Some(cpu), Some(memory)) = (usage.get("cpu"), usage.get("memory")) else {
                bail!("metrics-server tells no CPU or no memory");
            };
            sum += Usage {
                cpu: quantity::cpu(cpu)?,
                memory: quantity::memory(memory)?,
            };
        }
        Ok(sum)
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.memory += other.memory;
    }
}

impl Usage {
    fn fits(self, limit: Self) -> bool {
        self.cpu <= limit.cpu && self.memory <= limit.memory
    }

    fn describe(self) -> String {
        format!("{:.0}m, {:.1} MiB", self.cpu * 1e3, self.memory / MEBI)
    }
}
