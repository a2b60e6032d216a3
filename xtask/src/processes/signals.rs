//! How a child is put in a group of its own, asked to end, and killed: per system.

use std::process::{Child, Command, Stdio};

#[cfg(unix)]
mod system {
    use std::os::unix::process::CommandExt as _;

    use nix::{
        sys::signal::{Signal, killpg},
        unistd::Pid,
    };

    use super::{Child, Command, Stdio};

    pub fn own_group(command: &mut Command) {
        command.process_group(0);
    }

    pub fn ask(child: &Child) {
        send(child, Signal::SIGTERM);
    }

    pub fn kill_group(child: &Child) {
        send(child, Signal::SIGKILL);
    }

    fn send(child: &Child, signal: Signal) {
        // 0 and 1 as a group would be everybody.
        if let Some(id) = i32::try_from(child.id()).ok().filter(|id| *id > 1) {
            // A child that ended meanwhile has ended, which is what was wanted.
            let _ = killpg(Pid::from_raw(id), signal);
        }
    }

    /// A process that ends the child's group when this program dies without doing it, as after `kill -9`. It waits at a
    /// pipe that this program alone holds open.
    pub fn guard(child: &Child) -> std::io::Result<Option<Child>> {
        const SCRIPT: &str = "read -r _; kill -TERM -$0; sleep 12; kill -KILL -$0";
        Command::new("sh")
            .args(["-c", SCRIPT, &child.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map(Some)
    }
}

#[cfg(windows)]
mod system {
    use std::os::windows::process::CommandExt as _;

    use super::{Child, Command, Stdio};

    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;

    pub fn own_group(command: &mut Command) {
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }

    // Console programs have no gentle end that could be asked for from outside; PostgreSQL recovers at its next start.
    pub fn ask(child: &Child) {
        kill_group(child);
    }

    pub fn kill_group(child: &Child) {
        drop(
            Command::new("taskkill")
                .args(["/T", "/F", "/PID", &child.id().to_string()])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status(),
        );
    }

    pub fn guard(_child: &Child) -> std::io::Result<Option<Child>> {
        Ok(None)
    }
}

pub use system::{ask, guard, kill_group, own_group};
