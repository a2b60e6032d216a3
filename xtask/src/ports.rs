//! Choosing ports.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// Whether anything listens on the port, on any address of this machine, or the port may not be used.
fn is_taken(port: u16) -> bool {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // A listener on another address of the same port can leave the bind below successful; a connection finds it.
    TcpStream::connect_timeout(&local, Duration::from_millis(200)).is_ok()
        || TcpListener::bind(local).is_err()
        || TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_err()
}

/// The ports that one run of the application uses, each given out once.
#[derive(Debug, Default)]
pub struct Ports {
    given: Vec<u16>,
}

impl Ports {
    /// The wanted port if the user asked for one; else the usual one, or any free one when that is taken.
    ///
    /// # Errors
    /// One sentence that says what to do when the user asked for one that is taken; when the machine has no free port.
    pub fn choose(&mut self, wanted: Option<u16>, usual: u16, option: &str) -> anyhow::Result<u16> {
        let port = wanted.unwrap_or(usual);
        if self.give(port) {
            return Ok(port);
        }
        ensure!(
            wanted.is_none(),
            "port {port} is in use: stop what listens there, or choose another with `{option} <PORT>`"
        );
        self.any()
    }

    /// Any free port.
    ///
    /// # Errors
    /// When the machine has no free port.
    pub fn any(&mut self) -> anyhow::Result<u16> {
        loop {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
            let address = listener.and_then(|listener| listener.local_addr());
            let port = address.context("no free port on this machine")?.port();
            if self.give(port) {
                return Ok(port);
            }
        }
    }

    fn give(&mut self, port: u16) -> bool {
        let free = !self.given.contains(&port) && !is_taken(port);
        self.given.extend(free.then_some(port));
        free
    }
}
