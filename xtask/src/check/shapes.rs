//! The shapes in which the chart is rendered: each `ci/*-values.yaml`, and the values files that users start from.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// A line of a values file that names what the cluster must offer for it: `# api-versions: cert-manager.io/v1`.
const API_VERSIONS: &str = "# api-versions:";

/// Stands for the address that only the user knows, where a values file does not give one.
const DATABASE: &str = "secrets.databaseUrl=postgresql://user:password@database.example.org/todo";

/// One way to install the chart.
#[derive(Debug, Clone)]
pub struct Shape {
    /// What findings call it.
    pub name: String,
    /// The file that makes it.
    pub file: PathBuf,
    /// What has to be given besides the file, as for `--set`.
    pub set: Vec<String>,
    /// What the cluster must offer beyond Kubernetes itself.
    pub api_versions: Vec<String>,
}

/// All shapes of the chart in a folder, sorted by their names.
///
/// # Errors
/// When a file cannot be read or understood, or there are none.
pub fn all(chart: &Path) -> anyhow::Result<Vec<Shape>> {
    let scenarios = files(&chart.join("ci"), |name| name.ends_with("-values.yaml"))?;
    ensure!(
        !scenarios.is_empty(),
        "{} has no *-values.yaml: nothing shows what the chart makes",
        chart.join("ci").display()
    );
    let presets = files(chart, |name| {
        // A user's own settings, which Git does not see, say nothing about the chart.
        if name == "values-local.yaml" {
            return false;
        }
        let name = Path::new(name.trim_end_matches(".example"));
        let is_yaml = name.extension().is_some_and(|ending| ending == "yaml");
        is_yaml && name.to_string_lossy().starts_with("values-")
    })?;
    scenarios.into_iter().chain(presets).map(read).collect()
}

fn read(file: PathBuf) -> anyhow::Result<Shape> {
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let values: Value = serde_saphyr::from_str(&text)
        .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    Ok(Shape {
        name: name
            .trim_end_matches(".example")
            .trim_end_matches(".yaml")
            .trim_end_matches("-values")
            .to_owned(),
        set: if knows_its_database(&values) {
            Vec::new()
        } else {
            vec![DATABASE.to_owned()]
        },
        api_versions: api_versions(&text),
        file,
    })
}

fn knows_its_database(values: &Value) -> bool {
    ["/secrets/existingSecret", "/secrets/databaseUrl"]
        .iter()
        .filter_map(|path| values.pointer(path)?.as_str())
        .any(|given| !given.is_empty())
}

/// What the comment lines of a values file name.
#[must_use]
pub fn api_versions(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix(API_VERSIONS))
        .flat_map(|names| names.split([' ', ',']))
        .filter(|name| !name.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry?.path();
        if file
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(&wanted)
        {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}
