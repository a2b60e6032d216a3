//! The container images: built with docker, named by their content, and carried to Minikube's node once.

use std::process::Command;

use anyhow::{Context as _, bail};
use xtask::{processes, terminal, workspace::Workspace};

use crate::release::Release;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One of the project's images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// Its name without a tag.
    pub repository: &'static str,
    /// The Dockerfile in `docker/`.
    file: &'static str,
    /// Where the chart's values speak of it; the chart knows no database.
    pub value: &'static str,
    /// How many megabytes it may have.
    pub goal: u64,
}

pub const BACKEND: Image = image("todo-backend", "rust", "backend", 15);

/// PostgreSQL for demonstrations and tests.
pub const DATABASE: Image = image("todo-database", "database", "", 300);

/// Those of the application itself, the Rust ones, which share their work, first; and the database.
pub const ALL: [Image; 5] = [
    BACKEND,
    image("todo-mcp", "rust", "mcp", 10),
    image("todo-offline-model", "rust", "offlineModel", 10),
    image("todo-frontend", "frontend", "frontend", 200),
    DATABASE,
];

const fn image(
    repository: &'static str,
    file: &'static str,
    value: &'static str,
    goal: u64,
) -> Image {
    Image {
        repository,
        file,
        value,
        goal,
    }
}

impl Image {
    /// The name that the documents use: the repository and the version.
    pub fn released(self) -> String {
        format!("{}:{VERSION}", self.repository)
    }

    /// The variable that tells the tests on a cluster its name.
    pub fn variable(self) -> String {
        let part = self.repository.trim_start_matches("todo-");
        let part = part.replace('-', "_").to_uppercase();
        format!("SYSTEM_TEST_{part}_IMAGE")
    }

    /// The command that builds it under a name, in the root of a checkout.
    pub fn build(self, name: &str) -> Command {
        let target = match self.repository.trim_start_matches("todo-") {
            "mcp" => "mcp-server",
            part => part,
        };
        let mut command = Command::new("docker");
        command
            .arg("build")
            .arg(format!("--file=docker/{}.Dockerfile", self.file))
            .args((self.file == "rust").then(|| format!("--target={target}")))
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
    let provide = |image: &Image| {
        let (repository, released) = (image.repository, image.released());
        if !no_build {
            let what = format!("Building {repository} (minutes the first time)");
            let log = workspace.log(&format!("docker-{repository}"));
            let mut build = image.build(&released);
            processes::step(&what, build.current_dir(workspace.root()), &log)
                .with_context(|| format!("the image {repository} does not build"))?;
        }
        // The start of its identity, which is `sha256:` and the digits.
        let digits = docker(&["image", "inspect", "--format={{slice .Id 7 19}}", &released]);
        let digits = digits.with_context(|| format!("docker does not have {released}"))?;
        let built = Built {
            image: *image,
            tag: format!("{VERSION}-{}", digits.trim()),
        };
        docker(&["tag", &released, &built.name()])?;
        Ok(built)
    };
    images.iter().map(provide).collect()
}

/// Brings the images to the node that it does not have yet. Through one file, in which shared layers stand once, and
/// which is gone after: given names, Minikube would keep a copy of each image in its own cache for ever. The node's own
/// rubbish, images that no pod uses, is the kubelet's to collect.
pub fn load(release: &Release<'_>, images: &[Built]) -> anyhow::Result<()> {
    let missing = || {
        let listed = processes::answer(&mut release.minikube(&["image", "ls"]))?;
        let mut names: Vec<String> = images.iter().map(Built::name).collect();
        // Its list names also the registry that is understood by itself.
        names.retain(|name| {
            !listed
                .lines()
                .any(|it| it.trim_end().ends_with(name.as_str()))
        });
        anyhow::Ok(names)
    };
    let names = missing()?;
    if names.is_empty() {
        return Ok(());
    }
    let archive = tempfile::Builder::new().suffix(".tar").tempfile()?;
    let mut save = Command::new("docker");
    save.args(["image", "save", "--output"]);
    save.arg(archive.path()).args(&names);
    let mut load = release.minikube(&["image", "load"]);
    load.arg(archive.path());
    let log = release.workspace.log("minikube-image-load");
    terminal::step(format!("Loading {}", names.join(", ")), |step| {
        processes::run(step, &mut save, &log)?;
        processes::run(step, &mut load, &log)
    })?;
    // It may fail without saying so.
    if let Some(lost) = missing()?.first() {
        bail!(
            "Minikube took {lost} without an error and does not have it: is its disk full? `minikube ssh -- df -h /var` tells; `minikube delete` makes room"
        );
    }
    Ok(())
}

/// Takes the names of earlier builds away from docker, which removes what has no name any more. The node has its own.
pub fn forget_older(current: &[Built]) -> anyhow::Result<()> {
    for built in current {
        // The version with the digits of some content behind it.
        let all = format!("reference={}-{}", built.image.released(), "?".repeat(12));
        let format = "--format={{.Repository}}:{{.Tag}}";
        let names = docker(&["image", "ls", format, "--filter", &all])?;
        for older in names.lines().filter(|name| *name != built.name()) {
            docker(&["image", "rm", older])?;
        }
    }
    Ok(())
}

/// What docker prints, if it succeeds.
pub fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    processes::answer(Command::new("docker").args(arguments))
}

#[cfg(test)]
pub mod tests;
