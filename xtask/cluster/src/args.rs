//! The command line, which `cargo xtask` passes on as it stands.

use clap::{Args as Group, Parser, Subcommand, ValueEnum};

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
    Test {
        /// Take the images as docker has them
        #[arg(long)]
        no_build: bool,
        /// Which tests: parts of their names, and options of `tests/system`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure container images, or the application on Minikube
    Bench {
        #[command(subcommand)]
        measured: Measured,
    },
}

/// Options of `minikube`.
#[derive(Debug, Group)]
pub struct Minikube {
    #[command(subcommand)]
    pub command: Command,
    /// The namespace; made when it is not there
    #[arg(long, global = true, default_value = "todo-app", value_name = "NAME")]
    pub namespace: String,
    /// The name of the release
    #[arg(
        long,
        global = true,
        default_value = "todo-chatbot",
        value_name = "NAME"
    )]
    pub release: String,
}

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

/// Options of `minikube up` and `minikube demo`.
#[derive(Debug, Group)]
pub struct Install {
    /// Take the images as docker has them
    #[arg(long)]
    pub no_build: bool,
    /// Arguments for `helm upgrade`, such as `--set frontend.replicaCount=2`
    #[arg(last = true, value_name = "HELM ARGUMENTS")]
    pub helm: Vec<String>,
}

/// Options of `minikube logs`.
#[derive(Debug, Group)]
pub struct Logs {
    /// Go on printing, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// One part only
    #[arg(long, short, value_enum)]
    pub component: Option<Component>,
    /// How many of each container's last lines
    #[arg(long, default_value_t = 200)]
    pub tail: u32,
}

/// A part of the application, as its pods are labelled.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Component {
    /// The web application
    Frontend,
    /// The backend
    Backend,
    /// The MCP server
    Mcp,
    /// The model by rule
    OfflineModel,
    /// The migrations of the last install or upgrade
    Migrate,
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
    /// Takes the images as docker has them, in a namespace of its own that is removed after. Needs docker, minikube,
    /// kubectl and helm; about fifteen minutes.
    Cluster(MeasuredCluster),
}

/// Options of `bench cluster`.
#[derive(Debug, Group)]
pub struct MeasuredCluster {
    /// Rounds of load, each here and through the Ingress
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub rounds: u8,
    /// Seconds of each load in a round
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub seconds: u64,
}
