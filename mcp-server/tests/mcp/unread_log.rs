//! The log of `todo-mcp` when nobody reads it, or it cannot be written.

use crate::process_log::Program;

const PROGRAM: Program = Program {
    path: env!("CARGO_BIN_EXE_todo-mcp"),
    variables: &[
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:9/nothing"),
        ("MCP_API_KEY", crate::running::SECRET),
    ],
    request: |id| {
        format!(
            "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: {id}\r\n\r\n"
        )
    },
    id: "/span/request_id",
};

#[test]
fn a_log_that_nobody_reads_stops_no_request_and_tells_how_many_lines_are_missing() {
    PROGRAM.outlives_a_log_reader_that_stops();
}

#[test]
fn a_log_that_nobody_reads_does_not_stop_the_end() {
    PROGRAM.ends_with_an_unread_log();
}

#[test]
fn a_full_disk_and_a_reader_that_has_gone_cost_the_log_and_nothing_else() {
    PROGRAM.runs_without_a_log();
}

#[test]
fn what_cannot_start_ends_though_it_cannot_say_why() {
    PROGRAM.does_not_start_though_nobody_reads_why();
}
