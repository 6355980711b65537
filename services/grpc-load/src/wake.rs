//! Wakers that note which stream has something to say, without a runtime.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// The slots of one connection that were woken since the last look.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    slots: Mutex<Vec<u32>>,
}

impl Ready {
    /// Move the woken slots into `into`, which is emptied before.
    pub(crate) fn take(&self, into: &mut Vec<u32>) {
        into.clear();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *slots, into);
    }

    fn push(&self, slot: u32) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.push(slot);
    }
}

/// Wakes one slot of a connection. A slot that is noted already is not noted again.
///
/// A connection and its wakers are of one thread: were there others, a slot might be noted twice,
/// which does no harm. So a read and a write do, where an exchange would cost as much as a look.
#[derive(Debug)]
pub(crate) struct SlotWaker {
    slot: u32,
    noted: AtomicBool,
    ready: Arc<Ready>,
}

impl SlotWaker {
    /// Return the waker of a slot, and as the `std::task::Waker` that polls take.
    pub(crate) fn new(slot: u32, ready: &Arc<Ready>) -> (Arc<Self>, Waker) {
        let made = Arc::new(Self {
            slot,
            noted: AtomicBool::new(false),
            ready: Arc::clone(ready),
        });
        (Arc::clone(&made), Waker::from(made))
    }

    /// Allow it to be noted again: called before its stream is polled.
    pub(crate) fn rearm(&self) {
        self.noted.store(false, Ordering::Relaxed);
    }
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.noted.load(Ordering::Relaxed) {
            self.noted.store(true, Ordering::Relaxed);
            self.ready.push(self.slot);
        }
    }
}

/// Says whether a connection has work that no stream stands for: frames to write, windows to open.
#[derive(Debug, Default)]
pub(crate) struct Due {
    due: AtomicBool,
}

impl Due {
    /// Return whether it was woken since the last call.
    pub(crate) fn take(&self) -> bool {
        self.due.swap(false, Ordering::Relaxed)
    }

    /// Note that there is work.
    pub(crate) fn note(&self) {
        self.due.store(true, Ordering::Relaxed);
    }
}

impl Wake for Due {
    fn wake(self: Arc<Self>) {
        self.note();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.note();
    }
}
