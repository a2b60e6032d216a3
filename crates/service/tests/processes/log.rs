//! The bad days of a process's log, for the tests of each program that has one: nobody reads it, or it cannot be written.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// More lines than a pipe and the process's own memory for lines hold.
const MANY: usize = 5000;
/// More than a pipe holds.
const SOME: usize = 500;

/// How to start a program, and to have it log a line.
#[derive(Clone, Copy)]
pub struct Program {
    pub path: &'static str,
    /// What it needs besides its ports.
    pub variables: &'static [(&'static str, &'static str)],
    /// A request whose line bears this id, and after whose answer the connection ends.
    pub request: fn(id: &str) -> String,
    /// Where in the line the id is, as a JSON pointer.
    pub id: &'static str,
}

impl Program {
    fn command(self) -> Command {
        let mut command = Command::new(self.path);
        command.env_clear().arg("serve");
        command.envs(self.variables.iter().copied());
        command
    }

    fn start(self, output: impl Into<Stdio>) -> Running {
        let [port, metrics_port] = [(); 2]
            .map(|()| TcpListener::bind("127.0.0.1:0").unwrap())
            .map(|listener| listener.local_addr().unwrap().port());
        let mut command = self.command();
        command
            .env("HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            .env("METRICS_PORT", metrics_port.to_string())
            .stdout(output)
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        while TcpStream::connect(address).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "it ended at once");
            thread::sleep(Duration::from_millis(5));
        }
        Running {
            child,
            address,
            request: self.request,
        }
    }

    /// Requests are answered while nobody reads the log. What is read later are whole lines, in order, and the number of
    /// those that are missing.
    pub fn outlives_a_log_reader_that_stops(self) {
        let mut running = self.start(Stdio::piped());
        for number in 0..MANY {
            running.ask(&id(number));
        }
        let mut output = BufReader::new(running.child.stdout.take().unwrap());
        let (mut text, mut length) = (String::new(), 0);
        while !text.split_at(length).1.contains("are missing") {
            length = text.len();
            assert_ne!(output.read_line(&mut text).unwrap(), 0, "{text}");
        }
        running.ask("the-last");
        running.end();
        output.read_to_string(&mut text).unwrap();

        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let ids: Vec<&str> = lines
            .iter()
            .filter_map(|line| line.pointer(self.id)?.as_str())
            .filter(|id| id.starts_with("request-"))
            .collect();
        assert!(ids.is_sorted(), "the order is another");
        let missing = MANY - ids.len();
        let told: Vec<u64> = lines
            .iter()
            .filter(|line| line["message"].as_str().unwrap().contains("are missing"))
            .map(|line| line["lines"].as_u64().unwrap())
            .collect();
        assert_eq!(told.len(), 1, "{told:?}");
        // A few lines are about something else than requests.
        let told = usize::try_from(told[0]).unwrap();
        assert!(
            missing > 0 && (missing..missing + 10).contains(&told),
            "{missing} {told}"
        );
        assert!(text.contains("the-last"), "the last lines are not there");
    }

    /// Nobody reads the log, and the process ends all the same.
    pub fn ends_with_an_unread_log(self) {
        let mut running = self.start(Stdio::piped());
        for number in 0..SOME {
            running.ask(&id(number));
        }
        let _unread = running.child.stdout.take();
        running.end();
    }

    /// The disk is full, or the reader has gone: the log is lost, and nothing else.
    pub fn runs_without_a_log(self) {
        let (reader, gone) = io::pipe().unwrap();
        drop(reader);
        for output in [Stdio::from(full_disk()), gone.into()] {
            let mut running = self.start(output);
            for number in 0..SOME {
                running.ask(&id(number));
            }
            running.end();
        }
    }

    /// A process that cannot start, and cannot say why either, ends as any other that cannot start.
    pub fn does_not_start_though_nobody_reads_why(self) {
        let (_unread, mut full) = io::pipe().unwrap();
        let stderr = full.try_clone().unwrap();
        // Stays behind, waiting for a reader.
        thread::spawn(move || while full.write(&[b'x'; 4096]).is_ok() {});
        for stderr in [Stdio::from(full_disk()), stderr.into()] {
            let mut command = self.command();
            let mut child = command.env("PORT", "many").stderr(stderr).spawn().unwrap();
            assert_eq!(wait(&mut child).code(), Some(2));
        }
    }
}

struct Running {
    child: Child,
    address: SocketAddr,
    request: fn(&str) -> String,
}

impl Running {
    /// Asks, and reads the whole answer.
    fn ask(&mut self, id: &str) {
        let mut connection = TcpStream::connect(self.address).unwrap();
        let request = (self.request)(id);
        connection.write_all(request.as_bytes()).unwrap();
        let answer = io::read_to_string(connection).unwrap();
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    }

    /// Tells it to end, which it does in order and without a word of trouble.
    fn end(mut self) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.unwrap().success());
        assert_eq!(wait(&mut self.child).code(), Some(0));
        let trouble = io::read_to_string(self.child.stderr.take().unwrap()).unwrap();
        assert_eq!(trouble, "");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// As long as an id may be, so that a log is soon full.
fn id(number: usize) -> String {
    format!("request-{number:0>120}")
}

fn full_disk() -> File {
    File::create("/dev/full").unwrap()
}

/// Waits for its end, which takes no longer than a tenth of what Kubernetes grants.
fn wait(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begun.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("it does not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
}
