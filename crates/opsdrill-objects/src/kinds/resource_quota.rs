//! ResourceQuota.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ResourceQuota, ResourceQuotaStatus};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::Object;
use crate::defaults::fill;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, metadata, names, quantities};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

/// The scopes of pods that a quota may be about.
const SCOPES: [&str; 6] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
];

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ResourceQuota,
    name: "ResourceQuota",
    plural: "resourcequotas",
    singular: "resourcequota",
    short_names: &["quota"],
    subresources: &[SubresourceInfo::STATUS],
    decode: decode_body::<ResourceQuota>,
    default: |object| {
        if let Some(body) = object.resource_quota_mut() {
            fill(&mut body.status, ResourceQuotaStatus::default());
        }
    },
    validate,
    columns: &[
        Column::always("Name"),
        Column::always("Age"),
        Column::always("Request"),
        Column::always("Limit"),
    ],
    cells,
    ..ROW
};

/// As `ValidateResourceQuotaSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(ResourceQuota { spec: Some(spec), .. }) = object.resource_quota() else {
        return errors;
    };
    let path = Path::new("spec").child("hard");
    for (name, amount) in spec.hard.iter().flatten() {
        let path = path.key(name);
        for message in names::is_qualified_name(name) {
            errors.push(FieldError::invalid(&path, name, message));
        }
        quantities::non_negative(&mut errors, &path, amount);
    }
    let path = Path::new("spec").child("scopes");
    let scopes = spec.scopes.as_deref().unwrap_or_default();
    for scope in scopes.iter().filter(|it| !SCOPES.contains(&it.as_str())) {
        errors.push(FieldError::invalid_raw(
            &path,
            format!("{scopes:?}"),
            format!("unsupported scope {scope}"),
        ));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let status = object.resource_quota().and_then(|it| it.status.clone()).unwrap_or_default();
    let used = status.used.unwrap_or_default();
    let text = |(name, hard): (&String, &Quantity)| {
        let used = used.get(name).map_or("0", |it| it.0.as_str());
        format!("{name}: {used}/{}", hard.0)
    };
    let hard: BTreeMap<String, Quantity> = status.hard.unwrap_or_default();
    let (limits, requests): (Vec<_>, Vec<_>) =
        hard.iter().partition(|(name, _)| name.starts_with("limits."));
    let list =
        |of: Vec<(&String, &Quantity)>| of.into_iter().map(text).collect::<Vec<_>>().join(", ");
    vec![object.meta.name.to_string(), cells::age(object, now), list(requests), list(limits)]
}
