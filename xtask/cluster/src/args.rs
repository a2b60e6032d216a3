//! The command line, which `cargo xtask` passes on as it stands.

use clap::{Args as Group, Parser, Subcommand};

/// What runs in containers and clusters.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub enum Args {
    /// Run the application on Minikube: install, look at, remove
    ///
    /// Needs docker, minikube, kubectl and helm (3 or 4). The Minikube is the one that `MINIKUBE_PROFILE` names, else
    /// the usual one; it is started when it does not run, and never stopped or deleted. The context that kubectl has
    /// chosen stays as it is.
    Minikube(Minikube),
    /// The checks of the Dockerfiles and the Helm chart
    Check {
        /// Only the checks with one of these words in their names
        names: Vec<String>,
    },
    /// The tests on a cluster: Minikube is started if needed, images are built and loaded
    Test(Install),
    /// Measure container images, or the application on Minikube
    #[command(subcommand)]
    Bench(Measured),
}

/// Options of `minikube`.
#[derive(Debug, Group)]
pub struct Minikube {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub place: Place,
}

/// Where the release is.
#[derive(Debug, Group)]
pub struct Place {
    /// The namespace; made when it is not there
    #[arg(long, global = true, default_value = NAMESPACE, value_name = "NAME")]
    pub namespace: String,
    /// The name of the release
    #[arg(long, global = true, default_value = RELEASE, value_name = "NAME")]
    pub release: String,
}

pub const NAMESPACE: &str = "todo-app";
pub const RELEASE: &str = "todo-chatbot";

/// What can be done on Minikube.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build, load, and install or upgrade, with the database and the model that `.env` or the environment names
    Up(Install),
    /// The same with a database inside the cluster and the offline model: needs no account anywhere
    Demo(Install),
    /// Uninstall; what was stored and the secrets are kept
    Down {
        /// Remove everything that `up` and `demo` made: also the secrets in the cluster, the demonstration database
        /// with all that is in it, and the namespace. An external database, Minikube itself with its addons and images,
        /// and the secrets in `.data` stay
        #[arg(long)]
        all: bool,
    },
    /// Show what runs, where, and what is wrong; ends with 1 when something is
    Status,
    /// Print what the parts log
    Logs(Logs),
}

/// Options of what builds and loads images.
#[derive(Debug, Group)]
pub struct Install {
    /// Take the images as docker has them
    #[arg(long)]
    pub no_build: bool,
    /// Arguments for `helm upgrade`, such as `--set frontend.replicaCount=2`; for tests, parts of their names and options
    /// of `tests/system`
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

/// Options of `minikube logs`.
#[derive(Debug, Group)]
pub struct Logs {
    /// Go on printing, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// One part only
    #[arg(long, short, value_parser = ["frontend", "backend", "mcp", "offline-model", "migrate"])]
    pub component: Option<String>,
    /// How many of each container's last lines
    #[arg(long, default_value_t = 200)]
    pub tail: u32,
}

/// What `bench` measures here.
#[derive(Debug, Subcommand)]
pub enum Measured {
    /// Container images: how large they are, and how long they take to build
    Images {
        /// Build nothing, and measure the images that are there
        #[arg(long)]
        sizes_only: bool,
    },
    /// The application on Minikube: how long it takes to install, what its pods take, what the way to it costs
    ///
    /// In a namespace of its own that is removed after. Needs docker, minikube, kubectl and helm; about fifteen minutes.
    Cluster {
        /// `--rounds 3` of load, each here and through the Ingress; `--seconds 4` of each load in a round
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}
