//! The scheduling queue: pods that may be tried now, pods that wait out a back-off, pods that wait for the cluster
//! to change.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use opsdrill_objects::Uid;

use crate::time::{SimDuration, SimTime};

/// The first back-off after a failed attempt; it doubles.
const INITIAL_BACKOFF: SimDuration = SimDuration::seconds(1);
/// The longest back-off.
const MAX_BACKOFF: SimDuration = SimDuration::seconds(10);
/// After this long a pod is tried again even if nothing has changed for it.
const MAX_WAIT: SimDuration = SimDuration::minutes(5);

/// A set of kinds of cluster events, as bits.
pub(super) type Changes = u16;

/// A node came.
pub(super) const NODE_ADDED: Changes = 1;
/// A node offers other amounts.
pub(super) const NODE_RESOURCES: Changes = 2;
/// A node has other labels.
pub(super) const NODE_LABELS: Changes = 4;
/// A node has other taints or was (un)cordoned.
pub(super) const NODE_TAINTS: Changes = 8;
/// A pod left its node.
pub(super) const POD_GONE: Changes = 16;
/// A pod got a node, or other labels on it.
pub(super) const POD_PLACED: Changes = 32;
/// A claim or volume changed.
pub(super) const VOLUMES: Changes = 64;

type Place = (Reverse<i32>, u64, Uid);

#[derive(Debug)]
struct Waiting {
    priority: i32,
    /// When it joined, as a number that grows.
    joined: u64,
    attempts: u32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// May be tried now.
    Active,
    /// May be tried at a time.
    BackingOff(SimTime),
    /// Waits for one of these changes, since a time; its back-off ends at the second.
    Parked { wanted: Changes, since: SimTime, backoff_end: SimTime },
    /// Is being tried.
    Tried,
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pods: BTreeMap<Uid, Waiting>,
    active: BTreeSet<Place>,
    backing_off: BTreeSet<(SimTime, Uid)>,
    /// By the time since when they wait.
    parked: BTreeSet<(SimTime, Uid)>,
    /// How many of the parked want each change, by the number of its bit.
    wanted: [usize; Changes::BITS as usize],
    joined: u64,
}

impl Queue {
    /// Adds a pod that has no node; one that is known and was changed may be tried again.
    pub(super) fn add(&mut self, pod: Uid, priority: i32, now: SimTime) {
        if let Some(waiting) = self.pods.get(&pod) {
            if matches!(waiting.state, State::Parked { .. }) {
                self.release(pod, now);
            }
            return;
        }
        self.joined += 1;
        let waiting = Waiting { priority, joined: self.joined, attempts: 0, state: State::Active };
        self.active.insert((Reverse(priority), self.joined, pod));
        self.pods.insert(pod, waiting);
    }

    /// Forgets a pod.
    pub(super) fn remove(&mut self, pod: Uid) {
        let Some(waiting) = self.pods.remove(&pod) else { return };
        match waiting.state {
            State::Active => {
                self.active.remove(&(Reverse(waiting.priority), waiting.joined, pod));
            }
            State::BackingOff(until) => {
                self.backing_off.remove(&(until, pod));
            }
            State::Parked { wanted, since, .. } => {
                self.parked.remove(&(since, pod));
                self.count(wanted, false);
            }
            State::Tried => {}
        }
    }

    /// Takes the pod that is to be tried next.
    pub(super) fn pop(&mut self) -> Option<Uid> {
        let (_, _, pod) = self.active.pop_first()?;
        let waiting = self.pods.get_mut(&pod).expect("the active set names only known pods");
        waiting.state = State::Tried;
        waiting.attempts += 1;
        Some(pod)
    }

    /// Puts a pod that was tried in vain back until one of the wanted changes happens.
    pub(super) fn park(&mut self, pod: Uid, wanted: Changes, now: SimTime) {
        let Some(waiting) = self.pods.get_mut(&pod) else { return };
        let backoff_end = now + backoff(waiting.attempts);
        waiting.state = State::Parked { wanted, since: now, backoff_end };
        self.parked.insert((now, pod));
        self.count(wanted, true);
    }

    /// Puts a pod back whose attempt failed for a passing reason.
    pub(super) fn retry(&mut self, pod: Uid, now: SimTime) {
        let Some(waiting) = self.pods.get_mut(&pod) else { return };
        let until = now + backoff(waiting.attempts);
        waiting.state = State::BackingOff(until);
        self.backing_off.insert((until, pod));
    }

