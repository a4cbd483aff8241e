//! PriorityClass.

use k8s_openapi::api::scheduling::v1::PriorityClass;

use crate::Object;
use crate::defaults::fill_text;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, metadata, names, one_of};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

/// The highest priority that users may give.
const HIGHEST_FOR_USERS: i32 = 1_000_000_000;

/// The classes of the system and their priorities.
const SYSTEM: [(&str, i32); 2] =
    [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::PriorityClass,
    name: "PriorityClass",
    group: "scheduling.k8s.io",
    plural: "priorityclasses",
    singular: "priorityclass",
    short_names: &["pc"],
    namespaced: false,
    has_generation: true,
    decode: decode_body::<PriorityClass>,
    default: |object| {
        if let Some(body) = object.priority_class_mut() {
            fill_text(&mut body.preemption_policy, "PreemptLowerPriority");
        }
    },
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::integer("Value"),
        Column::boolean("Global-Default"),
        Column::always("Age"),
        Column::always("PreemptionPolicy"),
    ],
    cells,
    ..ROW
};

/// As `ValidatePriorityClass`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(body) = object.priority_class() else { return errors };
    let name = &*object.meta.name;
    if name.starts_with("system-") {
        if !SYSTEM.contains(&(name, body.value)) {
            let why = "priority class names with 'system-' prefix are reserved for system use only. error: ";
            let known = SYSTEM.iter().find(|it| it.0 == name);
            let error = match known {
                Some((_, value)) => format!("value of {name} PriorityClass must be {value}"),
                None => format!("{name} is not a known system priority class"),
            };
            let path = Path::new("metadata").child("name");
            errors.push(FieldError::forbidden(&path, format!("{why}{error}")));
        }
    } else if body.value > HIGHEST_FOR_USERS {
        let why =
            format!("maximum allowed value of a user defined priority is {HIGHEST_FOR_USERS}");
        errors.push(FieldError::forbidden("value", why));
    }
    let words = ["Never", "PreemptLowerPriority"];
    let policy = body.preemption_policy.as_deref();
    one_of(&mut errors, &Path::new("preemptionPolicy"), policy, &words);
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let (Some(new), Some(old)) = (new.priority_class(), old.priority_class()) else {
        return errors;
    };
    if new.value != old.value {
        errors.push(FieldError::forbidden("value", "may not be changed in an update."));
    }
    if new.preemption_policy != old.preemption_policy {
        let policy = new.preemption_policy.as_deref().unwrap_or_default();
        let why = crate::validation::IMMUTABLE;
        errors.push(FieldError::invalid("preemptionPolicy", policy, why));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.priority_class() else { return Vec::new() };
    vec![
        object.meta.name.to_string(),
        body.value.to_string(),
        body.global_default.unwrap_or_default().to_string(),
        cells::age(object, now),
        body.preemption_policy.clone().unwrap_or_default(),
    ]
}
