//! Short texts made of longer ones, and numbers as models write them.

use serde_json::Value;

/// The text on one line, without control characters and with at most so many characters: what a person or a model writes
/// is not trusted to be either. It is cut between words where that leaves at least half of it.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let seen = |c: &char| c.is_whitespace() || !c.is_control();
    let seen: String = text.chars().filter(seen).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= longest {
        return line;
    }
    let beginning: String = line.chars().take(longest - 1).collect();
    let beginning = match beginning.rsplit_once(' ') {
        Some((words, _)) if words.chars().count() >= longest / 2 => words,
        _ => beginning.trim_end(),
    };
    format!("{beginning}…")
}

/// A whole number, also in the forms that models write it in: `"7"`, `"#7"`, `7.0`.
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    let text = match value {
        Value::String(text) => text.trim().trim_start_matches('#').to_owned(),
        value => value.to_string(),
    };
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_text_is_cut_between_words_where_that_leaves_half_of_it() {
        assert_eq!(one_line(" Gro\nceries \u{7}", 60), "Gro ceries");
        assert_eq!(one_line(&"ü".repeat(100), 60).chars().count(), 60);
        let words = format!("{} {}", "a".repeat(40), "b".repeat(40));
        assert_eq!(one_line(&words, 60), format!("{}…", "a".repeat(40)));
    }

    #[test]
    fn a_whole_number_is_read_in_every_form() {
        for number in [json!(7), json!(7.0), json!("7"), json!(" #7 ")] {
            assert_eq!(whole_number(&number), Some(7), "{number}");
        }
        for other in [json!("seven"), json!(7.5), json!([7]), json!(null)] {
            assert_eq!(whole_number(&other), None, "{other}");
        }
    }
}
