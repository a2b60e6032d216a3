//! Shows tasks to the person as a list with buttons.

use serde_json::{Map, Value, json};
use store::{
    messages::{self, New, Role},
    tasks,
};

use super::{Maker, refused};
use crate::chat::{event::TurnEvent, own_tools, tools::Answer};

impl Maker<'_> {
    /// Makes the list from the person's own rows. The model hears which tasks it shows.
    pub(super) async fn show(&self, args: &Map<String, Value>) -> Answer {
        let list = match own_tools::list_to_show(args) {
            Ok(list) => list,
            Err(why) => return refused(&why),
        };
        let failed = |error: store::Error| {
            tracing::error!(%error, "a list of tasks cannot be shown");
            refused("The tasks could not be read. Nothing was shown.")
        };
        let (db, owner) = (&self.chat.db, self.ask.owner.as_str());
        let found = match tasks::by_ids(db, owner, &list.ids).await {
            Ok(found) => found,
            Err(error) => return failed(error),
        };
        let missing: Vec<i64> = list
            .ids
            .iter()
            .copied()
            .filter(|id| found.iter().all(|task| task.id != *id))
            .collect();
        if found.is_empty() {
            return refused("None of these tasks exists. Nothing was shown.");
        }
        // What is not there is not shown as gone.
        let list = crate::chat::widgets::TaskList {
            ids: found.iter().map(|task| task.id).collect(),
            ..list
        };
        let (text, payload) = (list.text(&found), list.payload(&found));
        let row = New::said(Role::Widget, &text)
            .with_payload(Some(&payload))
            .by(&self.turn.runner);
        match messages::append(db, owner, self.turn.conversation, row).await {
            Ok(row) => self.out.send(TurnEvent::Stored(row)),
            Err(error) => return failed(error),
        }
        let shown = found
            .iter()
            .map(|task| json!({ "id": task.id, "title": task.title }));
        Answer {
            failed: false,
            result: json!({ "shown": shown.collect::<Vec<_>>(), "not_found": missing }),
        }
    }
}
