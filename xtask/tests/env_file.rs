//! Reading `.env`.

use xtask::config::{parse, read};

#[test]
fn values_may_be_bare_or_quoted_and_exported() {
    let text =
        "\n# a comment\nA=1\nexport B = two words # why\nC=\"x # y\" # z\nD='q\"q'\nE=\nF=a=b#c\n";
    let values = parse(text).unwrap();
    let expected = [
        ("A", "1"),
        ("B", "two words"),
        ("C", "x # y"),
        ("D", "q\"q"),
        ("E", ""),
        ("F", "a=b#c"),
    ];
    for (name, value) in expected {
        assert_eq!(values.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(values.len(), expected.len());
}

#[test]
fn a_line_that_is_no_setting_is_named_by_its_number_and_never_shown() {
    let error = parse("A=1\nsecret value").unwrap_err().to_string();
    assert_eq!(error, "line 2: write NAME=value");
    let error = parse("MY SECRET=1").unwrap_err().to_string();
    assert!(
        error.starts_with("line 1:") && !error.contains("SECRET"),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    assert!(read(&folder.path().join(".env")).unwrap().is_empty());
}