    /// Lets pods go on that have waited for one of these changes.
    pub(super) fn moved(&mut self, changes: Changes, now: SimTime) {
        let bits = 0..Changes::BITS as usize;
        if !bits.into_iter().any(|bit| changes >> bit & 1 == 1 && self.wanted[bit] > 0) {
            return;
        }
        let waits = |pod: &Uid| match self.pods[pod].state {
            State::Parked { wanted, .. } => wanted & changes != 0,
            _ => false,
        };
        let released: Vec<Uid> = self.parked.iter().map(|(_, it)| *it).filter(waits).collect();
        for pod in released {
            self.release(pod, now);
        }
    }

    /// Lets pods go on whose time has come.
    pub(super) fn flush(&mut self, now: SimTime) {
        while let Some((until, pod)) = self.backing_off.first().copied() {
            if until > now {
                break;
            }
            self.backing_off.pop_first();
            self.activate(pod);
        }
        while let Some((since, pod)) = self.parked.first().copied() {
            if since + MAX_WAIT > now {
                break;
            }
            self.release(pod, now);
        }
    }

    /// Whether a pod may be tried now.
    pub(super) fn is_ready(&self) -> bool {
        !self.active.is_empty()
    }

    /// When a pod may go on next without any change of the cluster.
    pub(super) fn next_flush(&self) -> Option<SimTime> {
        let backed = self.backing_off.first().map(|(until, _)| *until);
        let parked = self.parked.first().map(|(since, _)| *since + MAX_WAIT);
        backed.into_iter().chain(parked).min()
    }

    fn release(&mut self, pod: Uid, now: SimTime) {
        let waiting = self.pods.get_mut(&pod).expect("only known pods are parked");
        let State::Parked { wanted, since, backoff_end } = waiting.state else { return };
        waiting.state = State::BackingOff(backoff_end);
        self.parked.remove(&(since, pod));
        self.count(wanted, false);
        if backoff_end <= now {
            self.activate(pod);
        } else {
            self.backing_off.insert((backoff_end, pod));
        }
    }

    fn count(&mut self, wanted: Changes, add: bool) {
        for (bit, count) in self.wanted.iter_mut().enumerate() {
            if wanted >> bit & 1 == 1 {
                *count = if add { *count + 1 } else { *count - 1 };
            }
        }
    }

    fn activate(&mut self, pod: Uid) {
        let waiting = self.pods.get_mut(&pod).expect("the sets name only known pods");
        waiting.state = State::Active;
        self.active.insert((Reverse(waiting.priority), waiting.joined, pod));
    }
}

/// The back-off after so many attempts: 1 s, 2 s, 4 s, 8 s, then 10 s.
fn backoff(attempts: u32) -> SimDuration {
    let doubled = INITIAL_BACKOFF.0 << attempts.saturating_sub(1).min(10);
    SimDuration(doubled.min(MAX_BACKOFF.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parked_pod_waits_for_its_change_and_its_back_off() {
        let (mut queue, pod) = (Queue::default(), Uid(1));
        queue.add(pod, 0, SimTime(0));
        assert_eq!(queue.pop(), Some(pod));
        queue.park(pod, POD_GONE, SimTime(0));
        queue.moved(NODE_LABELS, SimTime(5000));
        assert!(!queue.is_ready(), "a change that does not help");
        queue.moved(POD_GONE, SimTime(500));
        assert!(!queue.is_ready(), "still backing off");
        queue.flush(SimTime(1000));
        assert_eq!(queue.pop(), Some(pod));
        queue.park(pod, POD_GONE, SimTime(1000));
        queue.moved(POD_GONE, SimTime(3000));
        assert_eq!(queue.pop(), Some(pod), "its second back-off of 2 s is over");
    }

    #[test]
    fn back_off_doubles_to_ten_seconds() {
        let seconds: Vec<u64> = (1..=6).map(|it| backoff(it).as_seconds()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10]);
    }

    #[test]
    fn higher_priority_goes_first() {
        let mut queue = Queue::default();
        queue.add(Uid(1), 0, SimTime(0));
        queue.add(Uid(2), 1000, SimTime(0));
        assert_eq!((queue.pop(), queue.pop()), (Some(Uid(2)), Some(Uid(1))));
    }
}
