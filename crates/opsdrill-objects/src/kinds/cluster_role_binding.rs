//! ClusterRoleBinding.

use k8s_openapi::api::rbac::v1::ClusterRoleBinding;

use crate::Object;
use crate::defaults::role_binding;
use crate::validation::{Errors, metadata, rbac};

use super::row::ROW;
use super::{Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ClusterRoleBinding,
    name: "ClusterRoleBinding",
    group: rbac::GROUP,
    plural: "clusterrolebindings",
    singular: "clusterrolebinding",
    namespaced: false,
    decode: decode_body::<ClusterRoleBinding>,
    default: |object| {
        if let Some(body) = object.cluster_role_binding_mut() {
            role_binding::default(&mut body.role_ref, body.subjects.as_deref_mut());
        }
    },
    validate: |object| {
        let mut errors = metadata::validate(object, rbac::is_path_segment);
        if let Some(body) = object.cluster_role_binding() {
            rbac::binding(&mut errors, &body.role_ref, body.subjects.as_deref(), false);
        }
        errors
    },
    validate_update,
    columns: cells::BINDING_COLUMNS,
    cells: |object, now| {
        object.cluster_role_binding().map_or_else(Vec::new, |it| {
            cells::binding(object, &it.role_ref, it.subjects.as_deref(), now)
        })
    },
    ..ROW
};

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    if let (Some(new), Some(old)) = (new.cluster_role_binding(), old.cluster_role_binding()) {
        rbac::role_stays(&mut errors, &new.role_ref, &old.role_ref);
    }
    errors
}
