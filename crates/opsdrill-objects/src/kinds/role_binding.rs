//! RoleBinding.

use k8s_openapi::api::rbac::v1::RoleBinding;

use crate::Object;
use crate::defaults::role_binding;
use crate::validation::{Errors, metadata, rbac};

use super::row::ROW;
use super::{Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::RoleBinding,
    name: "RoleBinding",
    group: rbac::GROUP,
    plural: "rolebindings",
    singular: "rolebinding",
    decode: decode_body::<RoleBinding>,
    default: |object| {
        if let Some(body) = object.role_binding_mut() {
            role_binding::default(&mut body.role_ref, body.subjects.as_deref_mut());
        }
    },
    validate: |object| {
        let mut errors = metadata::validate(object, rbac::is_path_segment);
        if let Some(body) = object.role_binding() {
            rbac::binding(&mut errors, &body.role_ref, body.subjects.as_deref(), true);
        }
        errors
    },
    validate_update,
    columns: cells::BINDING_COLUMNS,
    cells: |object, now| {
        object.role_binding().map_or_else(Vec::new, |it| {
            cells::binding(object, &it.role_ref, it.subjects.as_deref(), now)
        })
    },
    ..ROW
};

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    if let (Some(new), Some(old)) = (new.role_binding(), old.role_binding()) {
        rbac::role_stays(&mut errors, &new.role_ref, &old.role_ref);
    }
    errors
}
