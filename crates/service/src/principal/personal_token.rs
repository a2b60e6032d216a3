//! The form of a personal access token: `todo_pat_`, 43 characters of secret, six of checksum. What has another form is
//! refused without a query, and secret scanners can tell a token from other text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

const PREFIX: &str = "todo_pat_";
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether a credential is meant to be a personal access token.
pub(super) fn is_meant(credential: &str) -> bool {
    credential.starts_with(PREFIX)
}

/// The hash under which a token is stored; none if it has not the form of one.
pub(super) fn hash(token: &str) -> Option<String> {
    let (body, checksum) = token.split_at_checked(token.len().checked_sub(CHECKSUM_CHARS)?)?;
    let secret = body.strip_prefix(PREFIX)?;
    let is_secret =
        secret.len() == SECRET_CHARS && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_secret && checksum.as_bytes() == self::checksum(body))
        .then(|| URL_SAFE_NO_PAD.encode(Sha256::digest(token)))
}

/// A token of this secret, which has 43 letters and digits.
#[must_use]
pub fn personal_token(secret: &str) -> String {
    let mut token = format!("{PREFIX}{secret}");
    let checksum = checksum(&token);
    token.extend(checksum.map(char::from));
    token
}

/// CRC-32 in base 62, most significant digit first.
fn checksum(body: &str) -> [u8; CHECKSUM_CHARS] {
    let mut rest = crc32(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        if let Some(byte) = BASE62.get((rest % 62) as usize) {
            *digit = *byte;
        }
        rest /= 62;
    }
    digits
}

/// The IEEE 802.3 one, as in zlib.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";

    fn token() -> String {
        personal_token(SECRET)
    }

    #[test]
    fn the_checksum_is_the_usual_crc32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(checksum("123456789"), *b"3jZRME");
    }

    #[test]
    fn a_token_is_stored_by_the_hash_of_all_of_it() {
        let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(token()));
        assert_eq!(hash(&token()), Some(expected));
    }

    #[test]
    fn what_has_another_form_is_none() {
        let good = token();
        let bad = [
            good.replace("todo_pat_", "todo_pat-"),
            good.replace("todo_pat_", "TODO_PAT_"),
            good.replace("ABC", "ABD"),
            good.replace("ABC", "A-C"),
            format!("{good}0"),
            good.get(..good.len() - 1).unwrap_or_default().to_owned(),
            good.get(..51).unwrap_or_default().to_owned(),
            format!("{}éé", good.get(..54).unwrap_or_default()),
            PREFIX.to_owned(),
            String::new(),
        ];
        for bad in bad {
            assert_eq!(hash(&bad), None, "{bad}");
        }
    }
}
