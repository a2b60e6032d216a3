//! The Helm chart, rendered in every shape by every Helm that is here.

use std::{
    cell::OnceCell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, anyhow, bail, ensure};

use super::{
    Verdict,
    helm::{self, Helm},
    manifests::{self, Object},
    programs,
    python::NEWEST_KUBERNETES,
    shapes::{self, Shape},
};
use crate::{terminal::Step, workspace::Workspace};

/// The release in the renders. Nobody has one of this name, so that a cluster's dry run meets no object of somebody's.
const RELEASE: &str = "check";

/// The namespace in the renders; the one that every cluster has.
pub const NAMESPACE: &str = "default";

/// The chart, and what was found out about it so far.
#[derive(Debug)]
pub struct Chart<'a> {
    workspace: &'a Workspace,
    helms: Vec<Helm>,
    renders: OnceCell<Vec<Render>>,
    beside: OnceCell<Vec<Object>>,
}

/// What one Helm made of one shape for one Kubernetes.
#[derive(Debug)]
pub struct Render {
    /// The shape.
    pub shape: String,
    /// The version of Kubernetes.
    pub kubernetes: String,
    /// Which Helm.
    pub helm: String,
    /// What it made.
    pub objects: Vec<Object>,
}

impl<'a> Chart<'a> {
    /// The chart of this checkout.
    #[must_use]
    pub fn of(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            helms: helm::installed(),
            renders: OnceCell::new(),
            beside: OnceCell::new(),
        }
    }

    /// The checkout that it is part of.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        self.workspace
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.workspace.root().join("helm").join("todo-chatbot")
    }

    /// The Helms of this machine.
    #[must_use]
    pub fn helms(&self) -> &[Helm] {
        &self.helms
    }

    /// Every shape, rendered by every Helm for the newest Kubernetes, or twice by the only one; and for the lowest.
    ///
    /// # Errors
    /// When a shape cannot be rendered.
    pub fn renders(&self) -> anyhow::Result<&[Render]> {
        if let Some(renders) = self.renders.get() {
            return Ok(renders);
        }
        let renders = self.render()?;
        Ok(self.renders.get_or_init(|| renders))
    }

    /// The objects that are applied beside the chart: the database for demonstrations.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn beside(&self) -> anyhow::Result<&[Object]> {
        if let Some(objects) = self.beside.get() {
            return Ok(objects);
        }
        let file = self
            .workspace
            .root()
            .join("helm")
            .join("demo-database.yaml");
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let objects = manifests::objects(&text)?;
        Ok(self.beside.get_or_init(|| objects))
    }

    /// The different objects of all renders and beside them, each with the first shape that has it.
    ///
    /// # Errors
    /// When a shape cannot be rendered.
    pub fn distinct_objects(&self, kubernetes: &str) -> anyhow::Result<Vec<(&str, &Object)>> {
        let mut distinct = BTreeMap::new();
        let renders = self.renders()?.iter();
        for render in renders.filter(|render| render.kubernetes == kubernetes) {
            for object in &render.objects {
                distinct
                    .entry(object.without_made_up().to_string())
                    .or_insert((render.shape.as_str(), object));
            }
        }
        let beside = self.beside()?.iter();
        Ok(distinct
            .into_values()
            .chain(beside.map(|object| ("demo-database", object)))
            .collect())
    }

    /// The lowest and the newest version of Kubernetes that the chart is made for.
    ///
    /// # Errors
    /// When `Chart.yaml` does not say.
    pub fn kubernetes(&self) -> anyhow::Result<[String; 2]> {
        let file = self.folder().join("Chart.yaml");
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let lowest = lowest_kubernetes(&text)
            .with_context(|| format!("{} says no kubeVersion as `>=1.30.0-0`", file.display()))?;
        Ok([lowest, NEWEST_KUBERNETES.to_owned()])
    }

    fn render(&self) -> anyhow::Result<Vec<Render>> {
        let shapes = shapes::all(&self.folder())?;
        let helms: Vec<&Helm> = match self.helms.as_slice() {
            [only] => vec![only, only],
            several => several.iter().collect(),
        };
        let [lowest, newest] = self.kubernetes()?;
        let mut jobs = Vec::new();
        for shape in &shapes {
            jobs.extend(helms.iter().map(|helm| (shape, newest.clone(), *helm)));
            jobs.extend(helms.first().map(|helm| (shape, lowest.clone(), *helm)));
        }
        let commands = jobs
            .iter()
            .map(|(shape, kubernetes, helm)| template(helm, &self.folder(), shape, kubernetes));
        let outputs = programs::outputs(commands.collect())?;
        jobs.into_iter()
            .zip(outputs)
            .map(|((shape, kubernetes, helm), output)| {
                let name = &shape.name;
                if !output.status.success() {
                    bail!(
                        "the shape {name} is not rendered by Helm {}:\n{}",
                        helm.version(),
                        programs::said(&output)
                    );
                }
                let rendered = String::from_utf8_lossy(&output.stdout);
                Ok(Render {
                    objects: manifests::objects(&rendered)
                        .with_context(|| format!("in the shape {name}"))?,
                    shape: name.clone(),
                    kubernetes,
                    helm: helm.version().to_owned(),
                })
            })
            .collect()
    }
}

