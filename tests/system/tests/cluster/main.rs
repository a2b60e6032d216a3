//! Black-box tests on a real cluster. `cargo xtask test --cluster` builds and loads the images and runs them; without it
//! there is nothing to test, and this program says so and ends.

mod agents;
mod browsers;
mod disturbances;
mod failures;
mod hardening;
mod idle;
mod node;
mod outage;
mod pair;
mod predecessors;
mod reinstallation;
mod replicas;
mod scaling;
mod shapes;
mod upgrades;

use std::process::ExitCode;

use clap::Parser as _;
use system_tests::{
    runner::{self, Run},
    settings::Arguments,
};

fn main() -> ExitCode {
    // Where several crates speak TLS, one of them has to choose.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("another TLS provider is installed already");
        return ExitCode::FAILURE;
    }
    let arguments = Arguments::parse();
    let groups = groups();
    if arguments.list {
        for group in &groups {
            for sentence in group.sentences() {
                println!("{}: {sentence}: test", group.name());
            }
        }
        return ExitCode::SUCCESS;
    }
    let done = match arguments.settings() {
        Ok(Ok(settings)) => {
            runner::run(groups, settings, arguments.filters, arguments.test_threads)
        }
        Ok(Err(missing)) => {
            println!(
                "no cluster is tested: {missing} is not set, as `cargo xtask test --cluster` does"
            );
            return ExitCode::SUCCESS;
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The longest first, so that the two that run at once end at about the same time.
fn groups() -> Vec<Box<dyn Run>> {
    vec![
        Box::new(idle::group()),
        Box::new(pair::group()),
        Box::new(predecessors::group()),
        Box::new(shapes::group()),
        Box::new(reinstallation::group()),
        Box::new(failures::group()),
        Box::new(scaling::group()),
        Box::new(browsers::group()),
        Box::new(node::group()),
    ]
}
