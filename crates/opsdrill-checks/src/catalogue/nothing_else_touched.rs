//! The trainee has changed nothing but what the incident is about.

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
        let writes = evidence.cluster.audit().records().iter().filter(|it| {
            it.time >= evidence.start
                && &*it.user == evidence.trainee
                && it.is_write()
                && it.changed
        });
        let mut outside: Vec<String> = writes.filter(|it| !self.allows(it)).map(describe).collect();
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

fn matches(pattern: &str, record: &AuditRecord) -> Option<bool> {
    let (kind, path) = pattern.split_once(' ')?;
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    let same_name = match name.strip_suffix('*') {
        Some(start) => record.name.starts_with(start),
        None => &*record.name == name,
    };
    Some(Kind::by_resource(kind)? == record.kind && namespace == &*record.namespace && same_name)
}

fn describe(record: &AuditRecord) -> String {
    let kind = record.kind.info().singular;
    format!("{} {kind} {}/{}", record.verb, record.namespace, record.name)
}
