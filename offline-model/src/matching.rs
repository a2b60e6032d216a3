//! Which task is meant by words of its title.

use crate::results::Task;
use crate::text::stems;

/// Similar tasks offered when none matches.
const SIMILAR_LIMIT: usize = 5;

/// What a search found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'t> {
    One(&'t Task),
    Several(Vec<&'t Task>),
    /// None, but these come close.
    Similar(Vec<&'t Task>),
    Nothing,
}

#[derive(Clone, Copy)]
enum Strictness {
    /// The title itself.
    Title,
    /// Every word is in the title.
    Words,
    /// Every word is there, give or take an ending or a slip of a finger.
    Nearly,
    /// At least half of the words are.
    Partly,
}

/// Finds the one task meant, looking among the `preferred` ones before the others.
pub(crate) fn find<'t>(
    words: &str,
    tasks: &'t [Task],
    preferred: impl Fn(&Task) -> bool,
) -> Found<'t> {
    let first: Vec<&Task> = tasks.iter().filter(|task| preferred(task)).collect();
    let all: Vec<&Task> = tasks.iter().collect();
    let exact = [Strictness::Title, Strictness::Words];
    for levels in [exact.as_slice(), &[Strictness::Nearly]] {
        for among in [&first, &all] {
            for level in levels {
                let found = matching(words, among, *level);
                match found.as_slice() {
                    [] => {}
                    [task] => return Found::One(task),
                    _ => return Found::Several(found),
                }
            }
        }
    }
    for among in [&first, &all] {
        let mut similar = matching(words, among, Strictness::Partly);
        similar.truncate(SIMILAR_LIMIT);
        if !similar.is_empty() {
            return Found::Similar(similar);
        }
    }
    Found::Nothing
}

/// All tasks that match, as strictly as some do.
pub(crate) fn all<'t>(words: &str, tasks: &'t [Task]) -> Vec<&'t Task> {
    let tasks: Vec<&Task> = tasks.iter().collect();
    let loose = || matching(words, &tasks, Strictness::Nearly);
    let strict = matching(words, &tasks, Strictness::Words);
    if strict.is_empty() { loose() } else { strict }
}

fn matching<'t>(words: &str, tasks: &[&'t Task], level: Strictness) -> Vec<&'t Task> {
    let wanted = stems(words);
    let lower = words.trim().to_lowercase();
    let fits = |task: &&&Task| {
        let title = task.title.to_lowercase();
        let has = stems(&title);
        let exact = |word: &&String| has.contains(word);
        let near = |word: &&String| has.iter().any(|other| nearly(word, other));
        match level {
            Strictness::Title => title.trim() == lower,
            Strictness::Words => {
                let unspaced = !lower.is_ascii() && title.contains(&lower);
                unspaced || (!wanted.is_empty() && wanted.iter().all(|word| exact(&word)))
            }
            Strictness::Nearly => !wanted.is_empty() && wanted.iter().all(|word| near(&word)),
            Strictness::Partly => {
                let hits = wanted.iter().filter(near).count();
                hits > 0 && hits * 2 >= wanted.len()
            }
        }
    };
    tasks.iter().filter(fits).copied().collect()
}

fn nearly(wanted: &str, word: &str) -> bool {
    let long = |text: &str, least: usize| text.chars().count() >= least;
    wanted == word
        || (long(wanted, 3) && word.starts_with(wanted))
        || (long(wanted, 4) && long(word, 4) && strsim::osa_distance(wanted, word) == 1)
}
