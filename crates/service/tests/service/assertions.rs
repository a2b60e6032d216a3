use jsonwebtoken::{Algorithm, EncodingKey, Header, get_current_timestamp};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use service::assertion::{AssertionKey, Assertions, KeyTooShort, Refused};

const SECRET: &str = "a shared secret of more than 32 bytes";
const OTHER_SECRET: &str = "another secret of more than 32 bytes!";

fn key(secret: &str) -> AssertionKey {
    AssertionKey::derive(&SecretString::from(secret)).unwrap()
}

fn assertions() -> Assertions {
    Assertions::new(key(SECRET), None)
}

fn verified(token: &str) -> Result<String, Refused> {
    let principal = assertions().verify(token)?;
    Ok(principal.user_id.to_string())
}

/// The key as the contract describes it, made here a second time.
fn derived(secret: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let hkdf = hkdf::Hkdf::<sha2::Sha256>::new(None, secret.as_bytes());
    hkdf.expand(b"mcp-user-assertion-v1", &mut key).unwrap();
    key
}

/// A good assertion but for what `change` does to its claims.
fn forged(change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let now = get_current_timestamp();
    let Value::Object(mut claims) = json!({
        "iss": "todo-backend", "aud": "todo-mcp", "sub": "ann",
        "iat": now, "exp": now + 60, "jti": "1", "scope": "tasks:read tasks:write",
    }) else {
        unreachable!()
    };
    change(&mut claims);
    let key = EncodingKey::from_secret(&derived(SECRET));
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

fn set(name: &'static str, value: Value) -> impl FnOnce(&mut Map<String, Value>) {
    move |claims| {
        claims.insert(name.to_owned(), value);
    }
}

#[test]
fn what_is_minted_is_accepted_and_names_the_user() {
    for user in ["ann", "用户-7", "a b/c"] {
        assert_eq!(verified(&key(SECRET).mint(user)).as_deref(), Ok(user));
    }
}

#[test]
fn the_wire_form_is_the_one_agreed() {
    assert_eq!(verified(&forged(|_| {})).as_deref(), Ok("ann"));
}

#[test]
fn two_assertions_are_never_the_same() {
    assert_ne!(key(SECRET).mint("ann"), key(SECRET).mint("ann"));
}

#[test]
fn a_secret_below_32_bytes_is_refused() {
    let short = SecretString::from("x".repeat(31));
    assert_eq!(AssertionKey::derive(&short).unwrap_err(), KeyTooShort);
    assert!(AssertionKey::derive(&SecretString::from("x".repeat(32))).is_ok());
}

#[test]
fn a_key_does_not_show_itself() {
    assert_eq!(format!("{:?}", key(SECRET)), "AssertionKey(…)");
}

#[test]
fn another_key_is_refused() {
    assert_eq!(verified(&key(OTHER_SECRET).mint("ann")), Err(Refused));
}

#[test]
fn the_bare_shared_secret_signs_nothing() {
    let now = get_current_timestamp();
    let claims = json!({
        "iss": "todo-backend", "aud": "todo-mcp", "sub": "ann",
        "iat": now, "exp": now + 60, "jti": "1", "scope": "tasks:read tasks:write",
    });
    let bare = EncodingKey::from_secret(SECRET.as_bytes());
    let token = jsonwebtoken::encode(&Header::default(), &claims, &bare).unwrap();
    assert_eq!(verified(&token), Err(Refused));
    assert_eq!(verified(SECRET), Err(Refused));
}

#[test]
fn a_changed_claim_is_refused() {
    let token = key(SECRET).mint("ann");
    let other = key(OTHER_SECRET).mint("bob");
    let part = |token: &str, n: usize| token.split('.').nth(n).unwrap().to_owned();
    let mixed = format!(
        "{}.{}.{}",
        part(&token, 0),
        part(&other, 1),
        part(&token, 2)
    );
    assert_eq!(verified(&mixed), Err(Refused));
}

#[test]
fn no_signature_is_refused_whatever_the_header_says() {
    let token = key(SECRET).mint("ann");
    let payload = token.split('.').nth(1).unwrap();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"; // {"alg":"none","typ":"JWT"}
    let hs256 = token.split('.').next().unwrap();
    for unsigned in [format!("{none}.{payload}."), format!("{hs256}.{payload}.")] {
        assert_eq!(verified(&unsigned), Err(Refused));
    }
}

#[test]
fn another_hmac_under_the_right_key_is_refused() {
    let now = get_current_timestamp();
    let claims = json!({
        "iss": "todo-backend", "aud": "todo-mcp", "sub": "ann",
        "iat": now, "exp": now + 60, "jti": "1", "scope": "tasks:read tasks:write",
    });
    let key = EncodingKey::from_secret(&derived(SECRET));
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS512), &claims, &key).unwrap();
    assert_eq!(verified(&token), Err(Refused));
}

