//! Every query on tasks. Each names the owner.

mod list;
mod once;
mod read;
mod write;

pub(crate) use self::once::keyed;
pub use self::{
    list::{Cursor, ListQuery, PAGE_MAX, TaskPage, list},
    once::{Written, create_once, once, outcome},
    read::{by_ids, get, summary},
    write::{Write, change, create, delete, set_completed, toggle, write},
};
