//! The Helm chart in all its shapes: each `ci/*-values.yaml`, and the values files that users start from.

use std::{
    cell::OnceCell,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use xtask::{
    config, interruption,
    processes::{self, Captured},
    terminal::Step,
    workspace::Workspace,
};

use super::python::NEWEST_KUBERNETES;
use crate::helm::major;

/// The release and the namespace in the renders. Nobody has a release of this name, so that a cluster's dry run meets no
/// object of somebody's; every cluster has the namespace.
const RELEASE: &str = "check";
pub const NAMESPACE: &str = "default";

/// A line of a values file that names what the cluster must offer for it: `# api-versions: cert-manager.io/v1`.
const API_VERSIONS: &str = "# api-versions:";

/// Stands for the address that only the user knows, where a values file gives none.
const DATABASE: &str =
    "secrets: {databaseUrl: postgresql://user:password@database.example.org/todo}\n";

const LIMIT: Duration = Duration::from_mins(5);

/// The chart, and the Helms of this machine: one of each major version that the chart is made for.
pub struct Chart<'a> {
    pub workspace: &'a Workspace,
    pub folder: PathBuf,
    pub helms: Vec<PathBuf>,
    pub shapes: Vec<Shape>,
    renders: OnceCell<Vec<Render>>,
}

/// One way to install the chart.
#[derive(Debug, Clone)]
pub struct Shape {
    pub name: String,
    pub values: Vec<PathBuf>,
    api_versions: Vec<String>,
}

/// What became of a shape for one version of Kubernetes.
#[derive(Debug)]
pub struct Render {
    pub shape: String,
    pub kubernetes: String,
    pub helm: PathBuf,
    pub text: String,
    /// The text as a file.
    pub file: PathBuf,
}

impl<'a> Chart<'a> {
    pub fn of(workspace: &'a Workspace) -> anyhow::Result<Self> {
        let folder = workspace.root().join("helm").join("todo-chatbot");
        let mut helms: Vec<(u32, PathBuf)> = Vec::new();
        for program in ["helm", "helm4", "helm3"]
            .iter()
            .filter_map(|name| config::program(name))
        {
            let mut version = Command::new(&program);
            let version = run(version.args(["version", "--short"]))?.stdout;
            if let Some(major) = major(&version)
                && !helms.iter().any(|(other, _)| *other == major)
            {
                helms.push((major, program));
            }
        }
        let mut chart = Self {
            workspace,
            shapes: Vec::new(),
            helms: helms.into_iter().map(|(_, program)| program).collect(),
            folder,
            renders: OnceCell::new(),
        };
        chart.shapes = chart.find_shapes()?;
        Ok(chart)
    }

    /// A folder below the target folder, made anew.
    pub fn scratch(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.workspace.target().join("xtask/chart").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn find_shapes(&self) -> anyhow::Result<Vec<Shape>> {
        let database = self.scratch("values")?.join("database.yaml");
        fs::write(&database, DATABASE)?;
        let mut files = files(&self.folder.join("ci"), |name| {
            name.ends_with("-values.yaml")
        })?;
        ensure!(
            !files.is_empty(),
            "no values file shows what the chart makes"
        );
        files.extend(self::files(&self.folder, |name| {
            name.starts_with("values-")
        })?);
        // A user's own settings, which Git does not see, say nothing about the chart.
        files.retain(|file| !file.ends_with("values-local.yaml"));
        files
            .into_iter()
            .map(|file| {
                let text = fs::read_to_string(&file)?;
                let api_versions = text
                    .lines()
                    .find_map(|line| line.strip_prefix(API_VERSIONS));
                let given = ["databaseUrl: p", "existingSecret: "];
                let given = given.iter().any(|given| text.contains(given));
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                Ok(Shape {
                    name: name.split('.').next().unwrap_or_default().to_owned(),
                    api_versions: api_versions
                        .unwrap_or_default()
                        .split_whitespace()
                        .map(str::to_owned)
                        .collect(),
                    values: if given {
                        vec![file]
                    } else {
                        vec![database.clone(), file]
                    },
                })
            })
            .collect()
    }

    /// Every shape, rendered by every Helm for the newest Kubernetes, or twice by the only one; and for the lowest.
    pub fn renders(&self, step: &mut Step) -> anyhow::Result<&[Render]> {
        if let Some(renders) = self.renders.get() {
            return Ok(renders);
        }
        let folder = self.scratch("renders")?;
        let first = self.helms.first().context("there is no Helm")?;
        let second = self.helms.last().unwrap_or(first);
        let [lowest, newest] = self.kubernetes()?;
        let mut renders = Vec::new();
        for shape in &self.shapes {
            step.tick(|| format!("rendering {}", shape.name));
            for (helm, kubernetes) in [(first, &newest), (second, &newest), (first, &lowest)] {
                let name = format!("{}.{}.yaml", shape.name, renders.len());
                let text = self.render(helm, shape, kubernetes)?;
                let file = folder.join(name);
                fs::write(&file, &text)?;
                renders.push(Render {
                    shape: shape.name.clone(),
                    kubernetes: kubernetes.clone(),
                    helm: helm.clone(),
                    text,
                    file,
                });
            }
        }
        Ok(self.renders.get_or_init(|| renders))
    }

    /// One render of each shape for a version of Kubernetes, and the database for demonstrations.
    pub fn manifests(&self, kubernetes: &str, step: &mut Step) -> anyhow::Result<Vec<PathBuf>> {
        let mut renders: Vec<&Render> = self.renders(step)?.iter().collect();
        renders.retain(|render| render.kubernetes == kubernetes);
        renders.dedup_by(|one, other| one.shape == other.shape);
        let mut files: Vec<PathBuf> = renders.iter().map(|it| it.file.clone()).collect();
        files.push(self.workspace.root().join("helm/demo-database.yaml"));
        Ok(files)
    }

    fn render(&self, helm: &Path, shape: &Shape, kubernetes: &str) -> anyhow::Result<String> {
        let mut command = Command::new(helm);
        command
            .args(["template", RELEASE])
            .arg(&self.folder)
            .args(["--namespace", NAMESPACE, "--kube-version", kubernetes])
            .args(
                shape
                    .values
                    .iter()
                    .flat_map(|file| [Path::new("--values"), file]),
            )
            .args(
                shape
                    .api_versions
                    .iter()
                    .flat_map(|it| ["--api-versions", it]),
            );
        run(&mut command)?
            .success("helm")
            .with_context(|| format!("the shape {} is not rendered", shape.name))
    }

    /// The lowest and the newest version of Kubernetes that the chart is made for.
    pub fn kubernetes(&self) -> anyhow::Result<[String; 2]> {
        let text = fs::read_to_string(self.folder.join("Chart.yaml"))?;
        let (_, version) = text
            .split_once("kubeVersion: \">=")
            .context("Chart.yaml says no kubeVersion as `>=1.30.0-0`")?;
        let lowest: Vec<&str> = version.split('.').take(2).collect();
        Ok([lowest.join("."), NEWEST_KUBERNETES.to_owned()])
    }
}

/// Runs a tool to its end, wherever it takes its time.
pub fn run(command: &mut Command) -> anyhow::Result<Captured> {
    interruption::check()?;
    processes::captured(command, None, LIMIT)
}

/// Runs a tool whose whole output is the finding when it fails.
pub fn passes(command: &mut Command) -> anyhow::Result<String> {
    let done = run(command)?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    bail!("{}\n{}", done.stderr.trim(), done.stdout.trim())
}

/// The files of a folder with such names, sorted.
pub fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder);
    let entries = entries.with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if wanted(&entry.file_name().to_string_lossy()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}
