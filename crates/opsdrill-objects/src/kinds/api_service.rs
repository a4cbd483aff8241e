//! APIService.

use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;

use crate::Object;
use crate::defaults::fill;
use crate::field_error::FieldError;
use crate::validation::{Errors, metadata};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::APIService,
    name: "APIService",
    group: "apiregistration.k8s.io",
    plural: "apiservices",
    singular: "apiservice",
    categories: &["api-extensions"],
    namespaced: false,
    subresources: &[SubresourceInfo::STATUS],
    not_simulated: "no request is passed on to another server",
    decode: decode_body::<APIService>,
    default: |object| {
        let Some(body) = object.api_service_mut() else { return };
        body.status.get_or_insert_default();
        if let Some(service) = &mut body.spec.get_or_insert_default().service {
            fill(&mut service.port, 443);
        }
    },
    validate,
    columns: &[
        Column::always("Name"),
        Column::always("Service"),
        Column::always("Available"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

/// The name is the version and the group.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, |_| Vec::new());
    let spec = object.api_service().and_then(|it| it.spec.clone()).unwrap_or_default();
    let expected =
        format!("{}.{}", spec.version.unwrap_or_default(), spec.group.unwrap_or_default());
    if *object.meta.name != *expected {
        let why = format!("must be `spec.version+\".\"+spec.group`: {expected:?}");
        errors.push(FieldError::invalid("metadata.name", &object.meta.name, why));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.api_service() else { return Vec::new() };
    let service = body.spec.as_ref().and_then(|it| it.service.as_ref()).map(|it| {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        format!("{}/{}", text(&it.namespace), text(&it.name))
    });
    let mut conditions = body.status.iter().flat_map(|it| it.conditions.iter().flatten());
    let available = match conditions.find(|it| it.type_ == "Available") {
        Some(it) if it.status == "True" => "True".to_owned(),
        Some(it) => format!("{} ({})", it.status, it.reason.as_deref().unwrap_or_default()),
        None => "Unknown".to_owned(),
    };
    vec![
        object.meta.name.to_string(),
        service.unwrap_or_else(|| "Local".to_owned()),
        available,
        cells::age(object, now),
    ]
}
