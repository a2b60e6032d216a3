//! What a person wants to know about the certificate: who made it and until when it lasts.

use std::time::SystemTime;

use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt as _;
use x509_cert::der::{DateTime, DecodePem as _};

use crate::api::text;

/// A `kubernetes.io/tls` Secret's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    until: DateTime,
    /// What to trust so that browsers trust it, when it was made in the cluster: PEM.
    pub authority: Option<String>,
    /// Whether cert-manager looks after it.
    managed: bool,
}

impl Certificate {
    pub fn of(secret: &Secret) -> Option<Self> {
        let pem = text(secret, "tls.crt")?;
        let certificate = x509_cert::Certificate::from_pem(pem.trim()).ok()?;
        let manager = "cert-manager.io/certificate-name";
        Some(Self {
            until: certificate
                .tbs_certificate
                .validity
                .not_after
                .to_date_time(),
            authority: text(secret, "ca.crt"),
            managed: secret.annotations().contains_key(manager),
        })
    }

    /// Whether it was no longer good at this time.
    pub fn has_expired(&self, now: SystemTime) -> bool {
        self.until.to_system_time() < now
    }

    /// In a few words, with the last day that it is good for.
    pub fn describe(&self) -> String {
        let maker = match (self.managed, &self.authority) {
            (true, _) => "by cert-manager",
            (false, Some(_)) => "self-signed",
            (false, None) => "your own",
        };
        let (year, month, day) = (self.until.year(), self.until.month(), self.until.day());
        format!("{maker}, good until {year}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests;
