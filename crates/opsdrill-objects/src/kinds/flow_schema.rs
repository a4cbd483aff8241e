//! FlowSchema.

use k8s_openapi::api::flowcontrol::v1::FlowSchema;

use crate::Object;
use crate::defaults::fill;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, metadata, names, require};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::FlowSchema,
    name: "FlowSchema",
    group: "flowcontrol.apiserver.k8s.io",
    plural: "flowschemas",
    singular: "flowschema",
    namespaced: false,
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    not_simulated: "no request waits for another",
    decode: decode_body::<FlowSchema>,
    default: |object| {
        let Some(body) = object.flow_schema_mut() else { return };
        body.status.get_or_insert_default();
        fill(&mut body.spec.get_or_insert_default().matching_precedence, 1000);
    },
    validate,
    table_order: Some(|object| {
        let spec = object.flow_schema().and_then(|it| it.spec.as_ref());
        spec.and_then(|it| it.matching_precedence).unwrap_or_default()
    }),
    columns: &[
        Column::always("Name"),
        Column::always("PriorityLevel"),
        Column::always("MatchingPrecedence"),
        Column::always("DistinguisherMethod"),
        Column::always("Age"),
        Column::always("MissingPL"),
    ],
    cells,
    ..ROW
};

/// As `ValidateFlowSchemaSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(spec) = object.flow_schema().and_then(|it| it.spec.as_ref()) else { return errors };
    let path = Path::new("spec");
    let precedence = spec.matching_precedence.unwrap_or_default();
    let precedence_path = path.child("matchingPrecedence");
    if precedence <= 0 {
        errors.push(FieldError::invalid_raw(
            &precedence_path,
            precedence,
            "must be a positive value",
        ));
    } else if precedence > 10_000 {
        let why = "must not be greater than 10000";
        errors.push(FieldError::invalid_raw(&precedence_path, precedence, why));
    } else if precedence == 1 && &*object.meta.name != "exempt" {
        let why = "only the schema named 'exempt' may have matchingPrecedence 1";
        errors.push(FieldError::invalid_raw(&precedence_path, precedence, why));
    }
    let level = path.child("priorityLevelConfiguration").child("name");
    require(&mut errors, &level, Some(&spec.priority_level_configuration.name));
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.flow_schema() else { return Vec::new() };
    let spec = body.spec.clone().unwrap_or_default();
    let mut conditions = body.status.iter().flat_map(|it| it.conditions.iter().flatten());
    let dangling = conditions.find(|it| it.type_.as_deref() == Some("Dangling"));
    vec![
        object.meta.name.to_string(),
        spec.priority_level_configuration.name,
        spec.matching_precedence.unwrap_or_default().to_string(),
        cells::or_none(spec.distinguisher_method.as_ref().map(|it| it.type_.as_str())),
        cells::age(object, now),
        dangling.and_then(|it| it.status.clone()).unwrap_or_else(|| "?".to_owned()),
    ]
}
