//! The log of `todo-offline-model` when nobody reads it, or it cannot be written.

use crate::process_log::Program;

const PROGRAM: Program = Program {
    path: env!("CARGO_BIN_EXE_todo-offline-model"),
    variables: &[],
    request: |id| {
        let body = format!(r#"{{"model":"{id}","messages":[{{"role":"user","content":"hi"}}]}}"#);
        let length = body.len();
        format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    },
    id: "/model",
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
