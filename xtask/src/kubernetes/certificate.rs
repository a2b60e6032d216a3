//! What a person wants to know about the certificate: who made it and until when it lasts.

use std::time::SystemTime;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::objects;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const DAY: u64 = 24 * 60 * 60;

/// A `kubernetes.io/tls` Secret's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The last day that it is good for, as `2027-01-31`.
    pub until: String,
    /// What to trust so that browsers trust it, when it was made in the cluster: PEM.
    pub authority: Option<String>,
    /// Whether cert-manager looks after it.
    pub managed: bool,
}

impl Certificate {
    /// Reads it from the Secret.
    #[must_use]
    pub fn of(secret: &Value) -> Option<Self> {
        let pem = objects::secret(secret, "tls.crt")?;
        let manager = "/metadata/annotations/cert-manager.io~1certificate-name";
        Some(Self {
            until: until(&pem)?,
            authority: objects::secret(secret, "ca.crt"),
            managed: secret.pointer(manager).is_some(),
        })
    }

    /// Whether it was no longer good at this time.
    #[must_use]
    pub fn has_expired(&self, now: SystemTime) -> bool {
        self.until < date(now)
    }

    /// In a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        let maker = if self.managed {
            "by cert-manager"
        } else if self.authority.is_some() {
            "self-signed"
        } else {
            "your own"
        };
        format!("{maker}, good until {}", self.until)
    }
}

/// The last day of the first certificate in a PEM file.
#[must_use]
pub fn until(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END")?;
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).ok()?;
    let (_, certificate, _) = element(&der)?;
    let (_, signed, _) = element(certificate)?;
    let (first, _, mut rest) = element(signed)?;
    if first == VERSION {
        (_, _, rest) = element(rest)?;
    }
    // The serial number was passed; algorithm and issuer stand before the validity.
    for _ in 0..2 {
        (_, _, rest) = element(rest)?;
    }
    let (tag, validity, _) = element(rest)?;
    if tag != SEQUENCE {
        return None;
    }
    let (_, _, rest) = element(validity)?;
    let (tag, time, _) = element(rest)?;
    let time = std::str::from_utf8(time).ok()?;
    let (year, rest) = match tag {
        // Its two digits are of 1950 to 2049.
        UTC_TIME => {
            let year: u32 = time.get(..2)?.parse().ok()?;
            (year + if year < 50 { 2000 } else { 1900 }, time.get(2..)?)
        }
        GENERALIZED_TIME => (time.get(..4)?.parse().ok()?, time.get(4..)?),
        _ => return None,
    };
    Some(format!("{year}-{}-{}", rest.get(..2)?, rest.get(2..4)?))
}

/// The first element of DER: its tag, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        let length = bytes
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The date in UTC, by the usual reckoning of civil dates from days.
fn date(time: SystemTime) -> String {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let days = since.as_secs() / DAY + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{}-{month:02}-{day:02}", year_of_era + era * 400 + carry)
}
