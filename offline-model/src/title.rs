//! Titles of conversations: asked for with a prompt that begins with `Title:`, made of the first
//! message, in its own words and so in its language.

use crate::history::Turn;
use crate::rules;

const WORDS_LIMIT: usize = 6;
const LENGTH_LIMIT: usize = 40;

/// Words that a title does not end with.
const LOOSE: &str = " a an and at by for from in of on or the to with my اور کا کی کے کو میں سے aur ka ki ke ko mein se ";

/// Whether the prompt of a request asks for a title.
pub(crate) fn is_asked_for(prompt: &str) -> bool {
    prompt.trim_start().starts_with("Title:")
}

/// A short message is its own title; of a long one, the beginning without politeness.
pub(crate) fn of(turn: &Turn) -> String {
    let first = turn.said_before().last().unwrap_or(&turn.user);
    let line = first.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or_default().trim();
    let fits = |text: &str| {
        text.chars().count() <= LENGTH_LIMIT && text.split_whitespace().count() <= WORDS_LIMIT
    };
    if fits(line) {
        return line.to_owned();
    }
    let mut words: Vec<&str> = Vec::new();
    let mut length = 0;
    for word in rules::without_politeness(line).split_whitespace() {
        length += word.chars().count() + 1;
        if words.len() == WORDS_LIMIT || length > LENGTH_LIMIT + 1 {
            break;
        }
        words.push(word);
    }
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| LOOSE.contains(&format!(" {} ", word.to_lowercase())))
    {
        words.pop();
    }
    let title = words.join(" ");
    let title = title.trim_end_matches([',', ';', ':', '.', '،', '۔']);
    if title.is_empty() {
        // One word without an end.
        return line.chars().take(LENGTH_LIMIT).collect();
    }
    rules::capitalised(title)
}
