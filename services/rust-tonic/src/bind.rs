//! Taking the port.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Connections that may wait to be accepted; the kernel caps it at `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// A port that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {host}:{port}: {}", remedy(source))]
pub struct BindError {
    host: String,
    port: u16,
    source: io::Error,
}

fn remedy(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "the port is taken; stop what holds it, or name another with --port".into()
        }
        io::ErrorKind::PermissionDenied => {
            "not allowed; name a port from 1024 up with --port".into()
        }
        _ => format!("{error}; name another address with --host"),
    }
}

/// One listening socket for each worker, all on one port. A port of 0 takes a free one.
///
/// A lone worker shares its port with nobody. Several share it among themselves, but
/// not with a stranger: that is looked for first, since the kernel would let it share too.
///
/// # Errors
/// Where the name does not resolve, or the port is taken or forbidden.
pub fn listeners(host: &str, port: u16, workers: usize) -> Result<Vec<TcpListener>, BindError> {
    bind(host, port, workers).map_err(|source| BindError {
        host: host.to_owned(),
        port,
        source,
    })
}

fn bind(host: &str, port: u16, workers: usize) -> io::Result<Vec<TcpListener>> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match bind_address(address, workers) {
            Ok(listeners) => return Ok(listeners),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn bind_address(address: SocketAddr, workers: usize) -> io::Result<Vec<TcpListener>> {
    if workers == 1 {
        return Ok(vec![listen(socket(address, false)?)?]);
    }
    // Without SO_REUSEPORT this fails where anybody listens. It never listens itself, so
    // nobody can connect to it, and it is gone when the first worker's socket takes over.
    drop(socket(address, false)?);
    let first = socket(address, true)?;
    let address = local(&first)?;
    let mut listeners = vec![listen(first)?];
    for _ in 1..workers {
        listeners.push(listen(socket(address, true)?)?);
    }
    Ok(listeners)
}

fn socket(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // As the standard library does: a restart need not wait for old connections to time out.
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listen(socket: Socket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn local(socket: &Socket) -> io::Result<SocketAddr> {
    SockRef::from(socket)
        .local_addr()?
        .as_socket()
        .ok_or_else(|| io::Error::other("the socket has no internet address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(listener: &TcpListener) -> u16 {
        listener.local_addr().unwrap().port()
    }

    #[test]
    fn port_zero_takes_a_free_one_for_all_workers() {
        let listeners = listeners("127.0.0.1", 0, 3).unwrap();
        assert_eq!(listeners.len(), 3);
        assert!(port(&listeners[0]) > 0);
        assert!(
            listeners
                .iter()
                .all(|listener| port(listener) == port(&listeners[0]))
        );
    }

    #[test]
    fn a_taken_port_is_refused_whoever_holds_it_and_however_many_workers_ask() {
        for holders in [1, 2] {
            let held = listeners("127.0.0.1", 0, holders).unwrap();
            for workers in [1, 2] {
                let error = listeners("127.0.0.1", port(&held[0]), workers).unwrap_err();
                let told = error.to_string();
                assert!(
                    told.contains("the port is taken") && told.contains("--port"),
                    "{told}"
                );
            }
        }
    }

    #[test]
    fn a_name_without_an_address_is_told() {
        let told = listeners("no.such.host.invalid", 0, 1)
            .unwrap_err()
            .to_string();
        assert!(
            told.starts_with("cannot listen on no.such.host.invalid:0: "),
            "{told}"
        );
    }
}
