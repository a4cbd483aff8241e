//! ServiceAccount.

use k8s_openapi::api::core::v1::ServiceAccount;

use crate::Object;

use crate::validation::{Errors, metadata, names};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ServiceAccount,
    name: "ServiceAccount",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    subresources: &[SubresourceInfo::of(
        "token",
        ("authentication.k8s.io", "v1", "TokenRequest"),
        &["create"],
    )],
    short_names: &["sa"],
    decode: decode_body::<ServiceAccount>,
    validate,
    columns: &[Column::always("Name"), Column::always("Secrets"), Column::always("Age")],
    cells,
    ..ROW
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
