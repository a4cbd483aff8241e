//! Lease.

use k8s_openapi::api::coordination::v1::Lease;

use crate::Object;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, metadata, names, numbers};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Lease,
    name: "Lease",
    group: "coordination.k8s.io",
    plural: "leases",
    singular: "lease",
    decode: decode_body::<Lease>,
    validate,
    columns: &[Column::always("Name"), Column::always("Holder"), Column::always("Age")],
    cells: |object, now| {
        let spec = object.lease().and_then(|it| it.spec.as_ref());
        let holder = spec.and_then(|it| it.holder_identity.clone()).unwrap_or_default();
        vec![object.meta.name.to_string(), holder, cells::age(object, now)]
    },
    ..ROW
};

/// As `ValidateLeaseSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(spec) = object.lease().and_then(|it| it.spec.as_ref()) else { return errors };
    let path = Path::new("spec");
    if let Some(seconds) = spec.lease_duration_seconds.filter(|it| *it <= 0) {
        let path = path.child("leaseDurationSeconds");
        errors.push(FieldError::invalid_raw(&path, seconds, "must be greater than 0"));
    }
    numbers::non_negative(&mut errors, &path.child("leaseTransitions"), spec.lease_transitions);
    errors
}
