//! Who says what where, and what fails while it is answered: all of it follows from the seed.

use std::{fmt, time::Duration};

use crate::{
    random::Random,
    talk::{
        model::{Failure, Planned},
        script::{Deed, Order},
    },
};

/// Each client is so many people.
const PEOPLE: usize = 2;
/// Each of whom has so many conversations at hand.
const PLACES: usize = 3;
/// So many turns in a hundred begin another conversation in the place of an older one.
const ANEW: usize = 15;
const TALK: usize = 15;
/// So many in a hundred have a second message beside them, from another window on the same conversation.
const BESIDE: usize = 15;
/// So many people in a hundred press Retry after an error, which asks for the answer anew; the others' client sends the
/// same again.
const RETRY: usize = 40;

/// One turn.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) number: usize,
    pub(super) user: String,
    /// Which of the client's conversations it is in.
    pub(super) place: usize,
    /// Whether it begins one there.
    pub(super) begins: bool,
    pub(super) order: Order,
    pub(super) fault: Fault,
    /// Whether an error is followed by a request for the answer to the same message.
    pub(super) retries: bool,
    /// Sent at the same moment.
    pub(super) beside: Option<Order>,
    /// Whether the person takes it back afterwards.
    pub(super) undone: bool,
}

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Nothing,
    /// The client goes before the answer's head.
    LeavesAtOnce,
    /// The client goes after so many events.
    LeavesAfter(usize),
    /// A program is killed and started again after a while.
    Kills(Ending, When),
    /// The model fails.
    Model(Planned),
    /// The model takes no connections for so long.
    Closed(Duration),
}

/// The end of a program, and how long it is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) program: Killed,
    pub(super) away: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Killed {
    Backend,
    Mcp,
}

/// When a program is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// After the client's n-th event.
    Event(usize),
    /// When the model is asked for the n-th time.
    Step(usize),
    /// When the next call that changes something is on its way to the tools: it does not get there.
    BeforeCall,
    /// When the next such call was applied: its answer is lost.
    AfterCall,
}

/// What the clients will have done, for choosing what they can do next.
#[derive(Default)]
struct Person {
    open: Vec<String>,
    done: Vec<String>,
}

impl Turn {
    /// The message beside it, as a turn in which nothing fails.
    pub(super) fn beside(&self) -> Option<Self> {
        let order = self.beside.clone()?;
        Some(Self {
            order,
            fault: Fault::Nothing,
            beside: None,
            undone: false,
            ..self.clone()
        })
    }
}

/// The turns of each client, in order; with `undo` every second one is taken back.
pub(super) fn plan(seed: u64, turns: usize, clients: usize, undo: bool) -> Vec<Vec<Turn>> {
    let mut random = Random::new(seed);
    let mut all: Vec<Vec<Turn>> = (0..clients).map(|_| Vec::new()).collect();
    let mut people: Vec<Person> = (0..clients * PEOPLE).map(|_| Person::default()).collect();
    let mut known = vec![false; clients * PEOPLE * PLACES];
    for number in 1..=turns {
        let client = number % clients.max(1);
        let place = random.below(PEOPLE * PLACES);
        let who = client * PEOPLE + place % PEOPLE;
        let here = client * PEOPLE * PLACES + place;
        let begins = random.percent(ANEW) || known.get(here) == Some(&false);
        let (Some(mine), Some(person), Some(known)) = (
            all.get_mut(client),
            people.get_mut(who),
            known.get_mut(here),
        ) else {
            continue;
        };
        *known = true;
        let deed = person.choose(&mut random, number);
        let undone = undo && mine.len() % 2 == 1;
        if undone {
            person.forget(&deed);
        }
        let order = Order {
            deed,
            tag: format!("t{number}"),
            words: 6 + random.below(6),
        };
        let beside = (!begins && random.percent(BESIDE)).then(|| Order {
            deed: Deed::Add(format!("other{number}")),
            tag: format!("b{number}"),
            words: 8,
        });
        mine.push(Turn {
            number,
            user: format!("person{who}"),
            place,
            begins,
            order,
            fault: fault(&mut random),
            // It means to forget what came after, which may be the other message.
            retries: beside.is_none() && random.percent(RETRY),
            beside,
            undone,
        });
    }
    all
}

