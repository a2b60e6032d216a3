//! Database URLs as people paste them: from Neon's console, from a Python predecessor's settings.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::Error;

/// Reads a URL of the forms `postgres://`, `postgresql://` and `SQLAlchemy`'s `postgresql+driver://`.
pub(crate) fn connect_options(url: &str) -> Result<PgConnectOptions, Error> {
    let url = url.trim();
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| refused("it must look like postgresql://user:password@host/database"))?;
    let base = scheme.split('+').next().unwrap_or(scheme);
    if !matches!(base, "postgres" | "postgresql") {
        return Err(refused("it must begin with postgresql:// or postgres://"));
    }
    let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
    let kept: Vec<String> = query.split('&').filter_map(parameter).collect();
    let separator = if kept.is_empty() { "" } else { "?" };
    let clean = format!("postgresql://{location}{separator}{}", kept.join("&"));
    // The parser's own message may quote the URL, and with it the password.
    let options = PgConnectOptions::from_str(&clean).map_err(|_| refused("it cannot be parsed"))?;
    // In a URL an IPv6 address stands in brackets, which the resolver does not know.
    let address = options.get_host().strip_prefix('[');
    Ok(match address.and_then(|host| host.strip_suffix(']')) {
        Some(address) => options.clone().host(address),
        None => options,
    })
}

/// `ssl` is asyncpg's name for `sslmode`; `channel_binding` is libpq's and unknown to the driver, which uses plain
/// SCRAM over TLS.
fn parameter(pair: &str) -> Option<String> {
    match pair.split_once('=')? {
        ("channel_binding", _) => None,
        ("ssl", "true") => Some("sslmode=require".into()),
        ("ssl", "false") => Some("sslmode=disable".into()),
        ("ssl", mode) => Some(format!("sslmode={mode}")),
        (name, value) => Some(format!("{name}={value}")),
    }
}

fn refused(why: &str) -> Error {
    Error::Url(format!("the database URL cannot be used: {why}"))
}

#[cfg(test)]
mod tests {
    use super::connect_options;

    #[test]
    fn urls_are_taken_as_people_paste_them() {
        for url in [
            "postgres://u:p@db.example/app",
            "postgresql://u:p@db.example/app",
            "postgresql+asyncpg://u:p@db.example/app?ssl=require",
            "postgresql+psycopg2://u:p@db.example:6432/app?sslmode=require&channel_binding=require",
            "  postgresql://u:p@db.example/app?sslmode=verify-full\n",
        ] {
            let options = connect_options(url).unwrap();
            assert_eq!(options.get_host(), "db.example", "{url}");
            assert_eq!(options.get_database(), Some("app"), "{url}");
        }
    }

    #[test]
    fn an_ipv6_address_is_taken_out_of_its_brackets() {
        for (url, host) in [
            ("postgres://u:p@[::1]:5432/db", "::1"),
            ("postgresql+asyncpg://u:p@[2001:db8::7]/db", "2001:db8::7"),
            ("postgres:///db?host=[::1]", "::1"),
            ("postgres:///db?host=::1", "::1"),
        ] {
            assert_eq!(connect_options(url).unwrap().get_host(), host, "{url}");
        }
    }

    #[test]
    fn a_refused_url_is_never_shown() {
        for url in [
            "mysql://u:hunter2@h/d",
            "hunter2",
            "postgresql://u:hunter2@h:port/d",
        ] {
            let message = connect_options(url).unwrap_err().to_string();
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
