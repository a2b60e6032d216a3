//! The client side of `/health`, for container health checks without a shell or curl.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(2);

/// Asks `127.0.0.1:port/health` and returns within about two seconds.
///
/// # Errors
/// When nobody answers in time or the answer is not a 200.
pub fn check(port: u16) -> io::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    stream.write_all(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut status_line = [0; 12];
    stream.read_exact(&mut status_line)?;
    if status_line.starts_with(b"HTTP/1.") && status_line.ends_with(b" 200") {
        return Ok(());
    }
    Err(io::Error::other("/health did not answer 200"))
}
