//! What the pods take, as metrics-server tells it.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::{place::Place, stamps};
use crate::{
    bench::report::Report,
    interruption,
    kubernetes::objects::{list, name, text},
    processes::Running,
    terminal::Step,
};

const LIMIT: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_secs(2);
const MEBI: f64 = 1024.0 * 1024.0;

const POD_CPU: f64 = 0.5;
const POD_MEMORY: f64 = 512.0 * MEBI;
/// 70 % of four CPUs, and of 8 GB.
const ALL_CPU: f64 = 0.7 * 4.0;
const ALL_MEMORY: f64 = 0.7 * 8e9;

/// What is stood for, and not part of the application.
const DATABASE: &str = "database";

/// CPUs, and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Usage {
    cpu: f64,
    memory: f64,
}

/// By part of the application.
pub(super) type Usages = BTreeMap<String, Usage>;

/// Waits until every pod was measured over a time that lies wholly behind `since`; whoever keeps them busy meanwhile
/// must go on.
pub(super) fn measure(
    place: &Place<'_>,
    what: &str,
    since: SystemTime,
    mut busy: Option<&mut Running>,
) -> anyhow::Result<Usages> {
    let mut step = Step::start(what);
    let begun = Instant::now();
    loop {
        let looked = interruption::check()
            .and_then(|()| busy.as_mut().map_or(Ok(()), |running| running.must_run()))
            .and_then(|()| look(place, since));
        match looked {
            Ok(Some(usages)) => {
                step.done("");
                return Ok(usages);
            }
            Ok(None) if begun.elapsed() < LIMIT => {
                step.tick(|| "metrics-server looks once a minute".to_owned());
                thread::sleep(POLL);
            }
            Ok(None) => {
                step.failed();
                bail!("metrics-server does not measure the pods: see `kubectl top pods`");
            }
            Err(error) => {
                step.failed();
                return Err(error);
            }
        }
    }
}

fn look(place: &Place<'_>, since: SystemTime) -> anyhow::Result<Option<Usages>> {
    let path = format!(
        "/apis/metrics.k8s.io/v1beta1/namespaces/{}/pods",
        place.kubectl.namespace()
    );
    let answer = place
        .kubectl
        .run(&["get", "--raw", &path, "--request-timeout=20s"], None)?;
    // It is not there for a while after it was enabled.
    let Ok(metrics) = answer.success("kubectl") else {
        return Ok(None);
    };
    let metrics: Value = serde_json::from_str(&metrics).context("no metrics")?;
    let mut usages = Usages::new();
    for (pod, part) in place.pods()? {
        let Some(usage) = list(&metrics, "/items")
            .find(|metrics| name(metrics) == pod)
            .filter(|metrics| begins(metrics).is_some_and(|begin| begin >= since))
            .and_then(usage)
        else {
            return Ok(None);
        };
        let sum = usages.entry(part).or_default();
        sum.cpu += usage.cpu;
        sum.memory += usage.memory;
    }
    Ok(Some(usages))
}

/// When the time began over which the processor's was averaged.
fn begins(metrics: &Value) -> Option<SystemTime> {
    let end = stamps::time(text(metrics, "/timestamp"))?;
    end.checked_sub(stamps::span(text(metrics, "/window"))?)
}

fn usage(metrics: &Value) -> Option<Usage> {
    let mut sum = Usage::default();
    for container in list(metrics, "/containers") {
        sum.cpu += quantity(text(container, "/usage/cpu"))?;
        sum.memory += quantity(text(container, "/usage/memory"))?;
    }
    Some(sum)
}

/// A quantity as Kubernetes writes it: `153799n`, `2584Ki`.
fn quantity(text: &str) -> Option<f64> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let scale = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => MEBI,
        "Gi" => 1024.0 * MEBI,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}

/// Adds a row for each part, and one for all.
pub(super) fn show(idle: &Usages, busy: &Usages, report: &mut Report) {
    let (mut all_idle, mut all_busy) = (Usage::default(), Usage::default());
    for (part, at_work) in busy {
        let at_rest = idle.get(part).copied().unwrap_or_default();
        let measured = format!("{}; {}", at_rest.describe(), at_work.describe());
        if part == DATABASE {
            report.told("a database beside them, idle; under load", measured);
            continue;
        }
        all_idle.add(at_rest);
        all_busy.add(*at_work);
        let met = [at_rest, *at_work]
            .iter()
            .all(|usage| usage.cpu <= POD_CPU && usage.memory <= POD_MEMORY);
        report.judged(
            &format!("{part}, idle; under load"),
            measured,
            "≤ 500m, 512 MiB",
            met,
        );
    }
    report.judged(
        "all of them, idle; under load",
        format!("{}; {}", all_idle.describe(), all_busy.describe()),
        "≤ 2800m, 5340 MiB",
        all_busy.cpu <= ALL_CPU && all_busy.memory <= ALL_MEMORY,
    );
    report.note(
        "CPU and memory: metrics-server's mean over a minute or so that lies wholly within the quiet or the load, and the working set at its end. The load is 16 clients through the Ingress that send one request after the other: 8 list tasks, 4 create one, 2 chat, 2 open the page to sign in. The most for all is 70 % of 4 CPUs and of 8 GB.",
    );
}

impl Usage {
    fn add(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.memory += other.memory;
    }

    fn describe(self) -> String {
        format!("{:.0}m, {:.1} MiB", self.cpu * 1e3, self.memory / MEBI)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_in_their_units() {
        assert_eq!(quantity("2584Ki"), Some(2_646_016.0));
        assert_eq!(quantity("500m"), Some(0.5));
        assert_eq!(quantity("3"), Some(3.0));
        assert_eq!(quantity("much"), None);
    }
}
