//! ServiceAccount.

use k8s_openapi::api::core::v1::ServiceAccount;

use super::{Column, Kind, KindInfo, decode_body};

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
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};
