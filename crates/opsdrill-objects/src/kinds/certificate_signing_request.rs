//! CertificateSigningRequest.

use k8s_openapi::api::certificates::v1::CertificateSigningRequest;

use crate::field_error::FieldError;
use crate::validation::{Errors, Path, metadata, names};
use crate::{Object, duration};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::CertificateSigningRequest,
    name: "CertificateSigningRequest",
    group: "certificates.k8s.io",
    plural: "certificatesigningrequests",
    singular: "certificatesigningrequest",
    short_names: &["csr"],
    namespaced: false,
    subresources: &[
        SubresourceInfo::own("approval", &["get", "patch", "update"]),
        SubresourceInfo::STATUS,
    ],
    not_simulated: "no certificate is issued",
    decode: decode_body::<CertificateSigningRequest>,
    default: |object| {
        if let Some(body) = object.certificate_signing_request_mut() {
            body.status.get_or_insert_default();
        }
    },
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Age"),
        Column::always("SignerName"),
        Column::always("Requestor"),
        Column::always("RequestedDuration"),
        Column::always("Condition"),
    ],
    cells,
    ..ROW
};

/// As `validateCertificateSigningRequest`; what stands inside of the request is not read.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, |_| Vec::new());
    let Some(body) = object.certificate_signing_request() else { return errors };
    let spec = &body.spec;
    let path = Path::new("spec");
    let text = String::from_utf8_lossy(&spec.request.0);
    if !text.contains("-----BEGIN CERTIFICATE REQUEST-----") {
        let value = format!("{:?}", spec.request.0).replace(", ", ", 0x");
        let value = value.replacen('[', "[]byte{0x", 1).replace(']', "}");
        let why = "PEM block type must be CERTIFICATE REQUEST";
        errors.push(FieldError::invalid_raw(path.child("request"), value, why));
    }
    if spec.usages.as_ref().is_none_or(Vec::is_empty) {
        errors.push(FieldError::required(path.child("usages"), ""));
    }
    let signer_path = path.child("signerName");
    match spec.signer_name.split_once('/') {
        _ if spec.signer_name.is_empty() => errors.push(FieldError::required(&signer_path, "")),
        None => {
            let why =
                "must be a fully qualified domain and path of the form 'example.com/signer-name'";
            errors.push(FieldError::invalid(&signer_path, &spec.signer_name, why));
        }
        Some((domain, _)) => {
            for message in names::is_dns1123_subdomain(domain) {
                let why = format!("validating label {domain:?}: {message}");
                errors.push(FieldError::invalid(&signer_path, domain, why));
            }
        }
    }
    if let Some(seconds) = spec.expiration_seconds.filter(|it| *it < 600) {
        let why = "may not specify a duration less than 600 seconds (10 minutes)";
        errors.push(FieldError::invalid_raw(path.child("expirationSeconds"), seconds, why));
    }
    errors
}

/// The registry silently keeps the specification of the stored request; a change of it is met as by its validation.
fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let (Some(new), Some(old)) =
        (new.certificate_signing_request(), old.certificate_signing_request())
    else {
        return errors;
    };
    if new.spec != old.spec {
        errors.push(FieldError::forbidden("spec", "may not be changed once created"));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.certificate_signing_request() else { return Vec::new() };
    let status = body.status.clone().unwrap_or_default();
    let has = |name: &str| status.conditions.iter().flatten().any(|it| it.type_ == name);
    let mut condition = match () {
        () if has("Denied") => "Denied",
        () if has("Approved") => "Approved",
        () => "Pending",
    }
    .to_owned();
    if has("Failed") {
        condition.push_str(",Failed");
    }
    if status.certificate.is_some_and(|it| !it.0.is_empty()) {
        condition.push_str(",Issued");
    }
    let lifetime = body.spec.expiration_seconds.map(|it| duration::human(i64::from(it) * 1000));
    vec![
        object.meta.name.to_string(),
        cells::age(object, now),
        body.spec.signer_name.clone(),
        body.spec.username.clone().unwrap_or_default(),
        cells::or_none(lifetime.as_deref()),
        condition,
    ]
}