impl Person {
    fn choose(&mut self, random: &mut Random, number: usize) -> Deed {
        if random.percent(TALK) {
            return Deed::Talk;
        }
        let mark = format!("errand{number}");
        let take = |from: &mut Vec<String>, random: &mut Random| {
            let at = random.below(from.len());
            (at < from.len()).then(|| from.swap_remove(at))
        };
        match random.below(5) {
            0 => {
                if let Some(it) = take(&mut self.open, random) {
                    self.done.push(it.clone());
                    return Deed::Complete(it);
                }
            }
            1 => {
                if let Some(it) = take(&mut self.open, random) {
                    self.open.push(mark.clone());
                    return Deed::Rename(it, mark);
                }
            }
            2 => {
                let from = if random.percent(50) {
                    &mut self.open
                } else {
                    &mut self.done
                };
                if let Some(it) = take(from, random) {
                    return Deed::Delete(it);
                }
            }
            _ => {}
        }
        self.open.push(mark.clone());
        Deed::Add(mark)
    }

    /// Does no more to the tasks of a deed: that each is done to one at most once is how effects are counted.
    fn forget(&mut self, deed: &Deed) {
        let marks: Vec<String> = deed.marks().collect();
        for tasks in [&mut self.open, &mut self.done] {
            tasks.retain(|task| !marks.contains(task));
        }
    }
}

fn fault(random: &mut Random) -> Fault {
    let when = |random: &mut Random| match random.below(4) {
        0 => When::Event(random.below(14)),
        1 => When::Step(random.below(3)),
        2 => When::BeforeCall,
        _ => When::AfterCall,
    };
    let planned = |random: &mut Random, times: usize, failure: Failure| {
        Fault::Model(Planned {
            step: random.below(3),
            times,
            failure,
        })
    };
    match random.below(100) {
        0..20 => Fault::Nothing,
        20..25 => Fault::LeavesAtOnce,
        25..42 => Fault::LeavesAfter(random.below(16)),
        42..54 => {
            let away = Duration::from_millis(random.pick(&[0, 50, 400]).unwrap_or(0));
            let program = Killed::Backend;
            Fault::Kills(Ending { program, away }, when(random))
        }
        54..72 => {
            let away = Duration::from_millis(random.pick(&[0, 100, 1_500]).unwrap_or(0));
            let program = Killed::Mcp;
            Fault::Kills(Ending { program, away }, when(random))
        }
        72..78 => {
            let times = random.pick(&[1, 4]).unwrap_or(1);
            planned(random, times, Failure::Refuses)
        }
        78..93 => {
            let failure = Failure::Cuts(random.below(8));
            planned(random, 1, failure)
        }
        93..97 => {
            let failure = Failure::Stalls(random.below(4));
            planned(random, 1, failure)
        }
        _ => Fault::Closed(Duration::from_millis(
            random.pick(&[300, 1_500]).unwrap_or(300),
        )),
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            user,
            place,
            order,
            fault,
            ..
        } = self;
        let begins = if self.begins { ", begins it" } else { "" };
        let retries = if self.retries { ", retries" } else { "" };
        let text = order.text();
        write!(
            f,
            "turn {number}: {user} in conversation {place}{begins}{retries}: “{text}” {fault:?}"
        )?;
        if self.undone {
            write!(f, ", taken back")?;
        }
        if let Some(beside) = &self.beside {
            write!(f, " beside “{}”", beside.text())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn texts(seed: u64) -> Vec<String> {
        let turns = plan(seed, 300, 4, true).into_iter().flatten();
        turns.map(|turn| turn.to_string()).collect()
    }

    #[test]
    fn a_seed_is_a_plan() {
        assert_eq!(texts(3), texts(3));
        assert_ne!(texts(3), texts(4));
    }

    #[test]
    fn nobody_is_asked_for_what_cannot_be_done() {
        for client in [false, true].map(|undo| plan(5, 2_000, 4, undo)).concat() {
            let (mut open, mut done) = (HashSet::new(), HashSet::new());
            let mut known = HashSet::new();
            for turn in client {
                assert!(turn.begins || known.contains(&turn.place), "{turn}");
                known.insert(turn.place);
                let possible = match &turn.order.deed {
                    Deed::Talk => true,
                    Deed::Add(it) => open.insert((turn.user.clone(), it.clone())),
                    Deed::Complete(it) => {
                        let it = (turn.user.clone(), it.clone());
                        open.remove(&it) && done.insert(it)
                    }
                    Deed::Rename(it, new) => {
                        open.remove(&(turn.user.clone(), it.clone()))
                            && open.insert((turn.user.clone(), new.clone()))
                    }
                    Deed::Delete(it) => {
                        let it = (turn.user.clone(), it.clone());
                        open.remove(&it) || done.remove(&it)
                    }
                };
                assert!(possible, "{turn}");
            }
        }
    }

    #[test]
    fn a_long_plan_has_every_kind_of_fault() {
        let faults: HashSet<_> = plan(1, 1_000, 8, false)
            .into_iter()
            .flatten()
            .map(|turn| std::mem::discriminant(&turn.fault))
            .collect();
        assert_eq!(faults.len(), 6);
    }
}
