//! A release of Helm is as Helm left it after a deployment that went well: the next one can come.

use opsdrill_objects::{Kind, Uid};

use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// What Helm writes beside the record of a revision, so that it can find its Secrets.
pub(super) struct Record<'a> {
    pub(super) revision: u32,
    pub(super) status: &'a str,
    pub(super) uid: Uid,
}

/// The records of a release, in no order that means anything.
pub(super) fn records<'a>(
    evidence: Evidence<'a>,
    namespace: &str,
    release: &str,
) -> Vec<Record<'a>> {
    let labels = [("owner".to_owned(), "helm".to_owned()), ("name".to_owned(), release.to_owned())];
    let labels = labels.iter().map(|(key, value)| (key, value));
    let secrets = evidence.cluster.view().with_labels(Kind::Secret, namespace, labels);
    let record = |it: &'a std::sync::Arc<opsdrill_objects::Object>| {
        let revision = it.meta.label("version")?.parse().ok()?;
        let status = it.meta.label("status").unwrap_or_default();
        Some(Record { revision, status, uid: it.meta.uid })
    };
    secrets.into_iter().filter_map(record).collect()
}

/// Wants the newest revision of a release to be deployed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseDeployed {
    namespace: String,
    release: String,
}

impl Check for ReleaseDeployed {
    const NAME: &'static str = "release-deployed";
    const SUMMARY: &'static str = "The newest revision of a release is deployed.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let name = format!("{}/{}", self.namespace, self.release);
        let records = records(evidence, &self.namespace, &self.release);
        let newest = records.iter().max_by_key(|it| it.revision);
        let Some(Record { revision, status, .. }) = newest else {
            return Finding::new(
                false,
                format!("there is no release {name}"),
                format!("il n'y a pas de release {name}"),
            );
        };
        Finding::new(
            *status == "deployed",
            format!("release {name} is at revision {revision}, which is {status}"),
            format!("la release {name} en est à la révision {revision}, qui est {status}"),
        )
    }
}
