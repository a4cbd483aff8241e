//! ComponentStatus.

use k8s_openapi::api::core::v1::ComponentStatus;

use super::row::ROW;
use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ComponentStatus,
    name: "ComponentStatus",
    plural: "componentstatuses",
    singular: "componentstatus",
    short_names: &["cs"],
    namespaced: false,
    verbs: &["get", "list"],
    decode: decode_body::<ComponentStatus>,
    deprecated: "v1 ComponentStatus is deprecated in v1.19+",
    columns: &[
        Column::always("Name"),
        Column::always("Status"),
        Column::always("Message"),
        Column::always("Error"),
    ],
    cells: |object, _| {
        let conditions = object.component_status().and_then(|it| it.conditions.as_deref());
        let healthy = conditions.unwrap_or_default().iter().find(|it| it.type_ == "Healthy");
        let status = match healthy.map(|it| it.status.as_str()) {
            Some("True") => "Healthy",
            Some("False") => "Unhealthy",
            _ => "Unknown",
        };
        let text = |it: Option<&String>| it.cloned().unwrap_or_default();
        vec![
            object.meta.name.to_string(),
            status.to_owned(),
            text(healthy.and_then(|it| it.message.as_ref())),
            text(healthy.and_then(|it| it.error.as_ref())),
        ]
    },
    ..ROW
};
