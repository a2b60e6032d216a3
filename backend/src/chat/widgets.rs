//! Lists of tasks with buttons, as widgets of the `ChatKit` protocol.
//!
//! A widget is made of the owner's rows as they are at that moment, by this code alone: the model names the tasks, and
//! nothing of what it writes becomes a button.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value, json};
use store::{
    Db,
    messages::{Message, Role},
    task::Task,
    tasks,
};

use super::actions::Deed;

/// How many tasks a widget shows; longer lists are told in words.
pub const MOST_ROWS: usize = 30;

/// A list of tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskList {
    /// The tasks it shows, whether they still exist or not, in order.
    pub ids: Vec<i64>,
    /// What stands above them.
    pub title: Option<String>,
}

/// The parts of a widget, each with the fields that are used here.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Component<'a> {
    ListView {
        status: Status,
        children: Vec<Component<'a>>,
    },
    ListViewItem {
        key: String,
        gap: u8,
        align: &'static str,
        children: Vec<Component<'a>>,
    },
    Card {
        size: &'static str,
        status: Status,
        children: Vec<Component<'a>>,
    },
    Row {
        key: String,
        gap: u8,
        align: &'static str,
        children: Vec<Component<'a>>,
    },
    Title {
        value: &'a str,
        size: &'static str,
    },
    Text {
        value: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        line_through: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        color: Option<&'static str>,
        max_lines: u8,
    },
    Spacer {},
    Button {
        icon_start: &'static str,
        variant: &'static str,
        size: &'static str,
        uniform: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        color: Option<&'static str>,
        on_click_action: Action,
    },
}

#[derive(Debug, Serialize)]
struct Status {
    text: String,
    icon: &'static str,
}

/// What a button asks the server for. Not as a stream: then it works while an answer is being said.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    r#type: &'static str,
    payload: Payload,
    handler: &'static str,
    loading_behavior: &'static str,
    streaming: bool,
}

#[derive(Debug, Serialize)]
struct Payload {
    task_id: i64,
}

impl TaskList {
    /// Reads the list that a widget's row shows.
    #[must_use]
    pub fn read(message: &Message) -> Option<Self> {
        let payload = message.payload.as_ref()?;
        let ids = payload.get("tasks")?.as_array()?;
        let title = payload.get("title").and_then(Value::as_str);
        Some(Self {
            ids: ids.iter().filter_map(Value::as_i64).collect(),
            title: title.map(str::to_owned),
        })
    }

    /// What is stored of it when its tasks are these.
    #[must_use]
    pub fn payload(&self, tasks: &[Task]) -> Value {
        let mut payload = Map::new();
        payload.insert("widget".to_owned(), self.widget(tasks));
        payload.insert("tasks".to_owned(), json!(self.ids));
        if let Some(title) = &self.title {
            payload.insert("title".to_owned(), json!(title));
        }
        payload.into()
    }

    /// The list as plain text.
    #[must_use]
    pub fn text(&self, tasks: &[Task]) -> String {
        let mut text = String::new();
        if let Some(title) = &self.title {
            let _ = writeln!(text, "{title}\n");
        }
        for task in self.rows(tasks) {
            let mark = if task.completed { 'x' } else { ' ' };
            let _ = writeln!(text, "- [{mark}] {}", task.title);
        }
        if self.rows(tasks).next().is_none() {
            text.push_str(NOTHING_LEFT);
        }
        text.trim_end().to_owned()
    }

    fn rows<'a>(&self, tasks: &'a [Task]) -> impl Iterator<Item = &'a Task> {
        let find = |id: &i64| tasks.iter().find(|task| task.id == *id);
        self.ids
            .iter()
            .filter_map(find)
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn widget(&self, tasks: &[Task]) -> Value {
        let status = status(&self.rows(tasks).collect::<Vec<_>>());
        let row = |key: String, children| match self.title {
            Some(_) => Component::Row {
                key,
                gap: 2,
                align: "center",
                children,
            },
            None => Component::ListViewItem {
                key,
                gap: 2,
                align: "center",
                children,
            },
        };
        let mut rows: Vec<Component<'_>> = self
            .rows(tasks)
            .map(|task| row(task.id.to_string(), cells(task)))
            .collect();
        if rows.is_empty() {
            rows.push(row("none".to_owned(), vec![plain(NOTHING_LEFT, true)]));
        }
        let root = match &self.title {
            None => Component::ListView {
                status,
                children: rows,
            },
            Some(title) => {
                rows.insert(
                    0,
                    Component::Title {
                        value: title,
                        size: "sm",
                    },
                );
                Component::Card {
                    size: "full",
                    status,
                    children: rows,
                }
            }
        };
        serde_json::to_value(root).unwrap_or_default()
    }
}

