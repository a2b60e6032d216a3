//! Where things are in this checkout.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use serde_json::Value;

use crate::processes;

/// The checkout that this program is called in.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks Cargo for the checkout around the current folder, and for its target folder. What was compiled in would name
    /// the place where this program was built, which is another one once a checkout was moved with its target folder.
    ///
    /// # Errors
    /// When Cargo cannot describe the workspace.
    pub fn find() -> anyhow::Result<Self> {
        let arguments = "metadata --no-deps --format-version=1 --locked --offline";
        let mut cargo = Command::new("cargo");
        let metadata = processes::answer(cargo.args(arguments.split(' ')))?;
        let metadata: Value = serde_json::from_str(&metadata)?;
        let folder = |name: &str| {
            let folder = metadata.get(name).and_then(Value::as_str);
            folder.with_context(|| format!("cargo metadata has no {name}"))
        };
        Ok(Self {
            root: folder("workspace_root")?.into(),
            target: folder("target_directory")?.into(),
        })
    }

    /// The root of the checkout.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The git-ignored folder for what `up` keeps: database, secrets, logs. It is made when missing.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn data(&self) -> anyhow::Result<PathBuf> {
        let data = self.root.join(".data");
        fs::create_dir_all(&data)
            .with_context(|| format!("cannot make the folder {}", data.display()))?;
        Ok(data)
    }

    /// Where a tool's output goes.
    #[must_use]
    pub fn log(&self, tool: &str) -> PathBuf {
        self.target.join("xtask").join(format!("{tool}.log"))
    }
}
