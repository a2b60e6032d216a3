//! What processes tell each other by `NOTIFY`, and what is collected until it is told.

use std::collections::HashMap;

use super::subscription::Changed;

/// Whose tasks changed; the payload is the owner.
const TASKS: &str = "tasks_changed";
/// Which conversation changed, by its messages, turns or itself; the payload is the conversation and its owner.
const CONVERSATIONS: &str = "conversations_changed";
/// Which account was deleted; the payload is its id.
const ACCOUNTS: &str = "accounts_deleted";
/// That changes were not told: everybody looks again. Earlier releases do not listen to it.
const EVERYTHING: &str = "everything_changed";
/// What this process listens to.
pub(super) const CHANNELS: [&str; 4] = [TASKS, CONVERSATIONS, ACCOUNTS, EVERYTHING];

/// The payload's conversation where nobody knows which one changed.
const SOME: i64 = 0;
/// The news of more people are told as "everybody looks again".
const OWNERS_MAX: usize = 10_000;
/// A longer id does not fit in a payload, which has less than 8,000 bytes.
const OWNER_BYTES_MAX: usize = 7_900;

/// What a person's subscribers are told.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// Something of theirs changed.
    Changed(Changed),
    /// Their account is deleted.
    Deleted,
}

impl News {
    pub(crate) fn tasks() -> Self {
        Self::Changed(Changed {
            tasks: true,
            ..Changed::default()
        })
    }

    pub(crate) fn conversation(id: i64) -> Self {
        Self::Changed(Changed {
            conversations: [id].into(),
            ..Changed::default()
        })
    }

    /// Some conversations, nobody knows which.
    pub(crate) fn conversations() -> Self {
        Self::Changed(Changed {
            any_conversation: true,
            ..Changed::default()
        })
    }

    pub(crate) fn anything() -> Self {
        Self::Changed(Changed::anything())
    }
}

/// A channel and a payload.
pub(super) type Notification = (&'static str, String);

/// What a notification says: whose news, or `None` when everybody is to look again.
pub(super) fn read<'a>(channel: &str, payload: &'a str) -> Option<(&'a str, News)> {
    match channel {
        TASKS => Some((payload, News::tasks())),
        ACCOUNTS => Some((payload, News::Deleted)),
        CONVERSATIONS => {
            let (id, owner) = payload.split_once(' ')?;
            let news = match id.parse().ok()? {
                SOME => News::conversations(),
                id => News::conversation(id),
            };
            Some((owner, news))
        }
        _ => None,
    }
}

/// News that are not told yet. What came several times is told once.
#[derive(Debug, Default)]
pub(super) struct Collected {
    by_owner: HashMap<String, OfOwner>,
    everything: bool,
}

#[derive(Debug, Default)]
struct OfOwner {
    changed: Changed,
    deleted: bool,
}

impl Collected {
    pub(super) fn is_empty(&self) -> bool {
        self.by_owner.is_empty() && !self.everything
    }

    pub(super) fn add(&mut self, owner: &str, news: &News) {
        let known = self.by_owner.len();
        if owner.len() > OWNER_BYTES_MAX
            || (known >= OWNERS_MAX && !self.by_owner.contains_key(owner))
        {
            return self.everything_changed();
        }
        let of_owner = match self.by_owner.get_mut(owner) {
            Some(of_owner) => of_owner,
            None => self.by_owner.entry(owner.to_owned()).or_default(),
        };
        match news {
            News::Changed(changed) => of_owner.changed.add(changed),
            News::Deleted => of_owner.deleted = true,
        }
    }

    /// Everybody is to look again. Deletions are kept: whose account is deleted, has nothing to look at.
    pub(super) fn everything_changed(&mut self) {
        self.everything = true;
        self.by_owner.retain(|_, of_owner| of_owner.deleted);
        for of_owner in self.by_owner.values_mut() {
            of_owner.changed = Changed::default();
        }
    }

    /// Adds what is older.
    pub(super) fn put_back(&mut self, older: Self) {
        for (owner, of_owner) in older.by_owner {
            self.add(&owner, &News::Changed(of_owner.changed));
            if of_owner.deleted {
                self.add(&owner, &News::Deleted);
            }
        }
        if older.everything {
            self.everything_changed();
        }
    }

    /// As the other processes are told, those of earlier releases too.
    pub(super) fn notifications(&self) -> Vec<Notification> {
        let mut all = Vec::new();
        if self.everything {
            all.push((EVERYTHING, String::new()));
        }
        for (owner, OfOwner { changed, deleted }) in &self.by_owner {
            if changed.tasks {
                all.push((TASKS, owner.clone()));
            }
            let some = changed.any_conversation.then_some(&SOME);
            for id in changed.conversations.iter().chain(some) {
                all.push((CONVERSATIONS, format!("{id} {owner}")));
            }
            if *deleted {
                all.push((ACCOUNTS, owner.clone()));
            }
        }
        all
    }
}
