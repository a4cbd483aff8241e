//! ServiceAccount.

use k8s_openapi::api::core::v1::ServiceAccount;

use crate::Object;

use crate::validation::{Errors, metadata, names};

use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ServiceAccount,
    name: "ServiceAccount",
    group: "",
    version: "v1",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    short_names: &["sa"],
    namespaced: true,
    in_all: false,
    has_status: false,
    has_generation: false,
    decode: decode_body::<ServiceAccount>,
    default: |_| {},
    validate,
    validate_update: metadata::validate_update,
    columns: &[Column::always("Name"), Column::always("Secrets"), Column::always("Age")],
    cells,
};

/// Nothing but the metadata has rules.
fn validate(object: &Object) -> Errors {
    metadata::validate(object, names::is_dns1123_subdomain)
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let body = object.service_account();
    let secrets = body.and_then(|it| it.secrets.as_ref()).map_or(0, Vec::len);
    vec![object.meta.name.to_string(), secrets.to_string(), cells::age(object, now)]
}