/// Shows the widgets among some rows as their tasks are now: a list that was shown yesterday tells today's truth.
///
/// # Errors
/// When the database is away or busy.
pub async fn refresh(db: &Db, owner: &str, rows: &mut [Message]) -> Result<(), store::Error> {
    let mut lists: Vec<(&mut Message, TaskList)> = rows
        .iter_mut()
        .filter(|row| row.role == Role::Widget)
        .filter_map(|row| TaskList::read(row).map(|list| (row, list)))
        .collect();
    let mut ids: Vec<i64> = lists
        .iter()
        .flat_map(|(_, list)| list.ids.clone())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    ids.dedup();
    let tasks = tasks::by_ids(db, owner, &ids).await?;
    for (row, list) in &mut lists {
        row.payload = Some(list.payload(&tasks));
        row.content = list.text(&tasks);
    }
    Ok(())
}

const NOTHING_LEFT: &str = "These tasks no longer exist.";

fn status(tasks: &[&Task]) -> Status {
    let done = tasks.iter().filter(|task| task.completed).count();
    let open = tasks.len() - done;
    let (text, icon) = match (open, done) {
        (0, 0) => ("No tasks".to_owned(), "notebook"),
        (0, _) => ("All done".to_owned(), "check-circle"),
        (1, 0) => ("1 open task".to_owned(), "notebook"),
        (open, 0) => (format!("{open} open tasks"), "notebook"),
        (open, done) => (format!("{open} open, {done} done"), "notebook"),
    };
    Status { text, icon }
}

/// One task: a button that completes or reopens it, its title, a button that deletes it.
fn cells(task: &Task) -> Vec<Component<'_>> {
    let (icon, toggle) = if task.completed {
        ("check-circle-filled", Deed::Reopen)
    } else {
        ("empty-circle", Deed::Complete)
    };
    vec![
        button(icon, None, toggle, task.id),
        plain(&task.title, task.completed),
        Component::Spacer {},
        button("lucide:trash-2", Some("danger"), Deed::Delete, task.id),
    ]
}

fn plain(value: &str, over: bool) -> Component<'_> {
    Component::Text {
        value,
        line_through: over && value != NOTHING_LEFT,
        color: over.then_some("secondary"),
        max_lines: 3,
    }
}

fn button(
    icon_start: &'static str,
    color: Option<&'static str>,
    deed: Deed,
    task_id: i64,
) -> Component<'static> {
    Component::Button {
        icon_start,
        variant: "ghost",
        size: "sm",
        uniform: true,
        color,
        on_click_action: Action {
            r#type: deed.name(),
            payload: Payload { task_id },
            handler: "server",
            loading_behavior: "self",
            streaming: false,
        },
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn task(id: i64, title: &str, completed: bool) -> Task {
        Task {
            id,
            user_id: "alice".to_owned(),
            title: title.to_owned(),
            description: None,
            completed,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn list(ids: &[i64], title: Option<&str>) -> TaskList {
        TaskList {
            ids: ids.to_vec(),
            title: title.map(str::to_owned),
        }
    }

    #[test]
    fn a_list_shows_its_tasks_in_its_own_order_and_what_can_be_done_with_each() {
        let tasks = [task(1, "Milk", false), task(2, "Bread", true)];
        let widget = list(&[2, 1, 9], None).widget(&tasks);
        assert_eq!(widget["type"], "ListView");
        assert_eq!(widget["status"]["text"], "1 open, 1 done");
        let rows = widget["children"].as_array().unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["key"], "2");
        assert_eq!(
            rows[0]["children"][0]["onClickAction"]["type"],
            "task.reopen"
        );
        assert_eq!(rows[0]["children"][1]["lineThrough"], true);
        assert_eq!(
            rows[1]["children"][0]["onClickAction"]["type"],
            "task.complete"
        );
        assert_eq!(rows[1]["children"][1].get("lineThrough"), None);
        assert_eq!(
            rows[1]["children"][3]["onClickAction"]["payload"],
            json!({"task_id": 1})
        );
    }

    #[test]
    fn a_list_with_a_title_is_a_card_and_as_text_a_list_with_a_heading() {
        let tasks = [task(1, "Milk", false), task(2, "Bread", true)];
        let groceries = list(&[1, 2], Some("Groceries"));
        assert_eq!(
            groceries.widget(&tasks)["children"][0]["value"],
            "Groceries"
        );
        assert_eq!(
            groceries.text(&tasks),
            "Groceries\n\n- [ ] Milk\n- [x] Bread"
        );
    }

    #[test]
    fn a_list_whose_tasks_are_gone_says_so() {
        let widget = list(&[1], None).widget(&[]);
        assert_eq!(widget["children"][0]["children"][0]["value"], NOTHING_LEFT);
        assert_eq!(widget["status"]["text"], "No tasks");
        assert_eq!(list(&[1], None).text(&[]), NOTHING_LEFT);
    }
}
