//! Process groups: a child with everything it started.

use std::process::{Child, Command, Stdio};

/// Gives the command a process group of its own.
#[cfg(unix)]
pub fn own_group(command: &mut Command) -> &mut Command {
    std::os::unix::process::CommandExt::process_group(command, 0)
}

/// Gives the command a process group of its own.
#[cfg(windows)]
pub fn own_group(command: &mut Command) -> &mut Command {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP)
}

/// Signals the child's group. A group that is no more has ended, which is what was wanted. Windows' console programs
/// have no gentle end that could be asked for from outside.
pub fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let (program, arguments) = if cfg!(windows) {
        ("taskkill", ["/T", "/F", "/PID", &id])
    } else {
        ("sh", ["-c", "kill -$0 -$1", signal, &id])
    };
    let mut command = Command::new(program);
    let command = own_group(command.args(arguments)).stdin(Stdio::null());
    drop(command.stdout(Stdio::null()).stderr(Stdio::null()).status());
}

/// A process that ends the child's group when this program dies without doing it, as after `kill -9`. It waits at a pipe
/// that this program alone holds open.
pub fn guard(child: &Child) -> Option<Child> {
    const SCRIPT: &str = "read -r _; kill -TERM -$0; sleep 12; kill -KILL -$0";
    if cfg!(windows) {
        return None;
    }
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, &child.id().to_string()]);
    let command = own_group(&mut command).stdin(Stdio::piped());
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}
