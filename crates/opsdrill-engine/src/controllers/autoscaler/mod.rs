//! The horizontal autoscaler: as many replicas as what they use calls for.
//!
//! The rules are those of kube-controller-manager's `pkg/controller/podautoscaler`. Each autoscaler gets its first turn 15 s
//! after it was made, and one every 15 s from then on.

mod behavior;
mod memory;
mod metrics;
mod replicas;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::autoscaling::v2::{
    HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus,
    MetricSpec, MetricStatus,
};
use opsdrill_objects::meta::StringMap;
use opsdrill_objects::selector::{Operator, Selector};
use opsdrill_objects::{Kind, Object, Status};

use self::behavior::Wish;
pub(crate) use self::memory::Memories;
pub use self::memory::Recommendations;
use self::metrics::{Refusal, Target};
use super::{Change, Controller, Key, dates, nothing_more};
use crate::api::scale;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

/// The time between two looks (`--horizontal-pod-autoscaler-sync-period`).
const PERIOD: SimDuration = SimDuration::seconds(15);

pub(super) const CONTROLLER: Controller = Controller {
    name: "horizontal-pod-autoscaler",
    delay: PERIOD,
    workers: 5,
    observe,
    reconcile,
    answered: nothing_more,
};

fn observe(_: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    // What changes later is seen at the next look.
    let came_or_went = notice.old.is_none() || notice.new.is_none();
    if notice.kind() == Kind::HorizontalPodAutoscaler && came_or_went {
        keys.push(Key::of(notice.object()));
    }
}

/// What is to be scaled.
struct Scaled<'w> {
    object: &'w Arc<Object>,
    replicas: i32,
    selector: String,
    /// The labels that the selector asks for, to find the pods by.
    labels: BTreeMap<String, String>,
}

/// An autoscaler in its turn.
struct Turn<'w> {
    view: View<'w>,
    object: &'w Arc<Object>,
    spec: &'w HorizontalPodAutoscalerSpec,
    status: HorizontalPodAutoscalerStatus,
    changes: Vec<Change>,
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::HorizontalPodAutoscaler, &key.namespace, &key.name) else {
        return vec![Change::Remember(Box::default())];
    };
    let Some(body) = object.horizontal_pod_autoscaler() else { return Vec::new() };
    let Some(spec) = &body.spec else { return Vec::new() };
    let status = body.status.clone().unwrap_or_default();
    let changes = vec![Change::Again(view.now() + PERIOD)];
    let mut turn = Turn { view, object, spec, status, changes };
    turn.look(key);
    let mut next = (**object).clone();
    if let Some(body) = next.horizontal_pod_autoscaler_mut() {
        body.status = Some(turn.status);
    }
    if next != **object {
        turn.changes.push(Change::update_status(next));
    }
    turn.changes
}

