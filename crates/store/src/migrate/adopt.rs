//! Taking over the tables of a Python predecessor.

use sqlx::{AssertSqlSafe, PgConnection, query, query_scalar, raw_sql};

use super::error::MigrateError;

/// Takes over what is there. False when there was nothing to take over.
pub(super) async fn adopt(connection: &mut PgConnection) -> Result<bool, MigrateError> {
    let mut found = Vec::new();
    for (singular, plural) in [
        ("task", "tasks"),
        ("conversation", "conversations"),
        ("message", "messages"),
    ] {
        let one = Table::look(connection, singular).await?;
        let many = Table::look(connection, plural).await?;
        match (one, many) {
            (Some(one), Some(many)) if one.rows && many.rows => {
                return Err(refused(&format!(
                    "the tables \"{singular}\" and \"{plural}\" both hold rows, and only one of them can be the \
                     list of {plural}; move the rows of one into the other"
                )));
            }
            // An empty table beside a full one: whichever is plural is used, unless only the singular has rows.
            (Some(one), Some(_)) if one.rows => {
                return Err(refused(&format!(
                    "the table \"{singular}\" holds rows and an empty table \"{plural}\" stands beside it; \
                     drop \"{plural}\""
                )));
            }
            (_, Some(table)) | (Some(table), None) => found.push(table),
            (None, None) => {}
        }
    }
    for table in &found {
        table.check()?;
    }
    if found.is_empty() {
        return Ok(false);
    }
    raw_sql(include_str!("adopt.sql"))
        .execute(&mut *connection)
        .await?;
    Ok(true)
}

/// A table as it was found.
struct Table {
    name: &'static str,
    real: bool,
    columns: Vec<(String, String)>,
    rows: bool,
}

impl Table {
    async fn look(
        connection: &mut PgConnection,
        name: &'static str,
    ) -> Result<Option<Self>, MigrateError> {
        let columns = query!(
            r#"select attname::text as "name!", atttypid::regtype::text as "type!",
                   relkind in ('r', 'p') as "real!"
               from pg_attribute join pg_class c on c.oid = attrelid
               where c.oid = to_regclass(quote_ident($1)) and attnum > 0 and not attisdropped
                   and relkind in ('r', 'p', 'v', 'm', 'f')"#,
            name,
        )
        .fetch_all(&mut *connection)
        .await?;
        let Some(first) = columns.first() else {
            return Ok(None);
        };
        let real = first.real;
        // The name is one of six words of ours, never input.
        let any = AssertSqlSafe(format!("select exists (select from \"{name}\")"));
        let rows = query_scalar(any).fetch_one(&mut *connection).await?;
        let columns = columns
            .into_iter()
            .map(|column| (column.name, column.r#type))
            .collect();
        Ok(Some(Self {
            name,
            real,
            columns,
            rows,
        }))
    }

    fn check(&self) -> Result<(), MigrateError> {
        if !self.real {
            return Err(refused(&format!(
                "\"{}\" is a view, and a table of that name is needed; use another database, or rename the view to \
                 keep it",
                self.name
            )));
        }
        let keys = match self.name {
            "message" | "messages" => ["id", "conversation_id"].as_slice(),
            _ => ["id"].as_slice(),
        };
        for key in keys {
            match self.type_of(key) {
                Some("smallint" | "integer" | "bigint") => {}
                Some(other) => {
                    return Err(refused(&format!(
                        "the column \"{key}\" of the table \"{}\" is of type {other}, and this application numbers \
                         its rows with integers; use another database, or rename the table to keep it",
                        self.name
                    )));
                }
                None => {
                    return Err(refused(&format!(
                        "the table \"{}\" has no column \"{key}\", so it is not a table of this application; use \
                         another database, or rename the table to keep it",
                        self.name
                    )));
                }
            }
        }
        if self.rows && self.type_of("user_id").is_none() && !self.name.starts_with("message") {
            return Err(refused(&format!(
                "the table \"{}\" holds rows and has no column \"user_id\", so nobody knows whose they are; add the \
                 column and fill it",
                self.name
            )));
        }
        Ok(())
    }

    fn type_of(&self, column: &str) -> Option<&str> {
        self.columns
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, kind)| kind.as_str())
    }
}

fn refused(why: &str) -> MigrateError {
    MigrateError::Refused(format!("The database was left unchanged: {why}."))
}
