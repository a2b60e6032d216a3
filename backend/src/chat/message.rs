//! What a person may send.

use store::Invalid;

/// The longest message, in characters.
pub const LONGEST_MESSAGE: usize = 10_000;

/// The message as it is stored: trimmed, not empty, not too long.
///
/// # Errors
/// Says which rule is broken.
pub fn parse_message(text: &str) -> Result<String, Invalid> {
    // PostgreSQL's text has no zero character.
    let text = text.replace('\0', "");
    let text = text.trim();
    let refused = |code, message: &str| Invalid {
        field: "message",
        code,
        message: message.into(),
    };
    if text.is_empty() {
        return Err(refused("required", "The message must not be empty."));
    }
    if text.chars().count() > LONGEST_MESSAGE {
        return Err(refused(
            "too_long",
            "The message must have at most 10,000 characters.",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_trimmed_and_has_one_to_ten_thousand_characters() {
        assert_eq!(parse_message("  hi\0 \n").unwrap(), "hi");
        assert_eq!(parse_message(" \n").unwrap_err().code, "required");
        assert!(parse_message(&"ü".repeat(10_000)).is_ok());
        assert_eq!(
            parse_message(&"ü".repeat(10_001)).unwrap_err().code,
            "too_long"
        );
    }
}
