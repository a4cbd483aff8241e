//! How many replicas a measurement calls for: the arithmetic of the real one's `replica_calculator.go`, in integers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use opsdrill_objects::Object;
use opsdrill_objects::quantity::Quantity;

use crate::controllers::dates;
use crate::view::View;

/// For so long after its start a pod's CPU counts only once it is ready (`--horizontal-pod-autoscaler-cpu-initialization-period`), in seconds.
const CPU_INITIALIZATION: i64 = 300;
/// A pod that has turned unready within this time of its start was never ready
/// (`--horizontal-pod-autoscaler-initial-readiness-delay`), in seconds.
const INITIAL_READINESS: i64 = 30;
/// The span that a measurement is about, in seconds.
const WINDOW: i64 = 15;

/// What pods use, in thousandths, by their names.
pub(super) type Measured<'w> = BTreeMap<&'w str, i64>;

/// What is aimed at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aim {
    /// A part of what was requested, in percent.
    Utilization(i32),
    /// So many thousandths for each pod.
    Average(i64),
}

/// How many replicas there should be, and what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    /// Replicas.
    pub replicas: i32,
    /// In percent of what was requested, if that is aimed at.
    pub utilization: Option<i32>,
    /// The average of a pod, in thousandths.
    pub average: i64,
}

/// What is used over what is aimed at.
#[derive(Clone, Copy, Debug)]
struct Ratio {
    used: i128,
    aim: i128,
}

impl Ratio {
    fn is_above(self) -> bool {
        self.used > self.aim
    }

    fn is_below(self) -> bool {
        self.used < self.aim
    }

    /// Whether it is worth no change: a tenth either way. Computed with binary fractions as in life, 1.1 is beyond it and 0.9 is not.
    fn is_close(self) -> bool {
        let tenfold = (self.aim - self.used) * 10;
        tenfold <= self.aim && -tenfold < self.aim
    }

    /// So many times over, rounded up.
    fn times(self, count: usize) -> i32 {
        let aim = self.aim.max(1);
        let product = self.used * count as i128;
        i32::try_from((product + aim - 1) / aim).unwrap_or(i32::MAX)
    }
}

/// The pods of a target by how far they count (`groupPods`).
struct Groups<'w> {
    ready: usize,
    unready: BTreeSet<&'w str>,
    missing: BTreeSet<&'w str>,
    ignored: BTreeSet<&'w str>,
}

/// How many replicas pods that use so much call for.
///
/// # Errors
/// The real one's words if that cannot be said.
pub(super) fn propose<'w>(
    view: View<'w>,
    pods: &[&'w Arc<Object>],
    mut measured: Measured<'w>,
    current: i32,
    aim: Aim,
    (resource, container): (&str, Option<&str>),
) -> Result<Proposal, String> {
    let plain = matches!(aim, Aim::Average(_));
    if pods.is_empty() {
        let first = if plain { "no" } else { "No" };
        return Err(format!("{first} pods returned by selector while calculating replica count"));
    }
    let groups = groups(view, pods, &measured, resource);
    measured.retain(|name, _| !groups.ignored.contains(name) && !groups.unready.contains(name));
    if measured.is_empty() {
        return Err("did not receive metrics for targeted pods (pods might be unready)".to_owned());
    }
    let requests = if plain { BTreeMap::new() } else { requests(pods, resource, container)? };
    let (ratio, mut proposal) = aim.compare(&measured, &requests)?;
    proposal.replicas = current;
    let unready_count = !groups.unready.is_empty() && ratio.is_above();
    if !unready_count && groups.missing.is_empty() {
        if !ratio.is_close() {
            proposal.replicas = ratio.times(groups.ready);
        }
        return Ok(proposal);
    }
    for pod in &groups.missing {
        // Whoever is not heard of speaks against any change.
        if ratio.is_below() {
            let requested = requests.get(pod).copied().unwrap_or_default();
            measured.insert(pod, aim.full(requested));
        } else if ratio.is_above() || plain {
            measured.insert(pod, 0);
        }
    }
    if unready_count {
        measured.extend(groups.unready.iter().map(|it| (*it, 0)));
    }
    let (again, _) = aim.compare(&measured, &requests)?;
    let turned = ratio.is_below() && again.is_above() || ratio.is_above() && again.is_below();
    if again.is_close() || turned {
        return Ok(proposal);
    }
    let replicas = again.times(measured.len());
    let backwards =
        again.is_below() && replicas > current || again.is_above() && replicas < current;
    if !backwards {
        proposal.replicas = replicas;
    }
    Ok(proposal)
}

impl Aim {
    /// What a pod counts for that is taken to use all that it should.
    fn full(self, requested: i64) -> i64 {
        match self {
            Self::Utilization(percent) => requested * i64::from(percent.max(100)) / 100,
            Self::Average(milli) => milli,
        }
    }

