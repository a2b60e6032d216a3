//! The command line.

use clap::Parser as _;
use xtask::args::{Args, Task};

#[test]
fn what_another_program_is_called_with_reaches_it_as_it_stands() {
    for arguments in [
        ["up", "--no-build", "--", "--set", "a=b"].as_slice(),
        &["--namespace", "mine", "status"],
        &["--help"],
        &["logs", "-f", "-h"],
        &[],
    ] {
        for command in ["minikube", "bench"] {
            let start = ["xtask", command];
            let line = start.iter().chain(arguments);
            let (Task::Minikube(passed) | Task::Bench(passed)) = Args::parse_from(line).task else {
                panic!("{command} is another command");
            };
            assert_eq!(passed.arguments, arguments, "{command}");
        }
    }
}
