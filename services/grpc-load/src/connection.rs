//! One HTTP/2 connection: its requests in flight, and what became of them.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::{Buf, Bytes, BytesMut};
use h2::RecvStream;
use h2::client::{self, ResponseFuture, SendRequest};

use crate::link::{Link, Tls};
use crate::messages::{Expected, PREFIX};
use crate::outcome::Outcome;
use crate::pipe::{Buffers, Pipe};
use crate::schedule::Nanos;
use crate::wake::{Due, Ready, SlotWaker};

/// The receive windows of a stream and of a connection (bytes). Both are the generator's own, so
/// they never hold a server back.
pub(crate) const STREAM_WINDOW: u32 = 1 << 20;
pub(crate) const CONNECTION_WINDOW: u32 = 1 << 28;

/// The longest piece of a response whose share of the connection's window waits for the end of its
/// stream (bytes): the window holds thousands of them.
const LEFT_TO_THE_END: usize = 16 << 10;

/// Why a connection ended where nothing else says so.
const CLOSED: &str = "the server closed it";
const CLOSED_AT_ONCE: &str = "the server closed it before its HTTP/2 settings came: \
                              is it a gRPC server, and should --tls be given?";

/// What is sent, the same for all connections.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    /// The head of each request.
    pub(crate) request: http::Request<()>,
    /// The bodies, used in turn.
    pub(crate) bodies: Vec<Bytes>,
    /// The right responses, where they are known.
    pub(crate) expected: Option<Expected>,
    /// The longest response that is taken (bytes).
    pub(crate) longest: usize,
}

/// A request in flight. Times are nanoseconds since the start of the load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flight {
    /// The number of the request, from 0: which body it has, by turns.
    pub(crate) number: u64,
    /// When it was due (open loop), or when it was started (closed loop).
    pub(crate) scheduled: Nanos,
    /// When the loop took it up.
    pub(crate) handled: Nanos,
    /// Whether it had to wait for room before it was handed to `h2`.
    pub(crate) held: bool,
    /// The loop's round in which it was handed to `h2`.
    pub(crate) round: u64,
    /// How much later than scheduled the generator sent it.
    pub(crate) send_delay: Option<Nanos>,
    /// How long the server's limits kept it back.
    pub(crate) held_back: Nanos,
}

/// A request that ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) flight: Flight,
    pub(crate) outcome: Outcome,
}

/// A body that notes when its last byte was encoded into a frame.
#[derive(Debug)]
pub(crate) struct Payload {
    bytes: Bytes,
    slot: u32,
    encoded: Rc<RefCell<Vec<u32>>>,
}

impl Buf for Payload {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if self.bytes.is_empty() {
            self.encoded.borrow_mut().push(self.slot);
        }
    }
}

#[derive(Debug)]
enum Stage {
    Free,
    Head(ResponseFuture),
    Body(RecvStream, Body),
}

/// What came of a response's body: mostly one piece, which is kept as it came.
#[derive(Debug, Default)]
struct Body {
    first: Bytes,
    rest: BytesMut,
}

impl Body {
    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
            return;
        }
        if self.rest.is_empty() {
            self.rest.extend_from_slice(&self.first);
        }
        self.rest.extend_from_slice(&piece);
    }

    /// Return whether it is one message as it should be: nothing but the trailers is to come.
    fn is_whole(&self) -> bool {
        let bytes = self.bytes();
        bytes.get(1..PREFIX).is_some_and(|length| {
            length
                == u32::try_from(bytes.len() - PREFIX)
                    .unwrap_or(u32::MAX)
                    .to_be_bytes()
        })
    }

    fn bytes(&self) -> &[u8] {
        if self.rest.is_empty() {
            &self.first
        } else {
            &self.rest
        }
    }
}

#[derive(Debug)]
struct Slot {
    stage: Stage,
    flight: Option<Flight>,
    generation: u32,
    rearm: Arc<SlotWaker>,
    waker: Waker,
}

/// A place of a request on a connection. It stands for nothing once the request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    connection: u64,
    slot: u32,
    generation: u32,
}

/// An HTTP/2 connection over a socket that never blocks.
pub(crate) struct Connection {
    serial: u64,
    link: Link,
    buffers: Rc<RefCell<Buffers>>,
    http: client::Connection<Pipe, Payload>,
    sender: SendRequest<Payload>,
    due: Arc<Due>,
    waker: Waker,
    ready: Arc<Ready>,
    woken: Vec<u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    encoded: Rc<RefCell<Vec<u32>>>,
    active: usize,
    retired: bool,
    over: Option<String>,
    connected: bool,
    /// How many streams the server allows at once: 0 until its settings came.
    stream_limit: usize,
}

