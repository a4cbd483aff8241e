//! What the controller keeps in mind of each autoscaler, as the real one does: it is lost with the controller, not told in the API.

use std::collections::BTreeMap;

use bevy_ecs::resource::Resource;

use crate::controllers::Key;
use crate::time::{SimDuration, SimTime};

/// What an autoscaler has recommended and done of late.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recommendations {
    /// Recommended numbers of replicas before they were smoothed, oldest first, each with its time.
    pub(super) recommended: Vec<(i32, SimTime)>,
    /// By how many replicas it has scaled up, and when.
    pub(super) ups: Vec<(i32, SimTime)>,
    /// By how many replicas it has scaled down, and when.
    pub(super) downs: Vec<(i32, SimTime)>,
}

impl Recommendations {
    /// Forgets what was longer ago than anything looks back.
    pub(super) fn trim(&mut self, now: SimTime) {
        // The longest window that the API takes is an hour, the longest period half of one.
        let lately = |it: &(i32, SimTime)| now.since(it.1) <= SimDuration::hours(1);
        for list in [&mut self.recommended, &mut self.ups, &mut self.downs] {
            list.retain(lately);
        }
    }
}

/// What is kept in mind of all autoscalers.
#[derive(Resource, Debug, Default)]
pub(crate) struct Memories {
    by_key: BTreeMap<Key, Recommendations>,
}

impl Memories {
    /// What is kept in mind of one.
    pub(crate) fn of(&self, key: &Key) -> Option<&Recommendations> {
        self.by_key.get(key)
    }

    /// Keeps something in mind; nothing means that the autoscaler is gone.
    pub(crate) fn keep(&mut self, key: &Key, recommendations: Recommendations) {
        if recommendations == Recommendations::default() {
            self.by_key.remove(key);
        } else {
            self.by_key.insert(key.clone(), recommendations);
        }
    }
}
