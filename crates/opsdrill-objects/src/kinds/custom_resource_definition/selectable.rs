//! Fields by which lists can be selected (`ValidateCustomResourceSelectableFields`).

use std::collections::BTreeSet;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrBool, SelectableField,
};

use crate::field_error::FieldError;
use crate::validation::{Errors, Path};

/// How many there may be (`MaxSelectableFields`).
const FIELDS_MAX: usize = 8;

pub(super) fn validate(
    errors: &mut Errors,
    path: &Path,
    fields: &[SelectableField],
    schema: &JSONSchemaProps,
) {
    let mut known = BTreeSet::new();
    for (place, field) in fields.iter().enumerate() {
        let path = path.index(place).child("jsonPath");
        let given = field.json_path.as_str();
        if given.is_empty() {
            errors.push(FieldError::required(&path, ""));
            continue;
        }
        let found = match at(schema, given) {
            Ok(found) => found,
            Err(why) => {
                let why = format!("is an invalid path: {why}");
                errors.push(FieldError::invalid(&path, given, why));
                continue;
            }
        };
        if given == ".metadata" || given.starts_with(".metadata.") {
            let why = "must not point to fields in metadata";
            errors.push(FieldError::invalid(&path, given, why));
        }
        if !matches!(found.type_.as_deref(), Some("string" | "boolean" | "integer")) {
            let why = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            errors.push(FieldError::invalid(&path, given, why));
        }
        if !known.insert(given) {
            errors.push(FieldError::duplicate(&path, given));
        }
    }
    if known.len() > FIELDS_MAX {
        errors.push(FieldError::too_many(path, known.len() as i64, FIELDS_MAX as i64));
    }
}

/// The schema at a path.
fn at<'s>(schema: &'s JSONSchemaProps, path: &str) -> Result<&'s JSONSchemaProps, String> {
    let Some(rest) = path.strip_prefix('.') else {
        return Err("expected [ or . but got: ".to_owned() + path);
    };
    let mut found = schema;
    for name in rest.split('.') {
        let below = found.properties.as_ref().and_then(|it| it.get(name));
        let other = match &found.additional_properties {
            Some(JSONSchemaPropsOrBool::Schema(own)) => Some(&**own),
            _ => None,
        };
        found = below.or(other).ok_or_else(|| "does not refer to a valid field".to_owned())?;
    }
    Ok(found)
}
