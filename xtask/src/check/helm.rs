//! The Helm programs of this machine.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::config;

/// The major versions that the chart is made for, in the order of preference.
const MAJORS: [u32; 2] = [4, 3];

/// Names under which people have them beside each other.
const NAMES: [&str; 3] = ["helm", "helm4", "helm3"];

/// One Helm.
#[derive(Debug, Clone)]
pub struct Helm {
    program: PathBuf,
    major: u32,
    version: String,
}

impl Helm {
    /// The first digit of its version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Its version, as it says it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A command of it.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        command
    }
}

/// The Helms on the search path, one of each major version that the chart is made for.
#[must_use]
pub fn installed() -> Vec<Helm> {
    let found: Vec<Helm> = NAMES
        .iter()
        .filter_map(|name| config::program(name))
        .filter_map(|program| describe(&program))
        .collect();
    MAJORS
        .iter()
        .filter_map(|major| found.iter().find(|helm| helm.major == *major).cloned())
        .collect()
}

/// What was left out for want of a Helm, if anything was.
#[must_use]
pub fn missing(found: &[Helm]) -> Option<String> {
    let missing: Vec<String> = MAJORS
        .iter()
        .filter(|major| !found.iter().any(|helm| helm.major == **major))
        .map(|major| {
            format!(
                "Helm {major} left out, it is not on the search path as `helm` or `helm{major}`"
            )
        })
        .collect();
    (!missing.is_empty()).then(|| missing.join("; "))
}

fn describe(program: &Path) -> Option<Helm> {
    let output = Command::new(program)
        .args(["version", "--short"])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Some(Helm {
        program: program.to_owned(),
        major: major(&text)?,
        version: text.trim().to_owned(),
    })
}

/// The major version in what `helm version --short` prints.
#[must_use]
pub fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}
