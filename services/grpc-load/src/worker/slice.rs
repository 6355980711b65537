//! What a worker does for slices: one short load after another, over connections that stay open.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::{Load, Place, Worker, since};
use crate::clock::Clock;
use crate::record::Record;
use crate::schedule::Nanos;

/// How often what has no load is looked at while `Worker::load_slice` runs.
const LOOK_ASIDE: Duration = Duration::from_millis(500);

/// What a slice gave beside its record.
#[derive(Debug)]
pub(crate) struct Sliced {
    pub(crate) record: Record,
    /// The load, whose schedule goes on in another slice.
    pub(crate) load: Load,
    /// What the thread used from just before the slice until just after its last request ended.
    pub(crate) used: Clock,
    /// How long that took (ns).
    pub(crate) took: Nanos,
    /// How many connections were lost, and why the last one was.
    pub(crate) lost: u64,
    pub(crate) last_loss: Option<String>,
}

impl Worker {
    /// Return what is readable when there is news on a connection: `tend` takes it.
    pub(crate) fn watch(&self) -> BorrowedFd<'_> {
        self.watch.as_fd()
    }

    /// Take what came on connections that have no load, and answer it: PING, SETTINGS, GOAWAY.
    ///
    /// # Errors
    ///
    /// Returns what the kernel refuses.
    pub(crate) fn tend(&mut self) -> io::Result<()> {
        self.wait(0)?;
        self.flush();
        Ok(())
    }

    /// Open again what was lost, or takes no more requests. Returns how many connections that were,
    /// and why they cannot serve, where they cannot.
    pub(crate) fn renew(&mut self, within: Duration) -> (u64, Result<(), String>) {
        let before = self.opened;
        self.last_loss = None;
        self.unwell = true;
        let renewed = self
            .reconnect(Nanos::MAX)
            .map_err(|error| error.to_string())
            .and_then(|()| self.settle(within));
        (self.opened - before, renewed)
    }

    /// Load for one slice, from now until each of its requests has ended. `aside` is called from
    /// time to time.
    ///
    /// # Errors
    ///
    /// Returns what the kernel refuses.
    pub(crate) fn load_slice(
        &mut self,
        load: Load,
        record: Record,
        end: &AtomicBool,
        aside: &mut dyn FnMut() -> io::Result<()>,
    ) -> io::Result<Sliced> {
        self.window = record.window();
        self.plan.stop = self.window.to;
        self.load = load;
        self.record = record;
        self.reconnects = 0;
        self.last_loss = None;
        let called = Instant::now();
        let before = Clock::read();
        (self.before, self.after) = (Some(before), Some(before));
        self.start(Instant::now());
        let mut next_aside = self.began + LOOK_ASIDE;
        while self.go_on(end)? {
            if Instant::now() > next_aside {
                aside()?;
                next_aside = Instant::now() + LOOK_ASIDE;
            }
        }
        self.give_up();
        for index in 0..self.connections.len() {
            self.touch(index); // What was given up is still to be reset.
        }
        self.flush();
        self.deadlines.clear();
        self.record.close();
        let none = Record::new(self.window, None);
        Ok(Sliced {
            record: std::mem::replace(&mut self.record, none),
            load: std::mem::replace(&mut self.load, Load::Closed { concurrency: 0 }),
            used: Clock::read().since(before),
            took: since(called, Instant::now()),
            lost: self.reconnects,
            last_loss: self.last_loss.take(),
        })
    }

    /// Give up what waits for room where no connection is left that could have some.
    pub(super) fn give_up_held(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let left = self.places.iter().any(|place| match place {
            Place::Up(index) => {
                let there = self.connections.get(*index).and_then(Option::as_ref);
                there.is_some_and(|connection| !connection.retired())
            }
            Place::Down { .. } => false,
        });
        if !left {
            self.send_nothing_more();
        }
    }
}
