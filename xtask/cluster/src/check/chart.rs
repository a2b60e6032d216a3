//! The Helm chart in all its shapes: each `ci/*-values.yaml`, and the values files that users start from.

use std::{
    cell::OnceCell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use xtask::{config, processes::answer, terminal::Step, workspace::Workspace};

use super::python::NEWEST_KUBERNETES;
use crate::helm::{CHART, major};

/// A line of a values file that names what the cluster must offer for it: `# api-versions: cert-manager.io/v1`.
const API_VERSIONS: &str = "# api-versions:";

/// The chart, and the Helms of this machine: one of each major version.
pub struct Chart<'a> {
    pub workspace: &'a Workspace,
    pub folder: PathBuf,
    /// The newest first.
    pub helms: Vec<&'static str>,
    pub shapes: Vec<Shape>,
    renders: OnceCell<Vec<PathBuf>>,
}

/// One way to install the chart.
pub struct Shape {
    pub name: String,
    pub values: Vec<PathBuf>,
    api_versions: String,
}

impl<'a> Chart<'a> {
    pub fn of(workspace: &'a Workspace) -> anyhow::Result<Self> {
        let mut helms = BTreeMap::new();
        for program in ["helm3", "helm4", "helm"] {
            if config::program(program).is_some() {
                helms.insert(major(program)?, program);
            }
        }
        let folder = workspace.root().join(CHART);
        // Stands for the address that only the user knows, where a values file gives none.
        let database = folder.join("tests/values/database.yaml");
        let mut files = files(&folder.join("ci"), |name| name.ends_with("-values.yaml"))?;
        files.extend(self::files(&folder, |name| name.starts_with("values-"))?);
        // A user's own settings, which Git does not see, say nothing about the chart.
        files.retain(|file| !file.ends_with("values-local.yaml"));
        let shapes = files.into_iter().map(|file| Shape::of(file, &database));
        Ok(Self {
            workspace,
            folder,
            helms: helms.into_values().rev().collect(),
            shapes: shapes.collect::<anyhow::Result<_>>()?,
            renders: OnceCell::new(),
        })
    }

    /// Every shape as a file, rendered by the newest Helm.
    pub fn renders(&self, step: &mut Step) -> anyhow::Result<&[PathBuf]> {
        if let Some(renders) = self.renders.get() {
            return Ok(renders);
        }
        let mut renders = Vec::new();
        let scratch = self.workspace.target().join("xtask/chart");
        fs::create_dir_all(&scratch)?;
        for shape in &self.shapes {
            let name = &shape.name;
            step.tick(|| format!("rendering {name}"));
            // Nobody has a release of this name, so that a cluster's dry run meets no object of somebody's.
            let mut command = Command::new(self.helms.first().context("there is no Helm")?);
            command.args(["template", "check", "--namespace", "default"]);
            command.args(["--kube-version", NEWEST_KUBERNETES]);
            command.arg(&self.folder).args(shape.flags());
            for version in shape.api_versions.split_whitespace() {
                command.args(["--api-versions", version]);
            }
            let render = answer(&mut command);
            let render = render.with_context(|| format!("the shape {name} is not rendered"))?;
            let file = self
                .workspace
                .target()
                .join(format!("xtask/chart/{name}.yaml"));
            fs::write(&file, render)?;
            renders.push(file);
        }
        Ok(self.renders.get_or_init(|| renders))
    }

    /// The lowest Kubernetes that the chart is made for, such as `1.30`.
    pub fn lowest_kubernetes(&self) -> anyhow::Result<String> {
        let text = fs::read_to_string(self.folder.join("Chart.yaml"))?;
        let version = text.split_once("kubeVersion: \">=");
        let (_, version) = version.context("Chart.yaml says no kubeVersion as `>=1.30.0-0`")?;
        Ok(version.split('.').take(2).collect::<Vec<_>>().join("."))
    }
}

impl Shape {
    fn of(file: PathBuf, database: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(&file)?;
        let mut lines = text.lines();
        let api_versions = lines.find_map(|line| line.strip_prefix(API_VERSIONS));
        let mut given = ["databaseUrl: p", "existingSecret: "].iter();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name = name.split('.').next().unwrap_or_default().to_owned();
        let api_versions = api_versions.unwrap_or_default().to_owned();
        let mut values = vec![file];
        if !given.any(|given| text.contains(given)) {
            values.insert(0, database.to_owned());
        }
        Ok(Self {
            name,
            values,
            api_versions,
        })
    }

    /// What Helm and its plugin are told.
    pub fn flags(&self) -> impl Iterator<Item = &Path> {
        let values = self.values.iter();
        values.flat_map(|file| [Path::new("--values"), file])
    }
}

/// The files of a folder with such names, sorted; there must be one.
pub fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| {
        file.file_name()
            .is_some_and(|name| wanted(&name.to_string_lossy()))
    });
    ensure!(!files.is_empty(), "{} has no such files", folder.display());
    files.sort();
    Ok(files)
}
