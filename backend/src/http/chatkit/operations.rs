//! The operations that are answered by one JSON object.

use serde::Serialize;
use store::{
    Db,
    conversations::{self, Order},
    messages,
};

use super::{
    actions,
    ids::ItemId,
    items::{Empty, Item},
    protocol::{CustomAction, Feedback, ListItems, ListThreads, OneThread, UpdateThread, order},
    refused::Refused,
    threads::{Page, Thread},
};
use crate::chat::{self, Chat};

const PAGE: i64 = 100;
const LONGEST_TITLE: usize = 200;
/// A turn has far fewer.
const MOST_ITEMS: usize = 1_000;

async fn thread(db: &Db, owner: &str, id: i64) -> Result<conversations::Conversation, Refused> {
    let found = conversations::get(db, owner, id).await?;
    found.ok_or_else(Refused::no_such_thread)
}

async fn items(
    db: &Db,
    owner: &str,
    thread: i64,
    order: Order,
    after: Option<i64>,
    limit: i64,
) -> Result<Page<Item>, Refused> {
    let page = chat::read(db, owner, thread, order, after, limit).await?;
    Ok(Page::of_items(&page.data, page.has_more))
}

pub(super) async fn get_thread(db: &Db, owner: &str, wanted: OneThread) -> Result<Thread, Refused> {
    let id = wanted.thread_id.conversation();
    let conversation = thread(db, owner, id).await?;
    let items = items(db, owner, id, Order::Asc, None, PAGE).await?;
    Ok(Thread::new(conversation, items))
}

/// A thread that was deleted still says where its page begins: ids are in the order of the list.
pub(super) async fn list_threads(
    db: &Db,
    owner: &str,
    wanted: ListThreads,
) -> Result<Page<Thread>, Refused> {
    let after = wanted
        .after
        .map(|after| after.known().ok_or_else(Refused::no_such_thread))
        .transpose()?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let page = conversations::list(db, owner, order(wanted.order), after, limit).await?;
    Ok(Page::of_threads(page))
}

pub(super) async fn list_items(
    db: &Db,
    owner: &str,
    wanted: ListItems,
) -> Result<Page<Item>, Refused> {
    let id = wanted.thread_id.conversation();
    thread(db, owner, id).await?;
    let after = match wanted.after {
        Some(after) => Some(place(db, owner, id, after).await?),
        None => None,
    };
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE);
    items(db, owner, id, order(wanted.order), after, limit).await
}

/// Where a page begins. An item that was removed meanwhile still says it, as ids are in the order of the items; one of
/// another thread does not.
async fn place(db: &Db, owner: &str, conversation: i64, after: ItemId) -> Result<i64, Refused> {
    let id = after.known().ok_or_else(Refused::no_such_item)?;
    match messages::place(db, owner, id).await? {
        Some(place) if place != conversation => Err(Refused::no_such_item()),
        _ => Ok(id),
    }
}

pub(super) async fn update_thread(
    db: &Db,
    owner: &str,
    wanted: UpdateThread,
) -> Result<Thread, Refused> {
    let title = text::one_line(wanted.title.trim());
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    if text::is_blank(&title) || title.chars().count() > LONGEST_TITLE {
        return Err(Refused::bad("A title has 1 to 200 characters."));
    }
    let id = wanted.thread_id.conversation();
    Ok(Thread::bare(
        conversations::rename(db, owner, id, &title).await?,
    ))
}

pub(super) async fn delete_thread(
    db: &Db,
    owner: &str,
    wanted: OneThread,
) -> Result<Empty, Refused> {
    conversations::delete(db, owner, wanted.thread_id.conversation()).await?;
    Ok(Empty {})
}

pub(super) async fn feedback(db: &Db, owner: &str, wanted: Feedback) -> Result<Empty, Refused> {
    let id = wanted.thread_id.conversation();
    thread(db, owner, id).await?;
    if wanted.item_ids.len() > MOST_ITEMS {
        return Err(Refused::bad("Feedback is about one turn at a time."));
    }
    let ids: Vec<i64> = wanted
        .item_ids
        .iter()
        .filter_map(|item| item.known())
        .collect();
    messages::set_feedback(db, owner, id, &ids, wanted.kind.as_str()).await?;
    Ok(Empty {})
}

#[derive(Debug, Serialize)]
pub(super) struct Updated {
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_item: Option<Item>,
}

pub(super) async fn sync_action(
    chat: &Chat,
    owner: &str,
    wanted: CustomAction,
) -> Result<Updated, Refused> {
    let press = actions::press(&wanted).map_err(Refused::bad)?;
    let pressed = chat.press(owner, press).await?;
    Ok(Updated {
        updated_item: pressed.widget.as_ref().map(Item::stored),
    })
}
