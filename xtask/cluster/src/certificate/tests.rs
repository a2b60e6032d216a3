//! Reading a certificate out of its Secret.

use std::time::{Duration, SystemTime};

use k8s_openapi::{ByteString, api::core::v1::Secret};

use super::Certificate;

/// Good for 825 days.
const SHORT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBPjCB8aADAgECAhQZnq7reD0YcI7juXyQBeK8N5YeazAFBgMrZXAwFTETMBEG
A1UEAwwKdG9kby5sb2NhbDAeFw0yNjExMjEwOTE3MjJaFw0yOTAyMjMwOTE3MjJa
MBUxEzARBgNVBAMMCnRvZG8ubG9jYWwwKjAFBgMrZXADIQBbtb9gHzhkanhGlx2S
q7J81mk/fKKLxC+JIGU0uIa+CaNTMFEwHQYDVR0OBBYEFJ5LX73jPZfbbo9rqKAZ
JMmhRjW2MB8GA1UdIwQYMBaAFJ5LX73jPZfbbo9rqKAZJMmhRjW2MA8GA1UdEwEB
/wQFMAMBAf8wBQYDK2VwA0EAk5JQMLXVHlnbxhYKJ9Pz2GElCmZ8R436zdPnmigk
8hZi5f3PliFfku2RM6UThwsBmLbxlk1tgK+AQ3UX4+usBg==
-----END CERTIFICATE-----";

/// Good beyond 2049, after which the year is written in another way.
const LONG: &str = "\
-----BEGIN CERTIFICATE-----
MIIBQDCB86ADAgECAhQI5W4ywmAAq4DHUNEyATsv/4VxRTAFBgMrZXAwFTETMBEG
A1UEAwwKdG9kby5sb2NhbDAgFw0yNjExMjEwOTE3MjJaGA8yMDYyMDYyNTA5MTcy
MlowFTETMBEGA1UEAwwKdG9kby5sb2NhbDAqMAUGAytlcAMhAJ/s40jY8/YgLjNy
MtpQ5HH7Kag0vhagpEmRNz9Xdd83o1MwUTAdBgNVHQ4EFgQUt3y/xlFCEV9hd4DD
A+DWjAo016AwHwYDVR0jBBgwFoAUt3y/xlFCEV9hd4DDA+DWjAo016AwDwYDVR0T
AQH/BAUwAwEB/zAFBgMrZXADQQCTVwLxOFscRwqyltOamvLEd4rB820jo32y4Rda
16U3mNyA5Aey1o5NiA+eEJuFE9CFrDjW1XUpwMdCdAS2hd4K
-----END CERTIFICATE-----";

fn secret(certificate: &str, authority: Option<&str>) -> Secret {
    let keys = [("tls.crt", Some(certificate)), ("ca.crt", authority)];
    let given = keys
        .into_iter()
        .filter_map(|(key, text)| Some((key, text?)));
    let data = given.map(|(key, text)| (key.to_owned(), ByteString(text.into())));
    Secret {
        data: Some(data.collect()),
        ..Secret::default()
    }
}

#[test]
fn the_last_day_is_read_in_either_way_of_writing_it() {
    let said = |pem| Certificate::of(&secret(pem, None)).map(|it| it.describe());
    let good = |day| Some(format!("your own, good until {day}"));
    assert_eq!(said(SHORT), good("2029-02-23"));
    assert_eq!(said(LONG), good("2062-06-25"));
    assert_eq!(said("no certificate"), None);
    // Cut off in the middle.
    let (start, _) = SHORT.split_at(120);
    let cut = format!("{start}\n-----END CERTIFICATE-----");
    assert_eq!(said(&cut), None);
}

#[test]
fn it_is_told_who_made_it_and_when_it_is_over() {
    let certificate = Certificate::of(&secret(SHORT, Some(LONG))).unwrap();
    assert_eq!(certificate.describe(), "self-signed, good until 2029-02-23");
    assert_eq!(certificate.authority.as_deref(), Some(LONG));
    let day = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_hours(24 * days);
    // 2029-02-23 and the day after it.
    assert!(!certificate.has_expired(day(21_603)));
    assert!(certificate.has_expired(day(21_603 + 1)));
}

#[test]
fn a_secret_without_a_certificate_has_none() {
    assert_eq!(Certificate::of(&secret("", None)), None);
    assert_eq!(Certificate::of(&Secret::default()), None);
}
