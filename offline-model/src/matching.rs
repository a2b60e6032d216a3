//! Which task is meant by words of its title.

use text::fold;

use crate::results::Task;
use crate::text::stems;

/// How a title and words fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// The title itself.
    Title,
    /// Every word is in the title.
    Words,
    /// Every word is there, give or take an ending or a slip of a finger.
    Nearly,
    /// At least half of the words are.
    Partly,
}
use Strictness::{Nearly, Partly, Title, Words};

/// Finds the one task meant, looking among the `preferred` ones before the others, and among all of them before it is
/// less strict about slips.
pub(crate) fn find<'t>(
    words: &str,
    tasks: &'t [Task],
    preferred: impl Fn(&Task) -> bool,
) -> (Strictness, Vec<&'t Task>) {
    let first: Vec<&Task> = tasks.iter().filter(|task| preferred(task)).collect();
    let all: Vec<&Task> = tasks.iter().collect();
    for levels in [[Title, Words].as_slice(), &[Nearly], &[Partly]] {
        for among in [&first, &all] {
            for level in levels {
                let found = matching(words, among, *level);
                if !found.is_empty() {
                    return (*level, found);
                }
            }
        }
    }
    (Partly, Vec::new())
}

/// The only task that is meant, where there is one.
pub(crate) fn only<'t>(words: &str, tasks: &'t [Task]) -> Option<&'t Task> {
    match find(words, tasks, |_| true) {
        (Title | Words | Nearly, found) => found.first().copied().filter(|_| found.len() == 1),
        (Partly, _) => None,
    }
}

/// All tasks that match, as strictly as some do.
pub(crate) fn all<'t>(words: &str, tasks: &'t [Task]) -> Vec<&'t Task> {
    let tasks: Vec<&Task> = tasks.iter().collect();
    let levels = [Words, Nearly].into_iter();
    let mut found = levels.map(|level| matching(words, &tasks, level));
    found.find(|found| !found.is_empty()).unwrap_or_default()
}

fn matching<'t>(words: &str, tasks: &[&'t Task], level: Strictness) -> Vec<&'t Task> {
    let wanted = stems(words);
    let lower = fold(words.trim());
    let fits = |task: &&&Task| {
        let title = fold(&task.title);
        let has = stems(&title);
        let hits = |near: fn(&str, &str) -> bool| {
            let hit = |word: &&String| has.iter().any(|other| near(word, other));
            wanted.iter().filter(hit).count()
        };
        let every = |hits: usize| hits > 0 && hits == wanted.len();
        match level {
            Title => title.trim() == lower,
            Words => every(hits(str::eq)) || (!lower.is_ascii() && title.contains(&lower)),
            Nearly => every(hits(nearly)),
            Partly => hits(nearly) > 0 && hits(nearly) * 2 >= wanted.len(),
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
