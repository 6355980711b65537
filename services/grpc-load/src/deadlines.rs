//! When requests in flight expire, the oldest first. Pure.

use std::collections::VecDeque;

use crate::schedule::Nanos;

/// How many there is room for from the start.
const ROOM: usize = 4096;

/// Deadlines of what begins one after another, in order: of those in flight, and of few others.
///
/// A queue of all requests would grow by copies of itself, and each would stop the load that it is
/// a part of: for tens of milliseconds at half a million requests.
#[derive(Debug)]
pub(crate) struct Deadlines<T> {
    queue: VecDeque<(Nanos, T)>,
}

impl<T: Copy> Deadlines<T> {
    /// Make an empty one.
    pub(crate) fn new() -> Self {
        Self {
            queue: VecDeque::with_capacity(ROOM),
        }
    }

    /// Note one more, and forget the oldest ones of which `ended` is true.
    ///
    /// Those that ended behind one that did not are forgotten once there is no room left.
    pub(crate) fn push(&mut self, deadline: Nanos, of: T, ended: impl Fn(T) -> bool) {
        while self.queue.front().is_some_and(|(_, of)| ended(*of)) {
            self.queue.pop_front();
        }
        let room = self.queue.capacity();
        if self.queue.len() == room {
            self.queue.retain(|(_, of)| !ended(*of));
            if self.queue.len() > room / 2 {
                self.queue.reserve(room);
            }
        }
        self.queue.push_back((deadline, of));
    }

    /// Return the earliest deadline; it may be of one that ended.
    pub(crate) fn earliest(&self) -> Option<Nanos> {
        self.queue.front().map(|(deadline, _)| *deadline)
    }

    /// Take the next one whose deadline has passed; it may have ended.
    pub(crate) fn passed(&mut self, now: Nanos) -> Option<T> {
        self.earliest().filter(|deadline| *deadline <= now)?;
        self.queue.pop_front().map(|(_, of)| of)
    }

    /// Forget all.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(deadlines: &mut Deadlines<u64>, now: Nanos) -> Vec<u64> {
        std::iter::from_fn(|| deadlines.passed(now)).collect()
    }

    #[test]
    fn those_that_passed_come_in_order_and_each_once() {
        let mut deadlines = Deadlines::new();
        for number in 0..5 {
            deadlines.push(10 * number, number, |_| false);
        }
        assert_eq!(deadlines.earliest(), Some(0));
        assert_eq!(passed(&mut deadlines, 20), [0, 1, 2]);
        assert!(passed(&mut deadlines, 29).is_empty());
        assert_eq!(passed(&mut deadlines, 1000), [3, 4]);
        assert_eq!(deadlines.earliest(), None);
    }

    #[test]
    fn a_million_that_end_soon_take_the_room_of_those_in_flight() {
        let mut deadlines = Deadlines::new();
        for number in 0..1_000_000_u64 {
            deadlines.push(number, number, |other| other + 800 < number);
        }
        assert_eq!(deadlines.queue.capacity(), ROOM);
        assert!(deadlines.queue.len() <= 802);
    }

    #[test]
    fn one_that_never_ends_keeps_few_of_those_behind_it_and_none_in_flight_is_lost() {
        let mut deadlines = Deadlines::new();
        let ended = |number: u64| move |other: u64| other != 0 && other + 800 < number;
        for number in 0..1_000_000 {
            deadlines.push(number, number, ended(number));
        }
        assert_eq!(deadlines.queue.capacity(), ROOM);
        let left = passed(&mut deadlines, Nanos::MAX);
        assert_eq!(left.first(), Some(&0));
        let in_flight: Vec<u64> = (999_199..1_000_000).collect();
        assert!(left.ends_with(&in_flight));
    }

    #[test]
    fn more_in_flight_than_there_is_room_for_get_more() {
        let mut deadlines = Deadlines::new();
        for number in 0..10_000 {
            deadlines.push(number, number, |_| false);
        }
        let all: Vec<u64> = (0..10_000).collect();
        assert_eq!(passed(&mut deadlines, Nanos::MAX), all);
    }
}
