//! The agenda: everything that is going to happen, in order of (time, sequence).

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::resource::Resource;

use crate::time::SimTime;
use crate::{controllers, kubelet, physical, scheduler};

/// All that can happen. A closed list: one place shows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A controller looks at one of its objects.
    Controller(controllers::ControllerEvent),
    /// The scheduler takes pods from its queue.
    Scheduler(scheduler::SchedulerEvent),
    /// A kubelet does the next thing for a pod or its node.
    Kubelet(kubelet::KubeletEvent),
    /// Something happens in the physical world.
    Physical(physical::PhysicalEvent),
    /// An actor beside the cluster wakes.
    Actor(crate::cluster::ActorId),
}

/// What is going to happen. Inside one instant, first come is first served.
#[derive(Resource, Debug, Default)]
pub struct Agenda {
    now: SimTime,
    due: BTreeMap<SimTime, VecDeque<Event>>,
    handled: u64,
}

impl Agenda {
    /// The time now.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Plans an event; what lies in the past happens now.
    pub fn at(&mut self, time: SimTime, event: Event) {
        self.due.entry(time.max(self.now)).or_default().push_back(event);
    }

    /// The time of the next event.
    pub fn next_time(&self) -> Option<SimTime> {
        self.due.first_key_value().map(|(time, _)| *time)
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.due.values().map(VecDeque::len).sum()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// How many events have happened.
    pub fn handled(&self) -> u64 {
        self.handled
    }

    /// Takes the next event due by `until` and moves the clock to it.
    pub(crate) fn pop(&mut self, until: SimTime) -> Option<Event> {
        let mut entry = self.due.first_entry().filter(|it| *it.key() <= until)?;
        self.now = *entry.key();
        let event = entry.get_mut().pop_front().expect("no instant is kept without events");
        if entry.get().is_empty() {
            entry.remove();
        }
        self.handled += 1;
        Some(event)
    }

    /// Moves the clock to a time before the next event.
    pub(crate) fn rest_until(&mut self, time: SimTime) {
        debug_assert!(self.next_time().is_none_or(|next| next > time), "an event would be skipped");
        self.now = self.now.max(time);
    }
}
