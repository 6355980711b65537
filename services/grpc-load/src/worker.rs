//! The loop of one thread: sends what is due, reads what came, never blocks but to wait.

mod slice;

pub(crate) use slice::Sliced;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::event::epoll;

use crate::clock::Clock;
use crate::connection::{Connection, Ended, Flight, Ticket, Work};
use crate::deadlines::Deadlines;
use crate::link::Tls;
use crate::outcome::Outcome;
use crate::record::{Record, Window};
use crate::schedule::{Nanos, Schedule};

/// How a thread loads its connections.
#[derive(Debug)]
pub(crate) enum Load {
    /// A fixed number of requests in flight over all of its connections.
    Closed {
        /// Requests in flight.
        concurrency: usize,
    },
    /// A fixed schedule, whatever the responses do.
    Open {
        /// When requests are due.
        schedule: Schedule,
        /// Requests that are due within so long leave together, on one connection (ns); 0 is none.
        quantum: Nanos,
    },
}

/// What a thread needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) work: Arc<Work>,
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<Tls>,
    /// How many connections are this thread's.
    pub(crate) connections: usize,
    /// No request is due from then on (ns since the start).
    pub(crate) stop: Nanos,
    /// How long responses are waited for after that (ns).
    pub(crate) drain: Nanos,
    /// How long a request may take (ns).
    pub(crate) deadline: Option<Nanos>,
    /// How many requests may wait for room before more of them are given up.
    pub(crate) most_held: usize,
    /// Whether lost connections are opened again during the load.
    pub(crate) reconnects: bool,
    /// The number of its first request, and the step to the next.
    pub(crate) first: u64,
    pub(crate) step: u64,
}

/// What other threads see of this one while it runs.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) scheduled: AtomicU64,
    pub(crate) ok: AtomicU64,
    pub(crate) ended: AtomicU64,
}

/// A connection that comes again when it is lost.
#[derive(Debug, Clone, Copy)]
enum Place {
    Up(usize),
    Down { retry: Nanos, failures: u32 },
}

/// The connections and the requests of one thread.
pub(crate) struct Worker {
    plan: Plan,
    load: Load,
    watch: rustix::fd::OwnedFd,
    connections: Vec<Option<Connection>>,
    places: Vec<Place>,
    waiting_to_write: Vec<bool>,
    touched: Vec<usize>,
    is_touched: Vec<bool>,
    /// Whether a place is down, or its connection takes nothing more.
    unwell: bool,
    turn: usize,
    next_due: Option<Nanos>,
    held: VecDeque<Flight>,
    /// Of requests on connections, by the connection's index.
    deadlines: Deadlines<(usize, Ticket)>,
    ended: Vec<Ended>,
    number: u64,
    round: u64,
    /// How many connections were opened so far.
    opened: u64,
    began: Instant,
    record: Record,
    live: Arc<Live>,
    window: Window,
    /// This thread's clocks at both ends of the window.
    before: Option<Clock>,
    after: Option<Clock>,
    /// How often a connection was lost or refused a request, and why the last one was.
    pub(crate) reconnects: u64,
    pub(crate) last_loss: Option<String>,
}

/// The least and the most a thread waits before it connects again (ns).
const RETRY: (Nanos, Nanos) = (5_000_000, 1_000_000_000);
/// The longest wait for news (ns): signals and shared flags are looked at as often.
const TICK: Nanos = 50_000_000;

impl Worker {
    /// Begin to connect all of a thread's connections.
    ///
    /// # Errors
    ///
    /// Returns what the kernel refuses.
    pub(crate) fn new(plan: Plan, load: Load, record: Record, live: Arc<Live>) -> io::Result<Self> {
        let watch = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut made = Self {
            number: plan.first,
            places: vec![
                Place::Down {
                    retry: 0,
                    failures: 0
                };
                plan.connections
            ],
            plan,
            load,
            watch,
            connections: Vec::new(),
            waiting_to_write: Vec::new(),
            touched: Vec::new(),
            is_touched: Vec::new(),
            unwell: false,
            turn: 0,
            next_due: None,
            held: VecDeque::new(),
            deadlines: Deadlines::new(),
            ended: Vec::new(),
            round: 0,
            opened: 0,
            began: Instant::now(),
            window: record.window(),
            before: None,
            after: None,
            record,
            live,
            reconnects: 0,
            last_loss: None,
        };
        for place in 0..made.places.len() {
            made.connect(place, 0)?;
        }
        Ok(made)
    }

