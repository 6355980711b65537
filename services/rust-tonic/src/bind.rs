//! Opens the port.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Connections that may wait to be accepted. The kernel caps it at `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// A port that cannot be opened.
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

/// Open one listening socket per worker, all on one port. A port of 0 takes a free one.
///
/// A single worker shares its port with nobody. Several share it among themselves, but not with
/// another process: that is looked for first, since the kernel would let it share too.
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
    // Without SO_REUSEPORT this fails where another process listens. It never listens itself, so
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