/// The version in the line `kubeVersion: ">=1.30.0-0"` of a `Chart.yaml`, as `1.30`.
#[must_use]
pub fn lowest_kubernetes(chart: &str) -> Option<String> {
    let line = chart
        .lines()
        .find_map(|line| line.strip_prefix("kubeVersion:"))?;
    let version = line.trim().trim_matches(['"', '\'']).strip_prefix(">=")?;
    let mut numbers = version.trim().split('.');
    Some(format!("{}.{}", numbers.next()?, numbers.next()?))
}

fn with_shape(command: &mut Command, shape: &Shape) {
    command.arg("--values").arg(&shape.file);
    for given in &shape.set {
        command.args(["--set", given]);
    }
}

/// The command that renders a shape.
#[must_use]
pub fn template(helm: &Helm, chart: &Path, shape: &Shape, kubernetes: &str) -> Command {
    let mut command = helm.command(&["template", RELEASE]);
    command
        .arg(chart)
        .args(["--namespace", NAMESPACE, "--kube-version", kubernetes]);
    with_shape(&mut command, shape);
    for version in &shape.api_versions {
        command.args(["--api-versions", version]);
    }
    command
}

/// `helm lint --strict` of every shape.
///
/// # Errors
/// With everything that was found.
pub fn lint(chart: &Chart<'_>, _: &mut Step) -> Verdict {
    let shapes = shapes::all(&chart.folder())?;
    let jobs: Vec<(&Helm, &Shape)> = chart
        .helms()
        .iter()
        .flat_map(|helm| shapes.iter().map(move |shape| (helm, shape)))
        .collect();
    let commands = jobs.iter().map(|(helm, shape)| {
        let mut command = helm.command(&["lint", "--strict", "--quiet"]);
        command.arg(chart.folder());
        with_shape(&mut command, shape);
        command
    });
    let outputs = programs::outputs(commands.collect())?;
    let findings: Vec<String> = jobs
        .iter()
        .zip(&outputs)
        .filter(|(_, output)| !output.status.success())
        .map(|((helm, shape), output)| {
            let said = programs::said(output);
            format!(
                "Helm {} on the shape {}:\n{said}",
                helm.version(),
                shape.name
            )
        })
        .collect();
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    Ok(helm::missing(chart.helms()))
}

/// Whether two renders of the same are the same, but for what is made up.
///
/// # Errors
/// With every difference.
pub fn sameness(chart: &Chart<'_>, _: &mut Step) -> Verdict {
    let renders = chart.renders()?;
    let [_, newest] = chart.kubernetes()?;
    let of_newest: Vec<&Render> = renders
        .iter()
        .filter(|render| render.kubernetes == newest)
        .collect();
    let mut found = Vec::new();
    for pair in of_newest.chunks(2) {
        let [one, other] = pair else {
            return Err(anyhow!("a shape was rendered only once"));
        };
        let differences = manifests::differences(&one.objects, &other.objects);
        found.extend(differences.into_iter().map(|difference| {
            format!(
                "the shape {} by Helm {} and {}: {difference}",
                one.shape, one.helm, other.helm
            )
        }));
    }
    ensure!(
        found.is_empty(),
        "{}\nWhat is rendered must follow from the values alone: without a clock, random values or the order of a map.",
        found.join("\n")
    );
    Ok(Some(format!("{} renders", renders.len())))
}
