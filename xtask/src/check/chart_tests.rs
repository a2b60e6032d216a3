//! The chart's own tests, in `helm/todo-chatbot/tests`.

use std::process::Command;

use super::{Verdict, chart::Chart, passes};
use crate::{config, processes, terminal::Step};

const HOW_TO_GET: &str = "left out, there is neither `helm-unittest` nor Helm's plugin of that name (helm plugin install https://github.com/helm-unittest/helm-unittest)";

/// helm-unittest.
///
/// # Errors
/// With its output.
pub fn run(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let Some(mut command) = unittest(chart, step)? else {
        return Ok(Some(HOW_TO_GET.to_owned()));
    };
    command.args(["--strict", "--file", "tests/*_test.yaml"]);
    command.arg(chart.folder());
    passes(chart.workspace(), step, &mut command, "chart-tests.log")?;
    let log = chart
        .workspace()
        .target()
        .join("xtask")
        .join("chart-tests.log");
    Ok(processes::last_lines(&log, 8).and_then(|text| {
        text.lines()
            .find_map(|line| line.strip_prefix("Tests:"))
            .map(|count| count.trim().to_owned())
    }))
}

fn unittest(chart: &Chart<'_>, step: &mut Step) -> anyhow::Result<Option<Command>> {
    if let Some(program) = config::program("helm-unittest") {
        return Ok(Some(Command::new(program)));
    }
    for helm in chart.helms() {
        let log = chart
            .workspace()
            .target()
            .join("xtask")
            .join("helm-plugins.log");
        let mut help = helm.command(&["unittest", "--help"]);
        if processes::run_logged(step, &mut help, &log)?.success() {
            return Ok(Some(helm.command(&["unittest"])));
        }
    }
    Ok(None)
}
