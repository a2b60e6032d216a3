//! The container images: built with docker, named by their content, and carried to Minikube's node once.

use std::{process::Command, time::Duration};

use super::minikube::Minikube;
use crate::{processes, terminal::Step, workspace::Workspace};
use anyhow::{Context as _, bail};

mod removing;

pub use removing::{named_by, removable, remove_older};

const LIMIT: Duration = Duration::from_mins(2);
const VERSION: &str = env!("CARGO_PKG_VERSION");
const DIGITS: usize = 12;

/// One of the project's images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// The backend.
    Backend,
    /// The MCP server.
    Mcp,
    /// The model by rule.
    OfflineModel,
    /// The web application.
    Frontend,
    /// PostgreSQL for demonstrations and tests.
    Database,
}

impl Image {
    /// Those of the application itself: the Rust ones, which share their work, and then the other.
    pub const APPLICATION: &'static [Self] =
        &[Self::Backend, Self::Mcp, Self::OfflineModel, Self::Frontend];

    /// All there are.
    pub const ALL: &'static [Self] = &[
        Self::Backend,
        Self::Mcp,
        Self::OfflineModel,
        Self::Frontend,
        Self::Database,
    ];

    /// Its name without a tag.
    #[must_use]
    pub fn repository(self) -> &'static str {
        match self {
            Self::Backend => "todo-backend",
            Self::Mcp => "todo-mcp",
            Self::OfflineModel => "todo-offline-model",
            Self::Frontend => "todo-frontend",
            Self::Database => "todo-database",
        }
    }

    /// Where the chart's values speak of it; the chart knows no database.
    #[must_use]
    pub fn value(self) -> Option<&'static str> {
        match self {
            Self::Backend => Some("backend"),
            Self::Mcp => Some("mcp"),
            Self::OfflineModel => Some("offlineModel"),
            Self::Frontend => Some("frontend"),
            Self::Database => None,
        }
    }

    /// The name that the documents use: the repository and the version.
    #[must_use]
    pub fn released(self) -> String {
        format!("{}:{VERSION}", self.repository())
    }

    /// What `docker` is told to build it, in the root of the checkout.
    #[must_use]
    pub fn build_arguments(self) -> Vec<String> {
        let (file, target) = match self {
            Self::Backend => ("rust", Some("backend")),
            Self::Mcp => ("rust", Some("mcp-server")),
            Self::OfflineModel => ("rust", Some("offline-model")),
            Self::Frontend => ("frontend", None),
            Self::Database => ("database", None),
        };
        let mut arguments = vec![
            "build".to_owned(),
            format!("--file=docker/{file}.Dockerfile"),
        ];
        if let Some(target) = target {
            arguments.push(format!("--target={target}"));
        }
        arguments.extend([format!("--tag={}", self.released()), ".".to_owned()]);
        arguments
    }
}

/// An image that docker has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Which one.
    pub image: Image,
    /// Its tag, which changes with its content.
    pub tag: String,
}

impl Built {
    /// Repository and tag.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.image.repository(), self.tag)
    }
}

/// Builds images, one after the other.
///
/// # Errors
/// The end of what docker says when it fails.
pub fn build(workspace: &Workspace, images: &[Image]) -> anyhow::Result<Vec<Built>> {
    images
        .iter()
        .map(|image| {
            let mut step = Step::start(format!(
                "Building {} (minutes the first time)",
                image.repository()
            ));
            let built = build_one(workspace, *image, &mut step);
            match &built {
                Ok(_) => step.done(""),
                Err(_) => step.failed(),
            }
            built
        })
        .collect()
}

fn build_one(workspace: &Workspace, image: Image, step: &mut Step) -> anyhow::Result<Built> {
    let mut command = Command::new("docker");
    command
        .args(image.build_arguments())
        .current_dir(workspace.root())
        .env("DOCKER_BUILDKIT", "1")
        .env("BUILDKIT_PROGRESS", "plain")
        // They carry the time, so that an image would get another identity with each build.
        .env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");
    let log = workspace
        .target()
        .join("xtask")
        .join(format!("docker-{}.log", image.repository()));
    processes::run(step, &mut command, &log)
        .with_context(|| format!("the image {} does not build", image.repository()))?;
    named_by_content(image)
}

/// The images that were built before.
///
/// # Errors
/// Which one docker does not have.
pub fn existing(images: &[Image]) -> anyhow::Result<Vec<Built>> {
    images
        .iter()
        .map(|image| {
            named_by_content(*image)
                .with_context(|| format!("docker does not have {}", image.released()))
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
#[must_use]
pub fn content_tag(version: &str, id: &str) -> Option<String> {
    let digits = id.rsplit(':').next()?.get(..DIGITS)?;
    is_hexadecimal(digits).then(|| format!("{version}-{digits}"))
}

/// Brings the images to the node that it does not have yet.
///
/// # Errors
/// The end of what docker or Minikube says when it fails.
pub fn load(minikube: &Minikube, images: &[Built]) -> anyhow::Result<()> {
    let missing = missing(&minikube.images()?, images);
    if missing.is_empty() {
        return Ok(());
    }
    let repositories: Vec<&str> = missing
        .iter()
        .map(|built| built.image.repository())
        .collect();
    let mut step = Step::start(format!("Loading {}", repositories.join(", ")));
    let loaded = load_missing(minikube, &missing, &mut step);
    match &loaded {
        Ok(()) => step.done(""),
        Err(_) => step.failed(),
    }
    loaded
}

/// Through one file, in which shared layers stand once, and which is gone after: given names, Minikube would keep a
/// copy of each image in its own cache for ever.
fn load_missing(minikube: &Minikube, images: &[&Built], step: &mut Step) -> anyhow::Result<()> {
    let archive = tempfile::Builder::new().suffix(".tar").tempfile()?;
    let mut save = Command::new("docker");
    save.args(["image", "save", "--output"])
        .arg(archive.path())
        .args(images.iter().map(|built| built.name()));
    let logs = minikube.logs();
    processes::run(step, &mut save, &logs.join("docker-save.log"))?;
    let mut load = minikube.command(&["image", "load"]);
    load.arg(archive.path());
    processes::run(step, &mut load, &logs.join("minikube-image-load.log"))?;
    // It may fail without saying so.
    let have = minikube.images()?;
    for built in images {
        if !has(&have, built) {
            bail!(
                "Minikube took {} without an error and does not have it: is its disk full? `minikube ssh -- df -h /var` tells; `minikube delete` makes room",
                built.name()
            );
        }
    }
    Ok(())
}

/// Those of the images that are not among the names of a node's images.
#[must_use]
pub fn missing<'a>(have: &[Vec<String>], images: &'a [Built]) -> Vec<&'a Built> {
    images.iter().filter(|built| !has(have, built)).collect()
}

fn has(have: &[Vec<String>], built: &Built) -> bool {
    have.iter()
        .flatten()
        .any(|name| short_name(name) == built.name())
}

/// Without what is understood by itself.
fn short_name(name: &str) -> &str {
    let name = name.trim();
    ["docker.io/library/", "localhost/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

fn is_hexadecimal(digits: &str) -> bool {
    digits.chars().all(|digit| digit.is_ascii_hexdigit())
}

fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("docker");
    command.args(arguments);
    processes::captured(&mut command, None, LIMIT)?.success("docker")
}