impl Connection {
    /// Begin to connect, and prepare the preface. No two of a thread have the same `serial`.
    ///
    /// # Errors
    ///
    /// Returns the kernel's refusal.
    pub(crate) fn open(address: SocketAddr, tls: Option<&Tls>, serial: u64) -> io::Result<Self> {
        let link = Link::connect(address, tls)?;
        let pipe = Pipe::default();
        let buffers = Rc::clone(&pipe.0);
        let mut builder = client::Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            // No request leaves before the server's settings have said how many may.
            .initial_max_send_streams(0)
            .max_send_buffer_size((u32::MAX >> 1) as usize)
            // Deadlines reset streams, as many as the load has, and responses may still come.
            .max_concurrent_reset_streams(1 << 16)
            .reset_stream_duration(std::time::Duration::from_secs(1))
            .max_local_error_reset_streams(None)
            // Its default closes a connection after some empty frames, which gRPC servers send.
            .data_frame_budget(usize::MAX >> 1);
        let mut handshake = Box::pin(builder.handshake::<_, Payload>(pipe));
        let due = Arc::new(Due::default());
        let waker = Waker::from(Arc::clone(&due));
        let (sender, http) = match handshake.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(Ok(made)) => made,
            Poll::Ready(Err(error)) => return Err(io::Error::other(error)),
            Poll::Pending => return Err(io::Error::other("the preface could not be prepared")),
        };
        due.note();
        Ok(Self {
            serial,
            link,
            buffers,
            http,
            sender,
            due,
            waker,
            ready: Arc::default(),
            woken: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            encoded: Rc::default(),
            active: 0,
            retired: false,
            over: None,
            connected: false,
            stream_limit: 0,
        })
    }

    /// Return the socket, to watch it.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Return how many requests are in flight.
    pub(crate) fn active(&self) -> usize {
        self.active
    }

    /// Return whether the server's settings came: requests may be sent.
    pub(crate) fn settled(&self) -> bool {
        self.over.is_none() && self.stream_limit > 0
    }

    /// Return how many streams the server allows at once.
    pub(crate) fn stream_limit(&self) -> usize {
        self.stream_limit
    }

    /// Return whether no further request may be sent: the server said goodbye, or it is over.
    pub(crate) fn retired(&self) -> bool {
        self.retired || self.over.is_some()
    }

    /// Return why it ended, once it has.
    pub(crate) fn over(&self) -> Option<&str> {
        self.over.as_deref()
    }

    /// Return whether a request can leave now.
    pub(crate) fn has_room(&mut self) -> bool {
        if self.retired() || self.active >= self.stream_limit {
            return false;
        }
        match self
            .sender
            .poll_ready(&mut Context::from_waker(&self.waker))
        {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(_)) => {
                self.retired = true;
                false
            }
            Poll::Pending => false,
        }
    }

    /// Hand a request to `h2`. The caller asked `has_room`. Returns the flight where that failed.
    pub(crate) fn start(&mut self, work: &Work, flight: Flight) -> Result<Ticket, Flight> {
        let Some(index) = work.index(flight.number) else {
            return Err(flight);
        };
        let Ok((response, mut body)) = self.sender.send_request(work.request.clone(), false) else {
            self.retired = true;
            return Err(flight);
        };
        let number = self.free.pop().unwrap_or_else(|| self.add_slot());
        let bytes = work.bodies.get(index).cloned().unwrap_or_default();
        let payload = Payload {
            bytes,
            slot: number,
            encoded: Rc::clone(&self.encoded),
        };
        let _ = body.send_data(payload, true); // Where that fails, the response says so too.
        self.active += 1;
        self.due.note();
        let Some(slot) = self.slots.get_mut(number as usize) else {
            return Err(flight);
        };
        slot.flight = Some(flight);
        slot.stage = Stage::Head(response);
        // The first poll leaves the waker, by which the stream says when there is news.
        self.woken.push(number);
        Ok(Ticket {
            connection: self.serial,
            slot: number,
            generation: slot.generation,
        })
    }

    fn add_slot(&mut self) -> u32 {
        let number = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        let (rearm, waker) = SlotWaker::new(number, &self.ready);
        self.slots.push(Slot {
            stage: Stage::Free,
            flight: None,
            generation: 0,
            rearm,
            waker,
        });
        number
    }

    /// Let `h2` write what there is, and send it. Returns whether the socket took all.
    pub(crate) fn flush(&mut self) -> bool {
        let blocked = loop {
            self.poll();
            let mut buffers = self.buffers.borrow_mut();
            match self.link.send(&mut buffers.outbound) {
                Ok(true) => {
                    buffers.sent();
                    drop(buffers);
                    if self.over.is_some() || !self.due.take() {
                        break false;
                    }
                    self.due.note();
                }
                Ok(false) => break true,
                Err(error) => {
                    buffers.outbound.clear();
                    drop(buffers);
                    self.fail(&error);
                    break false;
                }
            }
        };
        !blocked
    }

    /// Note, at `now`, which requests have left in this round of the loop.
    pub(crate) fn stamp_sent(&mut self, round: u64, now: Nanos) {
        let mut encoded = self.encoded.borrow_mut();
        for number in encoded.drain(..) {
            let Some(flight) = self
                .slots
                .get_mut(number as usize)
                .and_then(|s| s.flight.as_mut())
            else {
                continue; // It ended before it was sent as a whole.
            };
            if flight.held || flight.round != round {
                flight.send_delay = Some(flight.handled.saturating_sub(flight.scheduled));
                flight.held_back = now.saturating_sub(flight.handled);
            } else {
                flight.send_delay = Some(now.saturating_sub(flight.scheduled));
            }
        }
    }

    /// Take what the socket has. Returns when it was here, if anything came.
    pub(crate) fn receive(&mut self) -> Option<Instant> {
        if !self.connected {
            if let Some(error) = self.link.failed() {
                self.end(&error.to_string());
                return Some(Instant::now());
            }
            self.connected = true;
        }
        let mut buffers = self.buffers.borrow_mut();
        let received = self.link.receive(&mut buffers.inbound);
        let at = Instant::now();
        match received {
            Ok(received) => {
                buffers.ended |= received.ended;
                drop(buffers);
                if received.bytes == 0 && !received.ended {
                    return None;
                }
                self.due.note();
            }
            Err(error) => {
                drop(buffers);
                self.fail(&error);
            }
        }
        self.poll();
        Some(at)
    }

    fn poll(&mut self) {
        while self.over.is_none() && self.due.take() {
            match Pin::new(&mut self.http).poll(&mut Context::from_waker(&self.waker)) {
                Poll::Pending => {}
                // Of the socket, `h2` knows only that nothing more came.
                Poll::Ready(Err(error)) if !error.is_io() => self.over = Some(error.to_string()),
                Poll::Ready(_) => {
                    let settled = self.http.max_concurrent_send_streams() > 0;
                    let closed = if settled { CLOSED } else { CLOSED_AT_ONCE };
                    self.over = Some(closed.to_owned());
                }
            }
            // Settings come in a poll alone, and asking for the limit takes a lock each time.
            self.stream_limit = self.http.max_concurrent_send_streams();
        }
    }

    /// End it, as the socket or TLS failed.
    ///
    /// What came before is looked at first: a goodbye with a reason says more than a broken socket.
    fn fail(&mut self, error: &io::Error) {
        self.buffers.borrow_mut().ended = true;
        self.due.note();
        self.poll();
        if self
            .over
            .as_deref()
            .is_none_or(|said| [CLOSED, CLOSED_AT_ONCE].contains(&said))
        {
            self.over = Some(error.to_string());
        }
    }

    /// End it, for a reason that `h2` does not know.
    pub(crate) fn end(&mut self, why: &str) {
        self.over.get_or_insert_with(|| why.to_owned());
    }

    /// Look at the streams that have news, and append those that ended.
    ///
    /// Once the connection is over, each request that is still in flight has ended too.
    pub(crate) fn settle(&mut self, work: &Work, ended: &mut Vec<Ended>) {
        loop {
            let mut woken = std::mem::take(&mut self.woken);
            for number in woken.drain(..) {
                self.look(number, work, ended);
            }
            self.ready.take(&mut woken);
            self.woken = woken;
            if self.woken.is_empty() {
                break;
            }
        }
        if self.over.is_some() && self.active > 0 {
            for number in 0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX) {
                self.look(number, work, ended);
                self.finish(number, Outcome::Lost, ended);
            }
        }
    }

    fn look(&mut self, number: u32, work: &Work, ended: &mut Vec<Ended>) {
        let Some(slot) = self.slots.get_mut(number as usize) else {
            return;
        };
        let Some(flight) = &slot.flight else { return };
        slot.rearm.rearm();
        let expected = work.expected.as_ref().zip(work.index(flight.number));
        let outcome = advance(&mut slot.stage, &slot.waker, work.longest, expected);
        if let Poll::Ready(outcome) = outcome {
            self.finish(number, outcome, ended);
        }
    }

    fn finish(&mut self, number: u32, outcome: Outcome, ended: &mut Vec<Ended>) {
        let Some(slot) = self.slots.get_mut(number as usize) else {
            return;
        };
        let Some(flight) = slot.flight.take() else {
            return;
        };
        slot.stage = Stage::Free; // Dropping an open stream resets it.
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(number);
        self.active -= 1;
        ended.push(Ended { flight, outcome });
    }

    /// Return whether a request is still in flight here.
    pub(crate) fn holds(&self, ticket: Ticket) -> bool {
        let there = self.slots.get(ticket.slot as usize);
        ticket.connection == self.serial
            && there.is_some_and(|slot| slot.generation == ticket.generation)
    }

    /// End one request from this side, if it is still in flight.
    pub(crate) fn cancel(&mut self, ticket: Ticket, outcome: Outcome, ended: &mut Vec<Ended>) {
        if self.holds(ticket) {
            self.finish(ticket.slot, outcome, ended);
            self.due.note();
        }
    }

    /// End every request that is still in flight.
    pub(crate) fn abandon(&mut self, outcome: Outcome, ended: &mut Vec<Ended>) {
        for number in 0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX) {
            self.finish(number, outcome, ended);
        }
        self.due.note();
    }
}