impl<'w> Turn<'w> {
    /// As `reconcileAutoscaler`.
    fn look(&mut self, key: &Key) {
        let scaled = match scaled(self.view, self.object) {
            Ok(scaled) => scaled,
            Err(why) => {
                let message = format!(
                    "the HPA controller was unable to get the target's current scale: {why}"
                );
                self.changes.push(Change::warning(self.object, "FailedGetScale", why));
                self.condition("AbleToScale", false, "FailedGetScale", message);
                return;
            }
        };
        let got = "the HPA controller was able to get the target's current scale";
        self.condition("AbleToScale", true, "SucceededGetScale", got.to_owned());
        let (current, now) = (scaled.replicas, self.view.now());
        let mut memory = self.view.recommendations(key).cloned().unwrap_or_default();
        if memory.recommended.is_empty() {
            memory.recommended.push((current, now));
        }
        let least = self.spec.min_replicas.unwrap_or(1);
        let most = self.spec.max_replicas;
        let mut measured = Vec::new();
        let (desired, why) = if current == 0 && least != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.condition("ScalingActive", false, "ScalingDisabled", message.to_owned());
            (current, String::new())
        } else if current > most {
            (most, "Current number of replicas above Spec.MaxReplicas".to_owned())
        } else if current < least {
            (least, "Current number of replicas below Spec.MinReplicas".to_owned())
        } else {
            let found = self.measure(&scaled);
            let (desired, name) = match found {
                Ok(found) => {
                    measured = found.2;
                    (found.0, found.1)
                }
                Err(statuses) => {
                    self.changes.push(Change::Remember(Box::new(memory)));
                    self.note(current, self.status.desired_replicas, statuses);
                    return;
                }
            };
            let wish = Wish { current, desired, least, most, now };
            let course = behavior::steer(&mut memory, self.spec.behavior.as_ref(), wish);
            self.condition("AbleToScale", true, course.able.0, course.able.1.to_owned());
            let (limited, reason, message) = course.limited;
            self.condition("ScalingLimited", limited, reason, message.to_owned());
            let why = match desired.cmp(&current) {
                Ordering::Greater => format!("{name} above target"),
                Ordering::Less => "All metrics below target".to_owned(),
                Ordering::Equal => String::new(),
            };
            (course.replicas, why)
        };
        if desired != current {
            self.rescale(&scaled, desired, &why);
            if self.spec.behavior.is_some() {
                let list = if desired > current { &mut memory.ups } else { &mut memory.downs };
                list.push(((desired - current).abs(), now));
            }
        }
        self.changes.push(Change::Remember(Box::new(memory)));
        self.note(current, desired, measured);
    }

    /// What all metrics call for, what the one that counts is called, and what was measured; only the last if they cannot be
    /// had (`computeReplicasForMetrics`).
    fn measure(
        &mut self,
        scaled: &Scaled<'_>,
    ) -> Result<(i32, String, Vec<MetricStatus>), Vec<MetricStatus>> {
        let specs: &[MetricSpec] = self.spec.metrics.as_deref().unwrap_or_default();
        let mut statuses = vec![MetricStatus::default(); specs.len()];
        let Some(pods) = self.pods(scaled) else { return Err(Vec::new()) };
        let namespace = self.object.meta.namespace();
        let target = Target { view: self.view, namespace, pods, replicas: scaled.replicas };
        let mut best: Option<(i32, String)> = None;
        let mut refusals: Vec<Refusal> = Vec::new();
        for (spec, status) in specs.iter().zip(&mut statuses) {
            match target.look_at(spec) {
                Ok(found) => {
                    *status = found.status;
                    if best.as_ref().is_none_or(|it| found.replicas > it.0) {
                        best = Some((found.replicas, found.name));
                    }
                }
                Err(refusal) => {
                    let message = refusal.message.clone();
                    self.changes.push(Change::warning(self.object, refusal.reason, message));
                    refusals.push(refusal);
                }
            }
        }
        let enough = best.filter(|it| refusals.is_empty() || it.0 >= scaled.replicas);
        if let Some((replicas, name)) = enough {
            let message =
                format!("the HPA was able to successfully calculate a replica count from {name}");
            self.condition("ScalingActive", true, "ValidMetricFound", message);
            return Ok((replicas, name, statuses));
        }
        if let Some(first) = refusals.first() {
            let message =
                format!("the HPA was unable to compute the replica count: {}", first.message);
            self.condition("ScalingActive", false, first.reason, message);
            let (bad, all) = (refusals.len(), specs.len());
            let message = format!(
                "invalid metrics ({bad} invalid out of {all}), first error is: {}",
                first.whole
            );
            self.changes.push(Change::warning(
                self.object,
                "FailedComputeMetricsReplicas",
                message,
            ));
        }
        Err(statuses)
    }

    /// The pods that the target's selector means, unless another autoscaler looks at one of them, too
    /// (`validateAndParseSelector`).
    fn pods(&mut self, scaled: &Scaled<'_>) -> Option<Vec<&'w Arc<Object>>> {
        if scaled.selector.is_empty() {
            let message = "the HPA target's scale is missing a selector";
            return self.refuse(
                "SelectorRequired",
                "selector is required",
                ("InvalidSelector", message),
            );
        }
        let selector = match Selector::parse(&scaled.selector) {
            Ok(selector) => selector,
            Err(why) => {
                let message = format!(
                    "couldn't convert selector into a corresponding internal selector object: {}",
                    why.0
                );
                return self.refuse("InvalidSelector", &message, ("InvalidSelector", &message));
            }
        };
        let namespace = self.object.meta.namespace();
        let pods: Vec<_> = self
            .view
            .with_labels(Kind::Pod, namespace, &scaled.labels)
            .into_iter()
            .filter(|it| selector.matches(&it.meta.labels))
            .collect();
        // Most pods are of one template.
        let mut looks: Vec<&StringMap> = Vec::new();
        for labels in pods.iter().map(|it| &it.meta.labels) {
            if !looks.iter().any(|it| Arc::ptr_eq(it, labels)) {
                looks.push(labels);
            }
        }
        let all = self.view.list(Kind::HorizontalPodAutoscaler, namespace);
        let rivals = all.filter(|it| {
            it.meta.uid == self.object.meta.uid
                || target(self.view, it).is_ok_and(|it| {
                    scale::selector(it)
                        .is_some_and(|it| looks.iter().any(|labels| it.matches(labels)))
                })
        });
        let rivals: Vec<String> = rivals.map(|it| it.path()).collect();
        if rivals.len() > 1 && !pods.is_empty() {
            let message = format!(
                "pods by selector {} are controlled by multiple HPAs: [{}]",
                scaled.selector,
                rivals.join(" ")
            );
            return self.refuse("AmbiguousSelector", &message, ("AmbiguousSelector", &message));
        }
        Some(pods)
    }

    /// Tells that no metric can be looked at.
    fn refuse<T>(
        &mut self,
        event: &'static str,
        message: &str,
        (reason, condition): (&str, &str),
    ) -> Option<T> {
        self.changes.push(Change::warning(self.object, event, message.to_owned()));
        self.condition("ScalingActive", false, reason, condition.to_owned());
        let event = "FailedComputeMetricsReplicas";
        self.changes.push(Change::warning(self.object, event, message.to_owned()));
        None
    }

    fn rescale(&mut self, scaled: &Scaled<'_>, desired: i32, why: &str) {
        let target = Change::Scale(scaled.object.kind, Key::of(scaled.object), desired);
        self.changes.push(target);
        let message =
            format!("the HPA controller was able to update the target scale to {desired}");
        self.condition("AbleToScale", true, "SucceededRescale", message);
        let message = format!("New size: {desired}; reason: {why}");
        self.changes.push(Change::normal(self.object, "SuccessfulRescale", message));
        self.status.last_scale_time = Some(dates::now(self.view));
    }

    /// Writes the numbers into the status.
    fn note(&mut self, current: i32, desired: i32, measured: Vec<MetricStatus>) {
        self.status.current_replicas = Some(current);
        self.status.desired_replicas = desired;
        self.status.current_metrics = (!measured.is_empty()).then_some(measured);
    }

    fn condition(&mut self, type_: &str, status: bool, reason: &str, message: String) {
        let status = if status { "True" } else { "False" };
        let conditions = self.status.conditions.get_or_insert_default();
        let place = conditions.iter().position(|it| it.type_ == type_).unwrap_or_else(|| {
            conditions.push(HorizontalPodAutoscalerCondition {
                type_: type_.to_owned(),
                ..HorizontalPodAutoscalerCondition::default()
            });
            conditions.len() - 1
        });
        let condition = &mut conditions[place];
        if condition.status != status {
            condition.last_transition_time = Some(dates::now(self.view));
        }
        status.clone_into(&mut condition.status);
        condition.reason = Some(reason.to_owned());
        condition.message = Some(message);
    }
}

