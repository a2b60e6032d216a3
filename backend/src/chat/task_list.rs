//! Lists of tasks with buttons, drawn as widgets of the `ChatKit` protocol.
//!
//! A widget is made of the owner's rows as they are at that moment, by this code alone: the model names the tasks, and
//! nothing of what it writes becomes a button.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::task::Task;

/// How many tasks a widget shows; longer lists are told in words.
pub(super) const MOST_ROWS: usize = 30;
const NOTHING_LEFT: &str = "These tasks no longer exist.";

/// A list of tasks as it was drawn last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskList {
    /// The tasks it shows, whether they still exist or not, in order.
    #[serde(rename = "tasks")]
    pub ids: Vec<i64>,
    /// What stands above them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The protocol's form of it.
    pub widget: Value,
}

/// What a button does with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskAction {
    /// Marks it done.
    Complete,
    /// Marks it open.
    Reopen,
    /// Deletes it.
    Delete,
}

impl TaskAction {
    /// The action of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Complete, Self::Reopen, Self::Delete];
        all.into_iter().find(|action| action.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Complete => "task.complete",
            Self::Reopen => "task.reopen",
            Self::Delete => "task.delete",
        }
    }
}

impl TaskList {
    /// Draws the list when its tasks are these.
    #[must_use]
    pub fn new(ids: Vec<i64>, title: Option<String>, tasks: &[Task]) -> Self {
        let rows = rows(&ids, tasks);
        let status = status(&rows);
        let row_type = if title.is_some() {
            "Row"
        } else {
            "ListViewItem"
        };
        let row = |key: String, cells: Value| json!({"type": row_type, "key": key, "gap": 2, "align": "center", "children": cells});
        let mut children: Vec<Value> = rows
            .iter()
            .map(|task| row(task.id.to_string(), cells(task)))
            .collect();
        if children.is_empty() {
            let nothing =
                json!({"type": "Text", "value": NOTHING_LEFT, "color": "secondary", "maxLines": 3});
            children.push(row("none".to_owned(), json!([nothing])));
        }
        let widget = match &title {
            None => json!({"type": "ListView", "status": status, "children": children}),
            Some(title) => {
                let heading = json!({"type": "Title", "value": title, "size": "sm"});
                children.insert(0, heading);
                json!({"type": "Card", "size": "full", "status": status, "children": children})
            }
        };
        Self { ids, title, widget }
    }

    /// The list as plain text.
    #[must_use]
    pub fn text(&self, tasks: &[Task]) -> String {
        let mut text = String::new();
        if let Some(title) = &self.title {
            let _ = writeln!(text, "{title}\n");
        }
        let rows = rows(&self.ids, tasks);
        for task in &rows {
            let mark = if task.completed { 'x' } else { ' ' };
            let _ = writeln!(text, "- [{mark}] {}", task.title);
        }
        if rows.is_empty() {
            text.push_str(NOTHING_LEFT);
        }
        text.trim_end().to_owned()
    }
}

fn rows<'a>(ids: &[i64], tasks: &'a [Task]) -> Vec<&'a Task> {
    let find = |id: &i64| tasks.iter().find(|task| task.id == *id);
    ids.iter().filter_map(find).collect()
}

fn status(tasks: &[&Task]) -> Value {
    let done = tasks.iter().filter(|task| task.completed).count();
    let open = tasks.len() - done;
    let (text, icon) = match (open, done) {
        (0, 0) => ("No tasks".to_owned(), "notebook"),
        (0, _) => ("All done".to_owned(), "check-circle"),
        (1, 0) => ("1 open task".to_owned(), "notebook"),
        (open, 0) => (format!("{open} open tasks"), "notebook"),
        (open, done) => (format!("{open} open, {done} done"), "notebook"),
    };
    json!({"text": text, "icon": icon})
}

/// One task: a button that completes or reopens it, its title, a button that deletes it.
fn cells(task: &Task) -> Value {
    let title = &task.title;
    let (icon, toggle, title) = if task.completed {
        let title = json!({
            "type": "Text", "value": title, "maxLines": 3, "color": "secondary", "lineThrough": true,
        });
        ("check-circle-filled", TaskAction::Reopen, title)
    } else {
        let title = json!({"type": "Text", "value": title, "maxLines": 3});
        ("empty-circle", TaskAction::Complete, title)
    };
    let delete = button(
        "lucide:trash-2",
        Some("danger"),
        TaskAction::Delete,
        task.id,
    );
    let toggle = button(icon, None, toggle, task.id);
    json!([toggle, title, {"type": "Spacer"}, delete])
}

/// The server is asked without a stream, so that a button works while an answer is being said.
fn button(icon: &str, color: Option<&str>, action: TaskAction, task: i64) -> Value {
    let mut button = json!({
        "type": "Button", "iconStart": icon, "variant": "ghost", "size": "sm", "uniform": true,
        "onClickAction": {
            "type": action.name(), "payload": {"task_id": task}, "handler": "server",
            "loadingBehavior": "self", "streaming": false,
        },
    });
    if let (Some(color), Some(fields)) = (color, button.as_object_mut()) {
        fields.insert("color".to_owned(), color.into());
    }
    button
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

    fn list(ids: &[i64], title: Option<&str>, tasks: &[Task]) -> TaskList {
        TaskList::new(ids.to_vec(), title.map(str::to_owned), tasks)
    }

    #[test]
    fn a_list_shows_its_tasks_in_its_own_order_and_what_can_be_done_with_each() {
        let tasks = [task(1, "Milk", false), task(2, "Bread", true)];
        let widget = list(&[2, 1, 9], None, &tasks).widget;
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
        let groceries = list(&[1, 2], Some("Groceries"), &tasks);
        assert_eq!(groceries.widget["children"][0]["value"], "Groceries");
        assert_eq!(
            groceries.text(&tasks),
            "Groceries\n\n- [ ] Milk\n- [x] Bread"
        );
    }

    #[test]
    fn a_list_whose_tasks_are_gone_says_so() {
        let list = list(&[1], None, &[]);
        let widget = &list.widget;
        assert_eq!(widget["children"][0]["children"][0]["value"], NOTHING_LEFT);
        assert_eq!(widget["status"]["text"], "No tasks");
        assert_eq!(list.text(&[]), NOTHING_LEFT);
    }
}
