//! Role.

use k8s_openapi::api::rbac::v1::Role;

use crate::Object;
use crate::validation::{Errors, metadata, rbac};

use super::row::ROW;
use super::{Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Role,
    name: "Role",
    group: rbac::GROUP,
    plural: "roles",
    singular: "role",
    decode: decode_body::<Role>,
    validate,
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, rbac::is_path_segment);
    let Some(body) = object.role() else { return errors };
    rbac::rules(&mut errors, body.rules.as_deref().unwrap_or_default(), true);
    errors
}
