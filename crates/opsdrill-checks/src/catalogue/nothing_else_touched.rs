//! The trainee has changed nothing but what the incident is about, neither by hand nor through the source.

use std::collections::BTreeSet;
use std::sync::Arc;

use opsdrill_engine::api::AuditRecord;
use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Wants every write of the trainee to be about one of these objects.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NothingElseTouched {
    /// `kind namespace/name`, where the name may end in `*`; cluster-scoped kinds are `kind name`.
    allowed: Vec<String>,
}

impl Check for NothingElseTouched {
    const NAME: &'static str = "nothing-else-touched";
    const SUMMARY: &'static str = "The trainee has changed nothing but what the incident is about.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let audit = evidence.cluster.audit();
        let records = audit.of_user(evidence.trainee).chain(audit.of_user(evidence.deployer));
        let writes = records.filter(|it| it.time >= evidence.start && it.is_write() && it.changed);
        let record = |it: &AuditRecord| &*it.user == evidence.deployer && is_release(it);
        let outside: Vec<&AuditRecord> =
            writes.filter(|it| !self.allows(it) && !record(it)).collect();
        let passing = passing(evidence, &outside);
        let outside = outside.into_iter().filter(|it| !passing.contains(&object_of(it)));
        let mut outside: Vec<String> = outside.map(describe).collect();
        outside.dedup();
        match &outside[..] {
            [] => Finding::new(true, "nothing else was changed", "rien d'autre n'a été changé"),
            [only] => Finding::new(
                false,
                format!("one change elsewhere: {only}"),
                format!("un changement ailleurs : {only}"),
            ),
            [first, ..] => {
                let all = outside.len();
                Finding::new(
                    false,
                    format!("{all} changes elsewhere, first: {first}"),
                    format!("{all} changements ailleurs, le premier : {first}"),
                )
            }
        }
    }
}

impl NothingElseTouched {
    fn allows(&self, record: &AuditRecord) -> bool {
        self.allowed.iter().any(|pattern| matches(pattern, record).unwrap_or(false))
    }
}

type Named = (Kind, Arc<str>, Arc<str>);

fn object_of(record: &AuditRecord) -> Named {
    (record.kind, record.namespace.clone(), record.name.clone())
}

/// What was made and is gone again, such as a pod to try a Service from: it leaves no trace.
fn passing(evidence: Evidence<'_>, records: &[&AuditRecord]) -> BTreeSet<Named> {
    let first = records.iter().map(|it| object_of(it)).collect::<BTreeSet<_>>().into_iter();
    first
        .filter(|object| {
            let (kind, namespace, name) = object;
            let made = records.iter().find(|it| object_of(it) == *object);
            made.is_some_and(|it| it.verb == "create" && it.subresource.is_none())
                && evidence.cluster.view().get(*kind, namespace, name).is_none()
        })
        .collect()
}

fn matches(pattern: &str, record: &AuditRecord) -> Option<bool> {
    let (kind, path) = pattern.split_once(' ')?;
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    let same_name = match name.strip_suffix('*') {
        Some(start) => record.name.starts_with(start),
        None => &*record.name == name,
    };
    Some(Kind::by_resource(kind)? == record.kind && namespace == &*record.namespace && same_name)
}

/// Whether it is about what Helm keeps of a release: the deploy job leaves such a record with each run.
fn is_release(record: &AuditRecord) -> bool {
    record.kind == Kind::Secret && record.name.starts_with("sh.helm.release.v1.")
}

fn describe(record: &AuditRecord) -> String {
    let kind = record.kind.info().singular;
    format!("{} {kind} {}/{}", record.verb, record.namespace, record.name)
}