impl Work {
    /// Return which body a request has.
    fn index(&self, number: u64) -> Option<usize> {
        let count = u64::try_from(self.bodies.len())
            .ok()
            .filter(|count| *count > 0)?;
        usize::try_from(number % count).ok()
    }
}

/// Go on with a response as far as it has come.
fn advance(
    stage: &mut Stage,
    waker: &Waker,
    longest: usize,
    expected: Option<(&Expected, usize)>,
) -> Poll<Outcome> {
    let context = &mut Context::from_waker(waker);
    loop {
        match stage {
            Stage::Free => return Poll::Pending,
            Stage::Head(response) => {
                let response = match Pin::new(response).poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Outcome::of_error(&error)),
                    Poll::Ready(Ok(response)) => response,
                };
                if response.status() != http::StatusCode::OK {
                    return Poll::Ready(Outcome::Malformed);
                }
                if let Some(status) = response.headers().get("grpc-status") {
                    // Trailers only: an OK without a message is no response to a unary call.
                    let outcome = Outcome::of_status(status.as_bytes());
                    let empty = if outcome == Outcome::Ok {
                        Outcome::Malformed
                    } else {
                        outcome
                    };
                    return Poll::Ready(empty);
                }
                *stage = Stage::Body(response.into_body(), Body::default());
            }
            Stage::Body(stream, body) => {
                // Each look at a stream takes a lock, and mostly all has come: two looks do.
                if body.is_whole()
                    && let Poll::Ready(trailers) = stream.poll_trailers(context)
                {
                    return Poll::Ready(ended(trailers, body, expected));
                }
                let piece = match stream.poll_data(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(piece) => piece,
                };
                match piece {
                    Some(Ok(piece)) => {
                        let length = piece.len();
                        if body.bytes().len() + length > longest {
                            return Poll::Ready(Outcome::Malformed);
                        }
                        body.push(piece);
                        // The end of a stream opens the connection's window for what is left of it.
                        if length > LEFT_TO_THE_END || !body.is_whole() {
                            let _ = stream.flow_control().release_capacity(length);
                        }
                    }
                    Some(Err(error)) => return Poll::Ready(Outcome::of_error(&error)),
                    None => {
                        return stream
                            .poll_trailers(context)
                            .map(|trailers| ended(trailers, body, expected));
                    }
                }
            }
        }
    }
}

