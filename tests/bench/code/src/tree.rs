//! The text files of one state of the repository.

use std::{collections::BTreeMap, path::Path, process::Command};

use anyhow::{Context as _, ensure};

/// What is counted, and the manifests that say which crate it belongs to.
const WANTED: [&str; 7] = [
    "Cargo.toml",
    "*/Cargo.toml",
    "*.rs",
    "*.ts",
    "*.tsx",
    "*.mjs",
    "*.js",
];

/// Files by their path from the root, with `/` between folders.
#[derive(Debug, Default)]
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads a commit, or the working tree with what is not committed and not ignored.
    pub(crate) fn read(root: &Path, revision: Option<&str>) -> anyhow::Result<Self> {
        // An empty pattern matches every line, so this prints all files of either kind of tree in one format.
        let output = Command::new("git")
            .current_dir(root)
            .args(["grep", "--no-color", "--no-line-number", "--no-column"])
            .args(["-H", "--null", "--text", "-e", ""])
            .arg(revision.unwrap_or("--untracked"))
            .arg("--")
            .args(WANTED)
            .output()
            .context("git does not start")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "git grep failed: {error}");
        let prefix = revision.map_or(String::new(), |revision| format!("{revision}:"));
        let mut files = BTreeMap::<String, String>::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let (path, line) = line.split_once('\0').context("a line without a file")?;
            let path = path.strip_prefix(&prefix).unwrap_or(path);
            let text = files.entry(path.to_owned()).or_default();
            text.push_str(line);
            text.push('\n');
        }
        Ok(Self(files))
    }

    /// Whether the repository has this commit; a shallow clone may not.
    pub(crate) fn has(root: &Path, revision: &str) -> bool {
        let commit = format!("{revision}^{{commit}}");
        Command::new("git")
            .current_dir(root)
            .args(["cat-file", "-e", &commit])
            .output()
            .is_ok_and(|output| output.status.success())
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The packages of Cargo: folder and name.
    pub(crate) fn packages(&self) -> BTreeMap<&str, &str> {
        let manifests = self.files().filter_map(|(path, text)| {
            let folder = path.strip_suffix("/Cargo.toml")?;
            let (_, package) = text.split_once("[package]\n")?;
            let name = package
                .lines()
                .find_map(|line| line.strip_prefix("name = "))?;
            Some((folder, name.trim_matches('"')))
        });
        manifests.collect()
    }
}
