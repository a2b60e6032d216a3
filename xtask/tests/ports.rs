//! Choosing ports.

use std::net::TcpListener;

use xtask::ports::Ports;

fn taken() -> std::io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

#[test]
fn a_port_that_the_user_knows_by_number_must_be_free() {
    let (_listener, port) = taken().unwrap();
    let error = Ports::default()
        .choose(Some(port), 3000, "--port")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        format!(
            "port {port} is in use: stop what listens there, or choose another with `--port <PORT>`"
        )
    );
}

#[test]
fn another_port_is_taken_when_the_usual_one_is_in_use_but_not_when_the_user_asked_for_it() {
    let (_listener, port) = taken().unwrap();
    let mut ports = Ports::default();
    assert_ne!(ports.choose(None, port, "--backend-port").unwrap(), port);
    assert!(ports.choose(Some(port), 8000, "--backend-port").is_err());
}

#[test]
fn no_port_is_given_out_twice() {
    let mut ports = Ports::default();
    let first = ports.any().unwrap();
    assert_ne!(ports.choose(None, first, "--mcp-port").unwrap(), first);
    assert!(ports.choose(Some(first), 3000, "--port").is_err());
}
