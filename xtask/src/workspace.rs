//! Where things are in this checkout.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

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
        let arguments = [
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--locked",
            "--offline",
        ];
        let output = Command::new("cargo")
            .args(arguments)
            .output()
            .context("cannot run cargo")?;
        ensure!(
            output.status.success(),
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let folder = |name: &str| {
            let folder = metadata.get(name).and_then(Value::as_str);
            folder
                .map(PathBuf::from)
                .with_context(|| format!("cargo metadata has no {name}"))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
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

    /// The Next.js application.
    #[must_use]
    pub fn frontend(&self) -> PathBuf {
        self.root.join("frontend")
    }

    /// The browser tests.
    #[must_use]
    pub fn browser_tests(&self) -> PathBuf {
        self.root.join("tests").join("e2e")
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
