//! The database that everything is measured against: made for the run, and filled.

use std::{
    str::FromStr as _,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions,
    query_scalar, raw_sql,
};

use crate::{
    keys,
    users::{BUSY, CALM, PEOPLE, SEEKER},
};

const NAME: &str = "todo_bench";
/// So many tasks the person has whose first page must cost no more than anybody's.
const MANY: u32 = 100_000;
/// Between two looks at whether everybody has left.
const PAUSE: Duration = Duration::from_millis(20);
const LEAVING: Duration = Duration::from_secs(10);
const COMING: Duration = Duration::from_secs(10);
/// Until every session has read the settings that changed.
const RELOAD: Duration = Duration::from_millis(200);

/// A database of our own on the given server.
#[derive(Clone)]
pub(crate) struct Database {
    server: PgConnectOptions,
    own: PgConnectOptions,
    name: String,
    url: String,
}

impl Database {
    /// Makes it anew.
    pub(crate) async fn create(server_url: &str) -> anyhow::Result<Self> {
        Self::create_named(server_url, NAME).await
    }

    /// Makes one of another name anew, so that it does not meet other runs on the same server.
    pub(crate) async fn create_named(server_url: &str, name: &str) -> anyhow::Result<Self> {
        let server =
            PgConnectOptions::from_str(server_url).context("--database-url is not a URL")?;
        let own = server.clone().database(name);
        let (address, parameters) = match server_url.split_once('?') {
            Some((address, parameters)) => (address, format!("?{parameters}")),
            None => (server_url, String::new()),
        };
        let host = address
            .rsplit_once('/')
            .filter(|(host, _)| !host.ends_with('/'))
            .map_or(address, |(host, _)| host);
        let database = Self {
            url: format!("{host}/{name}{parameters}"),
            name: name.to_owned(),
            server,
            own,
        };
        database.drop_it().await?;
        let mut connection = PgConnection::connect_with(&database.server).await?;
        run(&mut connection, format!("create database {name}")).await?;
        connection.close().await?;
        Ok(database)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Removes it, with whoever is still connected.
    pub(crate) async fn drop_it(&self) -> anyhow::Result<()> {
        let mut connection = PgConnection::connect_with(&self.server)
            .await
            .context("the PostgreSQL server cannot be used")?;
        let name = &self.name;
        run(
            &mut connection,
            format!("drop database if exists {name} with (force)"),
        )
        .await?;
        connection.close().await?;
        Ok(())
    }

    /// 20 tasks for everybody.
    pub(crate) async fn seed(&self) -> anyhow::Result<()> {
        self.execute(&tasks(&everybody(), 20)).await?;
        self.execute("vacuum analyze").await
    }

    /// Very many tasks for two more.
    pub(crate) async fn seed_long_lists(&self) -> anyhow::Result<()> {
        for (person, count) in [(BUSY, MANY), (SEEKER, 10_000)] {
            let tasks = tasks(&format!("select '{person}'"), count);
            self.execute(&tasks).await?;
        }
        self.execute("vacuum analyze").await
    }

    /// Takes the announcing of changes from its triggers, which locks the whole database until the commit.
    pub(crate) async fn silence(&self) -> anyhow::Result<()> {
        let silenced = "do $$
            declare announcing text;
            begin
                for announcing in
                    select pg_get_functiondef(oid) from pg_proc
                    where prosrc like '%pg_notify(%' and pronamespace = 'public'::regnamespace
                loop
                    execute replace(announcing, 'pg_notify(', 'concat(');
                end loop;
            end $$";
        self.execute(silenced).await
    }

    /// Makes everybody a key, and connects everybody with one app.
    pub(crate) async fn let_programs_in(&self) -> anyhow::Result<()> {
        let tables = include_str!("../../../crates/store/tests/fixtures/better_auth.sql");
        raw_sql(tables).execute(&mut self.connect().await?).await?;
        let app = keys::APP;
        for statement in [
            format!(
                r#"insert into "user" (id, name, email, "emailVerified")
                   select n::text, 'Person ' || n, n || '@example.com', false from generate_series(1, {PEOPLE}) n"#
            ),
            format!(
                r#"insert into "oauthClient" (id, "clientId", name, "redirectUris") values ('{app}', '{app}', '{app}', '[]')"#
            ),
            format!(
                r#"insert into "oauthConsent" (id, "clientId", "userId", scopes, "createdAt", "updatedAt")
                   select id, '{app}', id, '[]', now(), now() from "user""#
            ),
        ] {
            self.execute(&statement).await?;
        }
        let tokens = (1..=PEOPLE).map(|person| {
            let token = keys::personal_token(&person.to_string());
            format!("('{person}', '{token}')")
        });
        let tokens = tokens.collect::<Vec<_>>().join(", ");
        let statement = format!(
            r#"insert into apikey (id, "configId", name, "referenceId", key, enabled, "createdAt", "updatedAt", permissions)
               select p, 'default', 'bench', p, translate(encode(sha256(token::bytea), 'base64'), '+/=', '-_'), true,
                   now(), now(), '{{"tasks":["read","write"]}}'
               from (values {tokens}) people (p, token)"#
        );
        self.execute(&statement).await
    }

    /// How long the whole server lets every commit wait for the disk, in milliseconds.
    pub(crate) async fn delay_commits(&self, delay_ms: u32) -> anyhow::Result<()> {
        let delay = delay_ms * 1_000;
        for statement in [
            "alter system set commit_siblings = 0",
            &format!("alter system set commit_delay = {delay}"),
            "select pg_reload_conf()",
        ] {
            self.execute(statement).await?;
        }
        tokio::time::sleep(RELOAD).await;
        Ok(())
    }

    /// How long the database has been executing statements for this run's programs, in milliseconds. A session
    /// counts when it has ended, so this waits until nobody else is connected.
    pub(crate) async fn active_time(&self) -> anyhow::Result<f64> {
        let mut connection = self.connect().await?;
        let others = "select count(*) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
        let left = async {
            while query_scalar::<_, i64>(others)
                .fetch_one(&mut connection)
                .await?
                > 0
            {
                tokio::time::sleep(PAUSE).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(LEAVING, left)
            .await
            .context("somebody else is connected to the database")??;
        let time = "select active_time from pg_stat_database where datname = current_database()";
        let time = query_scalar(time).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(time)
    }

    /// The processes that serve a program's connections.
    pub(crate) async fn sessions_of(&self, program: &str) -> anyhow::Result<Vec<u32>> {
        let mut connection = self.connect().await?;
        let ids = "select pid from pg_stat_activity
             where datname = current_database() and application_name = $1";
        let ids: Vec<i32> = query_scalar(ids)
            .bind(program)
            .fetch_all(&mut connection)
            .await?;
        connection.close().await?;
        Ok(ids
            .into_iter()
            .filter_map(|id| id.try_into().ok())
            .collect())
    }

    /// What a program ran last of what is like this pattern, with `$1` and so on for its parameters.
    pub(crate) async fn last_statement(
        &self,
        program: &str,
        pattern: &str,
    ) -> anyhow::Result<String> {
        let mut connection = self.connect().await?;
        let statement = "select query from pg_stat_activity
             where datname = current_database() and application_name in ($1, $1 || ' (announces)') and query ilike $2
             order by state_change desc limit 1";
        let statement: Option<String> = query_scalar(statement)
            .bind(program)
            .bind(pattern)
            .fetch_optional(&mut connection)
            .await?;
        connection.close().await?;
        statement.with_context(|| format!("{program} ran nothing like {pattern:?}"))
    }

    /// Changes it by a statement of the bench's own.
    pub(crate) async fn execute(&self, statement: &str) -> anyhow::Result<()> {
        let mut connection = self.connect().await?;
        run(&mut connection, statement.to_owned()).await?;
        connection.close().await?;
        Ok(())
    }

    /// The one value of JSON that a statement gives; `null` of nothing.
    pub(crate) async fn value(&self, statement: &str) -> anyhow::Result<Value> {
        let mut connection = self.connect().await?;
        let value: Option<Option<Value>> = query_scalar(AssertSqlSafe(statement.to_owned()))
            .fetch_optional(&mut connection)
            .await?;
        connection.close().await?;
        Ok(value.flatten().unwrap_or_default())
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<PgConnection> {
        let connection = PgConnection::connect_with(&self.own).await;
        connection.context("the benchmark's database cannot be reached")
    }
}

/// 20 tasks for everybody in a database that is there and has the schema, and no task besides.
pub(crate) async fn reseed(url: &str) -> anyhow::Result<()> {
    let begun = Instant::now();
    // The way to it may just be being opened.
    let mut connection = loop {
        match PgConnection::connect(url).await {
            Ok(connection) => break connection,
            Err(_) if begun.elapsed() < COMING => tokio::time::sleep(PAUSE).await,
            Err(error) => return Err(error).context("the database cannot be reached"),
        }
    };
    for statement in [
        "truncate tasks, task_counts".to_owned(),
        tasks(&everybody(), 20),
        "vacuum analyze".to_owned(),
    ] {
        run(&mut connection, statement).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Selects the people who share the load, and the one whom nobody else touches.
fn everybody() -> String {
    format!("select n::text from generate_series(1, {PEOPLE}) n union select '{CALM}'")
}

/// So many tasks for each, in random order: in a real table nobody's tasks lie side by side. The log has nothing of them.
fn tasks(people: &str, each: u32) -> String {
    format!(
        "insert into tasks (user_id, title, description, completed, created_at)
         select person, 'Task number ' || n, case when n % 2 = 0 then 'in a few words' end,
                n % 3 = 0, now() - interval '1 second' * n
         from ({people}) people(person), generate_series(1, {each}) n,
             set_config('todo.origin', '{{\"unlogged\": true}}', true)
         order by random()"
    )
}

/// Runs statements that no person has a part in.
pub(crate) async fn run(connection: &mut PgConnection, statement: String) -> anyhow::Result<()> {
    connection
        .execute(raw_sql(AssertSqlSafe(statement)))
        .await?;
    Ok(())
}
