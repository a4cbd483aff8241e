//! IngressClass.

use k8s_openapi::api::networking::v1::{IngressClass, IngressClassParametersReference};

use crate::Object;
use crate::defaults::fill_text;
use crate::field_error::FieldError;
use crate::validation::{Errors, IMMUTABLE, Path, metadata, names, require};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::IngressClass,
    name: "IngressClass",
    group: "networking.k8s.io",
    plural: "ingressclasses",
    singular: "ingressclass",
    namespaced: false,
    has_generation: true,
    decode: decode_body::<IngressClass>,
    default: |object| {
        let Some(body) = object.ingress_class_mut() else { return };
        if let Some(parameters) = &mut body.spec.get_or_insert_default().parameters {
            fill_text(&mut parameters.scope, "Cluster");
        }
    },
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Controller"),
        Column::always("Parameters"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

fn controller(object: &Object) -> Option<&str> {
    object.ingress_class()?.spec.as_ref()?.controller.as_deref()
}

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let path = Path::new("spec").child("controller");
    let controller = controller(object).unwrap_or_default();
    if controller.len() > 250 {
        errors.push(FieldError::too_long(&path, 250));
    }
    require(&mut errors, &path, Some(controller));
    if !controller.is_empty() && !controller.contains('/') {
        let why = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        errors.push(FieldError::invalid(&path, controller, why));
    }
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    if controller(new) != controller(old) {
        let value = controller(new).unwrap_or_default();
        errors.push(FieldError::invalid("spec.controller", value, IMMUTABLE));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let spec = object.ingress_class().and_then(|it| it.spec.clone()).unwrap_or_default();
    let reference = |it: &IngressClassParametersReference| {
        let group = it.api_group.as_deref().unwrap_or_default();
        let dot = if group.is_empty() { "" } else { "." };
        format!("{}{dot}{group}/{}", it.kind, it.name)
    };
    vec![
        object.meta.name.to_string(),
        spec.controller.unwrap_or_default(),
        spec.parameters.as_ref().map_or_else(|| cells::NONE.to_owned(), reference),
        cells::age(object, now),
    ]
}
