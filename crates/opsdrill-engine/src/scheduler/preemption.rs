//! Preemption: a pod that fits nowhere lets less important ones go, after the real scheduler's `DefaultPreemption`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::PodCondition;
use opsdrill_objects::{Kind, Object};
use rand::Rng;

use super::ledger::Slot;
use super::outcome::{self, identity};
use super::victims::{Budget, Candidate, NO_VICTIMS, Victim};
use super::volumes::Volumes;
use super::{NAME, Scheduler, priority_of, recorder};
use crate::api::{self, Options, Request, Target, Verb};
use crate::chance::Chance;
use crate::view::View;

/// The least number of nodes on which victims are looked for (`minCandidateNodesAbsolute`); beyond it a tenth of all.
const CANDIDATES: usize = 100;
/// Why a pod goes.
const REASON: &str = "PreemptionByScheduler";

/// What comes of looking for pods to evict.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Preemption {
    /// What is added to the scheduler's words; nothing if pods were evicted.
    pub words: Option<String>,
    /// The node for which the pod is nominated now.
    pub nomination: Nomination,
}

/// What becomes of a pod's `nominatedNodeName`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Nomination {
    /// It stays as it is.
    Kept,
    /// It is taken away.
    Cleared,
    /// It is this node now.
    Given(Arc<str>),
}

impl Preemption {
    fn none(words: String, nomination: Nomination) -> Self {
        Self { words: Some(format!("preemption: {words}")), nomination }
    }

    /// What is said if there is no node on which it could help.
    fn useless(nodes: usize) -> Self {
        Self::none(not_available(nodes, BTreeMap::new(), nodes), Nomination::Cleared)
    }
}

/// The scheduler's words about nodes that all have something against them.
fn not_available(nodes: usize, reasons: BTreeMap<String, usize>, beyond_help: usize) -> String {
    let mut reasons = reasons;
    if beyond_help > 0 {
        reasons.insert("Preemption is not helpful for scheduling".to_owned(), beyond_help);
    }
    let mut parts: Vec<String> =
        reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    parts.sort();
    format!("0/{nodes} nodes are available: {}.", parts.join(", "))
}

impl Scheduler {
    /// Looks for a node where less important pods could make room, of those where that would help, and lets them go.
    pub(super) fn preempt(
        &mut self,
        world: &mut World,
        pod: &Arc<Object>,
        passing: &[Slot],
    ) -> Preemption {
        let nodes = self.ledger.order().len();
        if let Some(why) = self.ineligible(world, pod, passing) {
            return Preemption::none(why.to_owned(), Nomination::Kept);
        }
        if passing.is_empty() {
            return Preemption::useless(nodes);
        }
        let lowest = self.ledger.lowest_priority();
        if lowest.is_none_or(|it| it >= priority_of(pod)) {
            let reasons = BTreeMap::from([(NO_VICTIMS.to_owned(), passing.len())]);
            let words = not_available(nodes, reasons, nodes - passing.len());
            return Preemption::none(words, Nomination::Cleared);
        }
        let best = match self.candidates(world, pod, passing) {
            Ok(candidates) => best(candidates),
            Err(reasons) => {
                let words = not_available(nodes, reasons, nodes - passing.len());
                return Preemption::none(words, Nomination::Cleared);
            }
        };
        for victim in &best.victims {
            evict(world, pod, victim, &best.node);
        }
        self.clear_less_important(world, pod, &best.node);
        Preemption { words: None, nomination: Nomination::Given(best.node) }
    }

