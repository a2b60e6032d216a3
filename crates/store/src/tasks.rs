//! Every query on tasks. Each names the owner.

mod batch;
mod list;
mod once;
mod read;
mod write;

pub(crate) use self::once::keyed;
pub use self::{
    batch::{Batch, BatchChange, BatchDone, Named, batch},
    list::{Cursor, ListQuery, PAGE_MAX, TaskPage, list},
    once::{Written, create_once, once, outcome},
    read::{by_ids, get, summary},
    write::{Write, change, create, delete, set_completed, toggle, write},
};
