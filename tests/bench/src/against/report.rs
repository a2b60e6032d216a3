//! The table of two sides.

use std::fmt;

use crate::statistics::middle;

/// More than this is called worse.
const TOLERANCE: f64 = 1.05;

/// One of the two that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Before,
    Now,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Megabytes,
    Kilobytes,
    Turns,
    PerSecond,
    Share,
}

/// One thing that was measured, round by round.
struct Measure {
    name: String,
    unit: Unit,
    before: Vec<f64>,
    now: Vec<f64>,
}

/// All that was measured, in that order.
pub(super) struct Report {
    revision: String,
    /// How busy the machine was with other things before.
    load: String,
    measures: Vec<Measure>,
}

impl Report {
    pub(super) fn new(revision: &str) -> Self {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            revision: revision.to_owned(),
            load: load.split(' ').next().unwrap_or_default().to_owned(),
            measures: Vec::new(),
        }
    }

    /// Adds what was measured of one side in one round.
    pub(super) fn add(&mut self, which: Which, name: &str, unit: Unit, value: f64) {
        let known = self
            .measures
            .iter()
            .position(|measure| measure.name == name);
        let at = known.unwrap_or_else(|| {
            self.measures.push(Measure {
                name: name.to_owned(),
                unit,
                before: Vec::new(),
                now: Vec::new(),
            });
            self.measures.len() - 1
        });
        if let Some(measure) = self.measures.get_mut(at) {
            match which {
                Which::Before => measure.before.push(value),
                Which::Now => measure.now.push(value),
            }
        }
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Seconds => format!("{value:.0} s"),
            Self::Milliseconds => format!("{value:.2} ms"),
            Self::Microseconds => format!("{value:.0} µs"),
            Self::Megabytes => format!("{value:.1} MB"),
            Self::Kilobytes => format!("{value:.0} kB"),
            Self::Turns => format!("{value:.0}"),
            Self::PerSecond => format!("{value:.0}/s"),
            Self::Share => format!("{value:.2}"),
        }
    }

    fn more_is_better(self) -> bool {
        matches!(self, Self::PerSecond | Self::Share)
    }
}

impl Measure {
    /// The middle of the rounds' ratios, and the least and the greatest of them.
    fn ratios(&self) -> [f64; 3] {
        let pairs = self.before.iter().zip(&self.now);
        let mut ratios: Vec<f64> = pairs
            .map(|(before, now)| match now - before {
                0.0 => 1.0,
                _ => now / before,
            })
            .collect();
        let middle = middle(&mut ratios);
        let [least, most] = [ratios.first(), ratios.last()].map(|one| one.copied().unwrap_or(1.0));
        [middle, least, most]
    }

    fn is_worse(&self) -> bool {
        let [ratio, ..] = self.ratios();
        if self.unit.more_is_better() {
            ratio * TOLERANCE < 1.0
        } else {
            ratio > TOLERANCE
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .measures
            .iter()
            .map(|measure| measure.name.chars().count());
        let width = names.max().unwrap_or(0);
        let revision = &self.revision;
        writeln!(
            f,
            "\n{:width$}  {revision:>12}  {:>12}  {:>6}  rounds",
            "what", "now", "ratio"
        )?;
        writeln!(f, "{}", "─".repeat(width + 58))?;
        for measure in &self.measures {
            let [before, now] = [&measure.before, &measure.now]
                .map(|values| measure.unit.show(middle(&mut values.clone())));
            let [ratio, least, most] = measure.ratios();
            let worse = if measure.is_worse() { "✗ worse" } else { "" };
            let name = &measure.name;
            let line = format!(
                "{name:width$}  {before:>12}  {now:>12}  {ratio:>6.2}  {least:.2}–{most:.2}  {worse}"
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        let worse = self
            .measures
            .iter()
            .filter(|measure| measure.is_worse())
            .count();
        write!(
            f,
            "\n{worse} of {} are worse by more than 5 %. Both were measured in turns in this run, each on a database of its own in one \
             PostgreSQL; numbers are the middle of the rounds, ratios the middle of the rounds' ratios, with the least and the greatest beside. \
             pgbench ran once a round, on the newer schema. Load average before: {}.",
            self.measures.len(),
            self.load
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_is_slower_larger_or_fewer_a_second_by_more_than_a_twentieth() {
        for (unit, now, worse) in [
            (Unit::Milliseconds, 10.4, false),
            (Unit::Milliseconds, 10.6, true),
            (Unit::Milliseconds, 5.0, false),
            (Unit::PerSecond, 9.6, false),
            (Unit::PerSecond, 9.4, true),
            (Unit::PerSecond, 20.0, false),
        ] {
            let mut report = Report::new("base");
            report.add(Which::Now, "it", unit, now);
            report.add(Which::Before, "it", unit, 10.0);
            assert_eq!(report.to_string().contains("✗"), worse, "{unit:?} {now}");
        }
    }
}
