//! ControllerRevision.

use k8s_openapi::api::apps::v1::ControllerRevision;

use crate::Object;
use crate::field_error::FieldError;
use crate::validation::{Errors, IMMUTABLE, Path, metadata, names, numbers};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ControllerRevision,
    name: "ControllerRevision",
    group: "apps",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    decode: decode_body::<ControllerRevision>,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Controller"),
        Column::always("Revision"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(body) = object.controller_revision() else { return errors };
    if body.data.is_none() {
        errors.push(FieldError::required("data", "data is mandatory"));
    }
    numbers::non_negative(&mut errors, &Path::new("revision"), Some(body.revision));
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let data = |it: &Object| it.controller_revision().and_then(|it| it.data.clone());
    if data(new) != data(old) {
        let text = data(new).map(|it| it.0.to_string()).unwrap_or_default();
        errors.push(FieldError::invalid_raw("data", text, IMMUTABLE));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let revision = object.controller_revision().map_or(0, |it| it.revision);
    let controller = object.meta.controller().map(|it| {
        let info = it.kind.info();
        let dot = if info.group.is_empty() { "" } else { "." };
        format!("{}{dot}{}/{}", info.singular, info.group, it.name)
    });
    vec![
        object.meta.name.to_string(),
        cells::or_none(controller.as_deref()),
        revision.to_string(),
        cells::age(object, now),
    ]
}
