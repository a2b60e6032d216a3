//! The tools that only read.

use rmcp::{
    handler::server::wrapper::{Json, Parameters},
    tool, tool_router,
};
use store::{
    activity::{self, ActivityQuery},
    task::{Search, Sort, Status},
    tasks::{self, Cursor, ListQuery},
};

use super::{
    Tools,
    arguments::{self, Checked, Kind, ListActivity, ListTasks, Nothing, limit},
    results::{ActivityList, OneTask, TaskList, TaskSummary},
};
use crate::{
    Principal,
    clock::{Clock, End},
    failure::Failure,
};

const RECENT: i64 = 5;

#[tool_router(router = that_read, vis = "pub(super)")]
impl Tools {
    /// List the user's tasks with their ids, newest first. Also use it, with `query`, to find the id of a task that the
    /// user names by words.
    #[tool(
        title = "List tasks",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_tasks(
        &self,
        caller: Principal,
        Parameters(Checked(arguments)): Parameters<Checked<ListTasks>>,
    ) -> Result<Json<TaskList>, Failure> {
        let arguments = arguments?;
        let search = arguments.query.as_deref().map(Search::parse);
        let query = ListQuery {
            status: arguments.status.map_or(Status::All, Status::from),
            search: search.transpose()?.flatten(),
            sort: arguments.sort.map_or(Sort::Created, Sort::from),
            limit: limit(arguments.limit)?,
            cursor: arguments.cursor.map(Cursor::try_from).transpose()?,
        };
        let page = tasks::list(&self.db, &caller.user_id, &query).await?;
        let details = arguments.details.unwrap_or_default();
        Ok(Json(TaskList::new(page, details)))
    }

    /// Show one task with its description and times.
    #[tool(
        title = "Get task",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn get_task(
        &self,
        caller: Principal,
        Parameters(Checked(arguments)): Parameters<Checked<arguments::OneTask>>,
    ) -> Result<Json<OneTask>, Failure> {
        let id = arguments?.task_id.0;
        let task = tasks::get(&self.db, &caller.user_id, id).await?;
        let task = task.ok_or_else(|| Failure::no_task(id))?;
        Ok(Json(OneTask::from(&task)))
    }

    /// Count the user's tasks: all, pending and completed, with the newest pending ones.
    #[tool(
        title = "Task summary",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn task_summary(
        &self,
        caller: Principal,
        Parameters(Checked(arguments)): Parameters<Checked<Nothing>>,
    ) -> Result<Json<TaskSummary>, Failure> {
        let Nothing {} = arguments?;
        let summary = tasks::summary(&self.db, &caller.user_id).await?;
        let newest_open = ListQuery {
            status: Status::Pending,
            sort: Sort::Created,
            limit: RECENT,
            ..ListQuery::default()
        };
        let newest_open = tasks::list(&self.db, &caller.user_id, &newest_open).await?;
        Ok(Json(TaskSummary::new(summary, newest_open.tasks)))
    }

    /// Tell what happened to the user's tasks in the last 30 days, newest first: which were created, changed, completed,
    /// reopened or deleted, when, and by which client.
    #[tool(
        title = "List activity",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_activity(
        &self,
        caller: Principal,
        clock: Clock,
        Parameters(Checked(arguments)): Parameters<Checked<ListActivity>>,
    ) -> Result<Json<ActivityList>, Failure> {
        let arguments = arguments?;
        let moment = |text: Option<String>, field, end| {
            let moment = text.map(|text| clock.moment(&text, field, end));
            moment.transpose()
        };
        let limit = limit(arguments.limit)?;
        let query = ActivityQuery {
            kind: arguments.kind.map(Kind::as_str),
            since: moment(arguments.since, "since", End::Begin)?,
            until: moment(arguments.until, "until", End::End)?,
            limit,
        };
        let changes = activity::list(&self.db, &caller.user_id, &query).await?;
        Ok(Json(ActivityList::new(changes, limit)))
    }
}
