//! Which pods of a node would have to go for a more important one, after `SelectVictimsOnNode`.

use std::cmp::Reverse;
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object, Uid};

use super::ledger::{Placed, Slot};
use super::volumes::Volumes;
use super::{Scheduler, priority_of};
use crate::view::View;

/// What is said of a node on which nobody is less important.
pub(super) const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// A node on which there would be room without some pods.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The node.
    pub node: Arc<str>,
    /// Who would go, the most important first.
    pub victims: Vec<Victim>,
    /// How many of them a disruption budget would keep.
    pub violations: usize,
}

/// A pod that would have to go.
#[derive(Clone, Debug)]
pub(super) struct Victim {
    /// The pod.
    pub pod: Arc<Object>,
    /// Its priority.
    pub priority: i32,
    /// When it was started, Unix seconds; now if it was not.
    pub started: i64,
}

impl Victim {
    fn of(view: View<'_>, pod: &Arc<Object>) -> Self {
        let start = pod.pod().and_then(|it| it.status.start_time.as_ref());
        let started = start.map_or_else(|| view.unix_now(), |it| it.0.as_second());
        Self { pod: pod.clone(), priority: priority_of(pod), started }
    }

    /// The most important first: by priority, then those that run longest (`MoreImportantPod`).
    fn importance(&self) -> (Reverse<i32>, i64) {
        (Reverse(self.priority), self.started)
    }
}

/// A disruption budget with what it still allows.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    namespace: Arc<str>,
    selector: Selector,
    allowed: i32,
}

impl Budget {
    /// All budgets that are about any pods; an empty selector means none here.
    pub(super) fn all(view: View<'_>) -> Vec<Self> {
        let budgets = view.list(Kind::PodDisruptionBudget, "").filter_map(|it| {
            let body = it.pod_disruption_budget()?;
            let selector = body.spec.as_ref()?.selector.as_ref();
            let selector = Selector::from_label_selector(selector).ok()?;
            let allowed = body.status.as_ref().map_or(0, |it| it.disruptions_allowed);
            let namespace = it.meta.namespace.clone().unwrap_or_default();
            Some(Self { namespace, selector, allowed })
        });
        budgets.filter(|it| !it.selector.is_empty() && !it.selector.is_nothing()).collect()
    }

    /// Divides pods into those that a budget keeps and the others, in their order (`filterPodsWithPDBViolation`).
    fn divide(budgets: &[Self], pods: Vec<Victim>) -> (Vec<Victim>, Vec<Victim>) {
        let mut budgets = budgets.to_vec();
        pods.into_iter().partition(|victim| {
            let meta = &victim.pod.meta;
            let mut kept = false;
            for budget in &mut budgets {
                if *budget.namespace == *meta.namespace() && budget.selector.matches(&meta.labels) {
                    budget.allowed -= 1;
                    kept |= budget.allowed < 0;
                }
            }
            kept
        })
    }
}

impl Scheduler {
    /// The fewest and least important pods without which a pod would fit on a node.
    ///
    /// # Errors
    /// What is said of the node if there are none.
    pub(super) fn victims_on(
        &mut self,
        world: &World,
        (pod, volumes): (&Object, &Volumes<'_>),
        slot: Slot,
        budgets: &[Budget],
    ) -> Result<Candidate, Vec<String>> {
        let mut potential = self.less_important(View::new(world), pod, slot);
        if potential.is_empty() {
            return Err(vec![NO_VICTIMS.to_owned()]);
        }
        potential.sort_by_key(Victim::importance);
        let mut taken: Vec<(Uid, Placed)> = Vec::new();
        for victim in &potential {
            let uid = victim.pod.meta.uid;
            taken.extend(self.displaced(uid).map(|it| (uid, it)));
        }
        if let Err(rejection) = self.attempt(pod, volumes).0.check(slot) {
            self.put_back(taken);
            return Err(rejection.reasons);
        }
        let (kept, others) = Budget::divide(budgets, potential);
        let (mut victims, mut violations) = (Vec::new(), 0);
        let order = kept.into_iter().map(|it| (it, 1)).chain(others.into_iter().map(|it| (it, 0)));
        for (victim, violation) in order {
            let uid = victim.pod.meta.uid;
            let Some(place) = taken.iter().position(|(it, _)| *it == uid) else { continue };
            self.place(uid, taken[place].1.clone());
            if self.attempt(pod, volumes).0.check(slot).is_ok() {
                taken.swap_remove(place);
            } else {
                self.displace(uid);
                violations += violation;
                victims.push(victim);
            }
        }
        self.put_back(taken);
        victims.sort_by_key(Victim::importance);
        Ok(Candidate { node: self.ledger.node(slot).name.clone(), victims, violations })
    }

    /// The pods of a node that are less important than a pod, those among them that wait there for their volumes.
    fn less_important(&self, view: View<'_>, pod: &Object, slot: Slot) -> Vec<Victim> {
        let (priority, node) = (priority_of(pod), self.ledger.node(slot));
        if !node.has_below(priority) {
            return Vec::new();
        }
        let assumed = self.binding.iter().filter(|(_, it)| it.node == node.name);
        let assumed = assumed.filter_map(|(uid, _)| view.by_uid(*uid));
        let pods = view.pods_on(&node.name).into_iter().chain(assumed);
        let counted = pods.filter(|it| self.ledger.placed(it.meta.uid).is_some());
        let victims = counted.map(|it| Victim::of(view, it));
        victims.filter(|it| it.priority < priority).collect()
    }

    fn put_back(&mut self, taken: Vec<(Uid, Placed)>) {
        for (uid, placed) in taken {
            self.place(uid, placed);
        }
    }
}
