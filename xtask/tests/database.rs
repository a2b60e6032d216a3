//! What is said about a `DATABASE_URL` that does not work.

use std::net::TcpListener;

use xtask::database::{address, cause, require};

#[test]
fn addresses_as_people_paste_them_are_understood() {
    for (url, host, port) in [
        (
            "postgres://u:p@db.example.com:6432/todo",
            "db.example.com",
            6432,
        ),
        (
            "postgresql+asyncpg://u:p@db.example.com/todo?sslmode=require",
            "db.example.com",
            5432,
        ),
        ("postgresql://u:p%40ss@[::1]:5433/x", "::1", 5433),
        ("postgres://u:p@ss@localhost", "localhost", 5432),
        (" postgres://localhost?sslmode=disable ", "localhost", 5432),
    ] {
        assert_eq!(address(url).unwrap(), (host.to_owned(), port), "{url}");
    }
}

#[test]
fn what_is_no_address_is_refused_without_being_shown() {
    for url in [
        "mysql://u:hunter2@h/d",
        "hunter2",
        "postgres://",
        "postgres://u:hunter2@h:port/d",
    ] {
        let error = address(url).unwrap_err().to_string();
        assert!(
            error.contains("write postgres://user:password@host:5432/database"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named_by_host_and_port() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://u:hunter2@127.0.0.1:{port}/d");
    require(&url).unwrap();
    drop(listener);
    let error = require(&url).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("no database answers at 127.0.0.1:{port}: ")),
        "{error}"
    );
}

#[test]
fn the_output_of_a_failed_migration_is_explained_in_one_sentence() {
    for (output, sentence) in [
        (
            "error: password authentication failed for user \"todo\"",
            "refuses the user or password",
        ),
        (
            "database \"tood\" does not exist",
            "does not exist on its server",
        ),
        (
            "error returned from database: SASL authentication failed",
            "refuses the user or password",
        ),
        (
            "failed to lookup address information: Name or service not known",
            "no host of that name",
        ),
        ("connect ECONNREFUSED 10.96.0.7:5432", "no database answers"),
        (
            "Identity migration failed: the database refused the user or the password: no pg_hba.conf entry for host \"10.244.0.9\", user \"todo\", database \"todo\", no encryption.",
            "add `?sslmode=require`",
        ),
        (
            "the database cannot be reached: connection is insecure (try using `sslmode=require`)",
            "add `?sslmode=require`",
        ),
        (
            "permission denied for schema public",
            "may not create tables",
        ),
    ] {
        assert!(cause(output).unwrap().contains(sentence), "{output}");
    }
    assert_eq!(cause("a table has UUID keys"), None);
}
