//! What the `h2` crate takes for its socket: two buffers in memory.
//!
//! The loop moves bytes between them and the real socket when it chooses to, so that frames of many
//! requests leave in one write, and the moment at which bytes came in is known for each response.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// More than so many bytes on their way out make `h2` wait (bytes).
const FULL: usize = 1 << 20;

/// The bytes on their way in and out.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// What came from the server and `h2` has not read.
    pub(crate) inbound: BytesMut,
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
        let length = buffers.inbound.len().min(into.remaining());
        if length == 0 && !buffers.ended {
            return Poll::Pending; // The loop polls again whenever bytes have come.
        }
        if let Some(part) = buffers.inbound.get(..length) {
            into.put_slice(part);
        }
        buffers.inbound.advance(length);
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
