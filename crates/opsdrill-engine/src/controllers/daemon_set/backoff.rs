//! How soon a daemon's pod that has failed is replaced: the first at once, then each time later (`failedPodsBackoff`).

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use opsdrill_objects::Uid;

use crate::time::{SimDuration, SimTime};

/// The first wait; it doubles.
const FIRST: SimDuration = SimDuration::seconds(1);
/// The longest.
const LONGEST: SimDuration = SimDuration::minutes(15);

/// When failed pods were replaced last, by DaemonSet and node. Lost with the controller, as in life.
#[derive(Resource, Debug, Default)]
pub(crate) struct FailedPods(BTreeMap<(Uid, Arc<str>), (SimDuration, SimTime)>);

impl FailedPods {
    /// Until when the next one has to wait, if it has to.
    pub(crate) fn waits_until(&self, set: Uid, node: &str, now: SimTime) -> Option<SimTime> {
        let (wait, last) = self.0.get(&(set, node.into()))?;
        Some(*last + *wait).filter(|it| *it > now)
    }

    /// Notes that one is replaced now.
    pub(crate) fn note(&mut self, set: Uid, node: &Arc<str>, now: SimTime) {
        self.0.retain(|_, (_, last)| now.since(*last) <= SimDuration(LONGEST.0 * 2));
        let wait = self
            .0
            .get(&(set, node.clone()))
            .map_or(FIRST, |(wait, _)| SimDuration(wait.0 * 2).min(LONGEST));
        self.0.insert((set, node.clone()), (wait, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_replaced_at_once_and_the_others_later_and_later() {
        let (mut failed, set, node) = (FailedPods::default(), Uid(1), Arc::from("a"));
        let mut waits = Vec::new();
        let mut now = SimTime(0);
        for _ in 0..14 {
            now = failed.waits_until(set, &node, now).unwrap_or(now);
            failed.note(set, &node, now);
            waits.push(failed.waits_until(set, &node, now).unwrap().since(now).as_seconds());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
        assert_eq!(failed.waits_until(set, "b", now), None);
        failed.note(set, &node, now + SimDuration::hours(1));
        let later = now + SimDuration::hours(1);
        assert_eq!(
            failed.waits_until(set, &node, later),
            Some(later + FIRST),
            "long ago is forgotten"
        );
    }
}
