//! Metadata: names, labels, annotations, owners, finalizers (`ValidateObjectMeta`).

use std::collections::BTreeMap;

use super::{Errors, IMMUTABLE, Path, invalid_each, label_selector, names};
use crate::Object;
use crate::field_error::FieldError;

/// All annotations together, keys and values, in bytes.
const ANNOTATIONS_SIZE_MAX: usize = 256 * 1024;

/// Complaints about the metadata of a new or changed object; `name_rule` is that of its kind.
pub fn validate(object: &Object, name_rule: fn(&str) -> Vec<String>) -> Errors {
    let mut errors = validate_with(object, name_rule);
    let path = Path::new("metadata").child("finalizers");
    for name in &object.meta.finalizers {
        finalizer(&mut errors, &path, name);
    }
    errors
}

/// The same for kinds that are no part of Kubernetes' core: any qualified name will do for a finalizer.
pub fn validate_generic(object: &Object, name_rule: fn(&str) -> Vec<String>) -> Errors {
    let mut errors = validate_with(object, name_rule);
    let path = Path::new("metadata").child("finalizers");
    for name in &object.meta.finalizers {
        invalid_each(&mut errors, &path, name, names::is_qualified_name(name));
    }
    errors
}

/// All but the finalizers.
fn validate_with(object: &Object, name_rule: fn(&str) -> Vec<String>) -> Errors {
    let meta = &object.meta;
    let path = Path::new("metadata");
    let mut errors = Errors::new();
    if let Some(prefix) = &meta.generate_name {
        // A dash at the end of the prefix will not be the name's end.
        let sample = match prefix.strip_suffix('-') {
            Some(start) if !start.is_empty() => format!("{start}a"),
            _ => prefix.to_string(),
        };
        invalid_each(&mut errors, &path.child("generateName"), prefix, name_rule(&sample));
    }
    if meta.name.is_empty() {
        let why = "name or generateName is required";
        errors.push(FieldError::required(path.child("name"), why));
    } else {
        invalid_each(&mut errors, &path.child("name"), &meta.name, name_rule(&meta.name));
    }
    namespace(&mut errors, &path.child("namespace"), object);
    label_selector::labels(&mut errors, &path.child("labels"), &meta.labels);
    annotations(&mut errors, &path.child("annotations"), &meta.annotations);
    if meta.owners.iter().filter(|it| it.controller).count() > 1 {
        errors.push(FieldError::invalid_raw(
            path.child("ownerReferences"),
            format!("{:?}", meta.owners.iter().map(|it| it.name.to_string()).collect::<Vec<_>>()),
            "Only one reference can have Controller set to true.",
        ));
    }
    errors
}

/// The name of a finalizer (`ValidateFinalizerName`).
pub(super) fn finalizer(errors: &mut Errors, path: &Path, name: &str) {
    let messages = names::is_qualified_name(name);
    let known = matches!(name, "foregroundDeletion" | "orphan" | "kubernetes");
    let is_bare = !name.contains('/') && !known && messages.is_empty();
    invalid_each(errors, path, name, messages);
    if is_bare {
        let why = "name is neither a standard finalizer name nor is it fully qualified";
        errors.push(FieldError::invalid(path, name, why));
    }
}

fn namespace(errors: &mut Errors, path: &Path, object: &Object) {
    match (object.kind.info().namespaced, object.meta.namespace()) {
        (true, "") => errors.push(FieldError::required(path, "")),
        (true, namespace) => {
            invalid_each(errors, path, namespace, names::is_dns1123_label(namespace));
        }
        (false, "") => {}
        (false, _) => errors.push(FieldError::forbidden(path, "not allowed on this type")),
    }
}

fn annotations(errors: &mut Errors, path: &Path, annotations: &BTreeMap<String, String>) {
    for key in annotations.keys() {
        // Unlike a label's, the key of an annotation may be written in any case.
        invalid_each(errors, path, key, names::is_qualified_name(&key.to_lowercase()));
    }
    let size: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > ANNOTATIONS_SIZE_MAX {
        errors.push(FieldError::too_long(path, ANNOTATIONS_SIZE_MAX));
    }
}

/// Complaints about changed metadata: what identifies an object stays.
pub fn validate_update(new: &Object, old: &Object) -> Errors {
    let path = Path::new("metadata");
    let mut errors = Errors::new();
    for (field, new, old) in [
        ("name", new.meta.name.to_string(), old.meta.name.to_string()),
        ("namespace", new.meta.namespace().to_owned(), old.meta.namespace().to_owned()),
        ("uid", new.meta.uid.to_string(), old.meta.uid.to_string()),
    ] {
        if new != old {
            errors.push(FieldError::invalid(path.child(field), &new, IMMUTABLE));
        }
    }
    errors
}
