//! Groups, names and versions; what each version shows beside its schema.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceColumnDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec,
    CustomResourceDefinitionVersion, CustomResourceSubresourceScale,
};

use crate::field_error::FieldError;
use crate::validation::{Errors, Path, names};

use super::{schema, selectable};

/// What a version's columns can be.
const COLUMN_TYPES: &str = "boolean,date,integer,number,string";
const COLUMN_FORMATS: &str = "byte,date,date-time,double,float,int32,int64,password";

/// How large a definition's columns and names may be together, in bytes: they are kept for as long as the program runs.
const SHOWN_BYTES_MAX: usize = 64 << 10;

/// `validateCustomResourceDefinitionSpec`.
pub(super) fn validate(errors: &mut Errors, path: &Path, spec: &CustomResourceDefinitionSpec) {
    group(errors, &path.child("group"), &spec.group);
    let scopes = ["Cluster", "Namespaced"];
    match spec.scope.as_str() {
        "" => errors.push(FieldError::required(path.child("scope"), "")),
        scope if scopes.contains(&scope) => {}
        scope => errors.push(FieldError::not_supported(path.child("scope"), scope, &scopes)),
    }
    let list = path.child("versions");
    for (place, version) in spec.versions.iter().enumerate() {
        if schema_of(version).is_none() {
            let path = list.index(place).child("schema").child("openAPIV3Schema");
            errors.push(FieldError::required(path, "schemas are required"));
        }
    }
    // What all versions have alike stands above them in the server's own form of a definition, and complaints name it
    // there (`Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_…`).
    let first = spec.versions.first();
    let alike =
        |same: fn(&CustomResourceDefinitionVersion, &CustomResourceDefinitionVersion) -> bool| {
            first.is_some_and(|first| spec.versions.iter().all(|it| same(it, first)))
        };
    let shared = Shared {
        schema: alike(|one, other| one.schema == other.schema),
        parts: alike(|one, other| one.subresources == other.subresources),
        columns: alike(|one, other| {
            one.additional_printer_columns == other.additional_printer_columns
        }),
        selectable: alike(|one, other| one.selectable_fields == other.selectable_fields),
    };
    for (place, one) in spec.versions.iter().enumerate() {
        let path = list.index(place);
        let messages = names::is_dns1035_label(&one.name);
        invalid_joined(errors, &path.child("name"), &one.name, &messages);
        deprecation(errors, &path.child("deprecationWarning"), one);
        version(errors, &path, one, !&shared);
    }
    let count = spec.versions.iter().filter(|it| it.storage).count();
    let repeated = spec
        .versions
        .iter()
        .enumerate()
        .any(|(place, it)| spec.versions[..place].iter().any(|other| other.name == it.name));
    let told = "[]apiextensions.CustomResourceDefinitionVersion{...}";
    if repeated {
        errors.push(FieldError::invalid_raw(&list, told, "must contain unique version names"));
    }
    if count != 1 {
        let why = "must have exactly one version marked as storage version";
        errors.push(FieldError::invalid_raw(&list, told, why));
    }
    required_names(errors, &path.child("names"), &spec.names);
    if let Some(first) = first {
        version(errors, path, first, shared);
    }
    let shown: usize = spec.versions.iter().map(shown_bytes).sum();
    if shown > SHOWN_BYTES_MAX {
        let why = "opsdrill: not simulated: more than 64 KiB of columns";
        errors.push(FieldError::invalid_raw(&list, told, why));
    }
}

/// Which parts of the versions are to be looked at.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of a version")]
struct Shared {
    schema: bool,
    parts: bool,
    columns: bool,
    selectable: bool,
}

impl std::ops::Not for &Shared {
    type Output = Shared;

    fn not(self) -> Shared {
        Shared {
            schema: !self.schema,
            parts: !self.parts,
            columns: !self.columns,
            selectable: !self.selectable,
        }
    }
}

fn schema_of(
    version: &CustomResourceDefinitionVersion,
) -> Option<&k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps> {
    version.schema.as_ref()?.open_api_v3_schema.as_ref()
}

fn shown_bytes(version: &CustomResourceDefinitionVersion) -> usize {
    let columns = version.additional_printer_columns.iter().flatten();
    let text = |it: &CustomResourceColumnDefinition| {
        it.name.len() + it.json_path.len() + it.description.as_ref().map_or(0, String::len)
    };
    columns.map(text).sum()
}

/// What a version says beside its name, or what all versions say.
fn version(
    errors: &mut Errors,
    path: &Path,
    one: &CustomResourceDefinitionVersion,
    wanted: Shared,
) {
    let schema = schema_of(one);
    let parts = one.subresources.as_ref();
    let is_top = String::from(path) == "spec";
    if let Some(schema) = schema.filter(|_| wanted.schema) {
        let path = path.child(if is_top { "validation" } else { "schema" });
        let has_status = parts.is_some_and(|it| it.status.is_some());
        schema::validate(errors, &path.child("openAPIV3Schema"), schema, has_status);
    }
    if let Some(scale) = parts.filter(|_| wanted.parts).and_then(|it| it.scale.as_ref()) {
        validate_scale(errors, &path.child("subresources"), scale);
    }
    if wanted.columns {
        let columns = one.additional_printer_columns.iter().flatten();
        for (place, column) in columns.enumerate() {
            validate_column(errors, &path.child("additionalPrinterColumns").index(place), column);
        }
    }
    if let Some(schema) = schema.filter(|_| wanted.selectable) {
        let fields = one.selectable_fields.as_deref().unwrap_or_default();
        selectable::validate(errors, &path.child("selectableFields"), fields, schema);
    }
}

