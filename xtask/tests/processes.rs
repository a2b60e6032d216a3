//! Children: what becomes of them and of what they start.
#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use xtask::{
    processes::{Running, answer_to, captured, run, run_shown, run_watched},
    terminal::step,
};

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// Waits until a file has a whole line; a child that never writes one fails the test.
fn line_in(file: &Path) -> String {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        if let Some((line, _)) = text.split_once('\n') {
            return line.to_owned();
        }
        assert!(
            started.elapsed() < Duration::from_mins(1),
            "{} stayed empty",
            file.display()
        );
        std::thread::yield_now();
    }
}

fn is_alive(process: &str) -> bool {
    Command::new("kill")
        .args(["-0", process])
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

#[test]
fn ending_a_child_ends_what_it_started_even_if_that_ignores_the_request() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("child.log");
    let mut script = shell("sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & wait");
    let child = Running::start("child", &mut script, &log).unwrap();
    let grandchild = line_in(&log);
    assert!(is_alive(&grandchild));
    drop(child);
    must_end(&grandchild);
}

/// What [`a_program_that_is_killed_takes_its_children_with_it`] runs as another process, to kill it.
#[test]
#[ignore = "it waits to be killed"]
fn a_program_with_a_child() {
    let log = PathBuf::from(std::env::var_os("CHILDS_LOG").unwrap());
    let mut script = shell("echo $$; while :; do sleep 1; done");
    let child = Running::start("child", &mut script, &log).unwrap();
    fs::write(log.with_extension("started"), "yes\n").unwrap();
    std::thread::sleep(Duration::from_mins(10));
    drop(child);
}

#[test]
fn a_program_that_is_killed_takes_its_children_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("child.log");
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "a_program_with_a_child"])
        .env("CHILDS_LOG", &log)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let child = line_in(&log);
    assert!(is_alive(&child));
    line_in(&log.with_extension("started"));
    program.kill().unwrap();
    program.wait().unwrap();
    must_end(&child);
}

fn must_end(process: &str) {
    let started = Instant::now();
    // Killed, it still has to be reaped by whoever adopted it.
    while is_alive(process) && started.elapsed() < Duration::from_mins(1) {
        std::thread::yield_now();
    }
    assert!(!is_alive(process));
}

#[test]
fn a_child_that_ends_by_itself_is_reported_with_the_end_of_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("backend.log");
    let mut script = shell("echo first; echo the reason; exit 3");
    let mut child = Running::start("backend", &mut script, &log).unwrap();
    let error = loop {
        if let Err(error) = child.must_run() {
            break error.to_string();
        }
        std::thread::yield_now();
    };
    assert!(
        error.starts_with("backend ended by itself (exit status: 3): "),
        "{error}"
    );
    assert!(error.ends_with("  | first\n  | the reason"), "{error}");
}

#[test]
fn a_command_that_fails_is_an_error_with_its_last_lines() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("command.log");
    let run = |script| step("Trying", |step| run(step, &mut shell(script), &log));
    run("true").unwrap();
    let error = run("echo why >&2; false").unwrap_err().to_string();
    assert!(
        error.contains("failed (exit status: 1)") && error.ends_with("| why"),
        "{error}"
    );
}

#[test]
fn every_line_of_a_shown_command_is_seen_and_its_status_handed_on() {
    let mut lines = Vec::new();
    let status = run_shown(&mut shell("printf 'one\\ntwo'; exit 4"), |line| {
        lines.push(line.to_owned());
    })
    .unwrap();
    assert_eq!(status.code(), Some(4));
    assert_eq!(lines, ["one", "two"]);
}

#[test]
fn what_a_short_command_answers_is_read_and_its_input_handed_over() {
    assert_eq!(
        answer_to(&mut shell("cat"), "a secret").unwrap(),
        "a secret"
    );
    let error = answer_to(&mut shell("echo careful >&2; exit 3"), "").unwrap_err();
    assert_eq!(error.to_string(), "sh failed: careful");
}

#[test]
fn a_short_command_that_takes_too_long_is_ended() {
    let error = captured(&mut shell("sleep 600"), "", Duration::ZERO).unwrap_err();
    assert!(error.to_string().contains("gave no answer"), "{error}");
}

#[test]
fn a_watched_command_reads_its_input_and_ends_when_the_watcher_gives_up() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("command.log");
    let status = run_watched(&mut shell("cat"), "values", &log, || Ok(())).unwrap();
    assert!(status.success());
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "values");
    let error = run_watched(&mut shell("sleep 600"), "", &log, || {
        anyhow::bail!("hopeless")
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "hopeless");
}
