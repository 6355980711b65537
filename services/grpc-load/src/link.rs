//! A connection's socket, with TLS where that is asked for. Never blocks.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use socket2::{Domain, Protocol, Socket, Type};

use crate::pipe::Inbound;

/// What TLS takes: how to trust, and which name the server's certificate has to bear.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) name: ServerName<'static>,
}

/// A socket that is connected, or about to be.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

/// What a look at a socket brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Received {
    /// How many bytes of HTTP/2 came.
    pub(crate) bytes: usize,
    /// Whether the server will send nothing more.
    pub(crate) ended: bool,
}

/// How much is read at once (bytes).
const CHUNK: usize = 64 << 10;

impl Link {
    /// Begin to connect. The socket is writable once that succeeded or failed.
    ///
    /// # Errors
    ///
    /// Returns the kernel's refusal.
    pub(crate) fn connect(address: SocketAddr, tls: Option<&Tls>) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        match socket.connect(&address.into()) {
            Ok(()) => {}
            Err(error)
                if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {}
            Err(error) => return Err(error),
        }
        let tls = match tls {
            None => None,
            Some(tls) => {
                let made = ClientConnection::new(Arc::clone(&tls.config), tls.name.clone());
                Some(Box::new(made.map_err(io::Error::other)?))
            }
        };
        Ok(Self {
            stream: socket.into(),
            tls,
        })
    }

    /// Return the error of a connection that failed, where it did.
    pub(crate) fn failed(&self) -> Option<io::Error> {
        match self.stream.take_error() {
            Ok(None) => self.stream.peer_addr().err(),
            Ok(Some(error)) | Err(error) => Some(error),
        }
    }

    /// Read once, appending what came to `into`.
    ///
    /// # Errors
    ///
    /// Returns the kernel's error, or that of TLS.
    pub(crate) fn receive(&mut self, into: &mut Inbound) -> io::Result<Received> {
        let Self { stream, tls } = self;
        let Some(tls) = tls else {
            let count = match stream.read(into.room(CHUNK)) {
                Ok(0) => {
                    return Ok(Received {
                        bytes: 0,
                        ended: true,
                    });
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                Err(error) => return Err(error),
            };
            into.came(count);
            return Ok(Received {
                bytes: count,
                ended: false,
            });
        };
        let mut ended = false;
        match tls.read_tls(stream) {
            Ok(0) => ended = true,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        let state = tls.process_new_packets().map_err(io::Error::other)?;
        let waiting = state.plaintext_bytes_to_read();
        if let Some(room) = into.room(waiting).get_mut(..waiting) {
            tls.reader().read_exact(room)?;
        }
        into.came(waiting);
        Ok(Received {
            bytes: waiting,
            ended: ended || state.peer_has_closed(),
        })
    }

    /// Write what `from` holds, and take from it what was written. Returns whether all was.
    ///
    /// # Errors
    ///
    /// Returns the kernel's error, or that of TLS.
    pub(crate) fn send(&mut self, from: &mut BytesMut) -> io::Result<bool> {
        let Some(tls) = &mut self.tls else {
            while from.has_remaining() {
                match self.stream.write(from) {
                    Ok(count) => from.advance(count),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            return Ok(true);
        };
        loop {
            if from.has_remaining() {
                let count = tls.writer().write(from)?;
                from.advance(count);
            }
            while tls.wants_write() {
                match tls.write_tls(&mut self.stream) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            if from.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Say that nothing more will be sent.
    pub(crate) fn close(&self) {
        let _ = self.stream.shutdown(Shutdown::Both); // It may be closed already.
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