fn invalid_joined(errors: &mut Errors, path: &Path, value: &str, messages: &[String]) {
    if !messages.is_empty() {
        errors.push(FieldError::invalid(path, value, messages.join(",")));
    }
}

fn group(errors: &mut Errors, path: &Path, group: &str) {
    let messages = names::is_dns1123_subdomain(group);
    if group.is_empty() {
        errors.push(FieldError::required(path, ""));
    } else if !messages.is_empty() {
        invalid_joined(errors, path, group, &messages);
    } else if !group.contains('.') {
        errors.push(FieldError::invalid(path, group, "should be a domain with at least one dot"));
    }
}

fn required_names(errors: &mut Errors, path: &Path, given: &CustomResourceDefinitionNames) {
    let singular = given.singular.as_deref().unwrap_or_default();
    let list_kind = given.list_kind.as_deref().unwrap_or_default();
    let all = [
        ("plural", given.plural.as_str()),
        ("singular", singular),
        ("kind", &given.kind),
        ("listKind", list_kind),
    ];
    let missing = all.iter().filter(|it| it.1.is_empty());
    errors.extend(missing.map(|it| FieldError::required(path.child(it.0), "")));
    for (field, name) in all.iter().filter(|it| !it.1.is_empty()) {
        let is_kind = field.ends_with("ind");
        let messages = if is_kind {
            names::is_dns1035_label(&name.to_lowercase())
        } else {
            names::is_dns1035_label(name)
        };
        if !messages.is_empty() {
            let before =
                if is_kind { "may have mixed case, but should otherwise match: " } else { "" };
            let why = format!("{before}{}", messages.join(","));
            errors.push(FieldError::invalid(path.child(field), name, why));
        }
    }
    for (place, word) in given.short_names.iter().flatten().enumerate() {
        let path = path.child("shortNames").index(place);
        invalid_joined(errors, &path, word, &names::is_dns1035_label(word));
    }
    if !given.kind.is_empty() && given.kind == list_kind {
        let why = "kind and listKind may not be the same";
        errors.push(FieldError::invalid(path.child("listKind"), list_kind, why));
    }
    for (place, word) in given.categories.iter().flatten().enumerate() {
        let path = path.child("categories").index(place);
        invalid_joined(errors, &path, word, &names::is_dns1035_label(word));
    }
}

/// `validateDeprecationWarning`.
fn deprecation(errors: &mut Errors, path: &Path, version: &CustomResourceDefinitionVersion) {
    let Some(text) = &version.deprecation_warning else { return };
    let why = if !version.deprecated.unwrap_or_default() {
        "can only be set for deprecated versions"
    } else if text.len() > 256 {
        "must be <= 256 characters long"
    } else if text.is_empty() {
        "must not be an empty string"
    } else if let Some(place) = text.find(char::is_control) {
        let why = format!(
            "must only contain printable UTF-8 characters; non-printable character found at index {place}"
        );
        errors.push(FieldError::invalid(path, text, why));
        return;
    } else {
        return;
    };
    errors.push(FieldError::invalid(path, text, why));
}

/// `ValidateCustomResourceColumnDefinition`.
fn validate_column(errors: &mut Errors, path: &Path, column: &CustomResourceColumnDefinition) {
    if column.name.is_empty() {
        errors.push(FieldError::required(path.child("name"), ""));
    }
    let why = format!("must be one of {COLUMN_TYPES}");
    if column.type_.is_empty() {
        errors.push(FieldError::required(path.child("type"), why));
    } else if !COLUMN_TYPES.split(',').any(|it| it == column.type_) {
        errors.push(FieldError::invalid(path.child("type"), &column.type_, why));
    }
    let format = column.format.as_deref().unwrap_or_default();
    if !format.is_empty() && !COLUMN_FORMATS.split(',').any(|it| it == format) {
        let why = format!("must be one of {COLUMN_FORMATS}");
        errors.push(FieldError::invalid(path.child("format"), format, why));
    }
    let path = path.child("JSONPath");
    if column.json_path.is_empty() {
        errors.push(FieldError::required(&path, ""));
    } else if !column.json_path.starts_with('.') {
        let why = "must be a simple json path starting with .";
        errors.push(FieldError::invalid(&path, &column.json_path, why));
    }
}

/// `ValidateCustomResourceDefinitionSubresources`.
fn validate_scale(errors: &mut Errors, path: &Path, scale: &CustomResourceSubresourceScale) {
    let selector = scale.label_selector_path.as_deref().unwrap_or_default();
    for (field, given, roots, needed) in [
        ("specReplicasPath", scale.spec_replicas_path.as_str(), &[".spec."][..], true),
        ("statusReplicasPath", &scale.status_replicas_path, &[".status."], true),
        ("labelSelectorPath", selector, &[".spec.", ".status."], false),
    ] {
        let path = path.child("scale").child(field);
        if given.is_empty() {
            if needed {
                errors.push(FieldError::required(&path, ""));
            }
        } else if !given.starts_with('.') {
            let why = "must be a simple json path starting with .";
            errors.push(FieldError::invalid(&path, given, why));
        } else if !roots.iter().any(|it| given.starts_with(it)) {
            let why = match roots {
                [only] => format!("should be a json path under {}", only.trim_end_matches('.')),
                _ => "should be a json path under either .spec or .status".to_owned(),
            };
            errors.push(FieldError::invalid(&path, given, why));
        }
    }
}
