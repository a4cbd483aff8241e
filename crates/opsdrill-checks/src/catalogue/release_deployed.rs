//! A release of Helm is as Helm left it after a deployment that went well: the next one can come.

use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Wants the newest revision of a release to be deployed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseDeployed {
    namespace: String,
    release: String,
    /// The lowest number that the newest revision may have: a release that was made anew begins at 1 again.
    #[serde(default)]
    revision_min: u32,
    /// Whether only that number matters: what became of the newest revision is another check's business.
    #[serde(default)]
    any_status: bool,
}

impl Check for ReleaseDeployed {
    const NAME: &'static str = "release-deployed";
    const SUMMARY: &'static str = "The newest revision of a release is deployed.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let name = format!("{}/{}", self.namespace, self.release);
        // Helm writes both beside the record, so that it can find its Secrets.
        let labels =
            [("owner".to_owned(), "helm".to_owned()), ("name".to_owned(), self.release.clone())];
        let labels = labels.iter().map(|(key, value)| (key, value));
        let records = evidence.cluster.view().with_labels(Kind::Secret, &self.namespace, labels);
        let revisions = records.iter().filter_map(|it| {
            let number: u32 = it.meta.label("version")?.parse().ok()?;
            Some((number, it.meta.label("status").unwrap_or_default()))
        });
        let Some((revision, status)) = revisions.max() else {
            return Finding::new(
                false,
                format!("there is no release {name}"),
                format!("il n'y a pas de release {name}"),
            );
        };
        Finding::new(
            (self.any_status || status == "deployed") && revision >= self.revision_min,
            format!("release {name} is at revision {revision}, which is {status}"),
            format!("la release {name} en est à la révision {revision}, qui est {status}"),
        )
    }
}