    fn compare(
        self,
        measured: &Measured<'_>,
        requests: &Measured<'_>,
    ) -> Result<(Ratio, Proposal), String> {
        let percent = match self {
            Self::Average(milli) => {
                let average = measured.values().sum::<i64>() / measured.len().max(1) as i64;
                let ratio = Ratio { used: average.into(), aim: milli.into() };
                return Ok((ratio, Proposal { replicas: 0, utilization: None, average }));
            }
            Self::Utilization(percent) => percent,
        };
        let known = measured.iter().filter_map(|(pod, used)| Some((used, requests.get(pod)?)));
        let (mut used, mut requested, mut count) = (0_i64, 0_i64, 0);
        for (one, request) in known {
            (used, requested, count) = (used + one, requested + request, count + 1);
        }
        if requested == 0 {
            return Err("no metrics returned matched known pods".to_owned());
        }
        let utilization = i128::from(used) * 100 / i128::from(requested);
        let ratio = Ratio { used: utilization, aim: percent.into() };
        let utilization = Some(i32::try_from(utilization).unwrap_or(i32::MAX));
        Ok((ratio, Proposal { replicas: 0, utilization, average: used / count }))
    }
}

fn groups<'w>(
    view: View<'w>,
    pods: &[&'w Arc<Object>],
    measured: &Measured<'w>,
    resource: &str,
) -> Groups<'w> {
    let mut groups = Groups {
        ready: 0,
        unready: BTreeSet::new(),
        missing: BTreeSet::new(),
        ignored: BTreeSet::new(),
    };
    for object in pods {
        let name = &*object.meta.name;
        let phase = object.pod().map_or("", |it| it.phase());
        if object.meta.is_terminating() || phase == "Failed" {
            groups.ignored.insert(name);
        } else if phase == "Pending" {
            groups.unready.insert(name);
        } else if !measured.contains_key(name) {
            groups.missing.insert(name);
        } else if resource == "cpu" && is_warming_up(view, object) {
            groups.unready.insert(name);
        } else {
            groups.ready += 1;
        }
    }
    groups
}

/// Whether the CPU of a pod says nothing yet: programs need much of it to start.
fn is_warming_up(view: View<'_>, object: &Object) -> bool {
    let Some(pod) = object.pod() else { return true };
    let ready = pod.status.conditions.iter().flatten().find(|it| it.type_ == "Ready");
    let (Some(ready), Some(started)) = (ready, &pod.status.start_time) else { return true };
    let since = dates::unix(ready.last_transition_time.as_ref());
    let (started, is_ready) = (started.0.as_second(), ready.status != "False");
    if started + CPU_INITIALIZATION > view.unix_now() {
        return !is_ready || view.unix_now() < since + WINDOW;
    }
    !is_ready && started + INITIAL_READINESS > since
}

/// What pods have requested, in thousandths (`calculateRequests`).
fn requests<'w>(
    pods: &[&'w Arc<Object>],
    resource: &str,
    container: Option<&str>,
) -> Result<Measured<'w>, String> {
    let mut requests = BTreeMap::new();
    for object in pods {
        let Some(pod) = object.pod() else { continue };
        let sidecars = pod.spec.init_containers.iter().flatten();
        let sidecars = sidecars.filter(|it| it.restart_policy.as_deref() == Some("Always"));
        let mut sum = 0;
        for it in pod.spec.containers.iter().chain(sidecars) {
            if container.is_some_and(|name| name != it.name) {
                continue;
            }
            let requested =
                it.resources.as_ref().and_then(|it| it.requests.as_ref()?.get(resource));
            let Some(requested) = requested.and_then(|it| Quantity::parse(&it.0).ok()) else {
                return Err(format!(
                    "missing request for {resource} in container {} of Pod {}",
                    it.name, object.meta.name
                ));
            };
            sum += requested.milli_value();
        }
        requests.insert(&*object.meta.name, sum);
    }
    Ok(requests)
}

#[cfg(test)]
mod tests {
    use super::Ratio;

    #[test]
    fn a_tenth_either_way_is_worth_no_change() {
        let close = |used| Ratio { used, aim: 80 }.is_close();
        let verdicts: Vec<bool> = [71, 72, 80, 87, 88].into_iter().map(close).collect();
        // 88/80 - 1 is a little more than a tenth, in the machine's fractions.
        assert_eq!(verdicts, [false, true, true, true, false]);
    }

    #[test]
    fn replicas_are_rounded_up() {
        assert_eq!(Ratio { used: 100, aim: 80 }.times(3), 4);
        assert_eq!(Ratio { used: 160, aim: 80 }.times(3), 6);
        assert_eq!(Ratio { used: 0, aim: 80 }.times(3), 0);
    }
}
