//! What a process takes of the machine, as Linux tells it.

use std::time::Duration;

use crate::{programs::Program, table::Table};

/// Between the last request and the look.
const QUIET: Duration = Duration::from_secs(3);
const BACKEND_GOAL: f64 = 15.0;
const MCP_GOAL: f64 = 8.0;
/// The kernel counts processor time in hundredths of a second, whatever its own tick is.
const TICK: Duration = Duration::from_millis(10);

/// Memory of programs that wait.
pub(crate) async fn measure(
    backend: &Program,
    mcp: &Program,
    table: &mut Table,
) -> anyhow::Result<()> {
    for (name, program, goal) in [
        ("idle memory of todo-backend", backend, BACKEND_GOAL),
        ("idle memory of todo-mcp", mcp, MCP_GOAL),
    ] {
        match idle(program).await? {
            Some(size) => table.judged(name, mb(size), &format!("≤ {goal} MB"), size <= goal),
            None => table.told(name, "not measured".to_owned()),
        }
    }
    table.note("Memory: VmRSS, 3 s after one /ready; measured on Linux only.");
    Ok(())
}

/// Memory of a program that has started, connected to the database once, and waits.
pub(crate) async fn idle(program: &Program) -> anyhow::Result<Option<f64>> {
    anyhow::ensure!(program.answers("/ready"), "/ready is not 200");
    tokio::time::sleep(QUIET).await;
    Ok(resident(program.id()))
}

pub(crate) fn mb(size: f64) -> String {
    format!("{size:.1} MB")
}

/// Resident memory in MB.
pub(crate) fn resident(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0 / 1_000_000.0)
}

/// Processor time that a process has used.
pub(crate) fn processor_time(process: u32) -> Option<Duration> {
    times(&process.to_string(), 0)
}

/// Processor time of the commands that this program has run to their end; zero where it cannot be told.
pub(crate) fn time_of_children() -> Duration {
    times("self", 2).unwrap_or_default()
}

/// Time in user mode and in the kernel: two neighbours among the process's numbers.
fn times(process: &str, after: usize) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The program's name, in parentheses, may contain anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut times = rest.split_whitespace().skip(11 + after);
    let (user, system): (u32, u32) = (times.next()?.parse().ok()?, times.next()?.parse().ok()?);
    Some(TICK * (user + system))
}
