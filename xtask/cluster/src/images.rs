//! The container images: built with docker, named by their content, and carried to Minikube's node once.

#[cfg(test)]
pub mod tests;

use std::{collections::BTreeSet, process::Command, time::Duration};

use anyhow::{Context as _, bail};
use k8s_openapi::api::{
    apps::v1::{ReplicaSet, StatefulSet},
    core::v1::{Pod, PodSpec},
};
use xtask::{processes, terminal, terminal::Step, workspace::Workspace};

use crate::{
    api::Cluster,
    minikube::{Minikube, ended, step},
};

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
    /// How the tests on a cluster are told its name.
    pub variable: &'static str,
    /// How many megabytes it may have.
    pub goal: u64,
}

pub const BACKEND: Image = Image {
    repository: "todo-backend",
    file: "rust",
    target: Some("backend"),
    value: Some("backend"),
    variable: "SYSTEM_TEST_BACKEND_IMAGE",
    goal: 15,
};

/// PostgreSQL for demonstrations and tests.
pub const DATABASE: Image = Image {
    repository: "todo-database",
    file: "database",
    target: None,
    value: None,
    variable: "SYSTEM_TEST_DATABASE_IMAGE",
    goal: 300,
};

/// Those of the application itself, the Rust ones, which share their work, first; and the database.
pub const ALL: [Image; 5] = [
    BACKEND,
    Image {
        repository: "todo-mcp",
        file: "rust",
        target: Some("mcp-server"),
        value: Some("mcp"),
        variable: "SYSTEM_TEST_MCP_IMAGE",
        goal: 10,
    },
    Image {
        repository: "todo-offline-model",
        file: "rust",
        target: Some("offline-model"),
        value: Some("offlineModel"),
        variable: "SYSTEM_TEST_OFFLINE_MODEL_IMAGE",
        goal: 10,
    },
    Image {
        repository: "todo-frontend",
        file: "frontend",
        target: None,
        value: Some("frontend"),
        variable: "SYSTEM_TEST_FRONTEND_IMAGE",
        goal: 200,
    },
    DATABASE,
];

/// Those of the application itself.
pub fn of_application() -> impl Iterator<Item = Image> {
    ALL.into_iter().filter(|image| image.value.is_some())
}

impl Image {
    /// The name that the documents use: the repository and the version.
    pub fn released(self) -> String {
        format!("{}:{VERSION}", self.repository)
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
            let log = workspace.target().join("xtask");
            let log = log.join(format!("docker-{repository}.log"));
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
    is_hexadecimal(digits).then(|| format!("{version}-{digits}"))
}

/// Brings the images to the node that it does not have yet. Through one file, in which shared layers stand once, and
/// which is gone after: given names, Minikube would keep a copy of each image in its own cache for ever.
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
    let mut step = Step::start(format!("Loading {}", repositories.join(", ")));
    let log = minikube.log("minikube-image-load");
    let loaded = processes::run(&mut step, &mut save, &log)
        .and_then(|()| processes::run(&mut step, &mut load, &log));
    ended(step, loaded)?;
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
fn missing<'a>(have: &[Vec<String>], images: &'a [Built]) -> Vec<&'a Built> {
    let have: BTreeSet<&str> = have.iter().flatten().map(|name| short(name)).collect();
    let missing = |built: &&Built| !have.contains(built.name().as_str());
    images.iter().filter(missing).collect()
}

/// Removes images of earlier builds from the node and from docker, so that disks do not fill; but for those that a pod
/// uses or `helm rollback` would bring back. What cannot be removed stays.
pub fn remove_older(
    minikube: &Minikube,
    cluster: &Cluster,
    current: &[Built],
) -> anyhow::Result<()> {
    let mut keep: BTreeSet<String> = current.iter().map(Built::name).collect();
    for pod in cluster.list_everywhere::<Pod>()? {
        keep.extend(named_by(pod.spec.as_ref()));
    }
    for set in cluster.list_everywhere::<ReplicaSet>()? {
        let template = set.spec.and_then(|it| it.template);
        keep.extend(named_by(template.and_then(|it| it.spec).as_ref()));
    }
    for set in cluster.list_everywhere::<StatefulSet>()? {
        keep.extend(named_by(set.spec.and_then(|it| it.template.spec).as_ref()));
    }
    let on_node = removable(&minikube.images()?, &keep);
    if !on_node.is_empty() {
        let mut remove = minikube.command(&["image", "rm"]);
        remove.args(&on_node);
        let mut step = Step::start("Removing images of earlier builds");
        let log = minikube.log("minikube-image-rm");
        let status = processes::run_logged(&mut step, &mut remove, &log)?;
        step.done(if status.success() { "" } else { "some stay" });
    }
    // Docker takes away the name alone, so each stands for itself.
    let names = docker(&["image", "ls", "--format={{.Repository}}:{{.Tag}}"])?;
    let names: Vec<Vec<String>> = names.lines().map(|name| vec![name.to_owned()]).collect();
    let in_docker = removable(&names, &keep);
    if !in_docker.is_empty() {
        let mut arguments = vec!["image", "rm"];
        arguments.extend(in_docker.iter().map(String::as_str));
        if let Err(error) = docker(&arguments) {
            println!("{} {error:#}", terminal::bold("note:"));
        }
    }
    Ok(())
}

/// One name of each image that is of builds of ours only, and not to be kept under any of its names: the node forgets
/// all names of an image together.
fn removable(images: &[Vec<String>], keep: &BTreeSet<String>) -> Vec<String> {
    let is_old = |name: &String| is_content_name(short(name)) && !keep.contains(short(name));
    images
        .iter()
        .filter(|names| names.iter().all(is_old))
        .filter_map(|names| names.first().cloned())
        .collect()
}

/// The images that a pod names.
fn named_by(pod: Option<&PodSpec>) -> Vec<String> {
    let containers = pod.into_iter().flat_map(|pod| {
        let first = pod.init_containers.iter().flatten();
        first.chain(&pod.containers)
    });
    containers
        .filter_map(|container| Some(short(container.image.as_deref()?).to_owned()))
        .collect()
}

fn is_content_name(name: &str) -> bool {
    let Some((repository, tag)) = name.split_once(':') else {
        return false;
    };
    ALL.iter().any(|image| image.repository == repository)
        && tag
            .rsplit_once('-')
            .is_some_and(|(_, digits)| digits.len() == DIGITS && is_hexadecimal(digits))
}

/// Without what is understood by itself.
fn short(name: &str) -> &str {
    let prefixes = ["docker.io/library/", "localhost/"];
    let mut prefixes = prefixes.iter();
    prefixes
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

fn is_hexadecimal(digits: &str) -> bool {
    digits.chars().all(|digit| digit.is_ascii_hexdigit())
}

/// What docker prints, if it succeeds.
pub fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("docker");
    command.args(arguments);
    processes::captured(&mut command, None, LIMIT)?.success("docker")
}