    /// Wait until the server's settings came on every connection.
    ///
    /// # Errors
    ///
    /// Says what the first connection that fails says.
    pub(crate) fn settle(&mut self, within: Duration) -> Result<(), String> {
        let patience = Instant::now() + within;
        loop {
            self.flush();
            let up: Vec<&Connection> = self.connections.iter().flatten().collect();
            if let Some(why) = self.last_loss.take() {
                return Err(why);
            }
            if up.iter().all(|connection| connection.settled()) {
                return Ok(());
            }
            if Instant::now() > patience {
                return Err(format!(
                    "no HTTP/2 settings came within {} s: is it a gRPC server, and should --tls be given?",
                    within.as_secs()
                ));
            }
            self.wait(TICK / 5).map_err(|error| error.to_string())?;
        }
    }

    /// Return how many streams the server allows on each connection, the least of all.
    pub(crate) fn stream_limit(&self) -> usize {
        let limits = self
            .connections
            .iter()
            .flatten()
            .map(Connection::stream_limit);
        limits.min().unwrap_or(0)
    }

    /// Load until the end, and return what was measured. `began` is the start of all threads.
    ///
    /// # Errors
    ///
    /// Returns what the kernel refuses.
    pub(crate) fn run(mut self, began: Instant, end: &AtomicBool) -> io::Result<Self> {
        self.start(began);
        while self.go_on(end)? {}
        self.give_up();
        for connection in self.connections.iter().flatten() {
            connection.link().close();
        }
        self.record.close();
        Ok(self)
    }

    fn start(&mut self, began: Instant) {
        self.began = began;
        if let Load::Open { schedule, .. } = &mut self.load {
            self.next_due = Some(schedule.next());
        }
    }

    /// Send what is due, and wait for news once. Returns whether the load goes on.
    fn go_on(&mut self, end: &AtomicBool) -> io::Result<bool> {
        let now = self.now();
        self.round += 1;
        self.read_clocks(now);
        let stop = self.plan.stop;
        let ending = end.load(Ordering::Relaxed);
        if now < stop && !ending {
            self.begin(now);
        } else {
            self.begin_last(if ending { now.min(stop) } else { stop });
        }
        self.flush();
        self.count(self.now());
        let done = now >= stop || ending;
        let busy =
            !self.held.is_empty() || self.connections.iter().flatten().any(|c| c.active() > 0);
        if done && (!busy || now >= stop + self.plan.drain || ending) {
            return Ok(false);
        }
        self.wait(self.until_next(now, done))?;
        let now = self.now();
        self.expire(now);
        if self.plan.reconnects {
            self.reconnect(now)?;
        } else {
            self.give_up_held();
        }
        Ok(true)
    }

    /// Read this thread's clocks at both ends of the window.
    fn read_clocks(&mut self, now: Nanos) {
        if self.before.is_none() && now >= self.window.from {
            self.before = Some(Clock::read());
        }
        if self.after.is_none() && now >= self.window.to {
            self.after = Some(Clock::read());
        }
    }

    /// Return what this thread used within the window.
    pub(crate) fn used(&self) -> Clock {
        let before = self.before.unwrap_or_default();
        self.after.unwrap_or_else(Clock::read).since(before)
    }

    /// Return the record, which is complete after `run`.
    pub(crate) fn into_record(self) -> Record {
        self.record
    }

    fn now(&self) -> Nanos {
        since(self.began, Instant::now())
    }

    /// Start what is to be started now.
    fn begin(&mut self, now: Nanos) {
        match self.load {
            Load::Closed { concurrency } => self.fill(concurrency, now),
            Load::Open { quantum, .. } => {
                self.start_held(now);
                // With a quantum, what is due by the end of its grid's cell leaves at that end.
                let by = if quantum == 0 {
                    now
                } else {
                    now - now % quantum
                };
                self.start_due(by.min(self.plan.stop), now);
            }
        }
    }

    /// Start what was due before the end and has not left.
    fn begin_last(&mut self, stop: Nanos) {
        let now = self.now();
        if let Load::Open { .. } = self.load {
            self.start_due(stop, now);
            self.start_held(now);
            self.next_due = None;
        }
    }

