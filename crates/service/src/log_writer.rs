//! Log lines on their way to standard output. Requests leave them in a bounded queue, and one thread writes whatever is
//! there at once: neither the price of a write nor a reader that has stopped reading is a request's.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{mem, thread};

use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};

use crate::telemetry::LogFormat;

/// How many bytes may wait. Lines that find no room are dropped and counted.
const LIMIT: usize = 1024 * 1024;
/// How long lines gather after a write; the first after a silence is written at once.
const GATHER: Duration = Duration::from_millis(10);
/// How long the end of the process waits for what is still to be written.
const LAST_LINES: Duration = Duration::from_secs(2);

/// The lines that wait, for any number of threads.
#[derive(Default)]
pub(crate) struct LogLines {
    queue: Mutex<Queue>,
    arrived: Condvar,
    all_written: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: Vec<u8>,
    /// Lines dropped after those that wait. All others are dropped too until these are taken, so that the log tells of
    /// them once and in their place.
    dropped: u64,
    /// Everything is written, and the writing thread sleeps.
    idle: bool,
    /// Set when the process ends: until then, whoever adds a line waits for it to be written.
    deadline: Option<Instant>,
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.dropped == 0
    }
}

impl LogLines {
    /// Begins to write to `output`, for as long as the process lasts.
    pub(crate) fn start(
        output: impl Write + Send + 'static,
        format: LogFormat,
    ) -> io::Result<Arc<Self>> {
        let lines = Arc::new(Self::default());
        let taken = Arc::clone(&lines);
        let output = Output {
            to: output,
            format,
            begun: Vec::new(),
            lost: 0,
        };
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || taken.write_to(output))?;
        Ok(lines)
    }

    /// Waits until everything is written, but not longer than [`LAST_LINES`] from the first call on. Lines that are added
    /// afterwards, by what is dropped last, are waited for within the same time.
    pub(crate) fn finish(&self) {
        let mut queue = self.lock();
        queue
            .deadline
            .get_or_insert_with(|| Instant::now() + LAST_LINES);
        self.wait_at_the_end(queue);
    }

    fn wait_at_the_end(&self, queue: MutexGuard<Queue>) {
        let Some(deadline) = queue.deadline else {
            return;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        // The outcome would only tell whether the time was up.
        let _ = self
            .all_written
            .wait_timeout_while(queue, left, |queue| !queue.idle);
    }

    fn add(&self, line: &[u8]) {
        let mut queue = self.lock();
        if queue.dropped > 0 || queue.lines.len() + line.len() > LIMIT {
            queue.dropped += 1;
            count(1);
        } else {
            queue.lines.extend_from_slice(line);
        }
        // A wake-up is a system call: only a thread that sleeps is worth it.
        if mem::take(&mut queue.idle) {
            self.arrived.notify_one();
        }
        self.wait_at_the_end(queue);
    }

    fn write_to(&self, mut output: Output<impl Write>) {
        loop {
            let mut queue = self.lock();
            while queue.is_empty() {
                queue.idle = true;
                self.all_written.notify_all();
                queue = self
                    .arrived
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            let lines = mem::take(&mut queue.lines);
            let dropped = mem::take(&mut queue.dropped);
            let in_a_hurry = queue.deadline.is_some();
            drop(queue);
            output.deliver(&lines, dropped);
            if !in_a_hurry {
                thread::sleep(GATHER);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Never fails: a log that cannot be written is no error of whoever has something to say.
impl Write for &LogLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where lines end, and what became of them there.
struct Output<W> {
    to: W,
    format: LogFormat,
    /// What is left of a line of which a part was written. It comes first when writing succeeds again, so that no line
    /// ends in the middle of another.
    begun: Vec<u8>,
    /// Lines of which the log has not told yet that they are missing.
    lost: u64,
}

impl<W: Write> Output<W> {
    /// Writes lines, after which `dropped` ones are missing.
    fn deliver(&mut self, lines: &[u8], dropped: u64) {
        self.tell_losses();
        let failed = self.write(lines);
        count(failed);
        self.lost += failed + dropped;
        if failed == 0 {
            self.tell_losses();
        }
    }

    fn tell_losses(&mut self) {
        if self.lost > 0 && self.write(loss(self.format, self.lost).as_bytes()) == 0 {
            self.lost = 0;
        }
    }

    /// How many lines could not be written.
    fn write(&mut self, lines: &[u8]) -> u64 {
        let begun = mem::take(&mut self.begun);
        self.begun = write_all(&mut self.to, &begun).to_vec();
        if !self.begun.is_empty() {
            return number_of(lines);
        }
        let rest = write_all(&mut self.to, lines);
        let written = lines.strip_suffix(rest).unwrap_or_default();
        let is_whole = written.is_empty() || written.ends_with(b"\n");
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (begun, failed) = rest.split_at(match end {
            Some(end) if !is_whole => end + 1,
            _ => 0,
        });
        self.begun = begun.to_vec();
        number_of(failed)
    }
}

/// What could not be written: nothing, unless the disk is full or the reader has gone.
fn write_all<'a>(to: &mut impl Write, mut bytes: &'a [u8]) -> &'a [u8] {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(0) => break,
            Ok(written) => bytes = bytes.split_at(written).1,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Another process has made what they share non-blocking, and it is full.
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(GATHER),
            Err(_) => break,
        }
    }
    bytes
}

fn number_of(lines: &[u8]) -> u64 {
    lines.split_inclusive(|byte| *byte == b'\n').count() as u64
}

fn count(lost: u64) {
    metrics::counter!("log_lines_lost_total").increment(lost);
}

/// The line about lines that are missing. It is not an event like others, which could be dropped itself, and with it the
/// number.
fn loss(format: LogFormat, lines: u64) -> String {
    const MESSAGE: &str =
        "log lines are missing here: standard output was not read or not writable";
    let mut now = String::new();
    // A string takes everything.
    let _ = SystemTime.format_time(&mut Writer::new(&mut now));
    match format {
        LogFormat::Json => {
            format!(
                r#"{{"timestamp":"{now}","level":"WARN","message":"{MESSAGE}","lines":{lines},"target":"{}"}}"#,
                module_path!()
            ) + "\n"
        }
        LogFormat::Text => format!("{now}  WARN {MESSAGE} lines={lines}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    struct Disk {
        room: usize,
        written: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (fits, _) = bytes.split_at(bytes.len().min(self.room));
            if fits.is_empty() {
                return Err(ErrorKind::StorageFull.into());
            }
            self.room -= fits.len();
            self.written.extend_from_slice(fits);
            Ok(fits.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_was_full_has_whole_lines_and_the_number_of_the_missing_ones() {
        for room in 0..30 {
            let mut output = Output {
                to: Disk {
                    room,
                    written: Vec::new(),
                },
                format: LogFormat::Text,
                begun: Vec::new(),
                lost: 0,
            };
            output.deliver(b"first 1\nfirst 2\nfirst 3\n", 0);
            output.deliver(b"second 1\n", 2);
            output.to.room = 1000;
            output.deliver(b"third\n", 0);

            let text = String::from_utf8(output.to.written).unwrap();
            let (told, said): (Vec<_>, Vec<_>) =
                text.lines().partition(|line| line.contains("WARN"));
            let missing: usize = told
                .iter()
                .map(|line| line.rsplit('=').next().unwrap().parse::<usize>().unwrap())
                .sum();
            assert_eq!(said.len() + missing, 7, "{room}: {text}");
            let whole = ["first 1", "first 2", "first 3", "second 1", "third"];
            assert!(
                said.iter().all(|line| whole.contains(line)),
                "{room}: {text}"
            );
            assert!(text.ends_with("third\n"), "{room}: {text}");
        }
    }
}