/// What an autoscaler is to scale.
///
/// # Errors
/// The real one's words if it cannot be had.
fn scaled<'w>(view: View<'w>, autoscaler: &Object) -> Result<Scaled<'w>, String> {
    let object = target(view, autoscaler)?;
    let facts = scale::facts(object).ok_or("the server could not find the requested resource")?;
    let labels = Selector::parse(&facts.2).map(|it| labels(&it)).unwrap_or_default();
    Ok(Scaled { object, replicas: facts.0.unwrap_or_default(), selector: facts.2, labels })
}

/// The object that an autoscaler names.
///
/// # Errors
/// The real one's words if there is none.
fn target<'w>(view: View<'w>, autoscaler: &Object) -> Result<&'w Arc<Object>, String> {
    let spec = autoscaler.horizontal_pod_autoscaler().and_then(|it| it.spec.as_ref());
    let reference = &spec.ok_or("unexpected GroupVersion string: ")?.scale_target_ref;
    let version = reference.api_version.as_deref().unwrap_or_default();
    let mut parts = version.split('/');
    let group = match (parts.next(), parts.next(), parts.next()) {
        (Some(group), Some(_), None) => group,
        (_, None, _) => "",
        _ => return Err(format!("unexpected GroupVersion string: {version}")),
    };
    let mut rows = view.kinds().rows();
    let row = rows.find(|it| it.group == group && it.name == reference.kind);
    let Some(row) = row else {
        return Err(format!("no matches for kind {:?} in group {group:?}", reference.kind));
    };
    let namespace = if row.namespaced { autoscaler.meta.namespace() } else { "" };
    let object = view.get(row.kind, namespace, &reference.name);
    object.ok_or_else(|| Status::not_found(row.kind, &reference.name).message)
}

/// The labels that a selector asks for.
fn labels(selector: &Selector) -> BTreeMap<String, String> {
    let equal = selector.requirements().iter().filter(|it| it.operator() == Operator::Equals);
    equal.filter_map(|it| Some((it.key().to_owned(), it.values().first()?.clone()))).collect()
}