    /// Fill the connections up with requests: a closed loop's.
    fn fill(&mut self, concurrency: usize, now: Nanos) {
        let places = self.places.len();
        for place in 0..places {
            let share = concurrency / places + usize::from(place < concurrency % places);
            let Some(Place::Up(index)) = self.places.get(place).copied() else {
                continue;
            };
            while self.connection(index).is_some_and(|c| c.active() < share) && self.has_room(index)
            {
                let flight = self.flight(now, now);
                if !self.start_on(index, flight) {
                    break;
                }
                self.record.scheduled(now);
            }
        }
    }

    /// Take up what is due by `by`, the end of its batch.
    fn start_due(&mut self, by: Nanos, now: Nanos) {
        let Load::Open { quantum, .. } = self.load else {
            return;
        };
        let mut first = None;
        while let Some(due) = self
            .next_due
            .filter(|due| *due < self.plan.stop && *due <= by)
        {
            if let Load::Open { schedule, .. } = &mut self.load {
                self.next_due = Some(schedule.next());
            }
            self.record.scheduled(due);
            let flight = self.flight(due, now);
            let index = match first.filter(|_| quantum > 0) {
                Some(index) if self.has_room(index) => Some(index),
                _ => self.next_with_room(),
            };
            first = index;
            match index {
                Some(index) if self.held.is_empty() => {
                    if !self.start_on(index, flight) {
                        self.hold(flight);
                    }
                }
                _ => self.hold(flight),
            }
        }
    }

    fn hold(&mut self, flight: Flight) {
        let flight = Flight {
            held: true,
            ..flight
        };
        if self.held.len() < self.plan.most_held {
            self.held.push_back(flight);
        } else {
            self.ended.push(Ended {
                flight,
                outcome: Outcome::NotSent,
            });
        }
    }

    /// Start what waited for room, the oldest first.
    fn start_held(&mut self, now: Nanos) {
        while !self.held.is_empty() {
            let Some(index) = self.next_with_room() else {
                return;
            };
            let Some(flight) = self.held.pop_front() else {
                return;
            };
            let expired = self
                .plan
                .deadline
                .is_some_and(|most| now >= flight.scheduled + most);
            if expired {
                self.ended.push(Ended {
                    flight,
                    outcome: Outcome::Expired,
                });
            } else if !self.start_on(
                index,
                Flight {
                    round: self.round,
                    ..flight
                },
            ) {
                self.held.push_front(flight);
                return;
            }
        }
    }

    fn flight(&mut self, scheduled: Nanos, handled: Nanos) -> Flight {
        let number = self.number;
        self.number = number.wrapping_add(self.plan.step);
        Flight {
            number,
            scheduled,
            handled,
            held: false,
            round: self.round,
            send_delay: None,
            held_back: 0,
        }
    }

    /// Return the next connection in turn that has room.
    fn next_with_room(&mut self) -> Option<usize> {
        let places = self.places.len();
        for _ in 0..places {
            self.turn = (self.turn + 1) % places;
            if let Some(Place::Up(index)) = self.places.get(self.turn).copied()
                && self.has_room(index)
            {
                return Some(index);
            }
        }
        None
    }

    /// Return whether a connection can take a request; one that takes none any more is noted.
    fn has_room(&mut self, index: usize) -> bool {
        let Some(connection) = self.connection(index) else {
            return false;
        };
        let room = connection.has_room();
        let retired = connection.retired();
        self.unwell |= retired;
        room
    }

    fn start_on(&mut self, index: usize, flight: Flight) -> bool {
        let Some(connection) = self.connections.get_mut(index).and_then(Option::as_mut) else {
            return false;
        };
        let Ok(ticket) = connection.start(&self.plan.work, flight) else {
            return false;
        };
        if let Some(most) = self.plan.deadline {
            let connections = &self.connections;
            let ended = |(index, ticket): (usize, Ticket)| {
                let there = connections.get(index).and_then(Option::as_ref);
                there.is_none_or(|connection| !connection.holds(ticket))
            };
            self.deadlines
                .push(flight.scheduled + most, (index, ticket), ended);
        }
        self.touch(index);
        true
    }

    fn connection(&mut self, index: usize) -> Option<&mut Connection> {
        self.connections.get_mut(index).and_then(Option::as_mut)
    }

    fn touch(&mut self, index: usize) {
        if let Some(touched) = self.is_touched.get_mut(index)
            && !std::mem::replace(touched, true)
        {
            self.touched.push(index);
        }
    }

