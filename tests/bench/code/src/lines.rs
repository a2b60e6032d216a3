//! Counting lines: those with code, apart from comments, blanks and tests.

/// Lines that are neither blank nor a comment.
pub(crate) fn code(text: &str) -> usize {
    let lines = text.lines().map(str::trim_start);
    let comment = |line: &str| {
        ["//", "/*", "*/", "* ", "{/*"]
            .iter()
            .any(|mark| line.starts_with(mark))
    };
    lines
        .filter(|line| !line.is_empty() && !comment(line))
        .count()
}

/// A Rust file without its items under `#[cfg(test)]`, as rustfmt writes them: they end with a line `}` or in `;`.
pub(crate) fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut in_tests = false;
    for line in text.lines() {
        in_tests |= line == "#[cfg(test)]";
        if !in_tests {
            kept.push_str(line);
            kept.push('\n');
        }
        in_tests &= line != "}" && (line.starts_with(' ') || !line.ends_with(';'));
    }
    kept
}

/// Whether a Rust file, by its path within its crate, has nothing but tests.
pub(crate) fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blank_lines_and_tests_are_not_counted() {
        let text = "//! About.\n\nuse a::b;\n\n#[cfg(test)]\nmod tests;\n\n/// Says.\nfn f() {\n    // Why.\n    g();\n}\n\n#[cfg(test)]\nmod more {\n    use x::y;\n\n    fn t() {}\n}\n";
        assert_eq!(code(text), 11);
        let kept = without_tests(text);
        assert_eq!(code(&kept), 4, "{kept}");
        assert!(kept.contains("g();") && !kept.contains("tests"));
    }

    #[test]
    fn files_of_tests_are_told_from_those_about_tests() {
        assert!(
            is_test("tests/all.rs") && is_test("src/a/tests.rs") && is_test("src/a/tests/b.rs")
        );
        assert!(!is_test("src/test.rs") && !is_test("src/attests.rs"));
    }
}
