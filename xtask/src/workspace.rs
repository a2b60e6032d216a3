//! Where things are in this checkout.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

/// The checkout that this program was built from.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the checkout and Cargo's target folder.
    ///
    /// # Errors
    /// When Cargo cannot describe the workspace.
    pub fn find() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask has no parent folder")?
            .to_path_buf();
        let output = Command::new("cargo")
            .args([
                "metadata",
                "--no-deps",
                "--format-version=1",
                "--locked",
                "--offline",
            ])
            .current_dir(&root)
            .output()
            .context("cannot run cargo")?;
        ensure!(
            output.status.success(),
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let target = metadata
            .get("target_directory")
            .and_then(serde_json::Value::as_str)
            .context("cargo metadata names no target folder")?;
        Ok(Self {
            root,
            target: PathBuf::from(target),
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

    /// The npm package that brings PostgreSQL's binaries.
    #[must_use]
    pub fn postgres_package(&self) -> PathBuf {
        self.root.join("xtask").join("postgres")
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
}