    /// Send what connections have to send, and see what became of their requests.
    fn flush(&mut self) {
        let work = Arc::clone(&self.plan.work);
        while let Some(index) = self.touched.pop() {
            if let Some(touched) = self.is_touched.get_mut(index) {
                *touched = false;
            }
            let Some(connection) = self.connections.get_mut(index).and_then(Option::as_mut) else {
                continue;
            };
            let all_sent = connection.flush();
            let now = since(self.began, Instant::now());
            connection.stamp_sent(self.round, now);
            connection.settle(&work, &mut self.ended);
            let over = connection.over().is_some();
            self.unwell |= connection.retired();
            self.watch_writing(index, !all_sent && !over);
            if over {
                self.lose(index);
            }
        }
    }

    /// Have the kernel say when a socket takes more, or no longer.
    fn watch_writing(&mut self, index: usize, wanted: bool) {
        let Some(waiting) = self.waiting_to_write.get_mut(index) else {
            return;
        };
        if *waiting == wanted {
            return;
        }
        *waiting = wanted;
        let mut flags = epoll::EventFlags::IN | epoll::EventFlags::RDHUP;
        flags.set(epoll::EventFlags::OUT, wanted);
        if let Some(Some(connection)) = self.connections.get(index) {
            // What cannot be watched any more is over, and a read says so.
            let _ = epoll::modify(
                &self.watch,
                connection.link(),
                epoll::EventData::new_u64(index as u64),
                flags,
            );
        }
    }

    /// Count what ended, at `now`.
    fn count(&mut self, now: Nanos) {
        for mut ended in self.ended.drain(..) {
            let due = ended.flight.scheduled;
            let late = self.plan.deadline.is_some_and(|most| now >= due + most);
            ended.outcome = ended.outcome.when(late);
            self.record.ended(&ended, now);
        }
        self.live
            .scheduled
            .store(self.record.all.scheduled, Ordering::Relaxed);
        self.live
            .ok
            .store(self.record.all.of(Outcome::Ok), Ordering::Relaxed);
        self.live
            .ended
            .store(self.record.all.ended(), Ordering::Relaxed);
    }

    /// Return how long to wait at most (ns).
    fn until_next(&self, now: Nanos, done: bool) -> Nanos {
        let mut until = now + TICK;
        if !done {
            until = until.min(self.plan.stop);
        }
        if let (Some(due), Load::Open { quantum, .. }) = (self.next_due, &self.load) {
            until = until.min(if *quantum == 0 {
                due
            } else {
                due.next_multiple_of(*quantum)
            });
        }
        if let Some(deadline) = self.deadlines.earliest() {
            until = until.min(deadline);
        }
        for place in &self.places {
            if let Place::Down { retry, .. } = place
                && self.plan.reconnects
            {
                until = until.min(*retry);
            }
        }
        until.saturating_sub(self.now())
    }

    /// Wait for news, and take it.
    fn wait(&mut self, at_most: Nanos) -> io::Result<()> {
        let mut events = [const {
            epoll::Event {
                flags: epoll::EventFlags::empty(),
                data: epoll::EventData::new_u64(0),
            }
        }; 64];
        let duration = Duration::from_nanos(at_most);
        let timeout = rustix::time::Timespec {
            tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: duration.subsec_nanos().into(),
        };
        let count = match epoll::wait(&self.watch, &mut events[..], Some(&timeout)) {
            Ok(count) => count,
            Err(rustix::io::Errno::INTR) => return Ok(()),
            Err(rustix::io::Errno::NOSYS) => {
                return Err(io::Error::other(
                    "epoll_pwait2 is not there: it takes Linux 5.11",
                ));
            }
            Err(error) => return Err(error.into()),
        };
        for event in events.iter().take(count) {
            let index = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            let work = Arc::clone(&self.plan.work);
            if let Some(connection) = self.connections.get_mut(index).and_then(Option::as_mut) {
                if let Some(at) = connection.receive() {
                    connection.settle(&work, &mut self.ended);
                    // A response counts from when its bytes were here, before they were looked at.
                    self.count(since(self.began, at));
                }
                self.touch(index);
            }
        }
        Ok(())
    }

    /// End the requests whose deadline has passed.
    fn expire(&mut self, now: Nanos) {
        while let Some((index, ticket)) = self.deadlines.passed(now) {
            if let Some(connection) = self.connections.get_mut(index).and_then(Option::as_mut) {
                connection.cancel(ticket, Outcome::Expired, &mut self.ended);
                self.touch(index);
            }
        }
        while let Some(flight) = self.held.front().copied() {
            if self
                .plan
                .deadline
                .is_none_or(|most| now < flight.scheduled + most)
            {
                break;
            }
            self.held.pop_front();
            self.ended.push(Ended {
                flight,
                outcome: Outcome::Expired,
            });
        }
    }