    /// Why a pod may let nobody go now (`PodEligibleToPreemptOthers`).
    fn ineligible(&self, world: &World, pod: &Object, passing: &[Slot]) -> Option<&'static str> {
        let body = pod.pod()?;
        if body.spec.preemption_policy.as_deref() == Some("Never") {
            return Some("not eligible due to preemptionPolicy=Never.");
        }
        let node = body.status.nominated_node_name.as_deref()?;
        // A node that nothing can help is given up.
        if !passing.contains(&self.ledger.slot(node)?) {
            return None;
        }
        let makes_room = |it: &&Arc<Object>| {
            it.meta.is_terminating() && priority_of(it) < priority_of(pod) && is_preempted(it)
        };
        let on_it = View::new(world).pods_on(node);
        on_it
            .iter()
            .any(makes_room)
            .then_some("not eligible due to a terminating pod on the nominated node.")
    }

    /// The nodes where some pods could make room.
    ///
    /// # Errors
    /// What is said against the nodes, and how often.
    fn candidates(
        &mut self,
        world: &World,
        pod: &Object,
        passing: &[Slot],
    ) -> Result<Vec<Candidate>, BTreeMap<String, usize>> {
        let view = View::new(world);
        let mut reasons = BTreeMap::new();
        let demand = self.demand_of(pod);
        let Ok(volumes) = Volumes::of(view, pod, &demand.claims) else { return Err(reasons) };
        let budgets = Budget::all(view);
        let enough = CANDIDATES.max(passing.len() / 10).min(passing.len());
        let draw = world.resource::<Chance>().stream("preemption", &pod.meta.uid.to_string());
        let offset = offset(draw, passing.len());
        let seated = self.seat(pod);
        let (mut harmless, mut harmful) = (Vec::new(), Vec::new());
        for step in 0..passing.len() {
            let slot = passing[(offset + step) % passing.len()];
            match self.victims_on(world, (pod, &volumes), slot, &budgets) {
                Ok(candidate) if candidate.victims.is_empty() => {}
                Ok(candidate) if candidate.violations == 0 => harmless.push(candidate),
                Ok(candidate) => harmful.push(candidate),
                Err(why) => why.into_iter().for_each(|it| *reasons.entry(it).or_default() += 1),
            }
            if !harmless.is_empty() && harmless.len() + harmful.len() >= enough {
                break;
            }
        }
        self.unseat(&seated);
        harmless.append(&mut harmful);
        if harmless.is_empty() { Err(reasons) } else { Ok(harmless) }
    }

    /// Takes their nomination from less important pods for whom room was being made on the same node.
    fn clear_less_important(&self, world: &mut World, pod: &Object, node: &str) {
        let less = self.nominated.iter().filter(|(uid, it)| {
            **uid != pod.meta.uid && *it.node == *node && it.priority < priority_of(pod)
        });
        for (uid, _) in less {
            let Some(mut object) = View::new(world).by_uid(*uid).map(|it| (**it).clone()) else {
                continue;
            };
            if let Some(body) = object.pod_mut() {
                body.status.nominated_node_name = None;
            }
            // Refused only if it has gone meanwhile.
            let _ = api::handle(world, &identity(), Request::update_status(object));
        }
    }
}

fn offset(mut draw: impl Rng, nodes: usize) -> usize {
    (draw.next_u64() % nodes.max(1) as u64) as usize
}

/// Whether a pod goes because a scheduler wanted its place.
fn is_preempted(pod: &Object) -> bool {
    let conditions = pod.pod().and_then(|it| it.status.conditions.as_deref());
    conditions.unwrap_or_default().iter().any(|it| {
        it.type_ == "DisruptionTarget"
            && it.status == "True"
            && it.reason.as_deref() == Some(REASON)
    })
}

/// The candidate that does the least harm (`pickOneNodeForPreemption`).
fn best(candidates: Vec<Candidate>) -> Candidate {
    let least = candidates.into_iter().min_by_key(|it| {
        let highest = it.victims.first().map_or(i32::MIN, |it| it.priority);
        // Each counts at least one, so that few of low priority are better than many of a negative one.
        let sum: i64 = it.victims.iter().map(|it| i64::from(it.priority) + (1 << 31)).sum();
        let of_highest = it.victims.iter().filter(|it| it.priority == highest);
        let earliest = of_highest.map(|it| it.started).min();
        (it.violations, highest, sum, it.victims.len(), Reverse(earliest))
    });
    least.expect("there are candidates")
}

/// Lets a pod go in favour of another.
fn evict(world: &mut World, pod: &Arc<Object>, victim: &Victim, node: &str) {
    let mut next = (*victim.pod).clone();
    let now = View::new(world).unix_now();
    if let Some(body) = next.pod_mut() {
        let conditions = body.status.conditions.get_or_insert_default();
        let old = conditions.iter().position(|it| it.type_ == "DisruptionTarget");
        let scheduler = pod.pod().and_then(|it| it.spec.scheduler_name.clone());
        let scheduler = scheduler.unwrap_or_else(|| NAME.to_owned());
        let was_true = old.and_then(|it| {
            Some(&conditions[it]).filter(|it| it.status == "True")?.last_transition_time.clone()
        });
        let condition = PodCondition {
            type_: "DisruptionTarget".to_owned(),
            status: "True".to_owned(),
            reason: Some(REASON.to_owned()),
            message: Some(format!("{scheduler}: preempting to accommodate a higher priority pod")),
            last_transition_time: was_true.or_else(|| outcome::time(now)),
            ..PodCondition::default()
        };
        match old {
            Some(place) => conditions[place] = condition,
            None => conditions.push(condition),
        }
    }
    next.meta.resource_version = 0;
    if api::handle(world, &identity(), Request::update_status(next)).result.is_err() {
        return;
    }
    let options = Options { precondition_uid: Some(victim.pod.meta.uid), ..Options::default() };
    let request = Request { options, ..Request::new(Verb::Delete, Target::of(&victim.pod)) };
    if api::handle(world, &identity(), request).result.is_ok() {
        debug_assert_eq!(pod.kind, Kind::Pod);
        let message = format!("Preempted by pod {} on node {node}", pod.meta.uid);
        recorder::preempted(world, &victim.pod, pod, message);
    }
}
