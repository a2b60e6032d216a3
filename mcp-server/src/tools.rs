//! The tools: who calls, what comes in, what goes out. The rules and the SQL are the store's.

mod arguments;
mod one;
mod read;
mod results;
mod several;

use std::sync::{Arc, LazyLock};

use rmcp::{handler::server::router::tool::ToolRouter, model::RequestMetaObject};
use serde_json::Value;
use store::{
    Db,
    changes::{Author, Means},
    task::{Description, NewTask, Title},
    tools::{IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_MAX, TURN, stored_key},
};

use self::arguments::AddTask;
pub(crate) use self::{
    arguments::LIST_MAX,
    results::{OneTask, TaskList},
};
use crate::{Principal, failure::Failure, schema};

/// Made once: the macro's default builds the router anew for every request.
pub(crate) static ROUTER: LazyLock<ToolRouter<Tools>> = LazyLock::new(|| {
    let mut router = Tools::on_one_task() + Tools::on_several_tasks() + Tools::that_read();
    router
        .map
        .values_mut()
        .for_each(|route| schema::simplify(&mut route.attr));
    router
});

/// The tools over one database. Cheap to clone.
#[derive(Clone)]
pub struct Tools {
    db: Db,
    website: Option<Arc<str>>,
}

impl Tools {
    /// Tools that work on the tasks in this database, which people see at `website`.
    pub(crate) fn new(db: Db, website: Option<&str>) -> Self {
        Self {
            db,
            website: website.map(Arc::from),
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn website(&self) -> Option<&str> {
        self.website.as_deref()
    }
}

impl AddTask {
    fn parse(self) -> Result<NewTask, Failure> {
        let description = self.description.map(|text| Description::parse(&text));
        Ok(NewTask {
            title: Title::parse(&self.title)?,
            description: description.transpose()?.flatten(),
        })
    }
}

/// The turn of the chat that makes a call, if one does.
fn turn(meta: &RequestMetaObject) -> Option<i64> {
    meta.get(TURN).and_then(Value::as_i64)
}

/// Whose change a call is.
fn author<'a>(caller: &'a Principal, meta: &RequestMetaObject) -> Author<'a> {
    match turn(meta) {
        Some(turn) => Author::turn(&caller.user_id, turn),
        None => Author::new(&caller.user_id, Means::Mcp).client(caller.client.as_deref()),
    }
}

/// The call's key as it is stored.
fn idempotency_key(meta: &RequestMetaObject) -> Result<Option<String>, Failure> {
    let Some(value) = meta.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = value
        .as_str()
        .filter(|key| (1..=IDEMPOTENCY_KEY_MAX).contains(&key.chars().count()));
    let key = key.ok_or_else(|| {
        let message = format!("The metadata `{IDEMPOTENCY_KEY}` must be text of 1 to {IDEMPOTENCY_KEY_MAX} characters.");
        Failure::invalid(message, "Send a shorter key, or none.")
    })?;
    Ok(Some(stored_key(key)))
}

#[cfg(test)]
mod tests {
    use store::tools::ChangeTool;

    use super::*;

    #[test]
    fn the_tools_that_write_are_those_that_change_tasks() {
        let tools = ROUTER.list_all();
        let writing = tools.iter().filter(|tool| {
            let hints = tool.annotations.as_ref();
            hints.and_then(|hints| hints.read_only_hint) != Some(true)
        });
        let mut writing: Vec<&str> = writing.map(|tool| tool.name.as_ref()).collect();
        writing.sort_unstable();
        let mut changing = ChangeTool::ALL.map(ChangeTool::name);
        changing.sort_unstable();
        assert_eq!(writing, changing);
    }
}