    /// Open a connection at a place. One that fails at once is tried again later.
    fn connect(&mut self, place: usize, failures: u32) -> io::Result<()> {
        let now = self.now();
        self.opened += 1;
        let opened = Connection::open(self.plan.address, self.plan.tls.as_ref(), self.opened);
        let state = match opened {
            Ok(connection) => {
                let index = self
                    .connections
                    .iter()
                    .position(Option::is_none)
                    .unwrap_or_else(|| {
                        self.connections.push(None);
                        self.waiting_to_write.push(false);
                        self.is_touched.push(false);
                        self.connections.len() - 1
                    });
                // Writable means connected: the preface waits for that.
                let flags =
                    epoll::EventFlags::IN | epoll::EventFlags::RDHUP | epoll::EventFlags::OUT;
                epoll::add(
                    &self.watch,
                    connection.link(),
                    epoll::EventData::new_u64(index as u64),
                    flags,
                )?;
                if let (Some(there), Some(waiting)) = (
                    self.connections.get_mut(index),
                    self.waiting_to_write.get_mut(index),
                ) {
                    *there = Some(connection);
                    *waiting = true;
                }
                Place::Up(index)
            }
            Err(error) => {
                self.last_loss = Some(error.to_string());
                Place::Down {
                    retry: now + retry_after(failures),
                    failures: failures + 1,
                }
            }
        };
        self.unwell |= matches!(state, Place::Down { .. });
        if let Some(there) = self.places.get_mut(place) {
            *there = state;
        }
        Ok(())
    }

    /// Replace connections that take no more requests, and connect again what is down.
    fn reconnect(&mut self, now: Nanos) -> io::Result<()> {
        if !std::mem::take(&mut self.unwell) {
            return Ok(());
        }
        for place in 0..self.places.len() {
            match self.places.get(place).copied() {
                Some(Place::Down { retry, failures }) if retry <= now => {
                    self.connect(place, failures)?;
                }
                Some(Place::Up(index)) if self.connection(index).is_some_and(|c| c.retired()) => {
                    // What it has in flight is still answered: it only takes nothing new.
                    self.reconnects += 1;
                    self.connect(place, 0)?;
                }
                _ => {}
            }
        }
        for index in 0..self.connections.len() {
            let placed = self
                .places
                .iter()
                .any(|place| matches!(place, Place::Up(up) if *up == index));
            if !placed && self.connection(index).is_some_and(|c| c.active() == 0) {
                self.connections.get_mut(index).map(Option::take);
            }
        }
        // What is down or drains still has to be looked at again.
        self.unwell = self
            .places
            .iter()
            .any(|place| matches!(place, Place::Down { .. }))
            || self.connections.iter().flatten().any(Connection::retired);
        Ok(())
    }

    /// Forget a connection that is over, and come back to its place in a moment.
    fn lose(&mut self, index: usize) {
        let now = self.now();
        let Some(lost) = self.connections.get_mut(index).and_then(Option::take) else {
            return;
        };
        let settled = lost.stream_limit() > 0;
        self.last_loss = lost.over().map(str::to_owned).or(self.last_loss.take());
        self.reconnects += 1;
        for place in &mut self.places {
            if matches!(place, Place::Up(up) if *up == index) {
                // One that had served comes again at once, one that never did after a while.
                let failures = u32::from(!settled) * 3;
                *place = Place::Down {
                    retry: now + retry_after(failures),
                    failures,
                };
            }
        }
    }

    /// End what is still open: the time is over.
    fn give_up(&mut self) {
        for connection in self.connections.iter_mut().flatten() {
            connection.abandon(Outcome::Unanswered, &mut self.ended);
        }
        self.send_nothing_more();
        self.count(self.now());
    }

    fn send_nothing_more(&mut self) {
        for flight in self.held.drain(..) {
            self.ended.push(Ended {
                flight,
                outcome: Outcome::NotSent,
            });
        }
    }
}

/// Return how long after the start a moment is (ns); 0 before it.
fn since(began: Instant, moment: Instant) -> Nanos {
    Nanos::try_from(moment.saturating_duration_since(began).as_nanos()).unwrap_or(Nanos::MAX)
}

fn retry_after(failures: u32) -> Nanos {
    let (least, most) = RETRY;
    least.saturating_mul(1 << failures.min(10)).min(most)
}
