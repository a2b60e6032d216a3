//! The embedded PostgreSQL, really installed, started and stopped; by root as well as by anybody else.

use std::{fs, net::TcpStream, path::Path};

use xtask::{
    postgres::{Purpose, Server},
    workspace::Workspace,
};

#[test]
fn a_temporary_server_answers_until_it_is_dropped_and_leaves_nothing_behind() {
    let workspace = Workspace::find().unwrap();
    let server = Server::temporary(&workspace, Purpose::Test, "dropped", None).unwrap();
    let place = server.place.clone();
    let (address, folder) = place.split_once(" (data in ").unwrap();
    let folder = Path::new(folder.trim_end_matches(')'));
    assert!(server.url.ends_with(&format!("@{address}/todo")));
    assert!(TcpStream::connect(address).is_ok());
    assert!(folder.is_dir());

    drop(server);
    assert!(TcpStream::connect(address).is_err());
    assert!(!folder.exists());
    let log = fs::read_to_string(workspace.log("postgres-dropped")).unwrap();
    assert!(log.contains("database system is shut down"), "{log}");
    assert!(!log.contains("FATAL") && !log.contains("PANIC"), "{log}");
}

#[test]
fn a_server_that_cannot_have_its_port_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let data = tempfile::tempdir().unwrap();
    let workspace = Workspace::find().unwrap();
    let log = data.path().join("postgres.log");
    let error = Server::kept(&workspace, data.path(), port, &log).unwrap_err();
    assert!(
        error.to_string().contains("PostgreSQL ended by itself"),
        "{error}"
    );
    assert!(error.to_string().contains("could not bind"), "{error}");
}

#[test]
fn sql_files_run_in_the_order_of_their_names_and_a_fault_in_one_is_an_error_that_names_it() {
    let workspace = Workspace::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let start = || Server::temporary(&workspace, Purpose::Test, "sql", Some(folder.path()));
    let function = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n\n  RETURN 1;\n\nEND $$;\n-- the end";
    fs::write(folder.path().join("1.sql"), "CREATE TABLE things (id int);").unwrap();
    fs::write(folder.path().join("2.sql"), function).unwrap();
    fs::write(folder.path().join("3.sql"), "SELECT id, f() FROM things").unwrap();
    drop(start().unwrap());

    fs::write(folder.path().join("4.sql"), "SELECT missing FROM things").unwrap();
    let error = start().unwrap_err().to_string();
    assert!(
        error.contains("4.sql: column \"missing\" does not exist"),
        "{error}"
    );
}
