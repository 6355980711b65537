//! What the `h2` crate takes for its socket: two buffers in memory.
//!
//! The loop moves bytes between them and the real socket when it chooses to, so that frames of many
//! requests leave in one write, and the moment at which bytes came in is known for each response.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// More than so many bytes on their way out make `h2` wait (bytes).
const FULL: usize = 1 << 20;

/// Bytes that came: the socket is read right into the room that follows them.
#[derive(Debug, Default)]
pub(crate) struct Inbound {
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Inbound {
    /// Return room for `least` bytes or more.
    pub(crate) fn room(&mut self, least: usize) -> &mut [u8] {
        self.bytes.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        if self.bytes.len() < self.to + least {
            self.bytes.resize(self.to + least, 0);
        }
        self.bytes.get_mut(self.to..).unwrap_or_default()
    }

    /// Note how many bytes of the room are there now.
    pub(crate) fn came(&mut self, count: usize) {
        self.to += count;
    }

    /// Return what came and was not taken.
    fn bytes(&self) -> &[u8] {
        self.bytes.get(self.from..self.to).unwrap_or_default()
    }

    fn taken(&mut self, count: usize) {
        self.from += count;
    }
}

/// The bytes on their way in and out.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// What came from the server and `h2` has not read.
    pub(crate) inbound: Inbound,
    /// What `h2` wrote and the socket has not taken.
    pub(crate) outbound: BytesMut,
    /// Whether nothing more will come.
    pub(crate) ended: bool,
    writer: Option<Waker>,
}

impl Buffers {
    /// Let `h2` write on, where it waited for room.
    pub(crate) fn sent(&mut self) {
        if self.outbound.len() < FULL
            && let Some(waker) = self.writer.take()
        {
            waker.wake();
        }
    }
}

/// One end of the buffers, as `h2` sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pipe(pub(crate) Rc<RefCell<Buffers>>);

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut buffers = self.0.borrow_mut();
        let bytes = buffers.inbound.bytes();
        let part = bytes.get(..into.remaining()).unwrap_or(bytes);
        if part.is_empty() && !buffers.ended {
            return Poll::Pending; // The loop polls again whenever bytes have come.
        }
        into.put_slice(part);
        let length = part.len();
        buffers.inbound.taken(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffers = self.0.borrow_mut();
        if buffers.outbound.len() >= FULL {
            buffers.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        buffers.outbound.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