/// Return the outcome of a response that ended with these trailers.
fn ended(
    trailers: Result<Option<http::HeaderMap>, h2::Error>,
    body: &Body,
    expected: Option<(&Expected, usize)>,
) -> Outcome {
    match trailers {
        Err(error) => Outcome::of_error(&error),
        Ok(trailers) => {
            let status = trailers.as_ref().and_then(|map| map.get("grpc-status"));
            let outcome = status.map_or(Outcome::Malformed, |status| {
                Outcome::of_status(status.as_bytes())
            });
            judged(outcome, body.bytes(), expected)
        }
    }
}

/// Return the outcome of a response whose status is known: an OK has one whole message.
fn judged(outcome: Outcome, body: &[u8], expected: Option<(&Expected, usize)>) -> Outcome {
    if outcome != Outcome::Ok {
        return outcome;
    }
    let Some((prefix, message)) = body.split_first_chunk::<PREFIX>() else {
        return Outcome::Malformed;
    };
    let [flag, length @ ..] = *prefix;
    if flag != 0 || u32::from_be_bytes(length) as usize != message.len() {
        return Outcome::Malformed;
    }
    match expected {
        Some((right, index)) if !right.fits(index, message) => Outcome::Wrong,
        _ => Outcome::Ok,
    }
}
