//! What `cargo xtask test --cluster` hands in.

use std::{net::IpAddr, path::PathBuf, str::FromStr};

use anyhow::{Context as _, bail};
use clap::Parser;

/// A container image, as `repository:tag`.
#[derive(Debug, Clone)]
pub struct Image {
    /// Everything before the tag.
    pub repository: String,
    /// The tag.
    pub tag: String,
}

impl FromStr for Image {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text.rsplit_once(':') {
            Some((repository, tag)) if !repository.is_empty() && !tag.contains('/') => Ok(Self {
                repository: repository.to_owned(),
                tag: tag.to_owned(),
            }),
            _ => bail!("`{text}` is not an image with a tag"),
        }
    }
}

/// The images under test.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "each is the image of the component of that name"
)]
pub struct Images {
    pub frontend: Image,
    pub backend: Image,
    pub mcp: Image,
    pub offline_model: Image,
    pub database: Image,
}

/// Everything the tests need to know about the cluster.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The images under test, already in the cluster.
    pub images: Images,
    /// Where the node's ports are reached from here.
    pub node: IpAddr,
    /// The chart's folder.
    pub chart: PathBuf,
    /// The repository, from where commands are typed.
    pub workspace: PathBuf,
    /// How long an idle release must let the database sleep.
    pub idle_minutes: u64,
    /// Whether Minikube may be stopped and started at the end.
    pub restart_minikube: bool,
}

/// The command line, and what the environment says.
#[derive(Debug, Parser)]
#[command(
    name = "system-tests",
    about = "Tests of the chart and the programs on a real cluster"
)]
pub struct Arguments {
    /// Run only the groups of these names, and scenarios that contain one of these words.
    pub filters: Vec<String>,
    /// Print the names and end.
    #[arg(long)]
    pub list: bool,
    /// Accepted, as every test program does; everything is shown as it happens anyway.
    #[arg(long, visible_aliases = ["show-output", "include-ignored"])]
    pub nocapture: bool,
    /// How many groups run at once.
    #[arg(long, default_value_t = 2)]
    pub test_threads: usize,
    #[arg(long, env = "SYSTEM_TEST_FRONTEND_IMAGE", hide = true)]
    frontend_image: Option<String>,
    #[arg(long, env = "SYSTEM_TEST_BACKEND_IMAGE", hide = true)]
    backend_image: Option<String>,
    #[arg(long, env = "SYSTEM_TEST_MCP_IMAGE", hide = true)]
    mcp_image: Option<String>,
    #[arg(long, env = "SYSTEM_TEST_OFFLINE_MODEL_IMAGE", hide = true)]
    offline_model_image: Option<String>,
    #[arg(long, env = "SYSTEM_TEST_DATABASE_IMAGE", hide = true)]
    database_image: Option<String>,
    #[arg(long, env = "SYSTEM_TEST_NODE_IP", hide = true)]
    node_ip: Option<IpAddr>,
    #[arg(long, env = "SYSTEM_TEST_CHART", hide = true)]
    chart: Option<PathBuf>,
    /// How many minutes the idle release is watched.
    #[arg(long, env = "IDLE_MINUTES", default_value_t = 10)]
    idle_minutes: u64,
    /// Stop and start Minikube when everything else is done.
    #[arg(long, env = "SYSTEM_TEST_MINIKUBE_RESTART", value_parser = clap::builder::BoolishValueParser::new(), num_args = 0..=1, default_value = "false", default_missing_value = "true")]
    minikube_restart: bool,
}

impl Arguments {
    /// What the tests need, or the name of the variable that is missing.
    ///
    /// # Errors
    /// When a variable is there and makes no sense.
    pub fn settings(&self) -> anyhow::Result<Result<Settings, &'static str>> {
        let image = |given: &Option<String>, name: &'static str| match given.as_deref() {
            None | Some("") => Ok(Err(name)),
            Some(text) => text.parse::<Image>().map(Ok).context(name),
        };
        macro_rules! given {
            ($value:expr) => {
                match $value {
                    Ok(value) => value,
                    Err(name) => return Ok(Err(name)),
                }
            };
        }
        let images = Images {
            frontend: given!(image(&self.frontend_image, "SYSTEM_TEST_FRONTEND_IMAGE")?),
            backend: given!(image(&self.backend_image, "SYSTEM_TEST_BACKEND_IMAGE")?),
            mcp: given!(image(&self.mcp_image, "SYSTEM_TEST_MCP_IMAGE")?),
            offline_model: given!(image(
                &self.offline_model_image,
                "SYSTEM_TEST_OFFLINE_MODEL_IMAGE"
            )?),
            database: given!(image(&self.database_image, "SYSTEM_TEST_DATABASE_IMAGE")?),
        };
        let node = given!(self.node_ip.ok_or("SYSTEM_TEST_NODE_IP"));
        let chart = given!(self.chart.clone().ok_or("SYSTEM_TEST_CHART"));
        // Where this program was built may have moved since; where it is called is the repository.
        let here = std::env::current_dir()?;
        let mut folders = here.ancestors();
        let workspace = folders.find(|folder| folder.join("Cargo.lock").is_file());
        let workspace = workspace.context("the repository")?.to_path_buf();
        let chart = workspace
            .join(chart)
            .canonicalize()
            .context("SYSTEM_TEST_CHART")?;
        Ok(Ok(Settings {
            images,
            node,
            chart,
            workspace,
            idle_minutes: self.idle_minutes,
            restart_minikube: self.minikube_restart,
        }))
    }
}
