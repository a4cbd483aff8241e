//! Whether the evidence of a diagnosis carries it: objects that show the fault, and that the trainee has looked at.

use std::collections::BTreeSet;

use opsdrill_engine::{SimDuration, SimTime};
use opsdrill_objects::Kind;
use serde::{Deserialize, Serialize};

use crate::drill::{Diagnosis, RELEASE, either};
use crate::log::Language;
use crate::scenario::Scenario;
use crate::stage::{Stage, TRAINEE};

/// What the evidence of a diagnosis is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// No object was named.
    #[default]
    Missing,
    /// The objects that were named do not show the fault.
    BesideThePoint,
    /// They do, but the trainee had not looked at them.
    NotSeen,
    /// They show it, and the trainee saw it.
    Seen,
}

/// Weighs the evidence of a claim; the best that was named counts.
pub(super) fn weigh(scenario: &Scenario, stage: &Stage, claim: &Diagnosis) -> Proof {
    let claimed_at = stage.start + SimDuration(claim.after_ms);
    let worth = claim.evidence.iter().map(|reference| {
        let shows = scenario.file.truth.evidence.iter().any(|it| is_meant(it, reference));
        match shows {
            false => Proof::BesideThePoint,
            true if was_seen(stage, reference, claimed_at) => Proof::Seen,
            true => Proof::NotSeen,
        }
    });
    worth.max().unwrap_or_default()
}

/// Whether a reference (`pod/a-1`) is what a pattern of the truth (`pod/a-*`) means.
fn is_meant(pattern: &str, reference: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => reference.starts_with(start),
        None => reference == pattern,
    }
}

/// Whether the trainee had read an object by then, by itself or in a list, or the events about it. Reading logs and
/// running a command in a container begin with reading the pod.
///
/// A release is what Helm keeps of it: its Secrets.
///
/// The object may be gone by now, so the audit says whether there ever was one of this name, and in which namespace.
fn was_seen(stage: &Stage, reference: &str, by: SimTime) -> bool {
    let Some((kind, name)) = reference.split_once('/') else { return false };
    let of_release = format!("sh.helm.release.v1.{name}.v");
    let is_release = kind == RELEASE;
    let kind = if is_release { Some(Kind::Secret) } else { Kind::by_resource(kind) };
    let Some(kind) = kind else { return false };
    let is_it = |it: &str| if is_release { it.starts_with(&of_release) } else { it == name };
    let audit = stage.cluster.audit();
    let made = audit.records().iter().filter(|it| {
        it.verb == "create" && it.kind == kind && is_it(&it.name) && it.code < 300 && it.time <= by
    });
    let places: BTreeSet<&str> = made.map(|it| &*it.namespace).collect();
    let mut reads = audit
        .of_user(TRAINEE)
        .filter(|it| !it.is_write() && it.code < 300 && it.time >= stage.start && it.time <= by);
    reads.any(|it| {
        let named = it.kind == kind && is_it(&it.name);
        let listed = it.name.is_empty() && (it.kind == kind || it.kind == Kind::Event);
        let everywhere = it.namespace.is_empty() && !places.is_empty();
        (named || listed) && (everywhere || places.contains(&*it.namespace))
    })
}

impl Proof {
    /// What cost points, in words.
    pub(super) fn remark(self, language: Language) -> Option<&'static str> {
        let texts = match self {
            Self::Seen => return None,
            Self::Missing => [
                "the diagnosis names no object as evidence (`diagnose KIND/NAME MECHANISM KIND/NAME …`)",
                "le diagnostic ne cite aucun objet comme preuve (`diagnose TYPE/NOM MÉCANISME TYPE/NOM …`)",
            ],
            Self::BesideThePoint => [
                "the objects named as evidence do not show what is wrong",
                "les objets cités comme preuve ne montrent pas ce qui ne va pas",
            ],
            Self::NotSeen => [
                "you had not looked at the objects that you named as evidence",
                "vous n'aviez pas regardé les objets cités comme preuve",
            ],
        };
        Some(either(texts, language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_means_any_end() {
        assert!(is_meant("pod/a-*", "pod/a-79b78d7fb7-m4kmk"));
        assert!(is_meant("service/a", "service/a"));
        assert!(!is_meant("service/a", "service/a-b"));
        assert!(!is_meant("pod/a-*", "deployment/a-b"));
    }
}
