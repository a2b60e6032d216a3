//! The rules of a task, as tables.

use store::task::{DESCRIPTION_MAX, Description, TITLE_MAX, Title};

fn title_code(text: &str) -> Result<String, &'static str> {
    Title::parse(text)
        .map(|title| title.as_str().to_owned())
        .map_err(|invalid| {
            assert_eq!(invalid.field, "title");
            assert!(invalid.message.ends_with('.'), "{invalid}");
            invalid.code
        })
}

fn description_code(text: &str) -> Result<Option<String>, &'static str> {
    Description::parse(text)
        .map(|description| description.map(|d| d.as_str().to_owned()))
        .map_err(|invalid| {
            assert_eq!(invalid.field, "description");
            invalid.code
        })
}

#[test]
fn a_title_is_trimmed_and_kept_as_it_was_written() {
    for (given, kept) in [
        ("Buy milk", "Buy milk"),
        ("  Buy milk\n", "Buy milk"),
        ("\u{85}\u{2003}Buy  milk\t", "Buy  milk"),
        ("🎉👩‍👩‍👧", "🎉👩‍👩‍👧"),
        ("اشتر حليب", "اشتر حليب"),
        ("\u{200f}שלום", "\u{200f}שלום"),
        ("e\u{301}", "e\u{301}"),
        ("'; drop table tasks; --", "'; drop table tasks; --"),
        ("x", "x"),
    ] {
        assert_eq!(title_code(given).as_deref(), Ok(kept));
    }
}

#[test]
fn a_title_without_text_is_empty() {
    for given in [
        "",
        " ",
        "\n\t",
        "\u{a0}\u{2003}\u{85}",
        "\u{200b}",
        "\u{feff}",
        "\u{3164}",
        "\u{2800}",
        "\u{ad}\u{115f}\u{e0020} \u{2028}",
    ] {
        assert_eq!(title_code(given), Err("empty"), "{given:?}");
    }
}

#[test]
fn the_length_of_a_title_is_counted_in_characters_after_trimming() {
    for unit in ["x", "é", "漢", "🎉"] {
        let longest = unit.repeat(TITLE_MAX);
        assert_eq!(title_code(&format!("  {longest}  ")), Ok(longest.clone()));
        assert_eq!(title_code(&format!("{longest}{unit}")), Err("too_long"));
    }
    // A combining mark is a character of its own.
    assert_eq!(
        title_code(&"e\u{301}".repeat(TITLE_MAX / 2 + 1)),
        Err("too_long")
    );
}

#[test]
fn a_title_holds_no_control_characters() {
    for bad in ['\0', '\u{8}', '\u{1b}', '\u{7f}', '\u{84}', '\u{9f}'] {
        let given = format!("a{bad}b");
        assert_eq!(title_code(&given), Err("control_character"), "{given:?}");
    }
}

#[test]
fn a_title_of_several_lines_becomes_one_line() {
    for line_end in [
        "\n", "\r\n", "\r", "\u{b}", "\u{85}", "\u{2028}", "\u{2029}", "\t",
    ] {
        let given = format!("a{line_end}{line_end}b");
        assert_eq!(title_code(&given).as_deref(), Ok("a b"), "{given:?}");
    }
}

#[test]
fn a_description_keeps_newlines_and_tabs_and_no_other_control_characters() {
    assert_eq!(
        description_code(" a\r\n\tb\n\nc "),
        Ok(Some("a\n\tb\n\nc".to_owned()))
    );
    for bad in ['\0', '\r', '\u{1b}', '\u{7f}', '\u{85}'] {
        let given = format!("a{bad}b");
        assert_eq!(description_code(&given), Err("control_character"));
    }
}

#[test]
fn a_blank_description_is_none() {
    for given in ["", " ", "\n \t\r\n", "\u{200b}\n\u{3164}"] {
        assert_eq!(description_code(given), Ok(None), "{given:?}");
    }
}

#[test]
fn the_length_of_a_description_is_counted_in_characters() {
    let longest = "🎉".repeat(DESCRIPTION_MAX);
    assert_eq!(description_code(&longest), Ok(Some(longest.clone())));
    assert_eq!(description_code(&format!("{longest}x")), Err("too_long"));
}
