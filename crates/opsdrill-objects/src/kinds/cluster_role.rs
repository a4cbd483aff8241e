//! ClusterRole.

use k8s_openapi::api::rbac::v1::ClusterRole;

use crate::Object;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, label_selector, metadata, rbac};

use super::row::ROW;
use super::{Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ClusterRole,
    name: "ClusterRole",
    group: rbac::GROUP,
    plural: "clusterroles",
    singular: "clusterrole",
    namespaced: false,
    decode: decode_body::<ClusterRole>,
    validate,
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, rbac::is_path_segment);
    let Some(body) = object.cluster_role() else { return errors };
    rbac::rules(&mut errors, body.rules.as_deref().unwrap_or_default(), false);
    if let Some(aggregation) = &body.aggregation_rule {
        let path = Path::new("aggregationRule").child("clusterRoleSelectors");
        let selectors = aggregation.cluster_role_selectors.as_deref().unwrap_or_default();
        if selectors.is_empty() {
            errors.push(FieldError::required(
                &path,
                "at least one clusterRoleSelector required if aggregationRule is non-nil",
            ));
        }
        for (place, selector) in selectors.iter().enumerate() {
            label_selector::label_selector(&mut errors, &path.index(place), selector);
        }
    }
    errors
}
