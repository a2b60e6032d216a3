//! The container images: built with docker, named by their content, and carried to Minikube's node once.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, bail};
use xtask::{processes, terminal, workspace::Workspace};

use crate::minikube::{Minikube, step};

const LIMIT: Duration = Duration::from_mins(2);
const VERSION: &str = env!("CARGO_PKG_VERSION");
const DIGITS: usize = 12;

/// One of the project's images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// Its name without a tag.
    pub repository: &'static str,
    /// The Dockerfile in `docker/`, and the target in it.
    file: &'static str,
    target: Option<&'static str>,
    /// Where the chart's values speak of it; the chart knows no database.
    pub value: Option<&'static str>,
    /// How many megabytes it may have.
    pub goal: u64,
}

pub const BACKEND: Image = image("todo-backend", "rust", Some("backend"), Some("backend"), 15);

/// PostgreSQL for demonstrations and tests.
pub const DATABASE: Image = image("todo-database", "database", None, None, 300);

/// Those of the application itself, the Rust ones, which share their work, first; and the database.
pub const ALL: [Image; 5] = [
    BACKEND,
    image("todo-mcp", "rust", Some("mcp-server"), Some("mcp"), 10),
    image(
        "todo-offline-model",
        "rust",
        Some("offline-model"),
        Some("offlineModel"),
        10,
    ),
    image("todo-frontend", "frontend", None, Some("frontend"), 200),
    DATABASE,
];

const fn image(
    repository: &'static str,
    file: &'static str,
    target: Option<&'static str>,
    value: Option<&'static str>,
    goal: u64,
) -> Image {
    Image {
        repository,
        file,
        target,
        value,
        goal,
    }
}

/// Those of the application itself.
pub fn of_application() -> impl Iterator<Item = Image> {
    ALL.into_iter().filter(|image| image.value.is_some())
}

impl Image {
    /// The name that the documents use: the repository and the version.
    pub fn released(self) -> String {
        format!("{}:{VERSION}", self.repository)
    }

    /// The variable that tells the tests on a cluster its name.
    pub fn variable(self) -> String {
        let part = self
            .repository
            .trim_start_matches("todo-")
            .replace('-', "_");
        format!("SYSTEM_TEST_{}_IMAGE", part.to_uppercase())
    }

    /// The command that builds it under a name, in the root of a checkout.
    pub fn build(self, name: &str) -> Command {
        let mut command = Command::new("docker");
        command
            .arg("build")
            .arg(format!("--file=docker/{}.Dockerfile", self.file))
            .args(self.target.map(|target| format!("--target={target}")))
            .arg(format!("--tag={name}"))
            .arg(".")
            .env("DOCKER_BUILDKIT", "1")
            .env("BUILDKIT_PROGRESS", "plain")
            // They carry the time, so that an image would get another identity with each build.
            .env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");
        command
    }
}

/// An image that docker has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    pub image: Image,
    /// Its tag, which changes with its content.
    pub tag: String,
}

impl Built {
    /// Repository and tag.
    pub fn name(&self) -> String {
        format!("{}:{}", self.image.repository, self.tag)
    }
}

/// Builds the images, one after the other, or takes them as docker has them.
pub fn provide(
    workspace: &Workspace,
    images: &[Image],
    no_build: bool,
) -> anyhow::Result<Vec<Built>> {
    images
        .iter()
        .map(|image| {
            if no_build {
                return named_by_content(*image)
                    .with_context(|| format!("docker does not have {}", image.released()));
            }
            let repository = image.repository;
            let what = format!("Building {repository} (minutes the first time)");
            let log = workspace.log(&format!("docker-{repository}"));
            let mut build = image.build(&image.released());
            step(&what, build.current_dir(workspace.root()), &log)
                .with_context(|| format!("the image {repository} does not build"))?;
            named_by_content(*image)
        })
        .collect()
}

fn named_by_content(image: Image) -> anyhow::Result<Built> {
    let id = docker(&["image", "inspect", "--format={{.Id}}", &image.released()])?;
    let tag = content_tag(VERSION, id.trim()).context("docker names no image")?;
    let built = Built { image, tag };
    docker(&["tag", &image.released(), &built.name()])?;
    Ok(built)
}

/// The tag of an image with this identity.
fn content_tag(version: &str, id: &str) -> Option<String> {
    let digits = id.rsplit(':').next()?.get(..DIGITS)?;
    let hexadecimal = digits.chars().all(|digit| digit.is_ascii_hexdigit());
    hexadecimal.then(|| format!("{version}-{digits}"))
}

/// Brings the images to the node that it does not have yet. Through one file, in which shared layers stand once, and
/// which is gone after: given names, Minikube would keep a copy of each image in its own cache for ever. The node's own
/// rubbish, images that no pod uses, is the kubelet's to collect.
pub fn load(minikube: &Minikube, images: &[Built]) -> anyhow::Result<()> {
    let missing = missing(&minikube.images()?, images);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(|built| built.name()).collect();
    let repositories: Vec<&str> = missing.iter().map(|it| it.image.repository).collect();
    let archive = tempfile::Builder::new().suffix(".tar").tempfile()?;
    let mut save = Command::new("docker");
    save.args(["image", "save", "--output"]);
    save.arg(archive.path()).args(names);
    let mut load = minikube.command(&["image", "load"]);
    load.arg(archive.path());
    let log = minikube.log("minikube-image-load");
    terminal::step(format!("Loading {}", repositories.join(", ")), |step| {
        processes::run(step, &mut save, &log)?;
        processes::run(step, &mut load, &log)
    })?;
    // It may fail without saying so.
    if let [lost, ..] = self::missing(&minikube.images()?, images).as_slice() {
        bail!(
            "Minikube took {} without an error and does not have it: is its disk full? `minikube ssh -- df -h /var` tells; `minikube delete` makes room",
            lost.name()
        );
    }
    Ok(())
}

/// Those of the images that are not among the names of a node's images.
fn missing<'a>(have: &[String], images: &'a [Built]) -> Vec<&'a Built> {
    let missing = |built: &&Built| !have.contains(&built.name());
    images.iter().filter(missing).collect()
}

/// Takes the names of earlier builds away from docker, which removes what has no name any more. The node has its own.
pub fn forget_older(current: &[Built]) -> anyhow::Result<()> {
    let names = docker(&["image", "ls", "--format={{.Repository}}:{{.Tag}}"])?;
    let older = older(&names, current);
    if !older.is_empty() {
        let arguments = ["image", "rm"].into_iter().chain(older);
        docker(&arguments.collect::<Vec<_>>())?;
    }
    Ok(())
}

/// The names of earlier builds of the same images, which are the version with another content's digits behind it.
fn older<'a>(names: &'a str, current: &[Built]) -> Vec<&'a str> {
    let is_older = |name: &&str| {
        current.iter().any(|built| {
            let digits = name.strip_prefix(&format!("{}-", built.image.released()));
            digits.is_some_and(|it| it.len() == DIGITS) && *name != built.name()
        })
    };
    names.lines().filter(is_older).collect()
}

/// What docker prints, if it succeeds.
pub fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("docker");
    command.args(arguments);
    processes::captured(&mut command, None, LIMIT)?.success("docker")
}

#[cfg(test)]
pub mod tests;
