//! The real browser: the flows of `tests/e2e` on a release.

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
};

use anyhow::Context as _;
use tokio::process::Command;

use crate::{
    cluster::Place,
    programs::{Output, exists},
    runner::skip,
    waiting::seconds,
};

/// Where the browser goes, and what it must be told to get there.
pub struct Door<'a> {
    /// The address that a person types.
    pub origin: &'a str,
    /// Where its host is, since no name server knows.
    pub address: IpAddr,
    /// The certificate to accept, as PEM.
    pub certificate: Option<&'a Path>,
}

impl Door<'_> {
    /// A door to a host of this machine's own invention.
    #[must_use]
    pub fn to(origin: &str, address: SocketAddr) -> Door<'_> {
        Door {
            origin,
            address: address.ip(),
            certificate: None,
        }
    }

    /// The command that runs the specs of a configuration; `options` go to Playwright.
    ///
    /// # Errors
    /// When the browser tests cannot be installed; where there is no browser, the scenario is skipped.
    pub async fn command(
        &self,
        place: &Place,
        config: &str,
        options: &[&str],
    ) -> anyhow::Result<Command> {
        if !exists("chromium") && std::env::var_os("PLAYWRIGHT_CHROMIUM").is_none() {
            return Err(skip(
                "there is no Chromium: install one, or set PLAYWRIGHT_CHROMIUM",
            ));
        }
        let folder = place.settings.workspace.join("tests/e2e");
        if !folder.join("node_modules").exists() {
            let mut install = Command::new("npm");
            install.arg("ci").arg("--prefix").arg(&folder);
            place
                .shell
                .command(install, seconds(240))
                .await?
                .success()?;
        }
        let url = reqwest::Url::parse(self.origin)?;
        let host = url.host_str().context("an origin without a host")?;
        let mut command = Command::new(folder.join("node_modules/.bin/playwright"));
        command
            .args(["test", "--reporter=list"])
            .args(options)
            .arg("--output")
            .arg(
                place
                    .settings
                    .workspace
                    .join("target/system-tests")
                    .join(host),
            )
            .env("BASE_URL", self.origin)
            .env("HOST_RULES", format!("MAP {host} {}", self.address));
        if let Some(certificate) = self.certificate {
            command.env("TRUSTED_CERTIFICATE", certificate);
        }
        command.arg("--config").arg(folder.join(config));
        Ok(command)
    }

    /// The whole path, from signing up to another person who sees none of it.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn whole_path(&self, place: &Place) -> anyhow::Result<Output> {
        let command = self
            .command(place, "playwright.config.ts", &["whole-path.spec.ts"])
            .await?;
        place.shell.command(command, seconds(240)).await?.success()
    }
}
