//! RuntimeClass.

use k8s_openapi::api::node::v1::RuntimeClass;

use crate::Object;
use crate::field_error::FieldError;
use crate::validation::{Errors, IMMUTABLE, Path, invalid_each, metadata, names};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::RuntimeClass,
    name: "RuntimeClass",
    group: "node.k8s.io",
    plural: "runtimeclasses",
    singular: "runtimeclass",
    namespaced: false,
    not_simulated: "all containers run alike",
    decode: decode_body::<RuntimeClass>,
    validate,
    validate_update,
    columns: &[Column::always("Name"), Column::always("Handler"), Column::always("Age")],
    cells: |object, now| {
        let handler = object.runtime_class().map(|it| it.handler.clone()).unwrap_or_default();
        vec![object.meta.name.to_string(), handler, cells::age(object, now)]
    },
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let handler = object.runtime_class().map(|it| it.handler.as_str()).unwrap_or_default();
    invalid_each(&mut errors, &Path::new("handler"), handler, names::is_dns1123_label(handler));
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let handler = |it: &Object| it.runtime_class().map(|it| it.handler.clone()).unwrap_or_default();
    if handler(new) != handler(old) {
        errors.push(FieldError::invalid("handler", &handler(new), IMMUTABLE));
    }
    errors
}
