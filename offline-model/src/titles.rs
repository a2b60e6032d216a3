//! Titles of conversations: asked for with a prompt that begins with `Title:`, made of the first
//! message, in its own words.

use serde_json::Value;

use crate::history::{Turn, prompt};
use crate::text::{capitalised, clean, is_in};

const WORDS_LIMIT: usize = 6;
const LENGTH_LIMIT: usize = 40;

/// Words that a title does not end with.
const LOOSE: &str = "a an and at by for from in of on or the to with my";

/// Whether the prompt of a request asks for a title and no answer.
pub(crate) fn is_asked_for(messages: &[Value]) -> bool {
    prompt(messages).trim_start().starts_with("Title:")
}

/// A short message is its own title; of a long one, the beginning without politeness.
pub(crate) fn of(turn: &Turn) -> String {
    let first = turn.said_before().last().unwrap_or(&turn.user);
    let line = first.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    let fits = |text: &str| {
        text.chars().count() <= LENGTH_LIMIT && text.split_whitespace().count() <= WORDS_LIMIT
    };
    if fits(line) {
        return line.to_owned();
    }
    let mut words: Vec<&str> = clean(line).split_whitespace().take(WORDS_LIMIT).collect();
    while let [_, .., last] = words.as_slice()
        && (!fits(&words.join(" ")) || is_in(LOOSE, &last.to_lowercase()))
    {
        words.pop();
    }
    let title = words.join(" ");
    let title = title.trim_end_matches([',', ';', ':', '.', '،', '۔']);
    // One word without an end is cut.
    capitalised(&title.chars().take(LENGTH_LIMIT).collect::<String>())
}