#[test]
fn time_is_kept_with_fifteen_seconds_of_skew() {
    let now = get_current_timestamp();
    let at = |iat: u64, exp: u64| {
        verified(&forged(|claims| {
            claims.insert("iat".to_owned(), json!(iat));
            claims.insert("exp".to_owned(), json!(exp));
        }))
    };
    // The bounds leave some seconds for a slow test machine.
    assert!(at(now - 60, now).is_ok(), "just expired");
    assert!(at(now - 80, now - 20).is_err(), "expired");
    assert!(at(now + 10, now + 70).is_ok(), "a clock slightly ahead");
    assert!(at(now + 40, now + 100).is_err(), "from the future");
    assert!(at(now, now + 61).is_err(), "lives too long");
    assert!(
        at(now - 3_600, now + 30).is_err(),
        "lives too long, though it ends soon"
    );
    assert!(at(now + 30, now + 10).is_err(), "ends before it begins");
}

#[test]
fn issuer_and_audience_must_be_ours() {
    for (claim, value) in [
        ("iss", json!("todo-frontend")),
        ("iss", json!(7)),
        ("aud", json!("todo-backend")),
        ("aud", json!("http://localhost:3000")),
    ] {
        assert_eq!(
            verified(&forged(set(claim, value))),
            Err(Refused),
            "{claim}"
        );
    }
}

#[test]
fn every_claim_is_required() {
    for claim in ["iss", "aud", "sub", "iat", "exp", "jti", "scope"] {
        let without = forged(|claims| {
            claims.remove(claim);
        });
        assert_eq!(verified(&without), Err(Refused), "{claim}");
    }
}

#[test]
fn a_user_must_have_a_usable_id() {
    let sub = |id: String| verified(&forged(set("sub", json!(id))));
    assert!(sub("x".repeat(255)).is_ok());
    for id in [
        String::new(),
        "x".repeat(256),
        "a\nb".to_owned(),
        "a\u{0}".to_owned(),
    ] {
        assert_eq!(sub(id), Err(Refused));
    }
    assert_eq!(verified(&forged(set("sub", json!(7)))), Err(Refused));
}

#[test]
fn nonsense_and_huge_tokens_are_refused() {
    for token in ["", ".", "..", "a.b.c", &"x".repeat(9_000), &"🎉".repeat(10)] {
        assert_eq!(verified(token), Err(Refused));
    }
    assert_eq!(
        verified(&key(SECRET).mint(&"x".repeat(9_000))),
        Err(Refused)
    );
}

#[test]
fn a_rotation_accepts_both_keys_until_the_old_one_is_taken_away() {
    let (old, new) = (key(SECRET), key(OTHER_SECRET));
    let during = Assertions::new(new.clone(), Some(old.clone()));
    assert!(during.verify(&old.mint("ann")).is_ok());
    assert!(during.verify(&new.mint("ann")).is_ok());
    let after = Assertions::new(new.clone(), None);
    assert!(after.verify(&old.mint("ann")).is_err());
    assert!(after.verify(&new.mint("ann")).is_ok());
}
