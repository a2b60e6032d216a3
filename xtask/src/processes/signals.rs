//! How a child is put in a group of its own, asked to end, and killed: per system.

use std::process::{Child, Command};

/// How a child is asked to end.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    /// SIGTERM to everything in its group.
    Terminate,
    /// SIGINT to the process itself: what PostgreSQL calls a fast shutdown.
    Interrupt,
}

#[cfg(unix)]
mod system {
    use std::os::unix::process::CommandExt as _;

    use nix::{
        sys::signal::{Signal, kill, killpg},
        unistd::Pid,
    };

    use super::{Child, Command, Ending};

    pub fn own_group(command: &mut Command) {
        command.process_group(0);
    }

    pub fn ask(child: &Child, ending: Ending) {
        let Some(id) = id(child) else { return };
        // A child that ended meanwhile has ended, which is what was wanted.
        let _ = match ending {
            Ending::Terminate => killpg(id, Signal::SIGTERM),
            Ending::Interrupt => kill(id, Signal::SIGINT),
        };
    }

    pub fn kill_group(child: &Child) {
        if let Some(id) = id(child) {
            let _ = killpg(id, Signal::SIGKILL);
        }
    }

    fn id(child: &Child) -> Option<Pid> {
        // 0 and 1 as a group would be everybody.
        i32::try_from(child.id())
            .ok()
            .filter(|id| *id > 1)
            .map(Pid::from_raw)
    }
}

#[cfg(windows)]
mod system {
    use std::{os::windows::process::CommandExt as _, process::Stdio};

    use super::{Child, Command, Ending};

    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;

    pub fn own_group(command: &mut Command) {
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }

    // Console programs have no gentle end that could be asked for from outside; PostgreSQL recovers at its next start.
    pub fn ask(child: &Child, _ending: Ending) {
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
}

pub use system::{ask, kill_group, own_group};
