//! Secret.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde_json::Value;

use crate::Object;
use crate::defaults::fill_text;

use crate::field_error::FieldError;
use crate::validation::{Errors, IMMUTABLE, Path, key_values, metadata, names};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Secret,
    name: "Secret",
    plural: "secrets",
    singular: "secret",
    decode: decode_body::<Secret>,
    default,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Type"),
        Column::always("Data"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

/// The type, and `stringData` moved into `data`.
fn default(object: &mut Object) {
    let Some(body) = object.secret_mut() else { return };
    fill_text(&mut body.type_, "Opaque");
    if let Some(texts) = body.string_data.take() {
        let data = body.data.get_or_insert_default();
        data.extend(texts.into_iter().map(|(key, text)| (key, ByteString(text.into_bytes()))));
    }
}

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(body) = object.secret() else { return errors };
    let data = || body.data.iter().flatten();
    key_values::keys(&mut errors, "data", data().map(|it| it.0));
    key_values::size(&mut errors, "data", data().map(|it| it.1.0.len()).sum());
    let kind = body.type_.as_deref().unwrap_or_default();
    let account = "kubernetes.io/service-account.name";
    if kind == "kubernetes.io/service-account-token"
        && object.meta.annotation(account).unwrap_or_default().is_empty()
    {
        let path = Path::new("metadata").child("annotations").key(account);
        errors.push(FieldError::required(path, ""));
    }
    for key in required_keys(kind) {
        if !data().any(|it| it.0 == key) {
            errors.push(FieldError::required(Path::new("data").key(key), ""));
        }
    }
    let documents = [".dockercfg", ".dockerconfigjson"];
    for (key, value) in data().filter(|it| required_keys(kind).contains(&it.0.as_str())) {
        if documents.contains(&key.as_str()) && serde_json::from_slice::<Value>(&value.0).is_err() {
            let path = Path::new("data").key(key);
            let why = "invalid character in JSON";
            errors.push(FieldError::invalid(path, "<secret contents redacted>", why));
        }
    }
    errors
}

/// The keys that a Secret of a type must have.
fn required_keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    }
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let (Some(new), Some(old)) = (new.secret(), old.secret()) else { return errors };
    if new.type_ != old.type_ {
        let kind = new.type_.as_deref().unwrap_or_default();
        errors.push(FieldError::invalid("type", kind, IMMUTABLE));
    }
    let changed = [("data", new.data != old.data)];
    key_values::immutable(&mut errors, new.immutable, old.immutable, &changed);
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(secret) = object.secret() else { return Vec::new() };
    let count = secret.data.as_ref().map_or(0, BTreeMap::len);
    let kind = secret.type_.clone().unwrap_or_default();
    vec![object.meta.name.to_string(), kind, count.to_string(), cells::age(object, now)]
}
